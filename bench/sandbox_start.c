/* From nothing to the answer of print(1+1) to a reaped process, against an empty static program started and reaped, one without and one with a C library: through the API from a fresh start and from
 * the pool, and the image alone with its program on standard input. The kinds alternate round by round, so that a busy machine disturbs all alike.
 *
 * usage: bench_sandbox_start [ROUNDS [IMAGE]] */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cordon/cordon.h"
#include "measure.h"

static const char program[] = "print(1+1)\n";
static char image[4096], empty[4096], empty_main[4096];

static void beside_this_program(const char *name, char *path, size_t size)
{
    char self[2048];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    measure_require(length > 0, "cannot read /proc/self/exe", NULL);
    self[length] = '\0';
    *strrchr(self, '/') = '\0';
    snprintf(path, size, "%s/%s", self, name);
}

static void reap(pid_t child, const char *what)
{
    int status = 0;
    measure_require(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0, "did not end well", what);
}

static double run_empty(char *path)
{
    char *const arguments[] = {"empty", NULL}, *const environment[] = {NULL};
    uint64_t start = measure_now_ns();
    pid_t child;
    measure_require(posix_spawn(&child, path, NULL, NULL, arguments, environment) == 0, "cannot start", path);
    reap(child, path);
    return (double)(measure_now_ns() - start) / 1000;
}

/* Program in through one pipe, answer out through another. */
static double run_image(void)
{
    char *const arguments[] = {"cordon-sandbox", NULL}, *const environment[] = {NULL};
    char answer[16] = "";
    int in[2], out[2];
    posix_spawn_file_actions_t actions;
    pid_t child;
    uint64_t start = measure_now_ns();
    measure_require(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0, "no pipes", NULL);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    measure_require(posix_spawn(&child, image, &actions, NULL, arguments, environment) == 0, "cannot start", image);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    measure_require(write(in[1], program, sizeof program - 1) == sizeof program - 1, "cannot write the program", NULL);
    close(in[1]);
    measure_require(read(out[0], answer, sizeof answer - 1) == 2 && strcmp(answer, "2\n") == 0, "wrong answer", answer);
    close(out[0]);
    reap(child, image);
    return (double)(measure_now_ns() - start) / 1000;
}

static double run_sandbox(cordon_engine *engine)
{
    cordon_error error = {0};
    cordon_sandbox *sandbox = NULL;
    cordon_result *result = NULL;
    cordon_request request = CORDON_REQUEST_INIT;
    request.source = program;
    uint64_t start = measure_now_ns();
    measure_require(cordon_sandbox_create(engine, NULL, &sandbox, &error) == CORDON_OK, "no sandbox", error.message);
    measure_require(cordon_sandbox_execute(sandbox, &request, &result, &error) == CORDON_OK, "no execution", error.message);
    measure_require(result->outcome == CORDON_OUTCOME_OK && strcmp(result->standard_output.data, "2\n") == 0, "wrong answer", result->message);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    return (double)(measure_now_ns() - start) / 1000;
}

static cordon_engine *make_engine(uint32_t min_idle)
{
    cordon_error error = {0};
    cordon_engine *engine = NULL;
    cordon_engine_config config = CORDON_ENGINE_CONFIG_INIT;
    config.image = image;
    config.pool.min_idle = min_idle;
    measure_require(cordon_engine_create(&config, &engine, &error) == CORDON_OK, "no engine", error.message);
    return engine;
}

static void wait_for_idle(cordon_engine *engine, uint64_t wanted)
{
    cordon_engine_figures figures;
    for (int i = 0; i < 10000; i++) {
        cordon_engine_get_figures(engine, &figures);
        if (figures.idle >= wanted)
            return;
        usleep(1000);
    }
    measure_require(0, "the pool does not fill", NULL);
}

int main(int argument_count, char **arguments)
{
    int rounds = argument_count > 1 ? atoi(arguments[1]) : 300;
    measure bare = {.group = "start", .name = "empty static program without a C library", .unit = "us"};
    measure with_library = {.group = "start", .name = "empty static program as cc -static makes it", .unit = "us"};
    measure alone = {.group = "start", .name = "image alone, print(1+1) on standard input", .unit = "us"};
    measure fresh = {.group = "start", .name = "create, execute print(1+1), destroy", .unit = "us"};
    measure pooled = {.group = "start", .name = "the same from a pool with an idle worker", .unit = "us"};
    beside_this_program("bench-empty", empty, sizeof empty);
    beside_this_program("bench-empty-main", empty_main, sizeof empty_main);
    if (argument_count > 2)
        snprintf(image, sizeof image, "%s", arguments[2]);
    else
        beside_this_program("cordon-sandbox", image, sizeof image);
    cordon_engine *engine = make_engine(0), *with_pool = make_engine(2);
    for (int round = -3; round < rounds; round++) { /* the first few warm the page cache */
        double a = run_empty(empty), e = run_empty(empty_main), b = run_image(), c = run_sandbox(engine), d;
        wait_for_idle(with_pool, 2);
        d = run_sandbox(with_pool);
        wait_for_idle(with_pool, 2); /* so that its refilling disturbs none of the others */
        if (round < 0)
            continue;
        measure_add(&bare, a);
        measure_add(&with_library, e);
        measure_add(&alone, b);
        measure_add(&fresh, c);
        measure_add(&pooled, d);
    }
    measure_heading("Start, run print(1+1), reap, against an empty static program: `int main(void) { return 0; }`, cc -static");
    measure_print(&with_library, NULL, 0);
    measure_print(&alone, &with_library, 3);
    measure_print(&fresh, &with_library, 3);
    measure_print(&pooled, &with_library, 3);
    bare.group = alone.group = fresh.group = pooled.group = "start, without a C library";
    measure_heading("The same, against a program without any C library");
    measure_print(&bare, NULL, 0);
    measure_print(&alone, &bare, 0);
    measure_print(&fresh, &bare, 0);
    measure_print(&pooled, &bare, 0);
    cordon_engine_destroy(with_pool);
    cordon_engine_destroy(engine);
    measure_release(&bare);
    measure_release(&with_library);
    measure_release(&alone);
    measure_release(&fresh);
    measure_release(&pooled);
    return 0;
}
