/* Hides from tests how a gate that ends the process can be watched: a child process and a pipe. */
#include "fake_gate.h"

#include "cordon/gate.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int gate_descriptor = 2;

long cordon_gate(long operation, void *buffer, unsigned long size)
{
    switch (operation) {
    case CORDON_GATE_READ:
        return read(0, buffer, size);
    case CORDON_GATE_WRITE:
        return write(gate_descriptor, buffer, size);
    default:
        _exit((int)size);
    }
}

long fake_gate_write(const void *data, unsigned long size)
{
    return write(gate_descriptor, data, size);
}

static void run_child(void (*act)(void), int output)
{
    gate_descriptor = output;
    act();
    _exit(0);
}

struct fake_gate_ending fake_gate_run_in_child(void (*act)(void))
{
    struct fake_gate_ending ending = {.exit_code = -1};
    size_t used = 0;
    ssize_t count;
    int ends[2], status;
    pid_t child;

    if (pipe(ends) != 0)
        return ending;
    child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(act, ends[1]);
    }
    close(ends[1]);
    while (used < sizeof ending.output - 1 &&
           (count = read(ends[0], ending.output + used, sizeof ending.output - 1 - used)) > 0)
        used += (size_t)count;
    close(ends[0]);
    if (child > 0 && waitpid(child, &status, 0) == child)
        ending.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
    return ending;
}
