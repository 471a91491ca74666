/* What one host call costs more than the bare system call: the policy's decision, the record, and the frame around them.
 *
 * Two calls are measured in pairs of rounds, bare and through host_env, alternating so that a busy machine disturbs both alike: getppid, the
 * cheapest system call there is, and a stat of a file. The policy is a real one, read from YAML with 20 rules; the record keeps every access in a ring.
 * Then the same where everything is allowed beforehand and nothing is recorded: what is left is the frame.
 * Prints medians, spread (10th and 90th percentile) and the ratio. Rounds are short and counted in CPU time of the thread, so that what else the
 * machine does takes few of them. Figures of shared machines: compare within one run only. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host_env/fs.h"
#include "host_env/host_env.h"
#include "host_env/process.h"
#include "policy/policy.h"

enum { ROUNDS = 601, CALLS = 2000, RING = 1024 };

static const char policy_text[] =
    "version: 1\n"
    "allow:\n"
    "  - {capability: process.info}\n  - {capability: fs.read, path: [/]}\n  - {capability: fs.list}\n  - {capability: time.read}\n"
    "  - {capability: random}\n  - {capability: fd.use}\n  - {capability: memory.map}\n  - {capability: thread.start}\n"
    "  - {capability: system.info}\n  - {capability: user.info}\n  - {capability: signal.handle}\n"
    "  - {capability: env.read, name: [HOME, PATH, LANG, \"LC_*\"]}\n  - {capability: net.connect, address: [127.0.0.0/8]}\n"
    "deny:\n"
    "  - {capability: env.read, name: [\"*SECRET*\", \"*TOKEN*\"]}\n  - {capability: env.write}\n  - {capability: net.listen}\n"
    "  - {capability: process.spawn}\n  - {capability: native.load}\n  - {capability: time.set}\n  - {capability: process.set}\n";

struct asked {
    const policy *policy;
    int capabilities[HOST_CAPABILITY_COUNT]; /* of host_env's numbers, the policy's */
};

static host_access ring[RING];
static unsigned long recorded;

/* As the full interpreter asks: the texts of the access become facts. */
static host_decision decide(void *context, const host_access *access)
{
    const struct asked *asked = context;
    policy_fact facts[HOST_ARGUMENTS_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < access->argument_count; i++)
        if (access->arguments[i].kind == HOST_ARGUMENT_PATH)
            facts[count++] = (policy_fact){.field = POLICY_FIELD_PATH, .text = access->arguments[i].value.text};
    const policy_question question = {.capability = asked->capabilities[access->capability], .facts = facts, .fact_count = count};
    return policy_decide(asked->policy, &question) == POLICY_ALLOW ? HOST_DECISION_ALLOW : HOST_DECISION_DENY;
}

static void record(void *context, const host_access *access)
{
    (void)context;
    ring[__atomic_fetch_add(&recorded, 1, __ATOMIC_RELAXED) % RING] = *access;
}

static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void bare_getppid(host_env *env)
{
    (void)env;
    (void)getppid();
}

static void host_getppid(host_env *env)
{
    int64_t pid;
    if (host_process_getppid(env, &pid, NULL) != HOST_OK)
        abort();
}

static void bare_stat(host_env *env)
{
    struct stat status;
    (void)env;
    if (stat("/etc/passwd", &status) != 0)
        abort();
}

static void host_stat(host_env *env)
{
    host_file_status status;
    if (host_fs_stat(env, HOST_AT_CWD, "/etc/passwd", 0, &status, NULL) != HOST_OK)
        abort();
}

typedef void (*one_call)(host_env *env);

static double measure(one_call call, host_env *env)
{
    double from = now_ns();
    for (int i = 0; i < CALLS; i++)
        call(env);
    return (now_ns() - from) / CALLS;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *name, one_call bare, one_call through, host_env *env)
{
    double bare_ns[ROUNDS], host_ns[ROUNDS], extra_ns[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        bare_ns[i] = measure(bare, env);
        host_ns[i] = measure(through, env);
        extra_ns[i] = host_ns[i] - bare_ns[i];
    }
    qsort(bare_ns, ROUNDS, sizeof *bare_ns, compare);
    qsort(host_ns, ROUNDS, sizeof *host_ns, compare);
    qsort(extra_ns, ROUNDS, sizeof *extra_ns, compare);
    printf("%-8s %10.0f %10.0f %8.2f %10.0f   %.0f to %.0f\n", name, bare_ns[ROUNDS / 2], host_ns[ROUNDS / 2],
           host_ns[ROUNDS / 2] / bare_ns[ROUNDS / 2], extra_ns[ROUNDS / 2], extra_ns[ROUNDS / 10], extra_ns[ROUNDS * 9 / 10]);
}

static host_decision allow(void *context, const host_access *access)
{
    (void)context;
    (void)access;
    return HOST_DECISION_ALLOW;
}

static host_env *create_free(void)
{
    host_env *env = NULL;
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.decide = allow;
    config.allowed_always = HOST_CAPABILITIES_ALL;
    config.path_mode = HOST_PATHS_ANY;
    return host_env_create(&config, &env, NULL) == HOST_OK ? env : NULL;
}

int main(void)
{
    policy_message message;
    policy *policy;
    struct asked asked = {0};
    host_env *env, *free_env = create_free();
    if (!policy_read(policy_text, strlen(policy_text), "bench", NULL, &policy, &message)) {
        fprintf(stderr, "%s\n", message.text);
        return 1;
    }
    asked.policy = policy;
    for (int i = 0; i < HOST_CAPABILITY_COUNT; i++)
        asked.capabilities[i] = policy_capability_number(host_capability_name((host_capability)i));
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.decide = decide;
    config.decide_context = &asked;
    config.record = record;
    config.path_mode = HOST_PATHS_ANY;
    if (host_env_create(&config, &env, NULL) != HOST_OK || free_env == NULL)
        return 1;
    printf("Cost of policy and record per host call, %d rounds of %d calls, nanoseconds (bar: 150 more)\n", ROUNDS, CALLS);
    printf("%-8s %10s %10s %8s %10s   %s\n", "call", "bare", "host_env", "ratio", "more", "10th to 90th percentile");
    report("getppid", bare_getppid, host_getppid, env);
    report("stat", bare_stat, host_stat, env);
    printf("%lu accesses recorded\n", recorded);
    printf("\nthe same, all allowed beforehand and nothing recorded\n");
    report("getppid", bare_getppid, host_getppid, free_env);
    report("stat", bare_stat, host_stat, free_env);
    host_env_destroy(free_env);
    host_env_destroy(env);
    policy_destroy(policy);
    return 0;
}
