/* How soon a limit is noticed. Limits of time: from when they lie to when execute() returns. The others trip inside: from the call of execute() to its return, for
 * code that reaches them at once; so work, noticing, the death of the process and its report are all in it. The bar of each is 100 ms.
 *
 * usage: bench_limits [ROUNDS] */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "measure.h"

#define MS 1000000ull

static const struct limited {
    const char *name, *source;
    int limit;
    uint64_t value;
    cordon_outcome outcome;
} limited[] = {
    {"time: a loop of Python", "while True: pass", CORDON_LIMIT_WALL, 20 * MS, CORDON_OUTCOME_LIMIT_TIME},
    {"time: one call of C", "sum(range(10**12))", CORDON_LIMIT_WALL, 20 * MS, CORDON_OUTCOME_LIMIT_TIME},
    {"time: silence", "import time, cordon\ncordon.call('never')", CORDON_LIMIT_WALL, 20 * MS, CORDON_OUTCOME_LIMIT_TIME},
    {"cpu: a loop of Python", "while True: pass", CORDON_LIMIT_CPU, 20 * MS, CORDON_OUTCOME_LIMIT_CPU},
    {"cpu: one call of C", "9**9**9", CORDON_LIMIT_CPU, 20 * MS, CORDON_OUTCOME_LIMIT_CPU},
    {"fuel", "while True: pass", CORDON_LIMIT_FUEL, 1000, CORDON_OUTCOME_LIMIT_FUEL},
    {"memory", "x = [bytes(2**22) for _ in range(100)]", CORDON_LIMIT_MEMORY, 32ull << 20, CORDON_OUTCOME_LIMIT_MEMORY},
    {"fs-bytes", "f = open('/tmp/a', 'wb', 0)\nwhile True: f.write(bytes(10000))", CORDON_LIMIT_FS_BYTES, 1 << 20, CORDON_OUTCOME_LIMIT_FILES},
    {"output", "while True: print('x' * 10000)", CORDON_LIMIT_OUTPUT, 1 << 20, CORDON_OUTCOME_LIMIT_OUTPUT},
    {"recursion", "def f(): f()\nf()", CORDON_LIMIT_RECURSION, 500, CORDON_OUTCOME_LIMIT_RECURSION},
};
enum { LIMITED = sizeof limited / sizeof *limited };

static void never(void *context, cordon_call *call)
{
    *(cordon_call **)context = call;
}

static double run(cordon_engine *engine, const struct limited *tried, cordon_call **kept)
{
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    cordon_request request = CORDON_REQUEST_INIT;
    cordon_sandbox *sandbox = NULL;
    cordon_result *result = NULL;
    cordon_error error = {0};
    uint64_t start, taken, allowed = tried->limit == CORDON_LIMIT_WALL ? tried->value : 0;

    config.limits.value[tried->limit] = tried->value;
    request.source = tried->source;
    measure_require(cordon_sandbox_create(engine, &config, &sandbox, &error) == CORDON_OK, "no sandbox", error.message);
    start = measure_now_ns();
    measure_require(cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK, "no execution", error.message);
    taken = measure_now_ns() - start;
    measure_require(result->outcome == tried->outcome, tried->name, result->message);
    if (tried->limit == CORDON_LIMIT_CPU) { /* what was used beyond the limit: on a busy machine the clock of the wall says something else */
        taken = result->figures.cpu_ns;
        allowed = tried->value;
    }
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    if (*kept)
        cordon_call_answer(*kept, NULL);
    *kept = NULL;
    return taken > allowed ? (double)(taken - allowed) / MS : 0;
}

int main(int argument_count, char **arguments)
{
    int rounds = argument_count > 1 ? atoi(arguments[1]) : 21;
    measure measures[LIMITED];
    char image[4096];
    cordon_error error = {0};
    cordon_engine *engine = NULL;
    cordon_call *kept = NULL;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    cordon_callback callback = CORDON_CALLBACK_INIT;

    ssize_t length = readlink("/proc/self/exe", image, sizeof image - 32);
    measure_require(length > 0, "cannot read /proc/self/exe", NULL);
    image[length] = '\0';
    strcpy(strrchr(image, '/'), "/cordon-sandbox");
    config.image = image;
    callback.name = "never";
    callback.function = never;
    callback.context = &kept;
    measure_require(cordon_engine_create(&config, &engine, &error) == CORDON_OK && cordon_engine_register(engine, &callback, &error) == CORDON_OK, "no engine",
                    error.message);
    for (int i = 0; i < LIMITED; i++)
        measures[i] = (measure){.group = "limits", .name = limited[i].name, .unit = "ms"};
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < LIMITED; i++)
            measure_add(&measures[i], run(engine, &limited[i], &kept));
    measure_heading("How late a limit is noticed (bar: 100 ms)");
    for (int i = 0; i < LIMITED; i++) {
        measure_print(&measures[i], NULL, 0);
        measure_release(&measures[i]);
    }
    cordon_engine_destroy(engine);
    return 0;
}
