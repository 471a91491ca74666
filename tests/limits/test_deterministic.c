/* Deterministic mode: one image, code, input, order of answers and seed give the same bytes, values and figures, in every process and under any load; another seed does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broad_program.h"
#include "cordon/cordon.h"

enum { ROUNDS = 3, BESIDE_EACH_OTHER = 4, LOAD_THREADS = 4, ANSWERED_TOGETHER = 3 };

static const char *image;
static cordon_engine *engine;

/* All that a caller can see of a run, as one text. */
struct run {
    unsigned char seed[CORDON_SEED_BYTES];
    const char *source;
    cordon_call *kept[ANSWERED_TOGETHER]; /* calls of `ask`: every third one answers all, the last first */
    int kept_count;
    char *text;
};

static void append(struct run *run, const char *data, size_t size)
{
    size_t length = run->text ? strlen(run->text) : 0;

    run->text = realloc(run->text, length + size + 1);
    memcpy(run->text + length, data, size);
    run->text[length + size] = '\0';
}

static void ask(void *context, cordon_call *call)
{
    struct run *run = context;

    run->kept[run->kept_count++] = call;
    if (run->kept_count < ANSWERED_TOGETHER)
        return;
    while (run->kept_count > 0) {
        cordon_call *kept = run->kept[--run->kept_count];
        cordon_call_answer(kept, cordon_value_int(cordon_call_id(kept)));
    }
}

static void now(void *context, cordon_call *call)
{
    (void)context;
    cordon_call_answer(call, cordon_value_text("an answer"));
}

static bool add_callback(cordon_sandbox *sandbox, const char *name, cordon_callback_function function, struct run *run)
{
    static const cordon_parameter number = {.name = "n", .type = "int", .is_optional = true};
    cordon_callback callback = CORDON_CALLBACK_INIT;

    callback.name = name;
    callback.function = function;
    callback.context = run;
    callback.parameters = &number;
    callback.parameter_count = 1;
    return cordon_sandbox_register(sandbox, &callback, NULL) == CORDON_OK;
}

static void note_result(struct run *run, const cordon_result *result)
{
    char figures[300], *value = NULL;
    size_t size = 0;

    snprintf(figures, sizeof figures, "outcome %s\nfuel %llu\nmemory %llu, at most %llu\nfiles %llu with %llu bytes\ncalls %llu\noutput %llu\n",
             cordon_outcome_name(result->outcome), (unsigned long long)result->figures.fuel, (unsigned long long)result->figures.memory_bytes,
             (unsigned long long)result->figures.memory_peak_bytes, (unsigned long long)result->figures.fs_files,
             (unsigned long long)result->figures.fs_bytes, (unsigned long long)result->figures.calls, (unsigned long long)result->figures.output_bytes);
    append(run, figures, strlen(figures));
    append(run, result->message, strlen(result->message));
    append(run, result->standard_output.data, result->standard_output.size);
    append(run, result->standard_error.data, result->standard_error.size);
    if (result->value && cordon_value_to_json(result->value, &value, &size, NULL) == CORDON_OK)
        append(run, value, size);
    cordon_text_release(value);
}

/* On any thread: says what went wrong in the text, where the comparison shows it. */
static void *run_once(void *argument)
{
    struct run *run = argument;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_sandbox *sandbox = NULL;
    cordon_result *result = NULL;
    cordon_error error = {0};

    config.is_deterministic = true;
    config.seed = run->seed;
    request.source = run->source;
    request.name = "program.py";
    if (cordon_sandbox_create(engine, &config, &sandbox, &error) == CORDON_OK && add_callback(sandbox, "ask", ask, run) &&
        add_callback(sandbox, "now", now, run) && cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK)
        note_result(run, result);
    else
        append(run, error.message, strlen(error.message));
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    return NULL;
}

/* Where two texts part, with what stands there. */
static void assert_same(const struct run *first, const struct run *other)
{
    size_t at = 0, from;

    while (first->text[at] && first->text[at] == other->text[at])
        at++;
    if (first->text[at] == other->text[at])
        return;
    from = at > 60 ? at - 60 : 0;
    fail_msg("runs differ at byte %zu:\n%.150s\n--- and ---\n%.150s", at, first->text + from, other->text + from);
}

