/* Hides that a command is a process with three pipes, any of which may be full, empty or closed. */
#include "user_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "host_env/fd.h"
#include "host_env/ipc.h"
#include "host_env/poll.h"
#include "host_env/process.h"

enum { TO_COMMAND, FROM_COMMAND, ERRORS, PIPES, CHUNK = 64 * 1024 };

typedef struct running {
    host_env *env;
    host_process_child child;
    int ends[PIPES]; /* this process's; -1: closed */
    const char *input;
    size_t input_left;
    size_t output_room, errors_size;
    user_command_end *end;
    host_error *error;
} running;

static void close_end(running *run, int which)
{
    if (run->ends[which] >= 0)
        (void)host_fd_close(run->env, run->ends[which], NULL); /* a pipe has nothing left to lose at its close */
    run->ends[which] = -1;
}

/* ---- Starting ---- */

/* This process's end does not block; the command's does, as programs expect. */
static host_status make_pipe(running *run, int which, int *far_out)
{
    int made[2];
    int64_t flags = 0;
    host_status status = host_ipc_pipe(run->env, O_CLOEXEC, made, run->error);
    if (status != HOST_OK)
        return status;
    int near = which == TO_COMMAND ? 1 : 0;
    run->ends[which] = made[near];
    *far_out = made[1 - near];
    status = host_fd_fcntl(run->env, made[near], F_GETFL, 0, &flags, run->error);
    return status == HOST_OK ? host_fd_fcntl(run->env, made[near], F_SETFL, flags | O_NONBLOCK, &flags, run->error) : status;
}

static bool start(running *run, const char *text, char **environment)
{
    const char *const arguments[] = {"sh", "-c", text, NULL};
    int far[PIPES] = {-1, -1, -1};
    host_status status = HOST_OK;
    for (int i = 0; i < PIPES && status == HOST_OK; i++)
        status = make_pipe(run, i, &far[i]);
    const host_descriptor_pair descriptors[] = {{0, far[TO_COMMAND]}, {1, far[FROM_COMMAND]}, {2, far[ERRORS]}};
    host_process_spawn_config config = HOST_PROCESS_SPAWN_CONFIG_INIT;
    config.program = "/bin/sh";
    config.arguments = arguments;
    config.environment = (const char *const *)environment;
    config.descriptors = descriptors;
    config.descriptor_count = PIPES;
    config.group = HOST_PROCESS_GROUP_NEW; /* so that what it starts can be ended with it */
    config.parent_death_signal = SIGKILL;
    if (status == HOST_OK)
        status = host_process_spawn(run->env, &config, &run->child, run->error);
    for (int i = 0; i < PIPES; i++)
        if (far[i] >= 0)
            (void)host_fd_close(run->env, far[i], NULL);
    return status == HOST_OK;
}

/* ---- Following ---- */

static void feed(running *run)
{
    size_t count = 0;
    host_status status = run->input_left > 0 ? host_fd_write(run->env, run->ends[TO_COMMAND], run->input, run->input_left, &count, NULL) : HOST_OK;
    run->input += count;
    run->input_left -= count;
    bool is_later = status == HOST_WOULD_BLOCK || status == HOST_INTERRUPTED;
    if (run->input_left == 0 || (status != HOST_OK && !is_later)) /* done, or it does not want to know */
        close_end(run, TO_COMMAND);
}

static bool keep_output(running *run, const char *data, size_t size)
{
    user_command_end *end = run->end;
    if (end->output_size + size > USER_COMMAND_OUTPUT_MAX)
        return false;
    if (end->output_size + size + 1 > run->output_room) {
        size_t room = 2 * (end->output_size + size + 1);
        char *output = realloc(end->output, room);
        if (output == NULL)
            return false;
        end->output = output;
        run->output_room = room;
    }
    memcpy(end->output + end->output_size, data, size);
    end->output_size += size;
    return true;
}

static void keep_errors(running *run, const char *data, size_t size)
{
    size_t room = USER_COMMAND_ERRORS_KEPT - run->errors_size, kept = size < room ? size : room;
    memcpy(run->end->errors + run->errors_size, data, kept);
    run->errors_size += kept;
}

/* All that has come. */
static void drain(running *run, int which)
{
    char chunk[CHUNK];
    size_t count = 0;
    while (run->ends[which] >= 0 && !run->end->wrote_too_much) {
        host_status status = host_fd_read(run->env, run->ends[which], chunk, sizeof chunk, &count, NULL);
        if (status == HOST_WOULD_BLOCK)
            return;
        if (status == HOST_INTERRUPTED)
            continue;
        if (status != HOST_OK || count == 0)
            close_end(run, which);
        else if (which == ERRORS)
            keep_errors(run, chunk, count);
        else
            run->end->wrote_too_much = !keep_output(run, chunk, count);
    }
}

/* Until it has ended, is to be ended, or cannot be followed. */
static bool follow(running *run, int stop)
{
    for (;;) {
        host_poll_item items[] = {{.fd = run->ends[TO_COMMAND], .events = POLLOUT}, {.fd = run->ends[FROM_COMMAND], .events = POLLIN},
                                  {.fd = run->ends[ERRORS], .events = POLLIN},      {.fd = run->child.fd, .events = POLLIN},
                                  {.fd = stop, .events = POLLIN}};
        int ready;
        host_status status = host_poll_wait(run->env, items, sizeof items / sizeof *items, -1, &ready, run->error);
        if (status == HOST_INTERRUPTED)
            continue;
        if (status != HOST_OK)
            return false;
        if (items[0].returned_events != 0)
            feed(run);
        drain(run, FROM_COMMAND);
        drain(run, ERRORS);
        run->end->was_stopped = items[4].returned_events != 0;
        if (run->end->was_stopped || run->end->wrote_too_much || items[3].returned_events != 0)
            return true;
    }
}

static bool reap(running *run)
{
    int64_t pid;
    host_status status;
    do
        status = host_process_wait4(run->env, run->child.pid, 0, &pid, &run->end->status, NULL, run->error);
    while (status == HOST_INTERRUPTED);
    return status == HOST_OK;
}

bool user_command_run(const command_context *context, const char *text, const char *input, size_t input_size, int stop, user_command_end *end_out, host_error *error)
{
    running run = {.env = context->env, .child = {.fd = -1}, .ends = {-1, -1, -1}, .input = input, .input_left = input_size, .end = end_out, .error = error};
    *end_out = (user_command_end){0};
    bool is_known = start(&run, text, context->environment);
    if (is_known) {
        is_known = follow(&run, stop);
        (void)host_process_killpg(run.env, run.child.pid, SIGKILL, NULL); /* it has ended, or shall; what it left behind ends too */
        is_known = reap(&run) && is_known;
        drain(&run, FROM_COMMAND);
        drain(&run, ERRORS);
        (void)host_fd_close(run.env, run.child.fd, NULL); /* only stands for the process */
    }
    for (int i = 0; i < PIPES; i++)
        close_end(&run, i);
    if (is_known && !keep_output(&run, "", 0))
        end_out->wrote_too_much = true;
    if (end_out->output != NULL)
        end_out->output[end_out->output_size] = '\0';
    if (is_known)
        return true;
    free(end_out->output);
    end_out->output = NULL;
    return false;
}
