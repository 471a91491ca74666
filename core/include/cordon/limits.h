/* The limits of a sandbox: one row each. On by default; 0 in a request means the default, CORDON_LIMIT_NONE none at all (where that is possible). */
#ifndef CORDON_LIMITS_H
#define CORDON_LIMITS_H

#include <stdint.h>

#define CORDON_LIMIT_NONE UINT64_MAX
/* What an image sets aside for a sandbox's memory. A higher memory limit means this one. */
#define CORDON_MEMORY_BYTES_MAX (1024ull << 20)

/* X(NAME, name in frames and options, default, unit, outcome, who trips it: WORKER or HOST) */
#define CORDON_LIMIT_TABLE(X)                                                                                          \
    X(MEMORY, "memory", 256ull << 20, "bytes", LIMIT_MEMORY, WORKER)                                                   \
    X(WALL, "time", 60ull * 1000000000u, "nanoseconds", LIMIT_TIME, HOST)                                              \
    X(CPU, "cpu", 30ull * 1000000000u, "nanoseconds", LIMIT_CPU, HOST)                                                 \
    X(FUEL, "fuel", 100000000000ull, "calls and backward jumps", LIMIT_FUEL, WORKER)                                   \
    X(OUTPUT, "output", 16ull << 20, "bytes", LIMIT_OUTPUT, HOST)                                                      \
    X(FS_BYTES, "fs-bytes", 64ull << 20, "bytes", LIMIT_FILES, WORKER)                                                 \
    X(FS_FILES, "fs-files", 20000ull, "files and folders", LIMIT_FILES, WORKER)                                        \
    X(FS_OFFSET, "fs-offset", 1ull << 40, "bytes", LIMIT_FILES, WORKER)                                                \
    X(CALLS, "calls", 100000ull, "host calls", LIMIT_CALLS, HOST)                                                      \
    X(BROKERED, "brokered-bytes", 1ull << 30, "bytes", LIMIT_FILES, HOST)                                              \
    X(RECURSION, "recursion", 100000ull, "frames (or bytes of C stack)", LIMIT_RECURSION, WORKER)                      \
    X(TRACE, "trace-events", 100000000ull, "events", LIMIT_OUTPUT, HOST)                                               \
    X(EFFECTS, "effects", 10000ull, "effects", LIMIT_CALLS, HOST)

enum cordon_limit {
#define CORDON_LIMIT_ENUM(name, text, initial, unit, outcome, who) CORDON_LIMIT_##name,
    CORDON_LIMIT_TABLE(CORDON_LIMIT_ENUM)
#undef CORDON_LIMIT_ENUM
        CORDON_LIMIT_COUNT
};

#endif
