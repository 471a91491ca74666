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
    full_policy_hooks hooks;
    char problem[1024]; /* why it could not be made */
};

/* ---- Deciding -------------------------------------------------------------------------------------------------------------------- */

static host_decision allow_everything(void *context, const host_access *access)
{
    (void)context;
    (void)access;
    return HOST_DECISION_ALLOW;
}

/* Whoever embeds the interpreter is asked last: rules that refuse need no second opinion. */
static host_decision ask_hook(const full_policy *policy, const host_access *access)
{
    return policy->hooks.decide == NULL ? HOST_DECISION_ALLOW : policy->hooks.decide(policy->hooks.context, access);
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

static bool rules_allow(const full_policy *policy, const host_access *access)
{
    if (policy->rules == NULL || policy->left_to_roots >> access->capability & 1) return true;
    /* The environment's adapter asks for each variable that the list names, so the list itself gives nothing away. */
    if (access->capability == HOST_CAPABILITY_ENV_READ && access->argument_count == 0) return true;
    return ask_rules(policy, access, NULL) == POLICY_ALLOW;
}

static host_decision decide(void *context, const host_access *access)
{
    const full_policy *policy = context;
    return rules_allow(policy, access) ? ask_hook(policy, access) : HOST_DECISION_DENY;
}

bool full_policy_grants_all(const full_policy *policy, const char *capability)
{
    if (policy->hooks.decide != NULL) return false; /* who knows what it says to the next access */
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

static void say(full_policy *policy, const char *first, const char *second)
{
    snprintf(policy->problem, sizeof policy->problem, "%s%s", first, second);
}

static void say_on_standard_error(host_env *host, const char *problem)
{
    char line[1100];
    size_t written;
    int length = snprintf(line, sizeof line, "cordon-python: %s\n", problem);
    (void)host_fd_write(host, STANDARD_ERROR, line, (size_t)length, &written, NULL);
}

/* The whole file, owned by the caller; NULL after telling why. */
static char *read_file(full_policy *policy, host_env *host, const char *path, size_t *size_out)
{
    host_error error;
    int fd;
    if (host_fs_open(host, HOST_AT_CWD, path, 0, 0, &fd, &error) != HOST_OK) {
        say(policy, "cannot read the policy: ", error.message);
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
    say(policy, "cannot read the policy: ", status == HOST_OK ? "it is larger than 1 MiB" : status == HOST_NO_MEMORY ? "out of memory" : error.message);
    free(bytes);
    return NULL;
}

/* `choice`: FILE or FILE:PROFILE. */
static policy *read_rules(full_policy *asked, host_env *host, const char *choice)
{
    policy_message message;
    policy *rules = NULL;
    const char *profile;
    char path[PATH_BYTES_MAX];
    size_t size;
    if (!policy_split_choice(choice, path, sizeof path, &profile)) {
        say(asked, "this names no policy, which is FILE or FILE:PROFILE: ", choice);
        return NULL;
    }
    char *bytes = read_file(asked, host, path, &size);
    if (bytes == NULL) return NULL;
    if (!policy_read(bytes, size, path, profile, &rules, &message)) say(asked, message.text, "");
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

/* Where whoever embeds the interpreter wants to be told, too. */
static void record_for_both(void *context, const host_access *access)
{
    const full_policy *policy = context;
    if (full_audit_is_on()) full_audit_record(policy->rules != NULL ? context : NULL, access);
    policy->hooks.record(policy->hooks.context, access);
}

/* Who is told of each access; NULL: nobody. The context is the policy, which full_audit_record wants only where there are rules. */
static host_record_function recorder(const full_policy *policy)
{
    return policy->hooks.record != NULL ? record_for_both : full_audit_is_on() ? full_audit_record : NULL;
}

/* Everything is allowed, and nobody is told. */
static host_status create_reader(host_env **host_out, host_error *error)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.decide = allow_everything;
    config.allowed_always = HOST_CAPABILITIES_ALL;
    config.path_mode = HOST_PATHS_ANY;
    return host_env_create(&config, host_out, error);
}

/* No rules: what the hooks have to say is all there is. */
static host_status create_free(full_policy *policy, host_error *error)
{
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.decide = decide;
    config.decide_context = policy;
    config.record = recorder(policy);
    config.record_context = policy->hooks.record != NULL ? policy : NULL;
    config.allowed_always = policy->hooks.decide == NULL ? HOST_CAPABILITIES_ALL : 0;
    config.path_mode = HOST_PATHS_ANY;
    return host_env_create(&config, &policy->host, error);
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
    bool has_library = policy->library[0] != '\0' || find_library(policy, reader, policy->library, sizeof policy->library);
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
        if (policy->hooks.decide == NULL && policy_grants_all(policy->rules, policy->numbers[i])) config.allowed_always |= HOST_CAPABILITY_BIT(i);
    }
    config.decide = decide;
    config.decide_name = decide_name;
    config.decide_context = policy;
    config.record = recorder(policy);
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
    policy->rules = read_rules(policy, reader, path);
    full_roots *roots = policy->rules == NULL ? NULL : malloc(sizeof *roots);
    if (roots == NULL) return policy->rules == NULL ? HOST_INVALID_ARGUMENT : HOST_NO_MEMORY;
    if (!prepare_roots(policy, reader, roots)) {
        say(policy, "the policy cannot be held: ", roots->problem);
    } else {
        status = create_ruled(policy, roots, &error);
        if (status != HOST_OK) say(policy, "cannot set the policy up: ", error.message);
    }
    free(roots);
    return status;
}

/* Where this process's program lies; NULL library: beside it. */
static void find_program(full_policy *policy, host_env *reader, const char *library)
{
    if (host_fs_realpath(reader, "/proc/self/exe", policy->program, sizeof policy->program, NULL) != HOST_OK) policy->program[0] = '\0';
    if (library != NULL) snprintf(policy->library, sizeof policy->library, "%s", library);
}

static host_status create(full_policy *policy, host_env *reader, const char *choice)
{
    host_error error;
    if (choice != NULL) return create_by_file(policy, reader, choice);
    host_status status = create_free(policy, &error);
    if (status != HOST_OK) say(policy, "cannot set the policy up: ", error.message);
    return status;
}

host_status full_policy_create(int argument_count, char *const *arguments, full_policy **policy_out)
{
    host_env *reader = NULL; /* stays: the record's own accesses go through it */
    full_policy *policy = calloc(1, sizeof *policy);
    *policy_out = NULL;
    if (policy == NULL) return HOST_NO_MEMORY;
    host_status status = create_reader(&reader, NULL);
    if (status == HOST_OK) {
        full_audit_attach(reader, argument_count, arguments);
        find_program(policy, reader, NULL);
        status = create(policy, reader, find_file(reader, argument_count, arguments));
        if (status != HOST_OK) say_on_standard_error(reader, policy->problem);
    }
    if (status == HOST_OK)
        *policy_out = policy;
    else
        free(policy);
    return status;
}

host_status full_policy_create_embedded(host_env *reader, const full_policy_choice *choice, full_policy **policy_out, char problem_out[1024])
{
    full_policy *policy = calloc(1, sizeof *policy);
    *policy_out = NULL;
    problem_out[0] = '\0';
    if (policy == NULL) return HOST_NO_MEMORY;
    policy->hooks = choice->hooks;
    if (!full_audit_is_on()) full_audit_attach(reader, choice->argument_count, choice->arguments); /* a second try has joined already */
    find_program(policy, reader, choice->library);
    host_status status = create(policy, reader, choice->file);
    if (status == HOST_OK) {
        *policy_out = policy;
    } else {
        snprintf(problem_out, 1024, "%s", policy->problem);
        free(policy);
    }
    return status;
}

host_status full_policy_create_reader(host_env **reader_out, host_error *error) { return create_reader(reader_out, error); }

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
    host_status status = create_reader(&reader, &error);
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
