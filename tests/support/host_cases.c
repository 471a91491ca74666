/* Hides how a table of cases is run. */
#include "support/host_cases.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host_call.h"

typedef enum phase_outcome { MUST_SUCCEED, MUST_BE_REFUSED, MUST_FAIL } phase_outcome;

typedef struct phase {
    const char *name;
    phase_outcome outcome;
    test_policy policy;
    bool is_beforehand; /* the env has been told what is allowed */
    bool has_no_error;
} phase;

static const phase phases[] = {
    { .name = "allowed", .outcome = MUST_SUCCEED, .policy = TEST_POLICY_ALLOW_ALL },
    { .name = "denied", .outcome = MUST_BE_REFUSED, .policy = TEST_POLICY_DENY_CAPABILITY },
    { .name = "denied, error NULL", .outcome = MUST_BE_REFUSED, .policy = TEST_POLICY_DENY_CAPABILITY, .has_no_error = true },
    { .name = "no policy", .outcome = MUST_BE_REFUSED, .policy = TEST_POLICY_NONE },
    { .name = "host fails", .outcome = MUST_FAIL, .policy = TEST_POLICY_ALLOW_ALL },
    /* A policy that would refuse everything shows that it is not asked. */
    { .name = "allowed beforehand", .outcome = MUST_SUCCEED, .policy = TEST_POLICY_DENY_ALL, .is_beforehand = true },
    { .name = "others allowed beforehand", .outcome = MUST_BE_REFUSED, .policy = TEST_POLICY_DENY_CAPABILITY, .is_beforehand = true },
    { .name = "allowed beforehand, host fails", .outcome = MUST_FAIL, .policy = TEST_POLICY_DENY_ALL, .is_beforehand = true },
};

/* What a phase found; shared with the child that may run it. */
typedef struct phase_result {
    bool returned;
    host_status status;
    host_error error;
    unsigned primitives;
    bool failed_as_asked;
    int descriptors_before, descriptors_after;
} phase_result;

static host_capability capability_of(const host_case *row)
{
    return row->capability != HOST_CAPABILITY_NONE ? row->capability : host_function_describe(row->function)->capability;
}

static void world_create(host_case_world *world, test_host *host, const host_case *row)
{
    memset(world, 0, sizeof(*world));
    world->host = host;
    world->env = host->env;
    world->fd = world->fd_other = -1;
    world->data = row->data;
    test_folder_create(world->folder);
    snprintf(world->path, sizeof(world->path), "%s/file", world->folder);
    snprintf(world->other, sizeof(world->other), "%s/other", world->folder);
}

static void arm(test_host *host, const host_case *row, const phase *phase)
{
    test_host_policy(host, phase->policy, capability_of(row));
    if (phase->is_beforehand) {
        uint64_t refused = phase->outcome == MUST_BE_REFUSED ? HOST_CAPABILITY_BIT(capability_of(row)) : 0;
        test_host_answer(host, HOST_CAPABILITIES_ALL & ~refused);
    }
    if (phase->outcome == MUST_FAIL) {
        host_operations_fail(host->env, row->primitive, row->primitive_nth == 0 ? 1 : row->primitive_nth, row->fail_code);
    } else {
        host_operations_watch(host->env);
    }
}

static void perform(host_case_world *world, const host_case *row, const phase *phase, phase_result *result)
{
    result->descriptors_before = test_descriptor_count();
    if (row->set_up != NULL) {
        row->set_up(world);
    }
    world->is_watched = !phase->is_beforehand;
    arm(world->host, row, phase);
    result->status = row->call(world, world->env, phase->has_no_error ? NULL : &world->host->error);
    result->returned = true;
    result->error = world->host->error;
    result->primitives = host_operations_calls_total();
    result->failed_as_asked = host_operations_failed();
    host_operations_restore(world->env);
    test_host_freeze(world->host);
    if (row->check != NULL && phase->outcome == MUST_SUCCEED && result->status == HOST_OK) {
        row->check(world);
    }
    if (row->tear_down != NULL) {
        row->tear_down(world);
    }
    result->descriptors_after = test_descriptor_count();
    if (test_leaks_memory()) {
        fail_msg("memory was leaked");
    }
}

