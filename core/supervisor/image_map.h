/* What a host must know of an image's file to reach the memory of its workers: where writable memory lies, what the file has in a page of it, and where
 * things are by their names. Hides the file. One per engine; never changes once it was made, so any thread may read it. */
#ifndef CORDON_SUPERVISOR_IMAGE_MAP_H
#define CORDON_SUPERVISOR_IMAGE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon/error.h"
#include "host_env/host_env.h"
#include "host_env/memory.h"

enum { IMAGE_MAP_PAGE_BYTES = 4096, IMAGE_MAP_SEGMENTS_MAX = 8 };

typedef struct image_map image_map;

/* Maps the file and reads its tables. SETUP_FAILED: it is no image, or its symbols were taken away. The caller owns *map_out. */
cordon_status image_map_create(host_env *env, const char *path, image_map **map_out, cordon_error *error);
void image_map_destroy(image_map *map); /* accepts NULL */

/* Writable memory, in ascending order: whole pages, none twice. Ranges that lie against each other may be two. */
const host_memory_range *image_map_writable(const image_map *map, size_t *count_out);
/* Whether a page lies in writable memory. The guard in front of the heap does, and is read-only in a worker. */
bool image_map_is_writable(const image_map *map, uint64_t page);
/* The content that a page of writable memory has in the file, IMAGE_MAP_PAGE_BYTES of it; NULL: it begins as zeros. */
const unsigned char *image_map_page(const image_map *map, uint64_t page);
/* A variable or function by its name; false if there is none. `size_out` may be NULL. */
bool image_map_find(const image_map *map, const char *name, uint64_t *address_out, uint64_t *size_out);
/* The whole file; borrowed from the map. */
const unsigned char *image_map_bytes(const image_map *map, size_t *size_out);
/* Whether that file is what process `pid` runs: the same file, not changed since it was mapped. */
bool image_map_is_of_process(const image_map *map, host_env *env, int64_t pid);

/* Where a worker that waits for a frame waits, from the symbols. */
typedef struct image_rest {
    uint64_t buffer, buffer_bytes; /* that the read was given */
    uint64_t behind_call;          /* the instruction behind the system call */
    uint64_t must_renew;           /* a byte: 1 makes the worker believe no register when it goes on */
    uint64_t registers;            /* the variable that says where its registers lie; 0: the image does not tell */
    bool has_small_pages;          /* its start refuses to go on unless the kernel gives its writable memory small pages only, for ever */
    host_memory_range random;      /* the variables that random bytes to come are made from; size 0: it does not tell */
    char call_begins[64], call_ends[32]; /* with what the kernel's line about a worker that waits there begins and ends (/proc/PID/syscall); between are what it does not use, and its stack */
} image_rest;
const image_rest *image_map_rest(const image_map *map);

#endif
