/* Interrupts from other threads and soft limits: what runs is left by an exception, the session goes on; what does not heed them is ended. */
#include "engine_support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cordon_engine *engine;

/* Interrupts once the guest has written something, `times` times. */
typedef struct interrupter {
    cordon_sandbox *sandbox;
    pthread_mutex_t lock;
    pthread_cond_t begun;
    bool has_begun;
    unsigned times;
    bool was_heard;
} interrupter;

static void *interrupt(void *context)
{
    interrupter *self = context;
    pthread_mutex_lock(&self->lock);
    while (!self->has_begun)
        pthread_cond_wait(&self->begun, &self->lock);
    pthread_mutex_unlock(&self->lock);
    test_sleep_ms(20); /* into whatever comes after the output */
    for (unsigned i = 0; i < self->times; i++)
        self->was_heard |= cordon_sandbox_interrupt(self->sandbox);
    return NULL;
}

static int begin(void *context, int stream, const void *data, size_t size)
{
    interrupter *self = context;
    (void)stream;
    (void)data;
    (void)size;
    pthread_mutex_lock(&self->lock);
    self->has_begun = true;
    pthread_cond_signal(&self->begun);
    pthread_mutex_unlock(&self->lock);
    return 0;
}

static cordon_result *interrupted(cordon_sandbox *sandbox, const char *source, unsigned times)
{
    interrupter self = {.sandbox = sandbox, .times = times, .lock = PTHREAD_MUTEX_INITIALIZER, .begun = PTHREAD_COND_INITIALIZER};
    pthread_t thread;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    char whole[4096];
    snprintf(whole, sizeof whole, "print('begun', flush=True)\n%s", source);
    request.source = whole;
    request.streams.output = begin;
    request.streams.context = &self;
    assert_int_equal(pthread_create(&thread, NULL, interrupt, &self), 0);
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    pthread_join(thread, NULL);
    assert_true(self.was_heard);
    return result;
}

static cordon_sandbox *create(uint64_t grace_ns, cordon_clock_mode clock)
{
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    config.interrupt_grace_ns = grace_ns;
    config.clock = clock;
    check_status(cordon_sandbox_create(engine, &config, &sandbox, &error), &error);
    return sandbox;
}

#define LONG_GRACE_NS UINT64_C(20000000000) /* however busy the machine is */

/* ---- What is left ---- */

static const struct place {
    const char *name, *source;
    cordon_clock_mode clock;
} places[] = {
    {"a_loop", "while True: pass", CORDON_CLOCK_STEPPING},
    {"calls", "def f(n):\n    return n < 2 or f(n - 1) and f(n - 2)\nwhile True: f(15)", CORDON_CLOCK_STEPPING},
    {"a_loop_that_catches_exceptions", "while True:\n    try: 1 / 0\n    except Exception: pass", CORDON_CLOCK_STEPPING},
    {"a_comprehension", "while True: [x for x in range(1000)]", CORDON_CLOCK_STEPPING},
    {"a_generator", "def g():\n    while True: yield\nfor x in g(): pass", CORDON_CLOCK_STEPPING},
    {"an_untraced_call_of_the_host", "import cordon\ncordon.call('never')", CORDON_CLOCK_STEPPING},
    {"an_awaited_call_of_the_host", "import cordon\nawait cordon.call_async('never')", CORDON_CLOCK_STEPPING},
    {"a_call_of_the_host_beside_threads", "import cordon, threading\nt = threading.Thread(target=lambda: e.wait(), daemon=True)\ne = threading.Event()\nt.start()\ncordon.call('never')", CORDON_CLOCK_STEPPING},
    {"a_sleep", "import time\ntime.sleep(3000)", CORDON_CLOCK_REAL},
    {"a_sleep_while_a_call_is_pending", "import cordon, _cordon, time\n_cordon.start(_cordon.event(), 'never')\ntime.sleep(3000)", CORDON_CLOCK_STEPPING},
    {"asyncio_run", "import asyncio\nasyncio.run(asyncio.sleep(3000))", CORDON_CLOCK_REAL},
    {"a_top_level_await", "import asyncio\nawait asyncio.sleep(3000)", CORDON_CLOCK_REAL},
    {"a_busy_event_loop", "import asyncio\nasync def f():\n    while True: await asyncio.sleep(0)\nawait f()", CORDON_CLOCK_STEPPING},
    {"a_lock_while_another_thread_computes", "import threading\ndef spin():\n    while run: pass\nrun = True\nt = threading.Thread(target=spin, daemon=True)\nt.start()\nl = threading.Lock()\nl.acquire()\ntry:\n    l.acquire()\nfinally:\n    run = False", CORDON_CLOCK_STEPPING},
    {"an_event_with_a_timeout", "import threading\nthreading.Event().wait(3000)", CORDON_CLOCK_REAL},
    {"a_join", "import threading, time\nt = threading.Thread(target=time.sleep, args=(3000,), daemon=True)\nt.start()\nt.join()", CORDON_CLOCK_REAL},
    {"a_queue", "import queue, threading\nq = queue.Queue()\nt = threading.Thread(target=lambda: q2.get(), daemon=True)\nq2 = queue.Queue()\nt.start()\nq.get(timeout=3000)", CORDON_CLOCK_REAL},
    {"a_select", "import select, os\nr, w = os.pipe()\nselect.select([r], [], [], 3000)", CORDON_CLOCK_REAL},
};

