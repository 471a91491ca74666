/* The sandbox's clocks: virtual unless told otherwise, so that a program cannot time its host and a wait costs no time.
 *
 * Time passes in three ways: a little with each reading (so it is strictly increasing), a slice while threads take
 * turns, and, when no thread can run, straight to the next deadline. Two runs of one program with one start therefore
 * see the same times. All values are nanoseconds. */
#ifndef SEALED_CLOCK_H
#define SEALED_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Wall clock at start unless told otherwise: 2026-01-01 00:00:00 UTC. */
#define SEALED_CLOCK_DEFAULT_START_NS 1767225600000000000ull

/* By how much one reading moves time. Also the resolution that programs are told. */
#define SEALED_CLOCK_STEP_NS 1000ull

enum sealed_clock_mode {
    SEALED_CLOCK_STEPPING, /* as said above */
    SEALED_CLOCK_FIXED,    /* the same, but the wall clock always shows what it was set to */
    SEALED_CLOCK_REAL      /* wall clock and monotonic clock are the host's, asked for through the broker at each reading; while nobody can be asked they
                            * stand still, and a host that is asked and refuses ends the sandbox. Processor time stays virtual. Waits are for whoever waits outside (sealed/thread.h) */
};

/* `step_ns` 0: SEALED_CLOCK_STEP_NS. */
void sealed_clock_set_mode(enum sealed_clock_mode mode, uint64_t step_ns);
bool sealed_clock_is_real(void);
/* Follows the host's clock, if that is the mode: for whoever looks at deadlines while threads keep running. */
void sealed_clock_follow(void);

/* No deadline: wait for ever. */
#define SEALED_CLOCK_NEVER UINT64_MAX

/* Wall clock, since the epoch. Moves time by one step. */
uint64_t sealed_clock_now_ns(void);
/* The same without asking the host: in real mode as old as the last reading. For file times, which must not ask in the midst of another question. */
uint64_t sealed_clock_coarse_ns(void);

/* Since the start of the sandbox, never set back. Moves time by one step. */
uint64_t sealed_clock_monotonic_ns(void);

/* Time spent running (not waiting): of all threads, and of the running one. Moves time by one step. */
uint64_t sealed_clock_process_cpu_ns(void);
uint64_t sealed_clock_thread_cpu_ns(void);

/* As sealed_clock_monotonic_ns without moving time. */
uint64_t sealed_clock_peek_ns(void);

/* The monotonic time at which the wall clock will show `wall_ns`; 0 if that is past. */
uint64_t sealed_clock_monotonic_of_wall_ns(uint64_t wall_ns);

/* Sets the wall clock. The monotonic clock is not touched. */
void sealed_clock_set_wall_ns(uint64_t wall_ns);

/* Sets all clocks to what they show in a sandbox that has just started. Nobody may be waiting. */
void sealed_clock_restart(void);

/* Moves time by `ns` that were spent running. */
void sealed_clock_run_ns(uint64_t ns);

/* Moves time to `monotonic_ns`, spent waiting; a time in the past changes nothing. */
void sealed_clock_wait_until_ns(uint64_t monotonic_ns);

#endif
