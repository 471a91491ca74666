/* `cordon policy explain`: which rule decides about an access, and why? */
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "policy.h"

enum { ARGUMENTS_MAX = 8 };

static const char help[] = "usage: cordon policy explain --policy FILE[:PROFILE] CAPABILITY [ARGUMENT...]\n"
                           "\n"
                           "Tells which rule decides about an access, with its place and reason, and for a denial what would have to be allowed. What the access is about is one\n"
                           "of these, or NAME=VALUE for any key of the capability's rules:\n"
                           "\n"
                           "  fs.read /etc/passwd                     an absolute path\n"
                           "  env.read HOME                           a name; import, ipc, system.info and user.info likewise\n"
                           "  net.connect 192.0.2.1:443               an address, [::1]:443, or unix:/run/x\n"
                           "  net.resolve www.example.com             a host\n"
                           "  process.spawn /usr/bin/git status -s    a program and its arguments\n"
                           "\n"
                           "Without --policy the variable CORDON_POLICY names it. Ends with 0 if it is allowed, 122 if it is denied, 120 for wrong usage or policy.\n";

/* What is asked about. */
typedef struct inquiry {
    int capability;
    policy_argument arguments[ARGUMENTS_MAX];
    size_t count;
    const char **list; /* owned */
} inquiry;

static void add_text(inquiry *inquiry, const char *name, const char *text)
{
    bool is_number = strcmp(name, "port") == 0 || strcmp(name, "signal") == 0;
    inquiry->arguments[inquiry->count++] = (policy_argument){.name = name, .text = is_number ? NULL : text, .number = is_number ? atoi(text) : 0};
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

/* "192.0.2.1:443", "[::1]:443", "::1". Cut up in place. */
static void add_address(inquiry *inquiry, char *text)
{
    char *colon = strrchr(text, ':');
    bool has_brackets = text[0] == '[' && strchr(text, ']') != NULL;
    bool has_port = colon != NULL && (has_brackets ? colon[-1] == ']' : strchr(text, ':') == colon) && strncmp(text, "unix:", 5) != 0;
    if (has_port)
        *colon = '\0';
    if (has_brackets)
        *strchr(text++, ']') = '\0';
    add_text(inquiry, "address", text);
    if (has_port)
        add_text(inquiry, "port", colon + 1);
}

static bool add_named(inquiry *inquiry, char *text)
{
    char *equals = strchr(text, '=');
    if (equals == NULL)
        return false;
    *equals = '\0';
    bool is_key = policy_capability_takes(inquiry->capability, text);
    if (is_key)
        add_text(inquiry, text, equals + 1);
    *equals = is_key ? '\0' : '=';
    return is_key;
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
        if (add_named(inquiry, arguments[i]))
            continue;
        if (key == NULL)
            return false;
        bool is_path = strcmp(key, "path") == 0 || strcmp(key, "program") == 0;
        if (is_path && arguments[i][0] != '/')
            return false;
        if (is_path)
            make_normal(arguments[i]);
        if (strcmp(key, "address") == 0)
            add_address(inquiry, arguments[i]);
        else
            add_text(inquiry, key, arguments[i]);
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
    else if (!take_arguments(&inquiry, argument_count - 1, arguments + 1))
        command_complain(context, "these arguments mean nothing to %s; 'cordon policy explain --help' tells more", arguments[0]);
    else
        code = explain(context, choice, &inquiry);
    free(inquiry.list);
    return code;
}
