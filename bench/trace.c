/* What a trace costs: the same program without one, with lines, with calls and returns, and with all steps, in turns within one run.
 *
 * Two programs: one that does little but loop, one that does little but call. The function that is told counts, as the least that a host could do. Wall time, as the
 * worker has it from EXECUTE to RESULT; medians, spread (10th and 90th percentile), and the ratio to the run without a trace. Compare within one run only. */
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

static double run(cordon_sandbox *sandbox, const struct program *program, const struct kind *kind, uint64_t *count_out)
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
    double milliseconds = (double)result->figures.wall_ns / 1e6;
    cordon_result_destroy(result);
    return milliseconds;
}

static void measure_program(cordon_engine *engine, const struct program *program)
{
    measure figures[KINDS];
    uint64_t counts[KINDS];
    cordon_sandbox *sandbox = NULL;
    cordon_error error;
    char heading[80];
    measure_require(cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK, "sandbox", error.message);
    for (int i = 0; i < KINDS; i++)
        figures[i] = (measure){.group = program->name, .name = kinds[i].name, .unit = "ms"};
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < KINDS; i++)
            measure_add(&figures[i], run(sandbox, program, &kinds[i], &counts[i]));
    snprintf(heading, sizeof heading, "%s: %llu steps of all kinds", program->name, (unsigned long long)counts[KINDS - 1]);
    measure_heading(heading);
    for (int i = 0; i < KINDS; i++) {
        measure_print(&figures[i], i > 0 ? &figures[0] : NULL, kinds[i].bar);
        if (i > 0)
            measure_release(&figures[i]);
    }
    measure_release(&figures[0]);
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
