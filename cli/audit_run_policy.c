/* Hides how a report policy is asked what the interpreter would have asked it, and what a record says of policies. */
#include "audit_run_policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "host_env/fs.h"
#include "policy.h"

/* ---- Reading
 * ----------------------------------------------------------------------------------------------------------------------
 */

static bool read_rules(const command_context *context, const char *choice, audit_run_rules *rules)
{
    policy_message message;
    size_t size = 0;
    if (!policy_split_choice(choice, rules->file, sizeof rules->file, &rules->told.profile)) {
        command_complain(context, "'%s' names no policy: needs FILE or FILE:PROFILE", choice);
        return false;
    }
    char *bytes = policy_input_bytes(context, rules->file, &size);
    bool is_read = bytes != NULL && policy_read(bytes, size, rules->file, rules->told.profile, &rules->rules, &message);
    if (bytes != NULL && !is_read)
        command_complain(context, "%s", message.text);
    if (is_read && !audit_digest(bytes, size, rules->digest)) {
        command_complain(context, "there is no memory left");
        is_read = false;
    }
    free(bytes);
    rules->told.file = rules->file;
    rules->told.sha256 = rules->digest;
    return is_read;
}

/* The library lies beside the folder of the programs, which a link may lead to. */
static void find_library(const command_context *context, audit_run_policy *policy)
{
    char real[PATH_MAX];
    policy->library[0] = '\0';
    if (host_fs_realpath(context->env, context->binaries, real, sizeof real, NULL) != HOST_OK)
        return;
    char *slash = strrchr(real, '/');
    if (slash != NULL)
        snprintf(policy->library, sizeof policy->library, "%.*s/lib/python", (int)(slash - real), real);
}

int audit_run_policy_open(const command_context *context, const char *enforced, const char *reported,
                          const char *directory, audit_run_policy *policy_out)
{
    *policy_out = (audit_run_policy){.directory_size = 0};
    find_library(context, policy_out);
    if (enforced != NULL && !read_rules(context, enforced, &policy_out->enforced))
        return CORDON_EXIT_USAGE;
    if (reported != NULL && !read_rules(context, reported, &policy_out->reported))
        return CORDON_EXIT_USAGE;
    if (enforced == NULL)
        return 0;
    /* Programs that it starts elsewhere have to find it, too. */
    if (enforced[0] != '/')
        policy_out->directory_size = strlen(directory) + 1;
    int length = snprintf(policy_out->choice, sizeof policy_out->choice, "%s%s%s", enforced[0] == '/' ? "" : directory,
                          enforced[0] == '/' ? "" : "/", enforced);
    if (length < (int)sizeof policy_out->choice)
        return 0;
    command_complain(context, "the policy's name is too long: %s", enforced);
    return CORDON_EXIT_USAGE;
}

void audit_run_policy_close(audit_run_policy *policy)
{
    policy_destroy(policy->enforced.rules);
    policy_destroy(policy->reported.rules);
}

/* ---- Judging
 * ----------------------------------------------------------------------------------------------------------------------
 */

static bool is_beneath_library(const audit_run_policy *policy, const char *path)
{
    size_t length = strlen(policy->library);
    return length > 0 && path != NULL && strncmp(path, policy->library, length) == 0;
}

static const char *text_of(const audit_access *access, const char *name)
{
    for (size_t i = 0; i < access->argument_count; i++)
        if (strcmp(access->arguments[i].name, name) == 0)
            return access->arguments[i].text;
    return NULL;
}

/* Whether no line of the program or of what it installed led there: the interpreter is on its way to the program. */
static bool is_before_program(const audit_run_policy *policy, const audit_access *access)
{
    const audit_site *site = access->site;
    if (site == NULL)
        return true;
    bool is_library = strncmp(site->file, "<frozen ", 8) == 0 ||
                      (is_beneath_library(policy, site->file) && strstr(site->file, "/site-packages/") == NULL);
    return is_library && site->caller == NULL;
}

/* What the interpreter allows whatever a policy says (docs/policy.md): without it no policy could be run under. */
static bool is_allowed_always(const audit_run_policy *policy, const audit_access *access)
{
    if (strcmp(access->capability, "fs.read") == 0 || strcmp(access->capability, "fs.list") == 0) {
        const char *real = text_of(access, "real");
        return is_beneath_library(policy, real != NULL ? real : text_of(access, "path"));
    }
    if (strcmp(access->capability, "env.read") == 0)
        return access->argument_count == 0; /* the list of all names; each is asked about by itself */
    if (strcmp(access->capability, "import") != 0 || !is_before_program(policy, access))
        return false;
    const char *origin = text_of(access, "origin");
    return strcmp(access->operation, "builtin") == 0 || strcmp(access->operation, "frozen") == 0 ||
           is_beneath_library(policy, origin);
}

/* Starts whose program the arguments do not tell, as the interpreter asks about them: a command line for the shell is a start of the shell, and what a descriptor
 * leads to is not known. */
static size_t add_program(const audit_access *access, policy_argument arguments[2], const char *list[4])
{
    if (strcmp(access->operation, "process_fexecve") == 0) {
        arguments[0] = (policy_argument){.name = "program"};
        return 1;
    }
    if (strcmp(access->operation, "process_system") != 0)
        return 0;
    list[0] = "sh";
    list[1] = "-c";
    list[2] = text_of(access, "command");
    list[3] = NULL;
    arguments[0] = (policy_argument){.name = "program", .text = "/bin/sh"};
    arguments[1] = (policy_argument){.name = "arguments", .list = list};
    return 2;
}

static policy_judgement judge(const policy *rules, const audit_access *access)
{
    policy_argument arguments[AUDIT_ARGUMENTS_MAX + 2];
    policy_judgement judgement;
    const char *list[4];
    size_t count = add_program(access, arguments, list);
    for (size_t i = 0; i < access->argument_count && i < AUDIT_ARGUMENTS_MAX; i++, count++) {
        const audit_argument *from = &access->arguments[i];
        arguments[count] =
            (policy_argument){.name = from->name, .text = from->text, .list = from->list, .number = from->number};
    }
    policy_judge(rules, access->capability, arguments, count, &judgement);
    return judgement;
}

static void mark(audit_access *access, policy_judgement judgement)
{
    if (judgement.decision == POLICY_ALLOW || access->report_denies)
        return;
    access->report_denies = true;
    access->report_rule = judgement.rule;
}

/* The rule that decided, where the interpreter did not say. It decided by what it knew then; a rule that says otherwise did not decide. */
static void name_rule(audit_access *access, policy_judgement judgement)
{
    if (access->rule == NULL && (judgement.decision == POLICY_ALLOW) == (access->decision == AUDIT_ALLOWED))
        access->rule = judgement.rule;
}

/* The interpreter was given an absolute name; the record tells rules by the name that the person at the terminal gave.
 */
static void shorten_rule(const audit_run_policy *policy, audit_access *access)
{
    if (access->rule != NULL && policy->directory_size > 0 &&
        strncmp(access->rule, policy->choice, policy->directory_size) == 0)
        access->rule += policy->directory_size;
}

void audit_run_policy_judge(void *context, audit_access *access)
{
    const audit_run_policy *policy = context;
    const struct policy *enforced = policy->enforced.rules, *reported = policy->reported.rules;
    shorten_rule(policy, access);
    if (is_allowed_always(policy, access))
        return;
    if (reported != NULL)
        mark(access, judge(reported, access));
    if (enforced != NULL && policy_is_report_only(enforced))
        mark(access, judge(enforced, access));
    else if (enforced != NULL)
        name_rule(access, judge(enforced, access));
}
