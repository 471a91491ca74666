/* When a worker is kept to the processor of the thread that speaks with it, and that it is let go; the kernel says where it may run. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine_policy.h"
#include "host_env/host_env.h"
#include "placement.h"

static host_env *env;
static cpu_set_t all;

static int begin(void **state)
{
    (void)state; /* an engine's own environment: what its policy refuses fails here too */
    return engine_policy_create("/image", &env, NULL) == HOST_OK && sched_getaffinity(0, sizeof all, &all) == 0 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    host_env_destroy(env);
    return 0;
}

/* A child that sleeps, as a worker that waits does. */
static process start_sleeper(void)
{
    process made = PROCESS_NONE;
    made.pid = fork();
    assert_true(made.pid >= 0);
    if (made.pid == 0)
        for (;;)
            pause();
    return made;
}

static void stop(const process *process)
{
    kill((pid_t)process->pid, SIGKILL);
    waitpid((pid_t)process->pid, NULL, 0);
}

static cpu_set_t allowed(const process *process)
{
    cpu_set_t set;
    assert_int_equal(sched_getaffinity((pid_t)process->pid, sizeof set, &set), 0);
    return set;
}

static bool may_run_anywhere(const process *process)
{
    cpu_set_t set = allowed(process);
    return CPU_EQUAL(&set, &all);
}

static int first_but(int other)
{
    for (int processor = 0; processor < CPU_SETSIZE; processor++)
        if (processor != other && CPU_ISSET(processor, &all))
            return processor;
    return -1;
}

/* This thread on one processor until stay_anywhere. */
static int stay_on_one(void)
{
    cpu_set_t one;
    int processor = first_but(-1);
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    return processor;
}

static void stay_anywhere(void)
{
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

static void waits(placement *placement, int times)
{
    while (times-- > 0)
        placement_waited(placement);
}

static void answers_from_elsewhere_bring_it_here(void **state)
{
    placement placement;
    process worker = start_sleeper();
    cpu_set_t set;
    (void)state;
    if (first_but(first_but(-1)) < 0)
        skip();
    placement_begin(&placement);

    assert_false(placement_draw_near(&placement, env, &worker));
    assert_true(may_run_anywhere(&worker));
    int here = stay_on_one();
    waits(&placement, 1);
    assert_true(placement_draw_near(&placement, env, &worker));
    set = allowed(&worker);
    assert_int_equal(CPU_COUNT(&set), 1);
    assert_true(CPU_ISSET(here, &set));
    placement_let_go(&placement, env, &worker);
    assert_true(may_run_anywhere(&worker));
    stay_anywhere();
    stop(&worker);
}

static void an_answer_at_once_begins_the_count_anew(void **state)
{
    placement placement;
    process worker = start_sleeper();
    (void)state;
    placement_begin(&placement);

    for (int i = 0; i < 100; i++) {
        waits(&placement, 1);
        placement_answered_at_once(&placement);
        assert_false(placement_draw_near(&placement, env, &worker));
    }
    assert_true(may_run_anywhere(&worker));
    stop(&worker);
}

/* One that works long is moved ever more rarely; one that answered at once for a while is not punished. */
static void what_did_not_pay_is_tried_later(void **state)
{
    placement placement;
    process worker = start_sleeper();
    (void)state;
    if (first_but(first_but(-1)) < 0)
        skip();
    placement_begin(&placement);
    stay_on_one();

    int tries = 0;
    for (int i = 0; i < 4096; i++) {
        waits(&placement, 1);
        if (placement_draw_near(&placement, env, &worker)) {
            tries++;
            placement_let_go(&placement, env, &worker);
        }
    }
    assert_in_range(tries, 11, 14); /* after 1, 2, 4, 8 ... 1,024, 1,024 ... */
    waits(&placement, 1024);
    assert_true(placement_draw_near(&placement, env, &worker));
    for (int i = 0; i < 64; i++)
        placement_answered_at_once(&placement);
    placement_let_go(&placement, env, &worker);
    waits(&placement, 1);
    assert_true(placement_draw_near(&placement, env, &worker));
    placement_let_go(&placement, env, &worker);
    stay_anywhere();
    stop(&worker);
}

static void where_somebody_else_put_it_it_stays(void **state)
{
    placement placement;
    process worker = start_sleeper();
    cpu_set_t other, set;
    (void)state;
    if (first_but(first_but(-1)) < 0)
        skip();
    placement_begin(&placement);
    int here = stay_on_one();
    CPU_ZERO(&other);
    CPU_SET(first_but(here), &other);

    /* While it is near. */
    waits(&placement, 2);
    assert_true(placement_draw_near(&placement, env, &worker));
    assert_int_equal(sched_setaffinity((pid_t)worker.pid, sizeof other, &other), 0);
    placement_let_go(&placement, env, &worker);
    set = allowed(&worker);
    assert_true(CPU_EQUAL(&set, &other));

    /* And where this processor is none of its own. */
    waits(&placement, 4096);
    assert_false(placement_draw_near(&placement, env, &worker));
    set = allowed(&worker);
    assert_true(CPU_EQUAL(&set, &other));
    stay_anywhere();
    stop(&worker);
}

static void one_that_has_gone_is_left_alone(void **state)
{
    placement placement;
    process worker = start_sleeper(), gone = PROCESS_NONE;
    (void)state;
    placement_begin(&placement);
    waits(&placement, 2);
    stop(&worker);

    assert_false(placement_draw_near(&placement, env, &worker)); /* reaped: the kernel knows none */
    waits(&placement, 4096);
    assert_false(placement_draw_near(&placement, env, &gone)); /* 0 would be this process */
    cpu_set_t own;
    assert_int_equal(sched_getaffinity(0, sizeof own, &own), 0);
    assert_true(CPU_EQUAL(&own, &all));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_from_elsewhere_bring_it_here), cmocka_unit_test(an_answer_at_once_begins_the_count_anew),
        cmocka_unit_test(what_did_not_pay_is_tried_later), cmocka_unit_test(where_somebody_else_put_it_it_stays),
        cmocka_unit_test(one_that_has_gone_is_left_alone),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
