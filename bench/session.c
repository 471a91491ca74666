/* What keeps_session costs: one small execution of a session that is kept, beside one that is not, in turns; and how long a limit's end and the way back take.
 *
 * Sessions of two sizes: with a few modules imported, and with 100,000 lists. Wall time of the whole call; medians and spread (10th and 90th percentile). Compare within one run only. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "measure.h"

enum { ROUNDS = 60, ENDS = 11 };
#define TIMEOUT_NS 10000000 /* of an execution that has no end */

static const struct size {
    const char *name, *source;
} sizes[] = {
    {"small", "import json, re, datetime\nx = 1"},
    {"100,000 lists", "x = [[i] for i in range(100000)]"},
};

static cordon_result *execute(cordon_sandbox *sandbox, const char *source, uint64_t timeout_ns, double *milliseconds_out)
{
    cordon_error error;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = source;
    request.timeout_ns = timeout_ns;
    uint64_t began = measure_now_ns();
    measure_require(cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK, source, error.message);
    *milliseconds_out = (double)(measure_now_ns() - began) / 1e6;
    return result;
}

static double run(cordon_sandbox *sandbox, const char *source)
{
    double taken;
    cordon_result *result = execute(sandbox, source, 0, &taken);
    measure_require(result->outcome == CORDON_OUTCOME_OK, source, result->message);
    cordon_result_destroy(result);
    return taken;
}

/* What is beyond the time that the execution had. */
static double end_and_go_on(cordon_sandbox *sandbox)
{
    double taken;
    cordon_result *result = execute(sandbox, "while True: pass", TIMEOUT_NS, &taken);
    measure_require(result->outcome == CORDON_OUTCOME_LIMIT_TIME && result->session_goes_on, "the session goes on", result->message);
    cordon_result_destroy(result);
    return taken - TIMEOUT_NS / 1e6;
}

static cordon_sandbox *create(cordon_engine *engine, bool keeps_session, const char *source)
{
    cordon_error error;
    cordon_sandbox *sandbox = NULL;
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    config.keeps_session = keeps_session;
    measure_require(cordon_sandbox_create(engine, &config, &sandbox, &error) == CORDON_OK, "sandbox", error.message);
    (void)run(sandbox, source);
    return sandbox;
}

static void measure_size(cordon_engine *engine, const struct size *size)
{
    measure plain = {.group = size->name, .name = "an execution", .unit = "ms"}, kept = {.group = size->name, .name = "kept", .unit = "ms"};
    measure back = {.group = size->name, .name = "a limit's end, and back", .unit = "ms"};
    cordon_sandbox *without = create(engine, false, size->source), *with = create(engine, true, size->source);
    for (int i = 0; i < ROUNDS; i++) {
        measure_add(&plain, run(without, "len('x')"));
        measure_add(&kept, run(with, "len('x')"));
    }
    for (int i = 0; i < ENDS; i++)
        measure_add(&back, end_and_go_on(with));
    measure_heading(size->name);
    measure_print(&plain, NULL, 0);
    measure_print(&kept, &plain, 0);
    measure_print(&back, &plain, 0);
    measure_release(&plain);
    measure_release(&kept);
    measure_release(&back);
    cordon_sandbox_destroy(without);
    cordon_sandbox_destroy(with);
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
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        measure_size(engine, &sizes[i]);
    cordon_engine_destroy(engine);
    return 0;
}