static void place_is_left(void **state)
{
    const struct place *row = *state;
    cordon_sandbox *sandbox = create(LONG_GRACE_NS, row->clock);
    assert_value(sandbox, "kept = [1, 2]\nkept", "[1,2]");
    cordon_result *result = interrupted(sandbox, row->source, 1);
    assert_outcome(result, CORDON_OUTCOME_CANCELLED);
    assert_true(result->session_goes_on);
    assert_string_equal(result->exception->type, "KeyboardInterrupt");
    cordon_result_destroy(result);
    assert_value(sandbox, "kept + [sum(range(100))]", "[1,2,4950]");
    cordon_sandbox_destroy(sandbox);
}

/* ---- Once, early, late, in vain ---- */

static void many_interrupts_are_one(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = create(LONG_GRACE_NS, CORDON_CLOCK_STEPPING);
    cordon_result *result = interrupted(sandbox,
                                        "seen = 0\n"
                                        "try:\n    while True: pass\n"
                                        "except KeyboardInterrupt:\n"
                                        "    seen += 1\n"
                                        "    for i in range(300000): pass\n"
                                        "seen",
                                        50);
    int64_t seen = 0;
    assert_outcome(result, CORDON_OUTCOME_OK); /* it ended by itself */
    assert_true(cordon_value_get_int(result->value, &seen));
    assert_int_equal(seen, 1);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static void idle_sandbox_hears_nothing(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = create(LONG_GRACE_NS, CORDON_CLOCK_STEPPING);
    assert_false(cordon_sandbox_interrupt(NULL));
    assert_false(cordon_sandbox_interrupt(sandbox));
    assert_value(sandbox, "sum(range(1000000))\nx = 0\nfor i in range(100000): x += 1\nx", "100000");
    assert_false(cordon_sandbox_interrupt(sandbox));
    assert_value(sandbox, "x = 0\nfor i in range(100000): x += 1\nx", "100000");
    cordon_sandbox_destroy(sandbox);
}

/* From the moment that execute begins: also before the worker has read its frame, and while the last one ends. */
typedef struct storm {
    cordon_sandbox *sandbox;
    bool is_over;
} storm;

static void *storm_on(void *context)
{
    storm *self = context;
    while (!__atomic_load_n(&self->is_over, __ATOMIC_RELAXED))
        (void)cordon_sandbox_interrupt(self->sandbox);
    return NULL;
}

static void interrupts_at_any_time_leave_a_whole_session(void **state)
{
    enum { ROUNDS = 200, ROUNDS_MAX = 20000 }; /* on a busy machine the storm may not get a processor while the first ones last */
    (void)state;
    pthread_t thread;
    unsigned cancelled = 0;
    storm self = {.sandbox = create(LONG_GRACE_NS, CORDON_CLOCK_STEPPING)};
    assert_int_equal(pthread_create(&thread, NULL, storm_on, &self), 0);
    for (int i = 0; i < ROUNDS || (cancelled == 0 && i < ROUNDS_MAX); i++) {
        cordon_result *result = test_execute(self.sandbox, "def f(n):\n    return n and f(n - 1)\nfor i in range(200): f(20)\n1");
        if (result->outcome != CORDON_OUTCOME_OK)
            assert_outcome(result, CORDON_OUTCOME_CANCELLED);
        cancelled += result->outcome == CORDON_OUTCOME_CANCELLED;
        assert_true(result->session_goes_on);
        cordon_result_destroy(result);
    }
    __atomic_store_n(&self.is_over, true, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    assert_true(cancelled > 0);
    assert_value(self.sandbox, "f(20)", "0");
    cordon_sandbox_destroy(self.sandbox);
}

static void handler_of_the_program_is_asked(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = create(LONG_GRACE_NS, CORDON_CLOCK_STEPPING);
    cordon_result *result = interrupted(sandbox,
                                        "import signal\nheard = []\nold = signal.signal(signal.SIGINT, lambda *a: heard.append(1))\n"
                                        "while not heard: pass\nsignal.signal(signal.SIGINT, old)\nheard",
                                        1);
    assert_outcome(result, CORDON_OUTCOME_OK);
    cordon_result_destroy(result);
    assert_value(sandbox, "heard", "[1]");
    cordon_sandbox_destroy(sandbox);
}

static void exception_of_its_own_stays_one(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = create(LONG_GRACE_NS, CORDON_CLOCK_STEPPING);
    cordon_result *result = test_execute(sandbox, "raise KeyboardInterrupt");
    assert_outcome(result, CORDON_OUTCOME_PYTHON_EXCEPTION);
    cordon_result_destroy(result);
    result = test_execute(sandbox, "import cordon\nraise cordon.LimitReached('mine')");
    assert_outcome(result, CORDON_OUTCOME_PYTHON_EXCEPTION);
    cordon_result_destroy(result);
    result = interrupted(sandbox, "try:\n    while True: pass\nfinally:\n    raise ValueError('other')", 1);
    assert_outcome(result, CORDON_OUTCOME_PYTHON_EXCEPTION);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static const char *const deaf[] = {
    "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "sum(range(10**12))",
    "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
};

static void who_does_not_heed_is_ended(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof deaf / sizeof *deaf; i++) {
        cordon_sandbox *sandbox = create(100000000, CORDON_CLOCK_STEPPING);
        cordon_result *result = interrupted(sandbox, deaf[i], 1);
        assert_outcome(result, CORDON_OUTCOME_CANCELLED);
        assert_false(result->session_goes_on);
        assert_null(result->exception);
        assert_non_null(strstr(result->message, "went on for too long"));
        cordon_result_destroy(result);
        cordon_sandbox_destroy(sandbox);
    }
}

static void program_is_interrupted(void **state)
{
    (void)state;
    pthread_t thread;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_sandbox *sandbox = create(LONG_GRACE_NS, CORDON_CLOCK_STEPPING);
    interrupter self = {.sandbox = sandbox, .times = 1, .lock = PTHREAD_MUTEX_INITIALIZER, .begun = PTHREAD_COND_INITIALIZER};
    cordon_program program = CORDON_PROGRAM_INIT;
    program.how = CORDON_PROGRAM_COMMAND;
    program.text = "import atexit\natexit.register(print, 'put away')\nprint('begun', flush=True)\nwhile True: pass";
    program.streams.output = begin;
    program.streams.context = &self;
    assert_int_equal(pthread_create(&thread, NULL, interrupt, &self), 0);
    check_status(cordon_sandbox_run_program(sandbox, &program, &result, &error), &error);
    pthread_join(thread, NULL);
    assert_non_null(strstr(result->standard_output.data, "put away"));
    assert_non_null(strstr(result->standard_error.data, "KeyboardInterrupt"));
    assert_false(result->session_goes_on);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

/* ---- Soft limits ---- */

static cordon_result *limited(cordon_sandbox *sandbox, const char *source, uint64_t soft_timeout_ns, uint64_t soft_fuel)
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = source;
    request.soft_timeout_ns = soft_timeout_ns;
    request.soft_fuel = soft_fuel;
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    return result;
}

static void soft_time_can_be_survived(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = create(0, CORDON_CLOCK_STEPPING);
    cordon_result *result = limited(sandbox, "n = 0\nwhile True: n += 1", 50000000, 0);
    assert_outcome(result, CORDON_OUTCOME_LIMIT_TIME);
    assert_true(result->session_goes_on);
    assert_string_equal(result->limit_name, "time");
    assert_int_equal(result->limit_value, 50000000);
    assert_true(result->limit_figure >= 50000000);
    assert_string_equal(result->exception->type, "LimitReached");
    cordon_result_destroy(result);
    assert_value(sandbox, "n > 0", "true");
    result = limited(sandbox, "import cordon\ntry:\n    while True: pass\nexcept cordon.LimitReached as e:\n    said = str(e)\nsaid", 50000000, 0);
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_string_equal(cordon_value_get_text(result->value, NULL), "the time that the host gave it is over");
    cordon_result_destroy(result);
    result = limited(sandbox, "import cordon\ncordon.call('never')", 50000000, 0);
    assert_outcome(result, CORDON_OUTCOME_LIMIT_TIME);
    assert_true(result->session_goes_on);
    cordon_result_destroy(result);
    result = limited(sandbox, "1", 60000000000, 0);
    assert_outcome(result, CORDON_OUTCOME_OK);
    cordon_result_destroy(result);
    assert_value(sandbox, "import signal\nsignal.getsignal(signal.SIGXCPU) == signal.SIG_DFL", "true");
    cordon_sandbox_destroy(sandbox);
}

static void soft_fuel_can_be_survived(void **state)
{
    (void)state;
    cordon_sandbox *sandbox = create(0, CORDON_CLOCK_STEPPING);
    cordon_result *result = limited(sandbox, "while True: pass", 0, 1000000);
    assert_outcome(result, CORDON_OUTCOME_LIMIT_FUEL);
    assert_true(result->session_goes_on);
    assert_string_equal(result->limit_name, "fuel");
    assert_true(result->figures.fuel >= 1000000);
    cordon_result_destroy(result);
    result = limited(sandbox, "for i in range(1000): pass\n5", 0, 1000000);
    assert_outcome(result, CORDON_OUTCOME_OK);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static void hard_limit_stays_behind_the_soft_one(void **state)
{
    (void)state;
    cordon_error error;
    cordon_result *result = NULL;
    cordon_sandbox *sandbox = create(0, CORDON_CLOCK_STEPPING);
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = "while True:\n    try:\n        while True: pass\n    except BaseException: pass";
    request.soft_timeout_ns = 20000000;
    request.timeout_ns = 200000000;
    check_status(cordon_sandbox_execute(sandbox, &request, &result, &error), &error);
    assert_outcome(result, CORDON_OUTCOME_LIMIT_TIME);
    assert_false(result->session_goes_on);
    assert_int_equal(result->limit_value, 200000000);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
}

static void keep_for_ever(void *context, cordon_call *call)
{
    cordon_call **kept = context;
    if (*kept != NULL)
        cordon_call_answer(*kept, NULL);
    *kept = call;
}

int main(int argc, char **argv)
{
    enum { PLACES = sizeof places / sizeof *places, OTHERS = 10 };
    static cordon_call *kept;
    struct CMUnitTest tests[PLACES + OTHERS] = {
        [PLACES] = cmocka_unit_test(many_interrupts_are_one),
        cmocka_unit_test(idle_sandbox_hears_nothing),
        cmocka_unit_test(interrupts_at_any_time_leave_a_whole_session),
        cmocka_unit_test(handler_of_the_program_is_asked),
        cmocka_unit_test(exception_of_its_own_stays_one),
        cmocka_unit_test(who_does_not_heed_is_ended),
        cmocka_unit_test(program_is_interrupted),
        cmocka_unit_test(soft_time_can_be_survived),
        cmocka_unit_test(soft_fuel_can_be_survived),
        cmocka_unit_test(hard_limit_stays_behind_the_soft_one),
    };
    cordon_error error;
    cordon_callback callback = CORDON_CALLBACK_INIT;
    if (argc < 2)
        return 2;
    test_image = argv[1];
    if (argc > 2)
        cmocka_set_test_filter(argv[2]);
    for (size_t i = 0; i < PLACES; i++)
        tests[i] = (struct CMUnitTest){.name = places[i].name, .test_func = place_is_left, .initial_state = (void *)&places[i]};
    engine = test_engine(NULL);
    callback.name = "never";
    callback.takes_anything = true;
    callback.function = keep_for_ever;
    callback.context = &kept;
    check_status(cordon_engine_register(engine, &callback, &error), &error);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (kept != NULL)
        cordon_call_answer(kept, NULL);
    cordon_engine_destroy(engine);
    return failed;
}
