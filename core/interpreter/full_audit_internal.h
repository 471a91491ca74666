/* What the files of the audited process's side share. Hides rings from those that know what is to be told, and the other way round. */
#ifndef CORE_INTERPRETER_FULL_AUDIT_INTERNAL_H
#define CORE_INTERPRETER_FULL_AUDIT_INTERNAL_H

#include "audit/ring.h"
#include "full_audit.h"

/* This process's share. Filled by full_audit_attach, and again in each child of a fork; read everywhere. */
typedef struct full_audit_state {
    host_env *host; /* asks nobody and tells nobody */
    audit_ring_writer writer;
    _Atomic uint64_t *repeats; /* AUDIT_REPEATS words */
    uint64_t first_thread; /* the one that has the process's own number, and with it the words that are changed without a lock */
    uint32_t generation; /* of the process: what was defined in an older one is not known in this one's ring */
    uint32_t *is_joined; /* on a page that a fork's child finds zeroed; a child that shares its parent's memory shares its ring, too */
} full_audit_state;

extern full_audit_state full_audit __attribute__((visibility("hidden")));

/* Before anything of a ring is used: a child of a fork takes its own. */
void full_audit_join_again(void) __attribute__((cold));
static inline void full_audit_be_joined(void)
{
    if (__builtin_expect(*full_audit.is_joined == 0, 0)) full_audit_join_again();
}
/* Room for an entry of at most `size` bytes, with its time, thread and site. Waits if there is none; ends the process if there will be none. */
void *full_audit_reserve(uint64_t size, uint32_t site, uint64_t *position_out);
/* `reserved`: as given to full_audit_reserve; `size`: what the entry came to be, at most as much. */
void full_audit_commit(void *entry, uint64_t position, audit_entry_kind kind, uint64_t reserved, uint64_t size);
/* Of two entries in one reservation, the first: the other's place follows it. */
void full_audit_commit_first(void *entry, uint64_t position, audit_entry_kind kind, uint64_t size);
/* The longest entry that a ring takes. */
uint64_t full_audit_entry_max(void);
/* The process is about to end by itself with this code. */
void full_audit_exit(int code);
/* Says why on standard error and ends the process at once. */
void full_audit_fail(const char *why) __attribute__((noreturn, cold));

/* This thread, as the operating system numbers it. */
extern _Thread_local uint64_t full_audit_thread_number __attribute__((visibility("hidden"))); /* 0: not asked yet */
uint64_t full_audit_ask_thread(void) __attribute__((cold));
static inline uint64_t full_audit_thread(void) { return full_audit_thread_number != 0 ? full_audit_thread_number : full_audit_ask_thread(); }

/* The number of a text in this process's ring, defined there if it was not. */
uint32_t full_audit_static_text(const char *text);
uint32_t full_audit_text(const char *text);
/* Likewise a static text, looked for first where the same argument of this function had it. One word has all that must fit: half of the label's address, which
 * tells it from all others of the program, the generation and, in its lowest 16 bits, the number. */
extern _Atomic uint64_t full_audit_labels[HOST_FUNCTION_COUNT][HOST_ARGUMENTS_MAX] __attribute__((visibility("hidden")));
uint32_t full_audit_new_label(host_function function, uint32_t index, const char *label);
static inline uint64_t full_audit_label_word(const char *label)
{
    return (uint64_t)(uint32_t)(uintptr_t)label << 32 | (uint64_t)(full_audit.generation & 0xffff) << 16;
}
static inline uint32_t full_audit_label(host_function function, uint32_t index, const char *label)
{
    uint64_t number = atomic_load_explicit(&full_audit_labels[function][index], memory_order_relaxed) ^ full_audit_label_word(label);
    return __builtin_expect(number - 1 < 0xffff, 1) ? (uint32_t)number : full_audit_new_label(function, index, label);
}

/* The number of the place in Python code that this thread is at; 0: none. */
uint32_t full_audit_site(void);

/* Paths. How long one can become, and the absolute and lexically normal one with its NUL; its length without it. `out` has room for that length and the NUL. */
uint64_t full_audit_path_max(const char *path, uint64_t length);
uint64_t full_audit_path(char *out, int directory, const char *path, uint64_t length);
/* The same for one that starts from the working directory, where that is known already and both fit into `room` bytes. 0: they do not, and `out` holds nothing. */
uint64_t full_audit_path_here(char *out, uint64_t room, const char *path, uint64_t length);
/* The working directory has changed, or may have. */
void full_audit_path_moved(void);

/* "sha256:" and 16 digits, without a NUL. */
enum { FULL_AUDIT_SECRET_BYTES = 7 + 16 };
void full_audit_secret(char out[FULL_AUDIT_SECRET_BYTES], const char *secret);

#endif