static void prepare(struct run *run, const char *source, unsigned char seed)
{
    *run = (struct run){.source = source};
    memset(run->seed, seed, sizeof run->seed);
}

static void assert_went_well(const struct run *run)
{
    if (strncmp(run->text, "outcome OK\n", 11) != 0)
        fail_msg("%s", run->text);
}

static void runs_one_after_another_are_the_same(void **state)
{
    struct run runs[ROUNDS];

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        prepare(&runs[i], broad_program, 7);
        run_once(&runs[i]);
        assert_went_well(&runs[i]);
        assert_same(&runs[0], &runs[i]);
    }
    assert_non_null(strstr(runs[0].text, "\"<__main__.Node object at "));
    for (int i = 0; i < ROUNDS; i++)
        free(runs[i].text);
}

static atomic_bool load_ends;

static void *be_a_load(void *unused)
{
    volatile unsigned counter = 0;

    while (!atomic_load(&load_ends))
        counter++;
    return unused;
}

static void runs_beside_each_other_and_under_load_are_the_same(void **state)
{
    struct run alone, runs[BESIDE_EACH_OTHER];
    pthread_t threads[BESIDE_EACH_OTHER], load[LOAD_THREADS];

    (void)state;
    prepare(&alone, broad_program, 7);
    run_once(&alone);
    assert_went_well(&alone);
    for (int i = 0; i < LOAD_THREADS; i++)
        assert_int_equal(pthread_create(&load[i], NULL, be_a_load, NULL), 0);
    for (int i = 0; i < BESIDE_EACH_OTHER; i++) {
        prepare(&runs[i], broad_program, 7);
        assert_int_equal(pthread_create(&threads[i], NULL, run_once, &runs[i]), 0);
    }
    for (int i = 0; i < BESIDE_EACH_OTHER; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&load_ends, true);
    for (int i = 0; i < LOAD_THREADS; i++)
        pthread_join(load[i], NULL);

    for (int i = 0; i < BESIDE_EACH_OTHER; i++) {
        assert_same(&alone, &runs[i]);
        free(runs[i].text);
    }
    free(alone.text);
}

/* Each of these shows the seed, so each must change with it. (The order of sets does not: an image that holds a running interpreter holds its hash secret.) */
static const struct seed_case {
    const char *name, *source;
} seed_cases[] = {
    {"random_has_the_seed", "import random; random.random()"},
    {"random_of_the_system_has_the_seed", "import os; os.urandom(16)"},
    {"uuids_have_the_seed", "import uuid; str(uuid.uuid4())"},
    {"names_of_temporary_files_have_the_seed", "import tempfile; tempfile.mktemp()"},
};

static void seed_shows(void **state)
{
    const struct seed_case *tested = *state;
    struct run first, same, other;

    prepare(&first, tested->source, 1);
    prepare(&same, tested->source, 1);
    prepare(&other, tested->source, 2);
    run_once(&first);
    run_once(&same);
    run_once(&other);

    assert_went_well(&first);
    assert_same(&first, &same);
    assert_string_not_equal(first.text, other.text);
    free(first.text);
    free(same.text);
    free(other.text);
}

static int start(void **state)
{
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;

    (void)state;
    config.image = image;
    return cordon_engine_create(&config, &engine, NULL) == CORDON_OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    cordon_engine_destroy(engine);
    return 0;
}

enum { SEED_CASES = sizeof seed_cases / sizeof *seed_cases };

int main(int count, char **arguments)
{
    struct CMUnitTest tests[2 + SEED_CASES] = {
        cmocka_unit_test(runs_one_after_another_are_the_same),
        cmocka_unit_test(runs_beside_each_other_and_under_load_are_the_same),
    };

    image = count == 2 ? arguments[1] : "";
    for (size_t i = 0; i < SEED_CASES; i++)
        tests[2 + i] = (struct CMUnitTest){seed_cases[i].name, seed_shows, NULL, NULL, (void *)&seed_cases[i]};
    return cmocka_run_group_tests(tests, start, stop);
}
