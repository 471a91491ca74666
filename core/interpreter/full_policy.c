/* Hides from the interpreter where its policy comes from and how host_env asks it. */
#include "full_policy.h"

#include <patchlevel.h> /* of CPython: its version, nothing else */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/bind.h"
#include "full_arguments.h"
#include "full_audit.h"
#include "full_roots.h"
#include "host_env/env.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "policy/policy.h"

enum { POLICY_FILE_BYTES_MAX = 1 << 20, STANDARD_ERROR = 2, PATH_BYTES_MAX = 4096 };

/* "3.13" */
#define FULL_TEXT(x) #x
#define FULL_VERSION_OF(major, minor) FULL_TEXT(major) "." FULL_TEXT(minor)
#define FULL_VERSION FULL_VERSION_OF(PY_MAJOR_VERSION, PY_MINOR_VERSION)

struct full_policy {
    policy *rules; /* NULL: everything is allowed */
    host_env *host;
    bool is_confined; /* paths are held by roots */
    uint64_t left_to_roots; /* bit n: capability n of host_env's is granted for the library only */
    char program[PATH_BYTES_MAX]; /* of this process; "" if the host does not tell */
    char library[PATH_BYTES_MAX];
    int numbers[HOST_CAPABILITY_COUNT]; /* policy's number of each capability of host_env's */
};

/* ---- Deciding -------------------------------------------------------------------------------------------------------------------- */

static host_decision allow_everything(void *context, const host_access *access)
{
    (void)context;
    (void)access;
    return HOST_DECISION_ALLOW;
}

static bool is_labelled(const host_argument *argument, const char *label) { return strcmp(argument->label, label) == 0; }

/* The first of a program's arguments is its own name. */
static policy_fact arguments_fact(const char *const *list)
{
    return (policy_fact){ .field = POLICY_FIELD_ARGUMENTS, .list = list == NULL || *list == NULL ? list : list + 1 };
}

/* What of an access a rule can speak about; false for the rest. Paths of files are held by roots, not by what the caller wrote. */
static bool fact_of(host_capability capability, const host_argument *argument, policy_fact *fact_out)
{
    *fact_out = (policy_fact){ .text = argument->value.text };
    switch (argument->kind) {
    case HOST_ARGUMENT_PATH:
        fact_out->field = capability == HOST_CAPABILITY_PROCESS_SPAWN ? POLICY_FIELD_PROGRAM : POLICY_FIELD_PATH;
        return capability == HOST_CAPABILITY_PROCESS_SPAWN || capability == HOST_CAPABILITY_NATIVE_LOAD;
    case HOST_ARGUMENT_NAME: fact_out->field = is_labelled(argument, "host") ? POLICY_FIELD_HOST : POLICY_FIELD_NAME; return true;
    case HOST_ARGUMENT_ADDRESS: fact_out->field = POLICY_FIELD_ADDRESS; return true;
    case HOST_ARGUMENT_LIST: *fact_out = arguments_fact(argument->value.list); return capability == HOST_CAPABILITY_PROCESS_SPAWN;
    case HOST_ARGUMENT_NUMBER:
        *fact_out = (policy_fact){ .field = is_labelled(argument, "port") ? POLICY_FIELD_PORT : POLICY_FIELD_SIGNAL, .number = argument->value.number };
        return is_labelled(argument, "port") || is_labelled(argument, "signal");
    default: return false;
    }
}

typedef struct fact_list {
    policy_fact facts[HOST_ARGUMENTS_MAX + 2];
    size_t count;
    const char *command[3]; /* a shell's arguments */
} fact_list;

/* Starts whose program the arguments do not tell: a shell, and a descriptor that may be any file. */
static void add_program(fact_list *list, const host_access *access)
{
    if (access->function == HOST_FUNCTION_PROCESS_SYSTEM) {
        list->command[0] = "-c";
        list->command[1] = access->arguments[0].value.text;
        list->command[2] = NULL;
        list->facts[list->count++] = (policy_fact){ .field = POLICY_FIELD_PROGRAM, .text = "/bin/sh" };
        list->facts[list->count++] = (policy_fact){ .field = POLICY_FIELD_ARGUMENTS, .list = list->command };
    }
    if (access->function == HOST_FUNCTION_PROCESS_FEXECVE) list->facts[list->count++] = (policy_fact){ .field = POLICY_FIELD_PROGRAM };
}

