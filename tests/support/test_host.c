/* Hides how a host_env is watched by tests. */
#include "support/test_host.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "host_call.h"

static void copy_access(test_access *copy, const host_access *access)
{
    copy->access = *access;
    for (uint32_t i = 0; i < access->argument_count; i++) {
        const host_argument *argument = &access->arguments[i];
        const char *text = NULL;
        if (argument->kind == HOST_ARGUMENT_LIST) {
            text = argument->value.list != NULL ? argument->value.list[0] : NULL;
        } else if (argument->kind != HOST_ARGUMENT_FD && argument->kind != HOST_ARGUMENT_NUMBER) {
            text = argument->value.text;
        }
        snprintf(copy->texts[i], TEST_TEXT_MAX, "%s", text == NULL ? "" : text);
    }
}

static void keep(test_accesses *accesses, const host_access *access)
{
    unsigned index = __atomic_fetch_add(&accesses->count, 1, __ATOMIC_RELAXED);
    if (index < TEST_ACCESSES_MAX) {
        copy_access(&accesses->kept[index], access);
    }
}

static host_decision decide(void *context, const host_access *access)
{
    test_watch *watch = context;
    if (!watch->is_frozen) {
        keep(&watch->asked, access);
    }
    bool denied = watch->policy == TEST_POLICY_DENY_ALL ||
                  (watch->policy == TEST_POLICY_DENY_CAPABILITY && access->capability == watch->denied);
    return denied ? HOST_DECISION_DENY : HOST_DECISION_ALLOW;
}

static void record(void *context, const host_access *access)
{
    test_watch *watch = context;
    if (!watch->is_frozen) {
        keep(&watch->recorded, access);
    }
}

void test_host_create(test_host *host_out, const host_env_config *config)
{
    host_env_config watched = HOST_ENV_CONFIG_INIT;
    if (config != NULL) {
        watched = *config;
    } else {
        watched.path_mode = HOST_PATHS_ANY;
    }
    memset(host_out, 0, sizeof(*host_out));
    host_out->watch = mmap(NULL, sizeof(*host_out->watch), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(host_out->watch, MAP_FAILED);
    watched.decide = decide;
    watched.record = record;
    watched.decide_context = watched.record_context = host_out->watch;
    assert_host_ok(host_env_create(&watched, &host_out->env, &host_out->error), &host_out->error);
}

void test_host_destroy(test_host *host)
{
    host_env_destroy(host->env);
    munmap(host->watch, sizeof(*host->watch));
    memset(host, 0, sizeof(*host));
}

void test_host_policy(test_host *host, test_policy policy, host_capability denied)
{
    host->watch->policy = policy;
    host->watch->denied = denied;
    host->watch->is_frozen = false;
    host->env->decide = policy == TEST_POLICY_NONE ? NULL : decide;
    test_host_forget(host);
}

void test_host_answer(test_host *host, uint64_t answered)
{
    host->env->answered = answered;
    host->env->record = NULL;
}

void test_host_freeze(test_host *host)
{
    host->watch->policy = TEST_POLICY_ALLOW_ALL;
    host->watch->is_frozen = true;
    host->env->decide = decide;
}

void test_host_forget(test_host *host)
{
    memset(&host->watch->asked, 0, sizeof(host->watch->asked));
    memset(&host->watch->recorded, 0, sizeof(host->watch->recorded));
    memset(&host->error, 0, sizeof(host->error));
}

static unsigned kept_count(const test_accesses *accesses)
{
    return accesses->count < TEST_ACCESSES_MAX ? accesses->count : TEST_ACCESSES_MAX;
}

const test_access *test_recorded(const test_host *host, host_function function)
{
    const test_accesses *recorded = &host->watch->recorded;
    for (unsigned i = kept_count(recorded); i > 0; i--) {
        if (recorded->kept[i - 1].access.function == function) {
            return &recorded->kept[i - 1];
        }
    }
    return NULL;
}

const test_access *test_asked(const test_host *host, host_function function)
{
    const test_accesses *asked = &host->watch->asked;
    for (unsigned i = 0; i < kept_count(asked); i++) {
        if (asked->kept[i].access.function == function) {
            return &asked->kept[i];
        }
    }
    return NULL;
}

static uint32_t argument_index(const test_access *access, const char *label)
{
    for (uint32_t i = 0; i < access->access.argument_count; i++) {
        if (strcmp(access->access.arguments[i].label, label) == 0) {
            return i;
        }
    }
    fail_msg("%s has no argument %s", host_function_describe(access->access.function)->name, label);
    return 0;
}

const char *test_argument_text(const test_access *access, const char *label)
{
    return access->texts[argument_index(access, label)];
}

int64_t test_argument_number(const test_access *access, const char *label)
{
    return access->access.arguments[argument_index(access, label)].value.number;
}

const char *test_argument_labels(const test_access *access, char *text_out, size_t size)
{
    size_t used = (size_t)snprintf(text_out, size, "%s", access->access.argument_count == 0 ? "-" : "");
    for (uint32_t i = 0; i < access->access.argument_count && used < size; i++) {
        used += (size_t)snprintf(text_out + used, size - used, "%s%s", i == 0 ? "" : ",", access->access.arguments[i].label);
    }
    return text_out;
}

void test_expect_status(host_status expected, host_status actual, const host_error *error, const char *call, const char *file, int line)
{
    if (expected == actual) {
        return;
    }
    print_error("%s\n    answered %s instead of %s\n", call, host_status_name(actual), host_status_name(expected));
    if (actual != HOST_OK && error != NULL) {
        print_error("    %s [%s, host code %lld]\n", error->message, error->operation == NULL ? "?" : error->operation,
                    (long long)error->host_code);
    }
    _fail(file, line);
}
