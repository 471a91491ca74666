/* Hides from the tests how an image is started and its output collected while its input is still being written. */
#include "sandbox_process.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct collected {
    char *bytes;
    size_t size;
};

static void be_child(const char *image, const int ends[3][2], void (*before_exec)(void))
{
    dup2(ends[0][0], 0);
    dup2(ends[1][1], 1);
    dup2(ends[2][1], 2);
    for (int i = 0; i < 3; i++) {
        close(ends[i][0]);
        close(ends[i][1]);
    }
    if (before_exec)
        before_exec();
    execl(image, image, (char *)NULL);
    _exit(99);
}

static bool collect(int descriptor, struct collected *into)
{
    char chunk[65536];
    ssize_t count = read(descriptor, chunk, sizeof chunk);

    if (count <= 0)
        return false;
    into->bytes = realloc(into->bytes, into->size + (size_t)count + 1);
    if (!into->bytes)
        abort();
    memcpy(into->bytes + into->size, chunk, (size_t)count);
    into->size += (size_t)count;
    into->bytes[into->size] = '\0';
    return true;
}

static void stop_polling(struct pollfd *slot)
{
    close(slot->fd);
    slot->fd = -1;
}

static void feed(struct pollfd *slot, const char **next, size_t *left)
{
    ssize_t count = *left > 0 ? write(slot->fd, *next, *left < 4096 ? *left : 4096) : 0;

    if (count > 0) {
        *next += count;
        *left -= (size_t)count;
    }
    if (count <= 0 || *left == 0)
        stop_polling(slot);
}

static void exchange(int to_child, int output, int errors, const char *input, size_t input_size,
                     struct collected collected[2])
{
    struct pollfd slots[3] = {{to_child, POLLOUT, 0}, {output, POLLIN, 0}, {errors, POLLIN, 0}};

    while (slots[0].fd >= 0 || slots[1].fd >= 0 || slots[2].fd >= 0) {
        if (poll(slots, 3, 120000) <= 0)
            break;
        if (slots[0].fd >= 0 && slots[0].revents)
            feed(&slots[0], &input, &input_size);
        for (int i = 1; i < 3; i++)
            if (slots[i].fd >= 0 && slots[i].revents && !collect(slots[i].fd, &collected[i - 1]))
                stop_polling(&slots[i]);
    }
}

struct sandbox_ending sandbox_run(const char *image, const void *input, size_t input_size, void (*before_exec)(void))
{
    struct sandbox_ending ending = {.exit_code = -1};
    struct collected collected[2] = {{0}};
    int ends[3][2], status = 0;
    pid_t child;

    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 3; i++)
        if (pipe(ends[i]) != 0)
            abort();
    child = fork();
    if (child == 0) {
        signal(SIGPIPE, SIG_DFL);
        be_child(image, ends, before_exec);
    }
    close(ends[0][0]);
    close(ends[1][1]);
    close(ends[2][1]);
    exchange(ends[0][1], ends[1][0], ends[2][0], input, input_size, collected);
    if (waitpid(child, &status, 0) == child)
        ending.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    ending.output = collected[0].bytes ? collected[0].bytes : calloc(1, 1);
    ending.output_size = collected[0].size;
    snprintf(ending.errors, sizeof ending.errors, "%s", collected[1].bytes ? collected[1].bytes : "");
    free(collected[1].bytes);
    return ending;
}

void sandbox_ending_release(struct sandbox_ending *ending)
{
    free(ending->output);
    ending->output = NULL;
}
