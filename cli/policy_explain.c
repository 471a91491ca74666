/* `cordon policy explain`: which rule decides about an access, and why? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "host_env/address.h"
#include "policy.h"

enum { ARGUMENTS_MAX = 8, PORT_MAX = 65535, TEXT_BYTES_MAX = 512 };

static const char help[] = "usage: cordon policy explain --policy FILE[:PROFILE] CAPABILITY [ARGUMENT...]\n"
                           "\n"
                           "Tells which rule decides about an access, with its place and reason, and for a denial what would have to be allowed. What the access is about is one\n"
                           "of these, or NAME=VALUE for any key of the capability's rules:\n"
                           "\n"
                           "  fs.read /etc/passwd                     an absolute path\n"
                           "  env.read HOME                           a name; import, ipc, system.info and user.info likewise\n"
                           "  net.connect 192.0.2.1:443               an address, [::1]:443, or unix:/run/x\n"
                           "  net.resolve www.example.com             a host\n"
                           "  process.signal TERM                     a signal; signal.handle likewise\n"
                           "  process.spawn /usr/bin/git status -s    a program and its arguments\n"
                           "\n"
                           "Without --policy the variable CORDON_POLICY names it. Ends with 0 if it is allowed, 122 if it is denied, 120 for wrong usage or policy.\n";

/* What is asked about. */
typedef struct inquiry {
    int capability;
    policy_argument arguments[ARGUMENTS_MAX];
    size_t count;
    const char **list; /* owned */
    char *texts[ARGUMENTS_MAX]; /* owned: what was given, as it is judged */
    size_t text_count;
    char problem[TEXT_BYTES_MAX]; /* what of it says nothing */
} inquiry;

static bool say_problem(inquiry *inquiry, const char *text, const char *wanted)
{
    snprintf(inquiry->problem, sizeof inquiry->problem, "'%.200s' is no %s", text, wanted);
    return false;
}

static bool add_number(inquiry *inquiry, const char *name, int64_t number)
{
    inquiry->arguments[inquiry->count++] = (policy_argument){.name = name, .number = number};
    return true;
}

static bool add_copy(inquiry *inquiry, const char *name, const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL || inquiry->text_count == ARGUMENTS_MAX)
        return free(copy), false;
    inquiry->texts[inquiry->text_count++] = copy;
    inquiry->arguments[inquiry->count++] = (policy_argument){.name = name, .text = copy};
    return true;
}

static bool add_port(inquiry *inquiry, const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0' || atoi(text) > PORT_MAX)
        return say_problem(inquiry, text, "port: expected a number up to 65535");
    return add_number(inquiry, "port", atoi(text));
}

static bool add_signal(inquiry *inquiry, const char *text)
{
    int number = policy_signal_number(text);
    return number >= 0 ? add_number(inquiry, "signal", number) : say_problem(inquiry, text, "signal: expected a name such as TERM, or its number");
}

/* "unix:/run/x", "abstract:name", "raw:ipv4" ... */
static bool names_family(const char *text)
{
    static const char *const names[] = {
#define FAMILY_NAME(name, text) text,
        HOST_ADDRESS_FAMILY_TABLE(FAMILY_NAME)
#undef FAMILY_NAME
        "raw"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(text, names[i], strlen(names[i])) == 0 && text[strlen(names[i])] == ':')
            return true;
    return false;
}

/* In its one spelling, and with the IPv4 address that an IPv6 one has in it, as it is judged when a program connects. */
static bool add_address_text(inquiry *inquiry, const char *text)
{
    host_address address;
    char inner[32];
    if (names_family(text))
        return add_copy(inquiry, "address", text);
    if (!host_address_parse(text, &address))
        return say_problem(inquiry, text, "address: names are judged by net.resolve, connections by where they go");
    if (!add_copy(inquiry, "address", address.text))
        return false;
    snprintf(inner, sizeof inner, "%u.%u.%u.%u", address.embedded[0], address.embedded[1], address.embedded[2], address.embedded[3]);
    bool is_inner = address.family == HOST_ADDRESS_IPV6 && address.embedding != HOST_ADDRESS_EMBEDS_NOTHING;
    bool is_any = strcmp(address.text, "0.0.0.0") == 0 || strcmp(address.text, "::") == 0;
    if (is_any && strcmp(policy_capability_name(inquiry->capability), "net.connect") == 0)
        return add_copy(inquiry, "embedded", strcmp(address.text, "::") == 0 ? "::1" : "127.0.0.1");
    return !is_inner || add_copy(inquiry, "embedded", inner);
}

static bool add_host(inquiry *inquiry, const char *text)
{
    char canonical[TEXT_BYTES_MAX];
    return host_name_canonical(text, canonical, sizeof canonical) ? add_copy(inquiry, "host", canonical) : say_problem(inquiry, text, "host");
}

