/* Hides how a word that one thread alone changes is changed in one instruction, so that a signal's handler comes before or after it, and without the lock that other
 * threads would need, which waits for everything stored before. */
#ifndef CORE_INTERPRETER_FULL_AUDIT_OWN_WORD_H
#define CORE_INTERPRETER_FULL_AUDIT_OWN_WORD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* As atomic_compare_exchange_strong, for a word that this thread and its signals' handlers change, and nobody else. Whoever reads it sees it after what was stored before. */
static inline bool full_audit_own_word_change(_Atomic uint64_t *word, uint64_t *before, uint64_t after)
{
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
    bool is_changed;
    __asm__ volatile("cmpxchgq %3, %1" : "=@ccz"(is_changed), "+m"(*word), "+a"(*before) : "r"(after) : "memory");
    return is_changed;
#else
    return atomic_compare_exchange_strong_explicit(word, before, after, memory_order_release, memory_order_relaxed);
#endif
}

#endif
