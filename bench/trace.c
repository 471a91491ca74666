/* What a trace costs: the same program without one, with lines, with calls and returns, and with all steps, in turns within one run.
 *
 * Programs: one that does little but loop, one that does little but call, one that leaves most to the standard library. The function that is told counts, as the least that a host could do.
 * Wall time from request to result, and the worker's processor time, which a busy machine disturbs less; medians, spread (10th and 90th percentile), and the ratio to the run without a trace. Compare within one run only. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "measure.h"

enum { ROUNDS = 15 };

static const struct program {
    const char *name, *source;
} programs[] = {
    {"loop", "def run(n):\n    total = 0\n    for i in range(n):\n        if i % 3 == 0:\n            total += i\n        else:\n            total -= 1\n    return total\nrun(300000)"},
    {"calls", "def fib(n):\n    if n < 2:\n        return n\n    return fib(n - 1) + fib(n - 2)\nfib(22)"},
    {"work", "import json\ndef work(n):\n    out = []\n    for i in range(n):\n        row = {'number': i, 'text': str(i) * 3, 'list': list(range(10))}\n"
             "        out.append(json.loads(json.dumps(row))['text'])\n    return sorted(out)[0]\nwork(8000)"},
};

static const struct kind {
    const char *name;
    uint32_t events;
    double bar;
} kinds[] = {
    {"no trace", 0, 0},
    {"lines", CORDON_TRACE_LINE, 3},
    {"calls and returns", CORDON_TRACE_CALL | CORDON_TRACE_RETURN, 3},
    {"all steps", CORDON_TRACE_LINE | CORDON_TRACE_CALL | CORDON_TRACE_RETURN | CORDON_TRACE_EXCEPTION, 3},
};

enum { PROGRAMS = sizeof programs / sizeof *programs, KINDS = sizeof kinds / sizeof *kinds };

static int count_steps(void *context, const cordon_trace_event *events, size_t count)
{
    (void)events;
    *(uint64_t *)context += count;
    return 0;
}

/* In milliseconds. */
typedef struct cost {
    double wall, cpu;
} cost;

static cost run(cordon_sandbox *sandbox, const struct program *program, const struct kind *kind, uint64_t *count_out)
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = program->source;
    request.trace = kind->events;
    request.on_trace = count_steps;
    request.trace_context = count_out;
    *count_out = 0;
    measure_require(cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK, program->name, error.message);
    measure_require(result->outcome == CORDON_OUTCOME_OK, program->name, result->message);
    const cost taken = {.wall = (double)result->figures.wall_ns / 1e6, .cpu = (double)result->figures.cpu_ns / 1e6};
    cordon_result_destroy(result);
    return taken;
}

static void print(measure *figures, const char *program, const char *what, uint64_t steps)
{
    char heading[120];
    snprintf(heading, sizeof heading, "%s, %s: %llu steps of all kinds", program, what, (unsigned long long)steps);
    measure_heading(heading);
    for (int i = 0; i < KINDS; i++)
        measure_print(&figures[i], i > 0 ? &figures[0] : NULL, kinds[i].bar);
    for (int i = 0; i < KINDS; i++)
        measure_release(&figures[i]);
}

static void measure_program(cordon_engine *engine, const struct program *program)
{
    measure wall[KINDS], cpu[KINDS];
    uint64_t counts[KINDS];
    cordon_sandbox *sandbox = NULL;
    cordon_error error;
    measure_require(cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK, "sandbox", error.message);
    for (int i = 0; i < KINDS; i++)
        wall[i] = cpu[i] = (measure){.group = program->name, .name = kinds[i].name, .unit = "ms"};
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < KINDS; i++) {
            cost taken = run(sandbox, program, &kinds[i], &counts[i]);
            measure_add(&wall[i], taken.wall);
            measure_add(&cpu[i], taken.cpu);
        }
    print(wall, program->name, "wall time", counts[KINDS - 1]);
    print(cpu, program->name, "processor time of the sandbox", counts[KINDS - 1]);
    cordon_sandbox_destroy(sandbox);
}

int main(void)
{
    char image[4096];
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    cordon_engine *engine = NULL;
    cordon_error error;
    ssize_t length = readlink("/proc/self/exe", image, sizeof image - 32);
    measure_require(length > 0, "where is the image?", NULL);
    image[length] = '\0';
    strcpy(strrchr(image, '/'), "/cordon-sandbox");
    config.image = image;
    measure_require(cordon_engine_create(&config, &engine, &error) == CORDON_OK, "engine", error.message);
    for (int i = 0; i < PROGRAMS; i++)
        measure_program(engine, &programs[i]);
    cordon_engine_destroy(engine);
    return 0;
}