/* The key of the capability's rules that an argument without a name is for. */
static const char *first_key(int capability)
{
    static const char *const keys[] = {"path", "name", "host", "address", "program", "signal"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (policy_capability_takes(capability, keys[i]))
            return keys[i];
    return NULL;
}

/* What a path means without looking at the machine: dots and double slashes go. In place. */
static void make_normal(char *path)
{
    char *out = path, *next = path;
    if (path[0] != '/')
        return;
    while (*next != '\0') {
        size_t length = strcspn(next + 1, "/");
        bool is_up = length == 2 && strncmp(next + 1, "..", 2) == 0;
        while (is_up && out > path && *--out != '/')
            ;
        if (!is_up && length > 0 && !(length == 1 && next[1] == '.')) {
            memmove(out, next, length + 1);
            out += length + 1;
        }
        next += length + 1;
    }
    if (out == path)
        *out++ = '/';
    *out = '\0';
}

static bool add_path(inquiry *inquiry, const char *name, const char *text)
{
    if (text[0] != '/')
        return say_problem(inquiry, text, "absolute path");
    if (!add_copy(inquiry, name, text))
        return false;
    make_normal(inquiry->texts[inquiry->text_count - 1]);
    return true;
}

/* Keys whose texts mean something else than themselves. */
typedef struct special_key {
    const char *key;
    bool (*add)(inquiry *inquiry, const char *text);
} special_key;

static bool add_text(inquiry *inquiry, const char *name, const char *text)
{
    static const special_key special[] = {{"port", add_port}, {"signal", add_signal}, {"address", add_address_text}, {"host", add_host}};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (strcmp(special[i].key, name) == 0)
            return special[i].add(inquiry, text);
    if (strcmp(name, "path") == 0 || strcmp(name, "program") == 0)
        return add_path(inquiry, name, text);
    return add_copy(inquiry, name, text);
}

/* "192.0.2.1:443", "[::1]:443", "::1". Cut up in place. */
static bool add_address(inquiry *inquiry, char *text)
{
    char *colon = strrchr(text, ':');
    bool has_brackets = text[0] == '[' && strchr(text, ']') != NULL;
    bool has_port = colon != NULL && !names_family(text) && (has_brackets ? colon[-1] == ']' : strchr(text, ':') == colon);
    if (has_port)
        *colon = '\0';
    if (has_brackets)
        *strchr(text++, ']') = '\0';
    return add_text(inquiry, "address", text) && (!has_port || add_text(inquiry, "port", colon + 1));
}

/* Where "NAME=VALUE" has its VALUE, and the name is cut off; NULL: it is none. */
static const char *cut_name(const inquiry *inquiry, char *text)
{
    char *equals = strchr(text, '=');
    if (equals == NULL)
        return NULL;
    *equals = '\0';
    if (policy_capability_takes(inquiry->capability, text))
        return equals + 1;
    *equals = '=';
    return NULL;
}

/* What follows the capability. False if it means nothing there. */
static bool take_arguments(inquiry *inquiry, int count, char **arguments)
{
    const char *key = first_key(inquiry->capability);
    inquiry->list = calloc((size_t)count + 2, sizeof *inquiry->list);
    if (inquiry->list == NULL)
        return false;
    for (int i = 0; i < count; i++) {
        if (inquiry->count + 3 > ARGUMENTS_MAX)
            return false;
        const char *value = cut_name(inquiry, arguments[i]);
        if (value != NULL && !add_text(inquiry, arguments[i], value))
            return false;
        if (value != NULL)
            continue;
        if (key == NULL || !(strcmp(key, "address") == 0 ? add_address(inquiry, arguments[i]) : add_text(inquiry, key, arguments[i])))
            return false;
        if (strcmp(key, "program") == 0) {
            memcpy(inquiry->list, arguments + i, (size_t)(count - i) * sizeof *arguments);
            inquiry->arguments[inquiry->count++] = (policy_argument){.name = "arguments", .list = inquiry->list};
            return true;
        }
    }
    return true;
}

static int explain(const command_context *context, const char *choice, const inquiry *inquiry)
{
    char *text = NULL;
    policy *policy = policy_input_read(context, choice);
    if (policy == NULL)
        return CORDON_EXIT_USAGE;
    policy_decision decision = policy_explain(policy, inquiry->capability, inquiry->arguments, inquiry->count, &text);
    bool is_told = text != NULL && command_write(context, 1, text) == 0;
    free(text);
    policy_destroy(policy);
    return !is_told ? CORDON_EXIT_USAGE : decision == POLICY_ALLOW ? 0 : CORDON_EXIT_DENIED;
}

static const char *variable(const command_context *context, const char *name)
{
    size_t length = strlen(name);
    for (char **entry = context->environment; *entry != NULL; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}

int policy_command_explain(const command_context *context, int argument_count, char **arguments)
{
    const char *choice = variable(context, "CORDON_POLICY");
    inquiry inquiry = {.capability = -1};
    if (argument_count > 0 && (strcmp(arguments[0], "--help") == 0 || strcmp(arguments[0], "-h") == 0))
        return command_write(context, 1, help) == 0 ? 0 : CORDON_EXIT_USAGE;
    if (argument_count > 1 && strcmp(arguments[0], "--policy") == 0) {
        choice = arguments[1];
        arguments += 2;
        argument_count -= 2;
    }
    if (argument_count == 0 || choice == NULL) {
        command_complain(context, "cordon policy explain needs --policy FILE and a CAPABILITY; 'cordon policy explain --help' tells more");
        return CORDON_EXIT_USAGE;
    }
    inquiry.capability = policy_capability_number(arguments[0]);
    int code = CORDON_EXIT_USAGE;
    if (inquiry.capability < 0)
        command_complain(context, "there is no capability '%s'", arguments[0]);
    else if (take_arguments(&inquiry, argument_count - 1, arguments + 1))
        code = explain(context, choice, &inquiry);
    else if (inquiry.problem[0] != '\0')
        command_complain(context, "%s; 'cordon policy explain --help' tells more", inquiry.problem);
    else
        command_complain(context, "these arguments mean nothing to %s; 'cordon policy explain --help' tells more", arguments[0]);
    for (size_t i = 0; i < inquiry.text_count; i++)
        free(inquiry.texts[i]);
    free(inquiry.list);
    return code;
}
