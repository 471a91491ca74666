/* Two ways to start a sandbox that no guest has touched: executing the image, and forking a template of it that waits before its lock. Both run print(1+1) on the
 * same two pipes, end and are reaped, in turns; an empty static program beside them.
 *
 * usage: bench_template [ROUNDS [FOLDER OF THE PROGRAMS]] */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

/* CONFIGURE with an empty map, PROGRAM of -c. */
static const unsigned char frames[] = "\0CRN\2\2\0\0\0\0\0\0\1\0\0\0\x80"
                                      "\0CRN\2\4\0\0\0\0\0\0\13\0\0\0\1print(1+1)";
static int to_sandbox[2], from_sandbox[2], to_template[2], from_template[2];
static char folder[2048];

/* All that it says, up to its EXIT: the pipe stays open for the next. */
static void converse(void)
{
    static unsigned char said[4096];
    size_t size = 0;

    measure_require(write(to_sandbox[1], frames, sizeof frames - 1) == sizeof frames - 1, "cannot write", "frames");
    while (size < 20 || memcmp(said + size - 20, "\0CRN\2\10", 6) != 0) {
        ssize_t count = read(from_sandbox[0], said + size, sizeof said - size);
        measure_require(count > 0, "the sandbox ended early", NULL);
        size += (size_t)count;
    }
    measure_require(memmem(said, size, "\0012\n", 3) != NULL, "wrong answer", NULL);
}

static pid_t start(const char *name, int is_template)
{
    char path[4096];
    char *const arguments[] = {"sandbox", NULL}, *const environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    pid_t child;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to_sandbox[0], 0);
    posix_spawn_file_actions_adddup2(&actions, from_sandbox[1], 1);
    if (is_template) {
        posix_spawn_file_actions_adddup2(&actions, to_template[0], 3);
        posix_spawn_file_actions_adddup2(&actions, from_template[1], 4);
    }
    measure_require(posix_spawn(&child, path, &actions, NULL, arguments, environment) == 0, "cannot start", path);
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

static void reap(pid_t child)
{
    int status = 0;

    measure_require(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0, "did not end well", NULL);
}

static double run_empty(void)
{
    uint64_t begin = measure_now_ns();

    reap(start("bench-empty", 0));
    return (double)(measure_now_ns() - begin) / 1000;
}

static double run_image(void)
{
    uint64_t begin = measure_now_ns();
    pid_t child = start("cordon-sandbox", 0);

    converse();
    reap(child);
    return (double)(measure_now_ns() - begin) / 1000;
}

static double run_template(void)
{
    uint64_t begin = measure_now_ns();
    char byte = 0;

    measure_require(write(to_template[1], &byte, 1) == 1, "the template has gone", NULL);
    converse();
    measure_require(read(from_template[0], &byte, 1) == 1, "the template has gone", NULL);
    return (double)(measure_now_ns() - begin) / 1000;
}

/* Descriptors above those that a template uses, so that none is in another's way. */
static void make_pipe(int ends[2])
{
    int made[2];

    measure_require(pipe2(made, O_CLOEXEC) == 0, "no pipes", NULL);
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(made[i], F_DUPFD_CLOEXEC, 16);
        close(made[i]);
    }
}

int main(int argument_count, char **arguments)
{
    int rounds = argument_count > 1 ? atoi(arguments[1]) : 300;
    measure bare = {.group = "template", .name = "empty static program, started and reaped", .unit = "us"};
    measure image = {.group = "template", .name = "the image, executed", .unit = "us"};
    measure forked = {.group = "template", .name = "a template, forked", .unit = "us"};
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);

    measure_require(length > 0, "cannot read /proc/self/exe", NULL);
    *strrchr(folder, '/') = '\0';
    if (argument_count > 2)
        snprintf(folder, sizeof folder, "%s", arguments[2]);
    make_pipe(to_sandbox);
    make_pipe(from_sandbox);
    make_pipe(to_template);
    make_pipe(from_template);
    pid_t template = start("bench-template", 1);
    for (int round = -3; round < rounds; round++) {
        double a = run_empty(), b = run_image(), c = run_template();
        if (round < 0)
            continue;
        measure_add(&bare, a);
        measure_add(&image, b);
        measure_add(&forked, c);
    }
    measure_heading("Executing the image or forking a template: print(1+1), ended, reaped");
    measure_print(&bare, NULL, 0);
    measure_print(&image, &bare, 0);
    measure_print(&forked, &bare, 0);
    close(to_template[1]);
    reap(template);
    measure_release(&bare);
    measure_release(&image);
    measure_release(&forked);
    return 0;
}
