/* The sandbox's clocks: virtual, so that a program cannot time its host and a wait costs no time.
 *
 * Time passes in three ways: a little with each reading (so it is strictly increasing), a slice while threads take
 * turns, and, when no thread can run, straight to the next deadline. Two runs of one program with one start therefore
 * see the same times. All values are nanoseconds. */
#ifndef SEALED_CLOCK_H
#define SEALED_CLOCK_H

#include <stdint.h>

/* Wall clock at start unless told otherwise: 2026-01-01 00:00:00 UTC. */
#define SEALED_CLOCK_DEFAULT_START_NS 1767225600000000000ull

/* By how much one reading moves time. Also the resolution that programs are told. */
#define SEALED_CLOCK_STEP_NS 1000ull

/* No deadline: wait for ever. */
#define SEALED_CLOCK_NEVER UINT64_MAX

/* Wall clock, since the epoch. Moves time by one step. */
uint64_t sealed_clock_now_ns(void);

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
