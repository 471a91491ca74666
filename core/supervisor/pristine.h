/* The memory of a worker that has greeted and run nobody's code: what it has written until then. It is alike in all workers of an image. */
#ifndef CORDON_SUPERVISOR_PRISTINE_H
#define CORDON_SUPERVISOR_PRISTINE_H

#include "worker_memory.h"

typedef struct pristine pristine;

/* Of a worker that waits for its first frame. NULL: it does not, or its memory cannot be read. */
pristine *pristine_read(worker *worker, const image_map *map);
void pristine_destroy(pristine *pristine); /* accepts NULL */

/* Brings a worker's memory back to that, whatever it has run: the image's content, zeros, and the pages kept here. From outside, while the worker waits at the one place where
 * a worker waits; then it is woken and must come back to that place, so that what it has in the processor and in the kernel has been seen to be of no consequence. True: it
 * is as one that has just greeted. False: it is not, or would cost more than a new one, and must be ended. The argument is in docs/security.md. */
bool pristine_restore(const pristine *pristine, worker *worker, const image_map *map);

#endif
