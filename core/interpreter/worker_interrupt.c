/* Hides how the host's word becomes an exception in the first thread: as a signal does, so that whatever waits in CPython
 * knows how to be left, and a program's own handler for SIGINT is asked first. */
#define Py_BUILD_CORE 1
#include "Python.h"

#include "pycore_pystate.h"

#include "worker_interrupt.h"

#include "cordon/protocol.h"
#include "sealed/interrupt.h"
#include "sealed/thread.h"

#include <stdbool.h>

/* Linux's numbers, as _signal has them; there is no header of an operating system here. */
enum { SIGNAL_INTERRUPT = 2, SIGNAL_LIMIT = 24 /* SIGXCPU */, HANDLER_DEFAULT = 0 };

static struct {
    bool guest_runs, has_soft_limits;
    uint32_t execution;
    unsigned heeded;   /* reasons that have become a signal already */
    PyObject *handler; /* ours of SIGXCPU; NULL: none was needed yet */
} state;

/* --- soft limits --- */

static PyObject *raise_limit(PyObject *self, PyObject *arguments)
{
    PyObject *module = PyImport_ImportModule("cordon"), *type = module ? PyObject_GetAttrString(module, "LimitReached") : NULL;

    (void)self;
    (void)arguments;
    if (type)
        PyErr_SetString(type, state.heeded & CORDON_INTERRUPT_TIME ? "the time that the host gave it is over" : "the fuel that the host gave it is used up");
    Py_XDECREF(type);
    Py_XDECREF(module);
    return NULL;
}

static PyMethodDef handler_method = {"limit_reached", raise_limit, METH_VARARGS, "What a soft limit of the host's leads to: raises cordon.LimitReached."};

/* What was the handler before; NULL if it cannot be set. */
static PyObject *set_handler(PyObject *handler)
{
    PyObject *module = PyImport_ImportModule("_signal"), *old;

    old = module && handler ? PyObject_CallMethod(module, "signal", "iO", SIGNAL_LIMIT, handler) : NULL;
    Py_XDECREF(module);
    PyErr_Clear();
    return old;
}

/* Only where there are soft limits, and the guest has no handler of its own. */
static void put_handler(void)
{
    PyObject *old;

    if (!state.handler)
        state.handler = PyCFunction_New(&handler_method, NULL);
    old = set_handler(state.handler);
    if (old && PyCallable_Check(old))
        Py_XDECREF(set_handler(old));
    Py_XDECREF(old);
}

/* Back to the default, unless the guest has put another one there. */
static void take_handler(void)
{
    PyObject *default_handler = PyLong_FromLong(HANDLER_DEFAULT), *old = set_handler(default_handler);

    if (old && old != state.handler)
        Py_XDECREF(set_handler(old));
    Py_XDECREF(old);
    Py_XDECREF(default_handler);
}

/* --- the word --- */

/* In whichever thread runs, with or without the GIL: so it only trips signals. */
static bool heed(void)
{
    uint64_t word = sealed_interrupt_word;
    unsigned reasons = (unsigned)(word & CORDON_INTERRUPT_REASONS) & ~state.heeded;

    if (!state.guest_runs || (uint32_t)(word >> CORDON_INTERRUPT_SHIFT) != state.execution || reasons == 0)
        return false;
    state.heeded |= reasons;
    if (reasons & CORDON_INTERRUPT_ASKED)
        PyErr_SetInterruptEx(SIGNAL_INTERRUPT);
    if (reasons & (CORDON_INTERRUPT_TIME | CORDON_INTERRUPT_FUEL))
        PyErr_SetInterruptEx(SIGNAL_LIMIT);
    return true;
}

void worker_interrupt_prepare(void)
{
    sealed_interrupt_set(heed);
}

void worker_interrupt_addresses(uint64_t addresses_out[2])
{
    addresses_out[0] = (uintptr_t)&sealed_interrupt_word;
    addresses_out[1] = (uintptr_t)&_PyRuntime.main_tstate->eval_breaker;
}

void worker_interrupt_begin(uint32_t execution, enum worker_soft_limits limits)
{
    state.has_soft_limits = limits == WORKER_WITH_SOFT_LIMITS;
    if (state.has_soft_limits)
        put_handler();
    state.guest_runs = true;
    state.execution = execution;
    state.heeded = 0;
    (void)heed();
}

void worker_interrupt_end(void)
{
    PyObject *raised = PyErr_GetRaisedException();

    state.guest_runs = false;
    while (PyErr_CheckSignals() != 0)
        PyErr_Clear();
    (void)sealed_thread_take_interrupt();
    if (state.has_soft_limits)
        take_handler();
    PyErr_SetRaisedException(raised);
}
