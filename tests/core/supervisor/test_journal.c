/* Journals with real sandboxes: what was recorded is replayed without a host function being called; what differs is told, and stops or goes live; nothing that was recorded is lost. */
#include "engine_support.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

static char folder[] = "/tmp/cordon-journal-XXXXXX", path[64];
static const unsigned char key[16] = "sixteen bytes...";
static unsigned times_called; /* of all host functions; only the thread that executes counts */

/* ---- The host's functions ---- */

static void add(void *context, cordon_call *call)
{
    int64_t one = 0, other = 0;
    (void)context;
    times_called++;
    cordon_value_get_int(cordon_value_at(cordon_call_positional(call), 0), &one);
    cordon_value_get_int(cordon_value_at(cordon_call_positional(call), 1), &other);
    if (one < 0)
        cordon_call_fail(call, "ValueError", "not below zero");
    else
        cordon_call_answer(call, cordon_value_int(one + other));
}

/* Answers kept calls from the last to the first, once three are there. */
static void add_backwards(void *context, cordon_call *call)
{
    static cordon_call *kept[3];
    static unsigned count;
    int64_t number = 0;
    (void)context;
    times_called++;
    kept[count++] = call;
    while (count == 3 || (count > 0 && kept[0] == NULL))
        for (; count > 0; count--) {
            cordon_value_get_int(cordon_value_at(cordon_call_positional(kept[count - 1]), 0), &number);
            cordon_call_answer(kept[count - 1], cordon_value_int(number));
        }
}

static cordon_call *forgotten;
static void keep(void *context, cordon_call *call)
{
    (void)context;
    times_called++;
    forgotten = call;
}

static void let_go(void)
{
    if (forgotten != NULL)
        cordon_call_answer(forgotten, NULL);
    forgotten = NULL;
}

/* Answers from another thread, a while later. */
static void *answer_later(void *call)
{
    test_sleep_ms(120);
    cordon_call_answer(call, cordon_value_text("late"));
    return NULL;
}

static void slow(void *context, cordon_call *call)
{
    pthread_t thread;
    (void)context;
    times_called++;
    assert_int_equal(pthread_create(&thread, NULL, answer_later, call), 0);
    pthread_detach(thread);
}

/* Answers from another thread, within a moment: before the sandbox waits for it, while it is looked at, or after. */
static void *answer_soon(void *call)
{
    static unsigned turn;
    for (volatile unsigned i = 0, count = 7919 * ++turn % 60000; i < count; i++)
        ;
    cordon_call_answer(call, cordon_value_int(1));
    return NULL;
}

static cordon_call *soon_asked; /* atomic */
static bool soon_is_over;       /* atomic */
static void *answer_all_soon(void *unused)
{
    while (!__atomic_load_n(&soon_is_over, __ATOMIC_ACQUIRE)) {
        cordon_call *call = __atomic_exchange_n(&soon_asked, NULL, __ATOMIC_ACQ_REL);
        if (call != NULL)
            (void)answer_soon(call);
        else
            sched_yield(); /* the sandbox may have no other core */
    }
    return unused;
}

static void soon(void *context, cordon_call *call)
{
    (void)context;
    times_called++;
    __atomic_store_n(&soon_asked, call, __ATOMIC_RELEASE);
}

/* ---- What the cases share ---- */

static cordon_engine *engine;

static void offer(const char *name, cordon_callback_function function)
{
    cordon_error error;
    cordon_callback callback = CORDON_CALLBACK_INIT;
    callback.name = name;
    callback.takes_anything = true;
    callback.function = function;
    callback.is_effect = function == NULL;
    check_status(cordon_engine_register(engine, &callback, &error), &error);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    engine = test_engine(NULL);
    offer("add", add);
    offer("back", add_backwards);
    offer("keep", keep);
    offer("slow", slow);
    offer("soon", soon);
    offer("ask", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cordon_engine_destroy(engine);
    rmdir(folder);
    return 0;
}

/* A file of its own for each case. */
static int fresh_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "%s/j", folder);
    unlink(path);
    times_called = 0;
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

static cordon_journal_config config_of(cordon_journal_mode mode, cordon_journal_divergence on_divergence)
{
    cordon_journal_config config = CORDON_JOURNAL_CONFIG_INIT;
    config.path = path;
    config.mode = mode;
    config.on_divergence = on_divergence;
    config.sync = CORDON_JOURNAL_SYNC_NEVER;
    config.key = key;
    config.key_size = sizeof key;
    return config;
}