/* Runs a phase in a child; answers its wait status. A failed assertion there must end the child, not go on with the parent's tests. */
static int perform_in_child(host_case_world *world, const host_case *row, const phase *phase, phase_result *result)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setenv("CMOCKA_TEST_ABORT", "1", 1);
        alarm(60);
        perform(world, row, phase, result);
        fflush(NULL);
        _exit(0);
    }
    int wait_status = 0;
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    return wait_status;
}

static void check_asked(const test_host *host, const host_case *row)
{
    const test_access *asked = test_asked(host, row->function);
    char labels[256];
    assert_non_null(asked);
    assert_int_equal(asked->access.status, HOST_OK);
    assert_string_equal(host_capability_name(asked->access.capability), host_capability_name(capability_of(row)));
    assert_string_equal(test_argument_labels(asked, labels, sizeof(labels)), host_function_describe(row->function)->arguments);
}

static void check_record(const test_host *host, const host_case *row, host_status status, int code)
{
    const test_access *recorded = test_recorded(host, row->function);
    assert_non_null(recorded);
    assert_string_equal(host_status_name(recorded->access.status), host_status_name(status));
    assert_int_equal(recorded->access.host_code, code);
}

/* What the policy and the record saw. */
static void check_seen(const test_host *host, const host_case *row, const phase *phase, host_status status, int code)
{
    if (phase->is_beforehand) {
        assert_int_equal(host->watch->recorded.count, 0);
        assert_true((host->watch->asked.count != 0) == (phase->outcome == MUST_BE_REFUSED));
        return;
    }
    if (phase->outcome == MUST_SUCCEED) {
        check_asked(host, row);
    }
    check_record(host, row, status, code);
}

static void check_error(const phase_result *result, const host_case *row, host_status status, int code)
{
    assert_string_equal(host_status_name(result->error.status), host_status_name(status));
    assert_non_null(result->error.operation);
    assert_string_equal(result->error.operation, host_function_describe(row->function)->name);
    assert_int_equal(result->error.host_code, code);
    assert_true(result->error.message[0] != '\0');
}

static void check_refusal(const test_host *host, const host_case *row, const phase *phase, const phase_result *result)
{
    assert_host_status(HOST_DENIED_BY_POLICY, result->status, &result->error);
    check_seen(host, row, phase, HOST_DENIED_BY_POLICY, EPERM);
    if (!phase->has_no_error) {
        check_error(result, row, HOST_DENIED_BY_POLICY, EPERM);
    }
    if (!(row->flags & HOST_CASE_LOOKS_FIRST)) {
        assert_int_equal(result->primitives, 0);
    }
}

static void check_phase(const test_host *host, const host_case *row, const phase *phase, const phase_result *result)
{
    if (phase->outcome == MUST_SUCCEED) {
        assert_host_status(row->allowed_status, result->status, &result->error);
        check_seen(host, row, phase, row->allowed_status, result->status == HOST_OK ? 0 : (int)result->error.host_code);
    } else if (phase->outcome == MUST_FAIL) {
        assert_true(result->failed_as_asked);
        assert_host_status(row->fail_status, result->status, &result->error);
        check_error(result, row, row->fail_status, row->fail_code);
        check_seen(host, row, phase, row->fail_status, row->fail_code);
    } else {
        check_refusal(host, row, phase, result);
    }
    if (!(row->flags & HOST_CASE_CHANGES_FDS) && result->descriptors_before != result->descriptors_after) {
        test_descriptors_print();
        assert_int_equal(result->descriptors_before, result->descriptors_after);
    }
}

static void run_phase(const host_case *row, const phase *phase)
{
    test_host host;
    host_case_world world;
    phase_result *result = mmap(NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool in_child = (row->flags & (HOST_CASE_IN_CHILD | HOST_CASE_NO_RETURN)) != 0;
    bool stays_away = phase->outcome == MUST_SUCCEED && (row->flags & HOST_CASE_NO_RETURN) != 0;
    assert_ptr_not_equal(result, MAP_FAILED);
    test_host_create(&host, NULL);
    world_create(&world, &host, row);
    int before = test_descriptor_count();

    int wait_status = 0;
    if (in_child) {
        wait_status = perform_in_child(&world, row, phase, result);
    } else {
        perform(&world, row, phase, result);
    }

    if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != (stays_away ? row->child_code : 0)) {
        fail_msg("%s: the child ended with wait status 0x%x", phase->name, (unsigned)wait_status);
    }
    if (stays_away) {
        assert_false(result->returned);
        check_seen(&host, row, phase, HOST_OK, 0);
    } else {
        assert_true(result->returned);
        check_phase(&host, row, phase, result);
    }
    if (in_child || !(row->flags & HOST_CASE_CHANGES_FDS)) {
        assert_int_equal(test_descriptor_count(), before);
    }
    assert_false(test_has_child());
    test_folder_remove(world.folder);
    test_host_destroy(&host);
    munmap(result, sizeof(*result));
}

