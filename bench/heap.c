/* Compares the sandbox's heap with the C library's on one trace shaped like CPython's: arenas of 1 MiB, raw blocks of
 * 0.5 to 8 KiB that come and go, growing buffers, and some small blocks. Prints nanoseconds per operation and the
 * ratio. */
#include "sealed/heap.h"

#include "cordon/gate.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LIVE = 20000, OPERATIONS = 3000000, ROUNDS = 3, ARENA_BYTES = 1024 * 1024 };

struct allocator {
    const char *name;
    void *(*allocate)(size_t);
    void *(*reallocate)(void *, size_t);
    void (*release)(void *);
};

static const struct allocator allocators[] = {
    {"libc", malloc, realloc, free},
    {"sealed", sealed_allocate, sealed_reallocate, sealed_release},
};

long cordon_gate(long operation, void *buffer, unsigned long size)
{
    if (operation == CORDON_GATE_WRITE)
        return (long)fwrite(buffer, 1, size, stderr);
    exit((int)size);
}

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return random_state >> 33;
}

static size_t next_size(void)
{
    switch (next_random() % 32) {
    case 0:
        return next_random() % 64 == 0 ? ARENA_BYTES : 64 * 1024;
    case 1:
    case 2:
    case 3:
        return next_random() % 512;
    default:
        return 512 + next_random() % 7680;
    }
}

static double trace_ns(const struct allocator *allocator)
{
    static char *blocks[LIVE];
    struct timespec start, end;

    memset(blocks, 0, sizeof blocks);
    random_state = 1;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < OPERATIONS; i++) {
        char **block = &blocks[next_random() % LIVE];
        size_t size = next_size();
        if (!*block) {
            *block = allocator->allocate(size);
        } else if (next_random() % 8 == 0) {
            *block = allocator->reallocate(*block, size);
        } else {
            allocator->release(*block);
            *block = NULL;
        }
        if (*block)
            **block = 1;
    }
    for (int i = 0; i < LIVE; i++)
        allocator->release(blocks[i]);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) / OPERATIONS;
}

int main(void)
{
    double best[2] = {1e9, 1e9};

    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 2; i++) {
            double ns = trace_ns(&allocators[i]);
            best[i] = ns < best[i] ? ns : best[i];
        }
    }
    for (int i = 0; i < 2; i++)
        printf("%-6s %6.1f ns per operation\n", allocators[i].name, best[i]);
    printf("sealed / libc: %.2f\n", best[1] / best[0]);
    return 0;
}