typedef struct session {
    cordon_journal *journal;
    cordon_sandbox *sandbox;
} session;

static session begin_with(const cordon_journal_config *config, bool is_deterministic)
{
    session made = {0};
    cordon_error error;
    cordon_sandbox_config sandbox = CORDON_SANDBOX_CONFIG_INIT;
    sandbox.is_deterministic = is_deterministic;
    check_status(cordon_journal_open(config, &made.journal, &error), &error);
    check_status(cordon_sandbox_create(engine, &sandbox, &made.sandbox, &error), &error);
    check_status(cordon_sandbox_set_journal(made.sandbox, made.journal, &error), &error);
    return made;
}

static session begin(cordon_journal_mode mode, cordon_journal_divergence on_divergence)
{
    const cordon_journal_config config = config_of(mode, on_divergence);
    return begin_with(&config, false);
}

static cordon_journal_figures end(session *done)
{
    cordon_journal_figures figures;
    cordon_journal_get_figures(done->journal, &figures);
    cordon_sandbox_destroy(done->sandbox);
    cordon_journal_close(done->journal);
    return figures;
}

static void expect(session *in, const char *source, const char *json, const char *divergence)
{
    char *text = NULL;
    cordon_error error;
    cordon_result *result = test_execute(in->sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_OK);
    check_status(cordon_value_to_json(result->value, &text, NULL, &error), &error);
    assert_string_equal(text, json);
    if (divergence == NULL)
        assert_string_equal(result->journal_divergence, "");
    else if (strstr(result->journal_divergence, divergence) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", result->journal_divergence, divergence);
    cordon_text_release(text);
    cordon_result_destroy(result);
}

static off_t file_size(void)
{
    struct stat found;
    assert_int_equal(stat(path, &found), 0);
    return found.st_size;
}

#define ADDS "import cordon\nr = [cordon.call('add', i, 10) for i in range(3)]\ntry:\n    cordon.call('add', -1, 0)\nexcept cordon.HostError as e:\n    r.append([e.message, e.host_type])\nr"
#define ADDED "[10,11,12,[\"not below zero\",\"ValueError\"]]"

/* ---- Recording and replay ---- */

static void replay_answers_without_calling(void **state)
{
    (void)state;
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    expect(&recorded, ADDS, ADDED, NULL);
    expect(&recorded, "cordon.call('add', 5, 5)", "10", NULL);
    cordon_journal_figures figures = end(&recorded);
    assert_int_equal(times_called, 5);
    assert_int_equal(figures.recorded, 5);
    assert_int_equal(figures.entries, 5);
    assert_int_equal(figures.open, 0);
    off_t size = file_size();

    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    expect(&replayed, ADDS, ADDED, NULL);
    expect(&replayed, "cordon.call('add', 5, 5)", "10", NULL);
    figures = end(&replayed);
    assert_int_equal(times_called, 5);
    assert_int_equal(figures.replayed, 5);
    assert_int_equal(figures.recorded, 0);
    assert_int_equal(file_size(), size);
}

#define GATHER(order)                                                                                                                                                              \
    "import asyncio, cordon\nasync def one(i, seen):\n    seen.append(await cordon.call_async('back', i))\n"                                                                       \
    "seen = []\nawait asyncio.gather(*[one(i, seen) for i in " order "])\nseen"

/* The program calls in another order; each call gets its own answer, and answers come in the order of the recording, which decides what happens next. */
static void replay_matches_gathered_calls(void **state)
{
    (void)state;
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    expect(&recorded, GATHER("(1, 2, 3)"), "[3,2,1]", NULL);
    (void)end(&recorded);
    assert_int_equal(times_called, 3);

    session same = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP), other = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    expect(&same, GATHER("(1, 2, 3)"), "[3,2,1]", NULL);
    expect(&other, GATHER("(2, 3, 1)"), "[3,2,1]", NULL);
    assert_int_equal(end(&same).replayed, 3);
    assert_int_equal(end(&other).replayed, 3);
    assert_int_equal(times_called, 3);
}

#define TIMES_OUT                                                                                                                                                                  \
    "import asyncio, cordon\nasync def main():\n    try:\n        return await asyncio.wait_for(cordon.call_async('keep', 1), 0.05)\n"                                             \
    "    except TimeoutError:\n        return cordon.call('add', 1, 1)\nawait main()"