static void run_row(void **state)
{
    const host_case *row = *state;
    assert_true((row->fail_code != 0) != (row->infallible != NULL)); /* a row fails its primitive or says why not */
    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
        if (phases[i].outcome != MUST_FAIL || row->fail_code != 0) {
            run_phase(row, &phases[i]);
        }
    }
}

typedef struct domain_rows {
    const char *domain;
    const host_case *cases;
    size_t count;
} domain_rows;

static void every_function_has_a_row(void **state)
{
    const domain_rows *rows = *state;
    unsigned functions = 0, missing = 0;
    for (host_function function = HOST_FUNCTION_NONE + 1; function < HOST_FUNCTION_COUNT; function++) {
        if (strcmp(host_function_describe(function)->domain, rows->domain) != 0) {
            continue;
        }
        size_t i = 0;
        while (i < rows->count && rows->cases[i].function != function) {
            i++;
        }
        functions++;
        if (i == rows->count) {
            print_error("host_%s has no row in test_%s.c\n", host_function_describe(function)->name, rows->domain);
            missing++;
        }
    }
    assert_true(functions > 0);
    assert_int_equal(missing, 0);
}

static char *row_name(const host_case *row)
{
    char *name = malloc(160);
    snprintf(name, 160, "%s%s%s", host_function_describe(row->function)->name, row->label == NULL ? "" : ": ",
             row->label == NULL ? "" : row->label);
    return name;
}

int host_cases_run(const char *domain, const host_case *cases, size_t count)
{
    domain_rows rows = { domain, cases, count };
    struct CMUnitTest *tests = calloc(count + 1, sizeof(*tests));
    for (size_t i = 0; i < count; i++) {
        tests[i] = (struct CMUnitTest){ .name = row_name(&cases[i]), .test_func = run_row, .initial_state = (void *)&cases[i] };
    }
    tests[count] = (struct CMUnitTest){ .name = "every function of the domain has a row", .test_func = every_function_has_a_row,
                                        .initial_state = &rows };
    int failed = _cmocka_run_group_tests(domain, tests, count + 1, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        free((char *)tests[i].name);
    }
    free(tests);
    return failed;
}

/* One call with its nth primitive failing; false once there is no nth primitive any more. */
static bool walk_step(const host_case *row, unsigned nth, int code)
{
    test_host host;
    host_case_world world;
    test_host_create(&host, NULL);
    world_create(&world, &host, row);
    int before = test_descriptor_count();
    if (row->set_up != NULL) {
        row->set_up(&world);
    }

    test_host_policy(&host, TEST_POLICY_ALLOW_ALL, HOST_CAPABILITY_NONE);
    host_operations_fail_any(host.env, nth, code);
    host_status status = row->call(&world, host.env, &host.error);
    host_operations_restore(host.env);
    bool failed = host_operations_failed();

    if (!failed) {
        assert_host_status(row->allowed_status, status, &host.error);
        if (row->check != NULL && status == HOST_OK) {
            row->check(&world);
        }
    }
    if (row->tear_down != NULL) {
        row->tear_down(&world);
    }
    if (test_descriptor_count() != before || test_has_child() || test_leaks_memory()) {
        test_descriptors_print();
        fail_msg("%s left something behind when primitive %u (%s) failed with errno %d", host_function_describe(row->function)->name,
                 nth, host_operations_failed_name(), code);
    }
    test_folder_remove(world.folder);
    test_host_destroy(&host);
    return failed;
}

void host_walk_failures(const host_case *row)
{
    static const int codes[] = { EIO, EINTR, EMFILE, ENOMEM, EPERM };
    enum { STEPS_MAX = 1000 }; /* a function that retries for ever would never come to its end */
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        unsigned nth = 1;
        while (walk_step(row, nth, codes[i])) {
            assert_true(++nth < STEPS_MAX);
        }
        assert_true(nth > 1); /* a walk without one step proves nothing */
    }
}
