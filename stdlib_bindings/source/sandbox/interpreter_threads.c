/* Hides from the scheduler what only CPython knows: which of its variables are a thread's own, and where a busy thread
 * can give way.
 *
 * Threads of the sandbox switch only in waits, so a thread that computes would keep all others from running: the
 * request to drop the GIL, which a waiting thread makes after 5 ms, would never be made. While more than one thread
 * exists, a bit of each thread state's eval_breaker that CPython leaves unused stays set; so the evaluation loop calls
 * cordon_bind_handle_pending at each of its checks (calls and backward jumps). After some thousand checks, which stand
 * for the switch interval, virtual time moves by that interval and the other threads get a turn: those that wait for
 * the GIL find their 5 ms over, ask for it, and CPython's own hand-over does the rest.
 *
 * With a single thread the bit is clear and nothing is paid, except for a while after a clock was read: who looks at
 * clocks (timeit, for one, which repeats until 0.2 s have passed) sees that computing takes time. That ends after a
 * third of a second of virtual time without a further look.
 *
 * The host uses the same bit to have a running sandbox look at the word that it wrote (sealed/interrupt.h): it sets it from outside, in the first thread's state. Other threads
 * look anyway, since with more than one thread the bit is always set.
 *
 * Python/ceval.c alone is compiled with -D_Py_HandlePending=cordon_bind_handle_pending. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_ceval.h"
#include "pycore_gil.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"

#include "interpreter_threads.h"

#include "sealed/interrupt.h"
#include "sealed/thread.h"

#define TICK_BIT ((uintptr_t)1 << 7)

_Static_assert((TICK_BIT & _PY_EVAL_EVENTS_MASK) != 0, "the loop must look at the bit");
_Static_assert(TICK_BIT > _PY_EVAL_EXPLICIT_MERGE_BIT, "the bit must be none of CPython's");

enum {
    CHECKS_PER_US = 4, /* of switch interval; about what a check costs in simple loops */
    INTERVAL_US_MAX = 1000 * 1000,
    LOOKED_AT_US = 333 * 1000,           /* how long time flows for a single thread after it read a clock */
    FIRST_STACK_BYTES = 16 * 1024 * 1024, /* of the first thread, which may recurse Py_C_RECURSION_LIMIT deep */
};

extern const char *pkgcontext; /* Python/import.c: the package whose extension module is being imported */

int cordon_bind_handle_pending(PyThreadState *tstate);

static long checks_left;
static unsigned long us_since_look;

static unsigned long switch_interval_us(const PyThreadState *tstate)
{
    const struct _gil_runtime_state *gil = tstate->interp->ceval.gil;
    unsigned long interval = gil ? gil->interval : 0;

    return interval < 1 ? 1 : interval > INTERVAL_US_MAX ? INTERVAL_US_MAX : interval;
}

/* Turns vary by an eighth: with equal ones, a loop whose length divides the turn would be left at the same instruction
 * each time, and what two threads hope to see of each other might never happen. The sequence is fixed, so runs still
 * repeat. */
static void begin_turn(const PyThreadState *tstate)
{
    static uint32_t variation = 1;
    uint32_t checks = (uint32_t)switch_interval_us(tstate) * CHECKS_PER_US;

    variation = variation * 1664525u + 1013904223u;
    checks_left = (long)(checks - checks / 16 + (variation >> 8) % (checks / 8 + 1));
}

/* A thread with a smaller stack than the first may recurse less in C. The state of a thread that is just being made is
 * not bound to one yet. */
static void fit_recursion(PyThreadState *tstate, size_t stack_bytes)
{
    if (stack_bytes < FIRST_STACK_BYTES && !tstate->_status.bound)
        tstate->c_recursion_remaining = (int)((uint64_t)Py_C_RECURSION_LIMIT * stack_bytes / FIRST_STACK_BYTES);
}

static void on_create(sealed_thread *thread)
{
    for (PyInterpreterState *interp = _PyRuntime.interpreters.head; interp; interp = interp->next) {
        for (PyThreadState *tstate = interp->threads.head; tstate; tstate = tstate->next) {
            tstate->eval_breaker |= TICK_BIT;
            fit_recursion(tstate, sealed_thread_stack_bytes(thread));
        }
    }
}

int sandbox_interpreter_threads_begin(void)
{
    int result = sealed_thread_register_local(&_Py_tss_tstate, sizeof _Py_tss_tstate);

    if (result == 0)
        result = sealed_thread_register_local(&pkgcontext, sizeof pkgcontext);
    sealed_thread_set_on_create(on_create);
    return result;
}

void sandbox_interpreter_looked_at_clock(void)
{
    PyThreadState *tstate = _Py_tss_tstate;

    us_since_look = 0;
    if (!tstate || (tstate->eval_breaker & TICK_BIT))
        return;
    begin_turn(tstate);
    tstate->eval_breaker |= TICK_BIT;
}

/* A thread that often lets the GIL go and takes it back (around each read, say) wakes the first waiter each time, so
 * that its 5 ms never end and it never asks: at the end of a turn it has the GIL without asking. drop_gil waits until
 * another thread has taken it, so there must be one. */
static void give_way_to_waiters(PyThreadState *tstate)
{
    struct _gil_runtime_state *gil = tstate->interp->ceval.gil;

    if (gil && sandbox_condition_has_waiters(&gil->cond))
        tstate->eval_breaker |= _PY_GIL_DROP_REQUEST_BIT;
}

static void tick(PyThreadState *tstate)
{
    unsigned long interval_us = switch_interval_us(tstate);

    begin_turn(tstate);
    us_since_look += interval_us;
    if (sealed_thread_count() == 1 && us_since_look > LOOKED_AT_US) {
        tstate->eval_breaker &= ~TICK_BIT; /* set again when a thread is created or a clock is read */
        return;
    }
    sealed_thread_tick((uint64_t)interval_us * 1000);
    begin_turn(tstate); /* others have had turns of their own meanwhile */
    give_way_to_waiters(tstate);
}

int cordon_bind_handle_pending(PyThreadState *tstate)
{
    if (tstate->eval_breaker & TICK_BIT) {
        sealed_interrupt_poll();
        if (--checks_left <= 0)
            tick(tstate);
    }
    if ((tstate->eval_breaker & _PY_EVAL_EVENTS_MASK & ~TICK_BIT) == 0)
        return 0;
    return _Py_HandlePending(tstate);
}
