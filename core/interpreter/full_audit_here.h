/* Hides that a place in Python code which this thread was at before is not looked up again. In a header, for the compiler to put in place: every access asks.
 * For files that are compiled with Py_BUILD_CORE. */
#ifndef CORE_INTERPRETER_FULL_AUDIT_HERE_H
#define CORE_INTERPRETER_FULL_AUDIT_HERE_H

#include <Python.h>

#include <pycore_frame.h>
#include <pycore_runtime.h>

#include "full_audit_internal.h"

/* What this thread found last. A signal's handler may come between any two lines and look up a place itself; then the two words are not of one place, which
 * their sum by exclusive or tells. */
typedef struct full_audit_known_site {
    uint64_t what; /* generation and number */
    uint64_t key;  /* of the place, combined with it */
} full_audit_known_site;

/* 0: not known. */
static inline uint32_t full_audit_known(const volatile full_audit_known_site *place, uint64_t key)
{
    uint64_t what = place->what;
    return __builtin_expect((place->key ^ what) == key && what >> 32 == full_audit.generation, 1) ? (uint32_t)what : 0;
}

/* By the instruction: for places outside the library it says all. */
enum { FULL_AUDIT_REMEMBERED = 16 };
extern _Thread_local volatile full_audit_known_site full_audit_memory[FULL_AUDIT_REMEMBERED] __attribute__((visibility("hidden")));

static inline volatile full_audit_known_site *full_audit_memory_of(const _PyInterpreterFrame *frame)
{
    return &full_audit_memory[(uintptr_t)frame->instr_ptr / sizeof(_Py_CODEUNIT) % FULL_AUDIT_REMEMBERED];
}

/* An address has 47 bits; the code's version tells it from what was at the same one before. 0: it cannot be told. */
static inline uint64_t full_audit_memory_key(const _PyInterpreterFrame *frame)
{
    uint64_t version = _PyFrame_GetCode((_PyInterpreterFrame *)frame)->co_version;
    return version == 0 ? 0 : (uintptr_t)frame->instr_ptr ^ (version << 40 | version >> 24);
}

/* The frame itself or the next further out that runs Python code; NULL: none. */
static inline _PyInterpreterFrame *full_audit_complete(_PyInterpreterFrame *frame)
{
    while (frame != NULL && _PyFrame_IsIncomplete(frame)) frame = frame->previous;
    return frame;
}

/* PyGILState_GetThisThreadState, which asks more than once whether there is an interpreter. */
static inline PyThreadState *full_audit_this_thread(void)
{
    const Py_tss_t *key = &_PyRuntime.autoTSSkey;
    return key->_is_initialized ? pthread_getspecific(key->_key) : NULL;
}

/* The long way, for a complete frame. */
uint32_t full_audit_find_site(_PyInterpreterFrame *frame);

/* What full_audit_site answers. Only complete frames are remembered, so that one that is known need not be looked at again; one that belongs to C code has no code. */
static inline uint32_t full_audit_here(void)
{
    PyThreadState *thread = full_audit_this_thread();
    _PyInterpreterFrame *frame = thread == NULL ? NULL : thread->current_frame;
    if (frame == NULL) return 0;
    if (__builtin_expect(frame->owner != FRAME_OWNED_BY_CSTACK, 1)) {
        uint32_t site = full_audit_known(full_audit_memory_of(frame), full_audit_memory_key(frame));
        if (__builtin_expect(site != 0, 1)) return site;
    }
    frame = full_audit_complete(frame);
    return frame == NULL ? 0 : full_audit_find_site(frame);
}

#endif
