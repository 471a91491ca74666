/* A host call from Python and back, against the same number of bytes sent to and fro through two pipes between two processes.
 *
 * One execution makes many calls, so its start and end weigh nothing; rounds of both kinds alternate. The pipe partner is a forked child that reads and writes and nothing else.
 * Where the scheduler puts two processes decides more than what they do: waking another processor can cost ten times the rest. So both kinds are
 * measured where the scheduler puts them, which is what a user gets and what the bar is for, and then with each placement forced.
 *
 * usage: bench_callback [ROUNDS [CALLS]] */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "measure.h"
#include "partner.h"

static void echo(void *context, cordon_call *call)
{
    int64_t number = 0;
    (void)context;
    cordon_value_get_int(cordon_call_argument(call, "number"), &number);
    cordon_call_answer(call, cordon_value_int(number + 1));
}

static double round_of_calls(cordon_sandbox *sandbox, const char *source, int calls)
{
    cordon_error error = {0};
    cordon_result *result = NULL;
    int64_t answer = -1;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = source;
    uint64_t start = measure_now_ns();
    measure_require(cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK, "no execution", error.message);
    double taken = (double)(measure_now_ns() - start) / 1000 / calls;
    measure_require(result->outcome == CORDON_OUTCOME_OK && cordon_value_get_int(result->value, &answer) && answer == calls, "wrong answer",
                    result->exception ? result->exception->traceback : result->message);
    cordon_result_destroy(result);
    return taken;
}

struct placement {
    const char *pipes, *sync_calls, *async_calls;
    int own, partners; /* processors */
    double bar;
};

static void measure_placement(const struct placement *placement, cordon_sandbox *sandbox, const struct partner *partner, int rounds, int calls)
{
    char source[256];
    measure pipes = {.group = "callback", .name = placement->pipes, .unit = "us"};
    measure sync_calls = {.group = "callback", .name = placement->sync_calls, .unit = "us"};
    measure async_calls = {.group = "callback", .name = placement->async_calls, .unit = "us"};
    partner_pin(0, placement->own);
    partner_pin(partner->child, placement->partners);
    partner_pin((pid_t)cordon_sandbox_process_id(sandbox), placement->partners);
    for (int round = -1; round < rounds; round++) {
        double a = partner_round(partner, calls), b, c;
        snprintf(source, sizeof source, "import cordon\ndef count(n):\n    while n < %d:\n        n = cordon.call('next', n)\n    return n\ncount(0)", calls);
        b = round_of_calls(sandbox, source, calls);
        snprintf(source, sizeof source, "import cordon\nasync def count(n):\n    while n < %d:\n        n = await cordon.call_async('next', n)\n    return n\nawait count(0)",
                 calls / 5);
        c = round_of_calls(sandbox, source, calls / 5);
        if (round < 0)
            continue;
        measure_add(&pipes, a);
        measure_add(&sync_calls, b);
        measure_add(&async_calls, c);
    }
    measure_print(&pipes, NULL, 0);
    measure_print(&sync_calls, &pipes, placement->bar);
    measure_print(&async_calls, &pipes, 0);
    measure_release(&pipes);
    measure_release(&sync_calls);
    measure_release(&async_calls);
}

int main(int argument_count, char **arguments)
{
    static const struct placement any = {"two pipes, there and back", "cordon.call(...)", "await cordon.call_async(...)", ANY_PROCESSOR, ANY_PROCESSOR, 1.5};
    static const struct placement one = {"two pipes, there and back, on one processor", "cordon.call(...), on one processor",
                                         "await cordon.call_async(...), on one processor", 0, 0, 0};
    static const struct placement two = {"two pipes, there and back, on two processors", "cordon.call(...), on two processors",
                                         "await cordon.call_async(...), on two processors", 0, 1, 0};
    int rounds = argument_count > 1 ? atoi(arguments[1]) : 41, calls = argument_count > 2 ? atoi(arguments[2]) : 5000;
    char image[4096];
    cordon_error error = {0};
    cordon_engine *engine = NULL;
    cordon_sandbox *sandbox = NULL;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    cordon_callback callback = CORDON_CALLBACK_INIT;
    const cordon_parameter number = {.name = "number", .type = "int"};

    ssize_t length = readlink("/proc/self/exe", image, sizeof image - 32);
    measure_require(length > 0, "cannot read /proc/self/exe", NULL);
    image[length] = '\0';
    strcpy(strrchr(image, '/'), "/cordon-sandbox");
    struct partner partner = partner_start();
    config.image = image;
    for (int i = 0; i < CORDON_LIMIT_COUNT; i++)
        config.limits.value[i] = CORDON_LIMIT_NONE;
    callback.name = "next";
    callback.parameters = &number;
    callback.parameter_count = 1;
    callback.function = echo;
    measure_require(cordon_engine_create(&config, &engine, &error) == CORDON_OK && cordon_engine_register(engine, &callback, &error) == CORDON_OK &&
                        cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK,
                    "no sandbox", error.message);
    measure_heading("A host call and back");
    measure_placement(&any, sandbox, &partner, rounds, calls);
    measure_placement(&one, sandbox, &partner, rounds, calls);
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
        measure_placement(&two, sandbox, &partner, rounds, calls);
    partner_end(&partner);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
    return 0;
}