static policy_decision ask_rules(const full_policy *policy, const host_access *access, const policy_rule_origin **rule_out)
{
    fact_list list;
    list.count = 0;
    if (access->capability == HOST_CAPABILITY_PROCESS_SPAWN) add_program(&list, access);
    for (uint32_t i = 0; i < access->argument_count; i++)
        if (fact_of(access->capability, &access->arguments[i], &list.facts[list.count])) list.count++;
    policy_question question = { .capability = policy->numbers[access->capability], .facts = list.facts, .fact_count = list.count };
    return rule_out == NULL ? policy_decide(policy->rules, &question) : policy_decide_by(policy->rules, &question, rule_out);
}

const char *full_policy_refusal(const full_policy *policy, const host_access *access)
{
    const policy_rule_origin *rule = NULL;
    return policy->rules != NULL && ask_rules(policy, access, &rule) == POLICY_DENY && rule != NULL ? rule->place : NULL;
}

static host_decision decide(void *context, const host_access *access)
{
    const full_policy *policy = context;
    if (policy->left_to_roots >> access->capability & 1) return HOST_DECISION_ALLOW;
    /* The environment's adapter asks for each variable that the list names, so the list itself gives nothing away. */
    if (access->capability == HOST_CAPABILITY_ENV_READ && access->argument_count == 0) return HOST_DECISION_ALLOW;
    return ask_rules(policy, access, NULL) == POLICY_ALLOW ? HOST_DECISION_ALLOW : HOST_DECISION_DENY;
}

bool full_policy_grants_all(const full_policy *policy, const char *capability)
{
    if (policy->rules == NULL) return true;
    /* Paths that are held by roots are a limit too. */
    if (policy->is_confined && (strncmp(capability, "fs.", 3) == 0 || strcmp(capability, "native.load") == 0)) return false;
    return policy_grants_all(policy->rules, policy_capability_number(capability));
}

bool full_policy_is_in_force(const full_policy *policy) { return policy->rules != NULL; }

bool full_policy_limits_import(const full_policy *policy)
{
    return policy->rules != NULL && !policy_grants_all(policy->rules, policy_capability_number("import"));
}

bool full_policy_wants_digests(const full_policy *policy)
{
    return policy->rules != NULL && policy_looks_at(policy->rules, policy_capability_number("import"), POLICY_FIELD_DIGEST);
}

bool full_policy_allows_import(const full_policy *policy, const char *name, const char *origin, const char *sha256, const char **rule_out)
{
    const policy_fact facts[] = { { .field = POLICY_FIELD_NAME, .text = name }, { .field = POLICY_FIELD_ORIGIN, .text = origin }, { .field = POLICY_FIELD_DIGEST, .text = sha256 } };
    const policy_question question = { .capability = policy_capability_number("import"), .facts = facts, .fact_count = sizeof facts / sizeof *facts };
    const policy_rule_origin *rule = NULL;
    bool is_allowed = policy->rules == NULL || policy_decide_by(policy->rules, &question, &rule) == POLICY_ALLOW;
    *rule_out = rule != NULL ? rule->place : NULL;
    return is_allowed;
}

/* ---- Reading --------------------------------------------------------------------------------------------------------------------- */

static void say(host_env *host, const char *first, const char *second)
{
    char line[1024];
    size_t written;
    int length = snprintf(line, sizeof line, "cordon-python: %s%s\n", first, second);
    if (length >= (int)sizeof line) length = sizeof line - 1;
    (void)host_fd_write(host, STANDARD_ERROR, line, (size_t)length, &written, NULL);
}

/* The whole file, owned by the caller; NULL after telling why. */
static char *read_file(host_env *host, const char *path, size_t *size_out)
{
    host_error error;
    int fd;
    if (host_fs_open(host, HOST_AT_CWD, path, 0, 0, &fd, &error) != HOST_OK) {
        say(host, "cannot read the policy: ", error.message);
        return NULL;
    }
    char *bytes = malloc(POLICY_FILE_BYTES_MAX);
    host_status status = bytes == NULL ? HOST_NO_MEMORY : HOST_OK;
    size_t count = 1;
    *size_out = 0;
    while (status == HOST_OK && count != 0 && *size_out < POLICY_FILE_BYTES_MAX) {
        status = host_fd_read(host, fd, bytes + *size_out, POLICY_FILE_BYTES_MAX - *size_out, &count, &error);
        if (status == HOST_OK) *size_out += count;
    }
    (void)host_fd_close(host, fd, NULL);
    if (status == HOST_OK && *size_out < POLICY_FILE_BYTES_MAX) return bytes;
    say(host, "cannot read the policy: ", status == HOST_OK ? "it is larger than 1 MiB" : status == HOST_NO_MEMORY ? "out of memory" : error.message);
    free(bytes);
    return NULL;
}