/* A timeout that struck strikes again, without the wait. */
static void replay_repeats_a_timeout(void **state)
{
    (void)state;
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    expect(&recorded, TIMES_OUT, "2", NULL);
    assert_int_equal(end(&recorded).open, 1);
    let_go();
    assert_int_equal(times_called, 2);

    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    expect(&replayed, TIMES_OUT, "2", NULL);
    (void)end(&replayed);
    assert_int_equal(times_called, 2);
}

/* By the guest's own clock, which does not depend on how quick this machine is: it moved by the wait when that was recorded, and does not move when it is replayed. */
static void replayed_answers_take_no_time(void **state)
{
    (void)state;
    static const char source[] = "import cordon, time\nbegan = time.monotonic()\n[cordon.call('slow'), time.monotonic() - began >= 0.1]";
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    expect(&recorded, source, "[\"late\",true]", NULL);
    (void)end(&recorded);
    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    expect(&replayed, source, "[\"late\",false]", NULL);
    (void)end(&replayed);
    assert_int_equal(times_called, 1);
}

static void deterministic_replay_is_the_same_to_the_byte(void **state)
{
    (void)state;
    static const char source[] = "import cordon, random, time\n[cordon.call('add', random.randrange(1000), 1), time.time_ns(), id(object())]";
    const cordon_journal_config record = config_of(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP), replay = config_of(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    session recorded = begin_with(&record, true), replayed;
    cordon_result *one = test_execute(recorded.sandbox, source);
    (void)end(&recorded);
    replayed = begin_with(&replay, true);
    cordon_result *other = test_execute(replayed.sandbox, source);

    assert_outcome(one, CORDON_OUTCOME_OK);
    assert_outcome(other, CORDON_OUTCOME_OK);
    assert_true(cordon_value_equal(one->value, other->value));
    assert_int_equal(one->figures.fuel, other->figures.fuel);
    assert_int_equal(times_called, 1);
    cordon_result_destroy(one);
    cordon_result_destroy(other);
    (void)end(&replayed);
}

/* Where it depends on when answers come how often a program looks for them, it looks as often again: time and turns of its tasks are the same. */
static void deterministic_replay_looks_as_often(void **state)
{
    (void)state;
    static const char source[] = "import asyncio, cordon, time\nseen = []\n"
                                 "async def turns():\n    for i in range(2000):\n        await asyncio.sleep(0)\n        if len(seen) == 5: return i\n"
                                 "async def one():\n    for i in range(5):\n        await cordon.call_async('soon', i)\n        seen.append(time.time_ns())\n"
                                 "[await asyncio.gather(turns(), one()), seen, time.time_ns()]";
    const cordon_journal_config record = config_of(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP), replay = config_of(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    pthread_t thread;
    soon_is_over = false;
    assert_int_equal(pthread_create(&thread, NULL, answer_all_soon, NULL), 0);
    for (int round = 0; round < 8; round++) {
        unlink(path);
        session recorded = begin_with(&record, true);
        cordon_result *one = test_execute(recorded.sandbox, source);
        (void)end(&recorded);
        session replayed = begin_with(&replay, true);
        cordon_result *other = test_execute(replayed.sandbox, source);
        (void)end(&replayed);
        assert_outcome(one, CORDON_OUTCOME_OK);
        assert_outcome(other, CORDON_OUTCOME_OK);
        assert_true(cordon_value_equal(one->value, other->value));
        assert_int_equal(one->figures.fuel, other->figures.fuel);
        cordon_result_destroy(one);
        cordon_result_destroy(other);
    }
    __atomic_store_n(&soon_is_over, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(times_called, 8 * 5);
}

/* An answer that comes just when the host looks for one is in the journal before the sandbox has it, like any other. */
static void answers_are_recorded_whenever_they_come(void **state)
{
    (void)state;
    pthread_t thread;
    soon_is_over = false;
    assert_int_equal(pthread_create(&thread, NULL, answer_all_soon, NULL), 0);
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    expect(&recorded, "import cordon\nsum(cordon.call('soon', i) for i in range(2000))", "2000", NULL);
    __atomic_store_n(&soon_is_over, true, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    cordon_journal_figures figures = end(&recorded);
    assert_int_equal(figures.recorded, 2000);
    assert_int_equal(figures.open, 0);

    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    expect(&replayed, "import cordon\nsum(cordon.call('soon', i) for i in range(2000))", "2000", NULL);
    assert_int_equal(end(&replayed).replayed, 2000);
    assert_int_equal(times_called, 2000);
}

/* ---- Divergence ---- */

static void expect_stop(const char *source, const char *divergence)
{
    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    cordon_result *result = test_execute(replayed.sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_CANCELLED);
    if (strstr(result->journal_divergence, divergence) == NULL || strstr(result->message, "it diverges from its journal: ") == NULL)
        fail_msg("\"%s\" and \"%s\" do not say \"%s\"", result->message, result->journal_divergence, divergence);
    cordon_result_destroy(result);
    (void)end(&replayed);
}

static void divergence_stops(void **state)
{
    (void)state;
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    expect(&recorded, "import cordon\ncordon.call('add', 1, 2)", "3", NULL);
    (void)end(&recorded);

    expect_stop("import cordon\ncordon.call('add', 1, 3)", "it calls add([1,3], {}), the recording goes on with add([1,2], {})");
    expect_stop("import cordon\ncordon.call('back', 1, 2)", "it calls back([1,2], {}), the recording goes on with add");
    expect_stop("import cordon\ncordon.call('add', 1, 2)\ncordon.call('add', 1, 2)", "the recording ends here");
    assert_int_equal(times_called, 1);
    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    expect(&replayed, "None", "null", "execution 1 ended, and the recording goes on with a call of add");
    (void)end(&replayed);
}

static void divergence_goes_live(void **state)
{
    (void)state;
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    expect(&recorded, "import cordon\n[cordon.call('add', i, 0) for i in range(3)]", "[0,1,2]", NULL);
    (void)end(&recorded);
    off_t size = file_size();
    times_called = 0;

    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_GO_LIVE);
    expect(&replayed, "import cordon\n[cordon.call('add', i, 0) for i in (0, 7, 2)]", "[0,7,2]", "it calls add([7,0], {}), the recording goes on with add([1,0], {})");
    cordon_journal_figures figures = end(&replayed);
    assert_int_equal(figures.replayed, 1);
    assert_int_equal(times_called, 2);
    assert_int_equal(file_size(), size);
}

/* A run that ended too early is taken up: what it had is replayed, the rest is asked and recorded behind it; the whole then replays. */
static void continued_journal_goes_on_where_it_ended(void **state)
{
    (void)state;
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    expect(&recorded, "import cordon\n[cordon.call('add', i, 0) for i in range(2)]", "[0,1]", NULL);
    (void)end(&recorded);
    session continued = begin(CORDON_JOURNAL_CONTINUE, CORDON_JOURNAL_STOP);
    expect(&continued, "import cordon\n[cordon.call('add', i, 0) for i in range(4)]", "[0,1,2,3]", NULL);
    cordon_journal_figures figures = end(&continued);
    assert_int_equal(figures.replayed, 2);
    assert_int_equal(figures.recorded, 2);
    assert_int_equal(times_called, 4);

    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    expect(&replayed, "import cordon\n[cordon.call('add', i, 0) for i in range(4)]", "[0,1,2,3]", NULL);
    assert_int_equal(end(&replayed).replayed, 4);
    assert_int_equal(times_called, 4);
}

/* Continued on another way: what the recording had left no longer stands, and the file replays what was really done. */
static void continued_journal_drops_what_was_not_done(void **state)
{
    (void)state;
    static const char other[] = "import cordon\n[cordon.call('add', i, 0) for i in (0, 7, 2)]";
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    expect(&recorded, "import cordon\n[cordon.call('add', i, 0) for i in range(3)]", "[0,1,2]", NULL);
    (void)end(&recorded);
    session continued = begin(CORDON_JOURNAL_CONTINUE, CORDON_JOURNAL_GO_LIVE);
    expect(&continued, other, "[0,7,2]", "the recording goes on with add([1,0], {})");
    (void)end(&continued);
    times_called = 0;

    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    expect(&replayed, other, "[0,7,2]", NULL);
    assert_int_equal(end(&replayed).replayed, 3);
    assert_int_equal(times_called, 0);
}

/* ---- Effects ---- */

static cordon_result *resume_with(cordon_sandbox *sandbox, uint32_t id, cordon_value *value)
{
    cordon_error error;
    cordon_result *result;
    const cordon_effect_answer answer = {.id = id, .value = value};
    cordon_resumption resumption = CORDON_RESUMPTION_INIT;
    resumption.answers = &answer;
    resumption.answer_count = 1;
    check_status(cordon_sandbox_resume(sandbox, &resumption, &result, &error), &error);
    cordon_value_destroy(value);
    return result;
}

#define TWO_EFFECTS "import asyncio, cordon\nawait asyncio.gather(cordon.call_async('ask', 'a'), cordon.call_async('ask', 'b'))"

/* Recorded: one effect answered, one still pending when the process ends. Replayed: the answered one is not asked again, the other is pending again; answered, all is in the journal. */
static void effects_that_were_pending_are_pending_again(void **state)
{
    (void)state;
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    cordon_result *result = test_execute(recorded.sandbox, TWO_EFFECTS);
    assert_outcome(result, CORDON_OUTCOME_SUSPENDED);
    assert_int_equal(result->suspension->effect_count, 2);
    uint32_t second = result->suspension->effects[1].id;
    cordon_result_destroy(result);
    result = resume_with(recorded.sandbox, second, cordon_value_text("B"));
    assert_outcome(result, CORDON_OUTCOME_SUSPENDED);
    cordon_result_destroy(result);
    assert_int_equal(end(&recorded).open, 1);

    session continued = begin(CORDON_JOURNAL_CONTINUE, CORDON_JOURNAL_STOP);
    result = test_execute(continued.sandbox, TWO_EFFECTS);
    assert_outcome(result, CORDON_OUTCOME_SUSPENDED);
    assert_int_equal(result->suspension->effect_count, 1);
    assert_string_equal(cordon_value_get_text(cordon_value_at(result->suspension->effects[0].positional, 0), NULL), "a");
    uint32_t first = result->suspension->effects[0].id;
    cordon_result_destroy(result);
    result = resume_with(continued.sandbox, first, cordon_value_text("A"));
    assert_outcome(result, CORDON_OUTCOME_OK);
    assert_string_equal(result->journal_divergence, "");
    cordon_result_destroy(result);
    assert_int_equal(end(&continued).open, 0);

    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    expect(&replayed, TWO_EFFECTS, "[\"A\",\"B\"]", NULL);
    assert_int_equal(end(&replayed).replayed, 2);
}

/* The process ended while it wrote down the last of them: that one is asked anew, before those that the journal has. They are told in the order of their ids, and each can be answered. */
static void effects_old_and_new_are_pending_together(void **state)
{
    (void)state;
    static const char source[] = "import asyncio, cordon\nawait asyncio.gather(*[cordon.call_async('ask', i) for i in range(3)])";
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    cordon_result *result = test_execute(recorded.sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_SUSPENDED);
    cordon_result_destroy(result);
    (void)end(&recorded);
    assert_int_equal(truncate(path, file_size() - 5), 0);

    session continued = begin(CORDON_JOURNAL_CONTINUE, CORDON_JOURNAL_STOP);
    result = test_execute(continued.sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_SUSPENDED);
    for (size_t left = 3; left > 0; left--) {
        assert_int_equal(result->suspension->effect_count, left);
        for (size_t i = 1; i < left; i++)
            assert_true(result->suspension->effects[i - 1].id < result->suspension->effects[i].id);
        uint32_t id = result->suspension->effects[left / 2].id;
        cordon_result_destroy(result);
        result = resume_with(continued.sandbox, id, cordon_value_int(id));
    }
    assert_outcome(result, CORDON_OUTCOME_OK);
    cordon_result_destroy(result);
    assert_int_equal(end(&continued).open, 0);
    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    expect(&replayed, source, "[1,2,3]", NULL);
    (void)end(&replayed);
}

/* A sandbox that is given up while it is suspended leaves its journal to another one, whose calls have the same ids. */
static void journal_outlives_a_suspended_sandbox(void **state)
{
    (void)state;
    cordon_error error;
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    cordon_result *result = test_execute(recorded.sandbox, TWO_EFFECTS);
    assert_outcome(result, CORDON_OUTCOME_SUSPENDED);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(recorded.sandbox);
    recorded.sandbox = test_sandbox(engine);
    check_status(cordon_sandbox_set_journal(recorded.sandbox, recorded.journal, &error), &error);
    expect(&recorded, "import cordon\n[cordon.call('add', i, 0) for i in range(3)]", "[0,1,2]", NULL);
    cordon_journal_figures figures = end(&recorded);
    assert_int_equal(figures.open, 2);
    assert_int_equal(figures.recorded, 5);

    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    result = test_execute(replayed.sandbox, TWO_EFFECTS);
    assert_outcome(result, CORDON_OUTCOME_SUSPENDED);
    assert_int_equal(result->suspension->effect_count, 2);
    cordon_result_destroy(result);
    (void)end(&replayed);
}

/* ---- Files ---- */

static void journal_refused(const cordon_journal_config *config, cordon_status status, const char *said)
{
    cordon_error error = {0};
    cordon_journal *journal;
    assert_int_equal(cordon_journal_open(config, &journal, &error), status);
    assert_null(journal);
    if (strstr(error.message, said) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.message, said);
}

static void files_that_are_no_journal_are_refused(void **state)
{
    (void)state;
    cordon_journal_config record = config_of(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP), replay = config_of(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP), wrong = replay;
    journal_refused(&replay, CORDON_HOST_FAILURE, "cannot be opened");
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    expect(&recorded, ADDS, ADDED, NULL);

    journal_refused(&record, CORDON_BUSY, "written by somebody else");
    (void)end(&recorded);
    journal_refused(&record, CORDON_INVALID_ARGUMENT, "overwrites nothing");
    wrong.key = "another sixteen.";
    journal_refused(&wrong, CORDON_JOURNAL_REFUSED, "the key is another");
    wrong.key = NULL;
    wrong.key_size = 0;
    journal_refused(&wrong, CORDON_JOURNAL_REFUSED, "none was given");
    wrong.key = "short";
    wrong.key_size = 5;
    journal_refused(&wrong, CORDON_INVALID_ARGUMENT, "shorter than 16 bytes");
    wrong = replay;
    wrong.path = "/dev/full";
    journal_refused(&wrong, CORDON_INVALID_ARGUMENT, "no regular file");
    wrong.path = "";
    journal_refused(&wrong, CORDON_INVALID_ARGUMENT, "no path");
    wrong.path = folder;
    journal_refused(&wrong, CORDON_INVALID_ARGUMENT, "no regular file");
    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP); /* the twin that must succeed */
    expect(&replayed, ADDS, ADDED, NULL);
    (void)end(&replayed);
}

/* The bytes that a writer which died left of its last entry are dropped, and the run goes on from there. */
static void cut_entry_is_recorded_anew(void **state)
{
    (void)state;
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    expect(&recorded, "import cordon\n[cordon.call('add', i, 0) for i in range(3)]", "[0,1,2]", NULL);
    (void)end(&recorded);
    assert_int_equal(truncate(path, file_size() - 5), 0);
    times_called = 0;

    session continued = begin(CORDON_JOURNAL_CONTINUE, CORDON_JOURNAL_STOP);
    expect(&continued, "import cordon\n[cordon.call('add', i, 0) for i in range(3)]", "[0,1,2]", NULL);
    cordon_journal_figures figures = end(&continued);
    assert_true(figures.cut_bytes > 5);
    assert_int_equal(times_called, 1);
    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    expect(&replayed, "import cordon\n[cordon.call('add', i, 0) for i in range(3)]", "[0,1,2]", NULL);
    assert_int_equal(end(&replayed).cut_bytes, 0);
}

/* No room for an entry: the sandbox does not get the answer and ends; what was written before is whole, and can be continued. */
static void full_disk_loses_nothing(void **state)
{
    (void)state;
    static const char source[] = "import cordon\n[cordon.call('add', i, 0) for i in range(10)]";
    struct rlimit before, full = {.rlim_cur = 64 + 3 * 100 + 50};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    full.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    cordon_result *result = test_execute(recorded.sandbox, source);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);

    assert_outcome(result, CORDON_OUTCOME_CANCELLED);
    if (strstr(result->message, "the journal cannot be written: ") == NULL)
        fail_msg("%s", result->message);
    cordon_result_destroy(result);
    cordon_journal_figures figures = end(&recorded);
    assert_true(figures.entries >= 1 && figures.entries < 10);

    times_called = 0;
    session continued = begin(CORDON_JOURNAL_CONTINUE, CORDON_JOURNAL_STOP);
    expect(&continued, source, "[0,1,2,3,4,5,6,7,8,9]", NULL);
    cordon_journal_figures after = end(&continued);
    assert_int_equal(after.cut_bytes, 0);
    assert_int_equal(after.replayed, figures.entries);
    assert_int_equal(times_called, 10 - figures.entries);
}

/* What a guest calls with is written to the host's disk: it can write so much and no more. */
static void journal_has_a_largest_size(void **state)
{
    (void)state;
    cordon_journal_config config = config_of(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    config.size_bytes_max = 1u << 20;
    session recorded = begin_with(&config, false);
    expect(&recorded, "import cordon\ncordon.call('add', 1, 2, 'x' * 100_000)", "3", NULL);
    cordon_result *result = test_execute(recorded.sandbox, "while True: cordon.call('add', 1, 2, 'x' * 100_000)");
    assert_outcome(result, CORDON_OUTCOME_CANCELLED);
    if (strstr(result->message, "the journal cannot be written: it would have more than 1048576 bytes") == NULL)
        fail_msg("%s", result->message);
    cordon_result_destroy(result);
    cordon_journal_figures figures;
    cordon_journal_get_figures(recorded.journal, &figures);
    assert_true(figures.is_incomplete);
    (void)end(&recorded);
    assert_true(file_size() > 900 * 1000 && file_size() <= 1 << 20);
    config.size_bytes_max = (uint64_t)CORDON_JOURNAL_BYTES_MAX + 1;
    journal_refused(&config, CORDON_INVALID_ARGUMENT, "beyond 1 GiB");
}

static void journal_names_what_was_called(void **state)
{
    (void)state;
    session recorded = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    expect(&recorded, "import cordon\nsum(cordon.call('add', i, 0) for i in range(3))", "3", NULL);
    assert_null(cordon_journal_name(recorded.journal, 0));
    (void)end(&recorded);
    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    assert_string_equal(cordon_journal_name(replayed.journal, 0), "add");
    assert_null(cordon_journal_name(replayed.journal, 1));
    (void)end(&replayed);
}

static void journal_belongs_to_one_sandbox(void **state)
{
    (void)state;
    cordon_error error;
    session one = begin(CORDON_JOURNAL_RECORD, CORDON_JOURNAL_STOP);
    cordon_sandbox *other = test_sandbox(engine);
    assert_int_equal(cordon_sandbox_set_journal(other, one.journal, &error), CORDON_INVALID_ARGUMENT);
    check_status(cordon_sandbox_set_journal(one.sandbox, NULL, &error), &error);
    check_status(cordon_sandbox_set_journal(other, one.journal, &error), &error);
    assert_value(one.sandbox, "import cordon\ncordon.call('add', 1, 1)", "2");
    assert_value(other, "import cordon\ncordon.call('add', 1, 1)", "2");
    cordon_sandbox_destroy(other);
    check_status(cordon_sandbox_set_journal(one.sandbox, one.journal, &error), &error); /* a sandbox that is gone has none */
    assert_value(one.sandbox, "cordon.call('add', 2, 2)", "4");
    assert_int_equal(end(&one).recorded, 2);
    session replayed = begin(CORDON_JOURNAL_REPLAY, CORDON_JOURNAL_STOP);
    expect(&replayed, "import cordon\ncordon.call('add', 1, 1)", "2", NULL);
    expect(&replayed, "cordon.call('add', 2, 2)", "4", NULL);
    (void)end(&replayed);
}

int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {
#define CASE(name) cmocka_unit_test_setup_teardown(name, fresh_file, remove_file)
        CASE(replay_answers_without_calling),
        CASE(replay_matches_gathered_calls),
        CASE(replay_repeats_a_timeout),
        CASE(replayed_answers_take_no_time),
        CASE(deterministic_replay_is_the_same_to_the_byte),
        CASE(deterministic_replay_looks_as_often),
        CASE(answers_are_recorded_whenever_they_come),
        CASE(divergence_stops),
        CASE(divergence_goes_live),
        CASE(continued_journal_goes_on_where_it_ended),
        CASE(continued_journal_drops_what_was_not_done),
        CASE(effects_that_were_pending_are_pending_again),
        CASE(effects_old_and_new_are_pending_together),
        CASE(journal_outlives_a_suspended_sandbox),
        CASE(files_that_are_no_journal_are_refused),
        CASE(cut_entry_is_recorded_anew),
        CASE(full_disk_loses_nothing),
        CASE(journal_has_a_largest_size),
        CASE(journal_names_what_was_called),
        CASE(journal_belongs_to_one_sandbox),
#undef CASE
    };
    if (argument_count != 2)
        return 2;
    test_image = arguments[1];
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
