/* A host call from Python and back, against the same number of bytes sent to and fro through two pipes between two processes.
 *
 * One execution makes many calls, so its start and end weigh nothing; rounds of both kinds alternate. The pipe partner is a forked child that reads and writes and nothing else.
 * Where the scheduler puts two processes decides more than what they do: waking another processor can cost ten times the rest. So both kinds are
 * measured where the scheduler puts them, which is what a user gets and what the bar is for, and then with each placement forced.
 *
 * usage: bench_callback [ROUNDS [CALLS]] */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "measure.h"

enum { MESSAGE_BYTES = 32 };

static void read_all(int fd, char *buffer)
{
    for (ssize_t done = 0, count; done < MESSAGE_BYTES; done += count)
        if ((count = read(fd, buffer + done, (size_t)(MESSAGE_BYTES - done))) <= 0)
            _exit(0);
}

struct partner {
    int to, from;
    pid_t child;
};

static struct partner start_partner(void)
{
    int there[2], back[2];
    struct partner partner;
    measure_require(pipe2(there, O_CLOEXEC) == 0 && pipe2(back, O_CLOEXEC) == 0, "no pipes", NULL);
    partner.child = fork();
    measure_require(partner.child >= 0, "cannot fork", NULL);
    if (partner.child == 0) {
        char message[MESSAGE_BYTES];
        close(there[1]);
        close(back[0]);
        for (;;) {
            read_all(there[0], message);
            if (write(back[1], message, sizeof message) != sizeof message)
                _exit(1);
        }
    }
    close(there[0]);
    close(back[1]);
    partner.to = there[1];
    partner.from = back[0];
    return partner;
}

static double round_of_pipes(const struct partner *partner, int calls)
{
    char message[MESSAGE_BYTES] = {0};
    uint64_t start = measure_now_ns();
    for (int i = 0; i < calls; i++) {
        measure_require(write(partner->to, message, sizeof message) == sizeof message, "the pipe broke", NULL);
        read_all(partner->from, message);
    }
    return (double)(measure_now_ns() - start) / 1000 / calls;
}

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

enum { ANY_PROCESSOR = -1 };

static void pin(pid_t process, int processor)
{
    cpu_set_t set;
    if (processor == ANY_PROCESSOR)
        return;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    measure_require(sched_setaffinity(process, sizeof set, &set) == 0, "cannot choose a processor", NULL);
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
    pin(0, placement->own);
    pin(partner->child, placement->partners);
    pin((pid_t)cordon_sandbox_process_id(sandbox), placement->partners);
    for (int round = -1; round < rounds; round++) {
        double a = round_of_pipes(partner, calls), b, c;
        snprintf(source, sizeof source, "import cordon\nn = 0\nwhile n < %d:\n    n = cordon.call('next', n)\nn", calls);
        b = round_of_calls(sandbox, source, calls);
        snprintf(source, sizeof source, "import cordon\nn = 0\nwhile n < %d:\n    n = await cordon.call_async('next', n)\nn", calls / 5);
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
    struct partner partner = start_partner();
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
    close(partner.to);
    waitpid(partner.child, NULL, 0);
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(engine);
    return 0;
}