/* `choice`: FILE or FILE:PROFILE. */
static policy *read_rules(host_env *host, const char *choice)
{
    policy_message message;
    policy *rules = NULL;
    const char *profile;
    char path[PATH_BYTES_MAX];
    size_t size;
    if (!policy_split_choice(choice, path, sizeof path, &profile)) {
        say(host, "this names no policy, which is FILE or FILE:PROFILE: ", choice);
        return NULL;
    }
    char *bytes = read_file(host, path, &size);
    if (bytes == NULL) return NULL;
    if (!policy_read(bytes, size, path, profile, &rules, &message)) say(host, message.text, "");
    free(bytes);
    return rules;
}

/* ---- Roots ----------------------------------------------------------------------------------------------------------------------- */

/* The interpreter's own library, which it cannot start without: ../lib/python3.13 beside its program. False if it is not there. */
static bool find_library(const full_policy *policy, host_env *reader, char *path_out, size_t size)
{
    static const char *const tail = "/lib/python" FULL_VERSION;
    if (snprintf(path_out, size, "%s", policy->program) >= (int)size) return false;
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(path_out, '/');
        if (slash == NULL) return false;
        *slash = '\0';
    }
    size_t used = strlen(path_out);
    return (size_t)snprintf(path_out + used, size - used, "%s", tail) < size - used &&
           host_fs_access(reader, HOST_AT_CWD, path_out, 0, 0, NULL) == HOST_OK;
}

/* ---- Together -------------------------------------------------------------------------------------------------------------------- */

/* Tells the record, if there is one. */
static host_record_function recorder(void) { return full_audit_is_on() ? full_audit_record : NULL; }

static host_status create_free(host_record_function record, host_env **host_out, host_error *error)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.decide = allow_everything;
    config.record = record;
    config.allowed_always = HOST_CAPABILITIES_ALL;
    config.path_mode = HOST_PATHS_ANY;
    return host_env_create(&config, host_out, error);
}

static bool grants_any(const policy *rules, int capability)
{
    policy_folder folder;
    for (size_t i = 0; policy_folder_at(rules, i, &folder); i++)
        if (folder.capability == capability) return true;
    return policy_allows_anywhere(rules, capability);
}

static bool denies_paths(const policy *rules)
{
    policy_folder folder;
    for (size_t i = 0; policy_folder_at(rules, i, &folder); i++)
        if (folder.is_deny) return true;
    return false;
}

/* What no rule grants or denies may be done in the library all the same. Roots hold that: others are held by names then, if they can be read at all. */
static void leave_to_roots_of(full_policy *policy, const struct policy *rules)
{
    static const host_capability looks[] = { HOST_CAPABILITY_FS_READ, HOST_CAPABILITY_FS_LIST };
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        int number = policy_capability_number(host_capability_name(looks[i]));
        if (!grants_any(rules, number) && !policy_denies(rules, number)) __atomic_or_fetch(&policy->left_to_roots, HOST_CAPABILITY_BIT(looks[i]), __ATOMIC_RELEASE);
    }
}

/* What the roots are to hold. Paths are free only if files may be read and written anywhere. */
static bool prepare_roots(full_policy *policy, host_env *reader, full_roots *roots)
{
    int read = policy_capability_number("fs.read"), write = policy_capability_number("fs.write");
    policy->is_confined = !policy_allows_anywhere(policy->rules, read) || !policy_allows_anywhere(policy->rules, write) || denies_paths(policy->rules);
    roots->count = 0;
    if (!policy->is_confined) return true;
    leave_to_roots_of(policy, policy->rules);
    bool has_library = find_library(policy, reader, policy->library, sizeof policy->library);
    return full_roots_collect(reader, policy->rules, has_library ? policy->library : "", roots);
}

static host_decision decide_name(void *context, const char *path, unsigned int rights)
{
    const full_policy *policy = context;
    return full_roots_decide_name(policy->rules, path, rights);
}

static host_status create_ruled(full_policy *policy, full_roots *roots, host_error *error)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    for (int i = 0; i < HOST_CAPABILITY_COUNT; i++) {
        policy->numbers[i] = policy_capability_number(host_capability_name((host_capability)i));
        if (policy_grants_all(policy->rules, policy->numbers[i])) config.allowed_always |= HOST_CAPABILITY_BIT(i);
    }
    config.decide = decide;
    config.decide_name = decide_name;
    config.decide_context = policy;
    config.record = recorder();
    config.record_context = policy;
    config.path_mode = policy->is_confined ? HOST_PATHS_BENEATH_ROOTS : HOST_PATHS_ANY;
    config.roots = roots->roots;
    config.root_count = roots->count;
    return host_env_create(&config, &policy->host, error);
}

