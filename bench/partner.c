/* Hides the child, its pipes, and where it runs. */
#define _GNU_SOURCE
#include "partner.h"

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

enum { MESSAGE_BYTES = 32 };

static void read_all(int fd, char *buffer)
{
    for (ssize_t done = 0, count; done < MESSAGE_BYTES; done += count)
        if ((count = read(fd, buffer + done, (size_t)(MESSAGE_BYTES - done))) <= 0)
            _exit(0);
}

struct partner partner_start(void)
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

double partner_round(const struct partner *partner, int calls)
{
    char message[MESSAGE_BYTES] = {0};
    uint64_t start = measure_now_ns();
    for (int i = 0; i < calls; i++) {
        measure_require(write(partner->to, message, sizeof message) == sizeof message, "the pipe broke", NULL);
        read_all(partner->from, message);
    }
    return (double)(measure_now_ns() - start) / 1000 / calls;
}

void partner_end(struct partner *partner)
{
    close(partner->to);
    close(partner->from);
    waitpid(partner->child, NULL, 0);
}

void partner_pin(pid_t process, int processor)
{
    cpu_set_t set;
    if (processor == ANY_PROCESSOR)
        return;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    measure_require(sched_setaffinity(process, sizeof set, &set) == 0, "cannot choose a processor", NULL);
}
