/* Hides from tests how a host_env is watched: a fake policy that allows or denies, and a recorder that keeps copies of accesses. */
#ifndef TESTS_SUPPORT_TEST_HOST_H
#define TESTS_SUPPORT_TEST_HOST_H

/* cmocka.h needs these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

#include "host_env/host_env.h"
#include "support/operations_failing.h"
#include "support/process_state.h"

typedef enum test_policy {
    TEST_POLICY_ALLOW_ALL = 0,
    TEST_POLICY_DENY_ALL,
    TEST_POLICY_DENY_CAPABILITY, /* the one given; all others are allowed */
    TEST_POLICY_NONE             /* no decide function at all */
} test_policy;

enum { TEST_ACCESSES_MAX = 64, TEST_TEXT_MAX = 120 };

/* A copy: texts are borrowed for the call only. A list's text is its first entry. */
typedef struct test_access {
    host_access access; /* the texts in it must not be followed; see texts */
    char texts[HOST_ARGUMENTS_MAX][TEST_TEXT_MAX];
} test_access;

typedef struct test_accesses {
    unsigned count; /* may exceed TEST_ACCESSES_MAX; then the first ones are kept */
    test_access kept[TEST_ACCESSES_MAX];
} test_accesses;

/* In memory shared with children, so that a parent sees what they asked and recorded. */
typedef struct test_watch {
    test_policy policy;
    host_capability denied;
    bool is_frozen; /* what is asked and recorded now is no longer of interest: checks and tear-downs */
    test_accesses asked, recorded;
} test_watch;

typedef struct test_host {
    host_env *env;
    host_error error;
    test_watch *watch;
} test_host;

/* Makes a watched env; `config` NULL means every path, no roots. Its decide and record are replaced. Fails the test if it can't. */
void test_host_create(test_host *host_out, const host_env_config *config);
void test_host_destroy(test_host *host);
/* Sets the policy and forgets accesses so far; keeps new ones from now on. */
void test_host_policy(test_host *host, test_policy policy, host_capability denied);
/* From now on the policy is not asked about these capabilities (HOST_CAPABILITY_BIT), and there is no record, as if the env had been made so. */
void test_host_answer(test_host *host, uint64_t answered);
void test_host_forget(test_host *host);
/* Allows everything from now on, and keeps what was seen so far but nothing more. */
void test_host_freeze(test_host *host);

/* The last recorded access of a function, or NULL; likewise the first one asked. */
const test_access *test_recorded(const test_host *host, host_function function);
const test_access *test_asked(const test_host *host, host_function function);
/* An argument's text or number by its label; fails the test if there is none. */
const char *test_argument_text(const test_access *access, const char *label);
int64_t test_argument_number(const test_access *access, const char *label);
/* "path,flags,mode", the labels as the table of functions writes them; "-" for none. */
const char *test_argument_labels(const test_access *access, char *text_out, size_t size);

/* Fail the test unless `call` answers `expected`; print the host_error then. */
#define assert_host_status(expected, call, error) test_expect_status((expected), (call), (error), #call, __FILE__, __LINE__)
#define assert_host_ok(call, error) assert_host_status(HOST_OK, call, error)
void test_expect_status(host_status expected, host_status actual, const host_error *error, const char *call, const char *file, int line);

#endif
