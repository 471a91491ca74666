/* The yardstick of what crosses a process: a child that reads and writes, and nothing else, at the other end of two pipes. */
#ifndef CORDON_BENCH_PARTNER_H
#define CORDON_BENCH_PARTNER_H

#include <sys/types.h>

enum { ANY_PROCESSOR = -1 };

struct partner {
    int to, from;
    pid_t child;
};

struct partner partner_start(void);
void partner_end(struct partner *partner);
/* Microseconds for one way there and back, of `calls`. */
double partner_round(const struct partner *partner, int calls);
/* Holds a process (0: this one) to a processor; ANY_PROCESSOR: nothing is done. */
void partner_pin(pid_t process, int processor);

#endif
