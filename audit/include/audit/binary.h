/* What machine code can reach of an operating system, told from its bytes alone: `cordon audit binary`. Nothing that is
 * read is run, and nothing that the bytes say is believed before it was checked against their size. No I/O; one thread
 * at a time for each set of findings. */
#ifndef AUDIT_BINARY_H
#define AUDIT_BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/writer.h"

/* X(name, word in reports and baselines, what it is) */
#define AUDIT_BINARY_KIND_TABLE(X)                                                                                     \
    X(FUNCTION, "function", "a function of the operating system's libraries that is referred to")                      \
    X(INSTRUCTION, "instruction", "an instruction that enters the kernel")                                             \
    X(MEMORY, "memory", "memory that is writable and executable at once")                                              \
    X(SEARCH_PATH, "search-path", "a folder where the loader looks for libraries first")                               \
    X(INTERPRETER, "interpreter", "the loader that the program asks for")                                              \
    X(LIBRARY, "library", "a library that is needed")                                                                  \
    X(UNREAD, "unread", "machine code of a processor whose instructions are not read")

typedef enum audit_binary_kind {
#define AUDIT_BINARY_ENUM(name, word, meaning) AUDIT_BINARY_##name,
    AUDIT_BINARY_KIND_TABLE(AUDIT_BINARY_ENUM)
#undef AUDIT_BINARY_ENUM
} audit_binary_kind;

/* Texts are borrowed from the findings they belong to; NULL where there is nothing to tell. */
typedef struct audit_finding {
    const char *file; /* as given; parts of an archive follow a `!`: `a.whl!pkg/b.so` */
    audit_binary_kind kind;
    const char *name;       /* of a function, a library, a folder; the instruction; the segment or section */
    const char *capability; /* of a function that a policy knows; "any" for one that makes every system call */
    const char *operation;  /* the host_env function that stands for it in an audited interpreter, without host_ */
    const char *version;    /* of a symbol, such as GLIBC_2.2.5 */
    const char *function;   /* that holds the instruction */
    const char *section;    /* that holds the instruction */
    uint64_t address;       /* of the instruction; in a relocatable object, within its section */
    bool is_weak;           /* the reference may stay unresolved */
    bool is_called;         /* through the procedure linkage table */
    bool is_new;            /* not in the baseline that was compared */
} audit_finding;

typedef struct audit_binary audit_binary;

enum { AUDIT_BINARY_PROBLEM_BYTES = 512 };

/* What reading one file may cost at most, whatever the file says. */
enum {
    AUDIT_BINARY_DEPTH_MAX = 4,       /* archives within archives */
    AUDIT_BINARY_MEMBERS_MAX = 100000 /* of all archives of a file together */
};
#define AUDIT_BINARY_UNPACKED_BYTES_MAX ((uint64_t)1 << 30) /* of all packed members of a file together */

/* NULL if there is no memory. The caller owns it (audit_binary_destroy). */
audit_binary *audit_binary_create(void);
void audit_binary_destroy(audit_binary *binary);
/* Adds what `bytes` (an ELF file, an archive of objects, a wheel or zip file; borrowed for the call) refer to. False:
 * they are none of these, or damaged, and problem_out says so, without the name; then nothing of it was added. */
bool audit_binary_read(audit_binary *binary, const char *name, const unsigned char *bytes, size_t size,
                       char problem_out[AUDIT_BINARY_PROBLEM_BYTES]);
/* To be called once after all files and before the rest: puts findings in order, by file, kind, capability, name. */
void audit_binary_finish(audit_binary *binary);
size_t audit_binary_count(const audit_binary *binary);
const audit_finding *audit_binary_at(const audit_binary *binary, size_t index);
/* How many byte pairs of files so far would enter a kernel if code jumped between the instructions that were read. */
uint64_t audit_binary_hidden_count(const audit_binary *binary);

/* Both are false when `write` has failed or there is no memory. */
bool audit_binary_write_table(const audit_binary *binary, audit_write_function write, void *context);
bool audit_binary_write_json(const audit_binary *binary, audit_write_function write, void *context);

/* A baseline is text, a line for each finding, sorted; addresses and versions of symbols are not in it. */
bool audit_binary_write_baseline(const audit_binary *binary, audit_write_function write, void *context);
/* Marks the findings that `text` does not have, and hands each line of it that is no finding to `vanished` (may be
 * NULL). False: it is no baseline, and problem_out says in which line. */
bool audit_binary_compare(audit_binary *binary, const char *text, size_t size, size_t *new_count_out,
                          void (*vanished)(void *context, const char *line), void *context,
                          char problem_out[AUDIT_BINARY_PROBLEM_BYTES]);

#endif