static const char *find_file(host_env *host, int argument_count, char *const *arguments)
{
    const char *path = full_arguments_policy(argument_count, arguments);
    if (path == NULL && host_env_get(host, "CORDON_POLICY", &path, NULL) != HOST_OK) path = NULL;
    return path;
}

static host_status create_by_file(full_policy *policy, host_env *reader, const char *path)
{
    host_error error;
    host_status status = HOST_INVALID_ARGUMENT;
    policy->rules = read_rules(reader, path);
    full_roots *roots = policy->rules == NULL ? NULL : malloc(sizeof *roots);
    if (roots == NULL) return policy->rules == NULL ? HOST_INVALID_ARGUMENT : HOST_NO_MEMORY;
    if (!prepare_roots(policy, reader, roots)) {
        say(reader, "the policy cannot be held: ", roots->problem);
    } else {
        status = create_ruled(policy, roots, &error);
        if (status != HOST_OK) say(reader, "cannot set the policy up: ", error.message);
    }
    free(roots);
    return status;
}

host_status full_policy_create(int argument_count, char *const *arguments, full_policy **policy_out)
{
    host_env *reader = NULL; /* stays: the record's own accesses go through it */
    full_policy *policy = calloc(1, sizeof *policy);
    *policy_out = NULL;
    if (policy == NULL) return HOST_NO_MEMORY;
    host_status status = create_free(NULL, &reader, NULL);
    if (status == HOST_OK) {
        full_audit_attach(reader, argument_count, arguments);
        if (host_fs_realpath(reader, "/proc/self/exe", policy->program, sizeof policy->program, NULL) != HOST_OK) policy->program[0] = '\0';
        const char *path = find_file(reader, argument_count, arguments);
        status = path != NULL ? create_by_file(policy, reader, path) : create_free(recorder(), &policy->host, NULL);
    }
    if (status == HOST_OK)
        *policy_out = policy;
    else
        free(policy);
    return status;
}

/* ---- Giving up rights ---------------------------------------------------------------------------------------------------------------- */

static bool confines(const policy *rules)
{
    return !policy_allows_anywhere(rules, policy_capability_number("fs.read")) || !policy_allows_anywhere(rules, policy_capability_number("fs.list")) ||
           !policy_allows_anywhere(rules, policy_capability_number("fs.write")) || denies_paths(rules);
}

static uint64_t granted_whole(const full_policy *policy, const struct policy *rules)
{
    uint64_t granted = 0;
    for (int i = 0; i < HOST_CAPABILITY_COUNT; i++)
        if (policy_grants_all(rules, policy->numbers[i])) granted |= HOST_CAPABILITY_BIT(i);
    return granted;
}

/* Roots first, since that can fail; the rules then, so that nothing is asked less than before at any moment. */
static host_status narrow_host(full_policy *policy, host_env *reader, const struct policy *rules, host_error *error)
{
    host_narrowing narrowing = { .allowed_always = granted_whole(policy, rules), .holds_names = confines(rules) };
    if (policy->library[0] == '\0' && !find_library(policy, reader, policy->library, sizeof policy->library)) policy->library[0] = '\0';
    narrowing.library = policy->library[0] == '\0' ? NULL : policy->library;
    return host_env_narrow(policy->host, &narrowing, error);
}

full_narrow_result full_policy_narrow(full_policy *full, const char *text, size_t size, const char *profile, char problem_out[512])
{
    policy_message message;
    host_error error;
    policy *rules;
    host_env *reader = NULL;
    if (full->rules == NULL) {
        snprintf(problem_out, 512, "no policy is in force: start with one, be it one that allows everything");
        return FULL_NARROW_REFUSED;
    }
    if (!policy_read(text, size, "narrow", profile, &rules, &message)) {
        snprintf(problem_out, 512, "%s", message.text);
        return FULL_NARROW_BROKEN;
    }
    host_status status = create_free(NULL, &reader, &error);
    if (status == HOST_OK) status = narrow_host(full, reader, rules, &error);
    host_env_destroy(reader);
    if (status != HOST_OK) {
        snprintf(problem_out, 512, "%s", error.message);
        policy_destroy(rules);
        return FULL_NARROW_REFUSED;
    }
    bool is_confined = confines(rules);
    policy_narrow(full->rules, rules);
    full->is_confined = full->is_confined || is_confined;
    /* The library stays readable under rules that say nothing of files: every other root asks about names now. */
    if (is_confined) leave_to_roots_of(full, rules);
    return FULL_NARROWED;
}

host_env *full_policy_host(const full_policy *policy) { return policy->host; }

const char *full_policy_program(const full_policy *policy) { return policy->program; }
