/* Hides from `cordon run` what a policy says to a sandbox, and in which words a refusal is told. */
#include "run_policy.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cordon/exit_code.h"
#include "folder_policy.h"
#include "host_env/fs.h"
#include "policy.h"

int run_policy_read(const command_context *context, const run_options *options, policy **policy_out)
{
    *policy_out = NULL;
    if (options->policy == NULL)
        return 0;
    *policy_out = policy_input_read(context, options->policy);
    return *policy_out == NULL ? CORDON_EXIT_USAGE : 0;
}

/* ---- Refusing ---- */

/* A policy that only reports has its say, and lets it be. */
static int refuse(const command_context *context, const policy *policy, const char *what, const char *subject, const char *rule)
{
    bool is_reported = policy_is_report_only(policy);
    command_complain(context, "%s: %s %s%s%s", is_reported ? "the policy would refuse" : "DENIED", what, subject, rule == NULL ? ": no rule of the policy allows it" : ": denied by ",
                     rule == NULL ? "" : rule);
    return is_reported ? 0 : CORDON_EXIT_DENIED;
}

static int judge(const command_context *context, const policy *policy, const char *capability, const char *name, const char *text)
{
    policy_argument argument = {.name = name, .text = text};
    policy_judgement judgement;
    if (policy == NULL)
        return 0;
    policy_judge(policy, capability, &argument, text == NULL ? 0 : 1, &judgement);
    return judgement.decision == POLICY_ALLOW ? 0 : refuse(context, policy, capability, text == NULL ? "" : text, judgement.rule);
}

/* ---- Limits ---- */

static const char *const limit_names[] = {
#define RUN_LIMIT_NAME(constant, name, initial, unit, outcome, who) name,
    CORDON_LIMIT_TABLE(RUN_LIMIT_NAME)
#undef RUN_LIMIT_NAME
};

int run_policy_limits(const command_context *context, const policy *policy, const run_options *options, cordon_limits *limits_out)
{
    for (int i = 0; i < CORDON_LIMIT_COUNT; i++) {
        policy_limit limit;
        limits_out->value[i] = options->limits[i];
        if (policy == NULL || !policy_limit_of(policy, limit_names[i], &limit))
            continue;
        if (options->limits[i] == 0)
            limits_out->value[i] = limit.value;
        if (limits_out->value[i] <= limit.value)
            continue;
        command_complain(context, "DENIED: --%s asks for more than the policy allows: limited by %s", limit_names[i], limit.place);
        return CORDON_EXIT_DENIED;
    }
    return 0;
}

/* ---- Files ---- */

/* A folder is granted as a whole or not at all; the rule that is named is the one about the folder itself. */
static int judge_folder(const command_context *context, const policy *policy, const char *path, const char *capability)
{
    char real[PATH_MAX];
    policy_judgement judgement;
    if (folder_policy_covers(policy, context->env, path, capability) && !policy_is_report_only(policy))
        return 0;
    bool is_found = host_fs_realpath(context->env, path, real, sizeof real, NULL) == HOST_OK;
    policy_argument argument = {.name = "path", .text = is_found ? real : path};
    policy_judge(policy, capability, &argument, 1, &judgement);
    if (policy_is_report_only(policy) && judgement.decision == POLICY_ALLOW)
        return 0;
    char what[64];
    snprintf(what, sizeof what, "%s of the whole folder", capability);
    return refuse(context, policy, what, path, judgement.decision == POLICY_ALLOW ? NULL : judgement.rule);
}

int run_policy_mount(const command_context *context, const policy *policy, const cordon_mount *mount)
{
    if (policy == NULL)
        return 0;
    int code = judge_folder(context, policy, mount->source, "fs.read");
    if (code == 0)
        code = judge_folder(context, policy, mount->source, "fs.list");
    if (code == 0 && mount->mode == CORDON_MOUNT_READ_WRITE)
        code = judge_folder(context, policy, mount->source, "fs.write");
    return code;
}

int run_policy_copy(const command_context *context, const policy *policy, const char *path)
{
    char real[PATH_MAX];
    host_file_status status;
    if (policy == NULL)
        return 0;
    /* What is not there is told by who copies it. */
    if (host_fs_realpath(context->env, path, real, sizeof real, NULL) != HOST_OK ||
        host_fs_stat(context->env, HOST_AT_CWD, real, 0, &status, NULL) != HOST_OK)
        return 0;
    if (!S_ISDIR(status.mode))
        return judge(context, policy, "fs.read", "path", real);
    int code = judge_folder(context, policy, real, "fs.list");
    return code == 0 ? judge_folder(context, policy, real, "fs.read") : code;
}

/* ---- The rest ---- */

int run_policy_variable(const command_context *context, const policy *policy, const char *name)
{
    return judge(context, policy, "env.read", "name", name);
}

int run_policy_clock(const command_context *context, const policy *policy)
{
    return judge(context, policy, "time.read", "clock", NULL);
}

int run_policy_command(const command_context *context, const policy *policy, const char *text)
{
    const char *const list[] = {"sh", "-c", text, NULL};
    const policy_argument arguments[] = {{.name = "program", .text = "/bin/sh"}, {.name = "arguments", .list = list}};
    policy_judgement judgement;
    if (policy == NULL)
        return 0;
    policy_judge(policy, "process.spawn", arguments, sizeof arguments / sizeof *arguments, &judgement);
    return judgement.decision == POLICY_ALLOW ? 0 : refuse(context, policy, "process.spawn", "/bin/sh", judgement.rule);
}

bool run_policy_permit(void *opaque, const cordon_access *access)
{
    const policy *policy = opaque;
    policy_question question = {.capability = policy_capability_number(access->capability)};
    /* A descriptor comes from an open that was asked about. */
    return strcmp(access->capability, "fd.use") == 0 || policy_decide(policy, &question) == POLICY_ALLOW;
}
