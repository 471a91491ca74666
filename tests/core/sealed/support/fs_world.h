/* A sealed file system for tests: heap, clock, waits and random bytes are fakes that a test can steer, the image has a
 * few known files. */
#ifndef FS_WORLD_H
#define FS_WORLD_H

#include "sealed/descriptor.h"

#include <stdbool.h>
#include <stddef.h>

/* Allocations from now on until the one that fails; -1: none fails. */
extern long fs_world_fail_after;
/* Blocks given out and not yet released. */
extern long fs_world_live_blocks;
/* What a wait does instead of waiting: called once; then the condition is asked again. NULL: nobody else is there. */
extern void (*fs_world_other_thread)(void);

/* What was written to descriptors 1 and 2. */
extern char fs_world_output[3][256];
/* What descriptor 0 gives. */
void fs_world_set_input(const char *text);

/* Starts the file system once for the program, and the streams. 0, as cmocka wants it. */
int fs_world_start(void **state);

/* Removes a tree whatever is in it. */
void fs_world_remove_tree(const char *path);

#endif
