/* Makes an image of a user's own: starts a base image, fills it, takes its memory. */
#ifndef CORDON_SUPERVISOR_IMAGE_BUILD_H
#define CORDON_SUPERVISOR_IMAGE_BUILD_H

#include "cordon/error.h"
#include "host_env/host_env.h"

#include <stddef.h>

typedef struct image_plan {
    const char *base;           /* path of the image to begin with */
    const char *const *modules; /* to be imported, in this order */
    size_t module_count;
    const char *const *folders; /* put below /opt under their last name, and appended to sys.path */
    size_t folder_count;
    const char *output; /* path of the image to make; replaced if it is there */
    uint64_t timeout_ns; /* for the worker, from its start to its end; 0: two minutes */
} image_plan;

/* Blocks until the image is written; a worker that does not come to an end in time is killed (TIMED_OUT). What the modules print while they are imported is
 * given to `tell`, which may be NULL. Same base, modules and folders, same bytes. */
cordon_status image_build(host_env *env, const image_plan *plan, void (*tell)(void *context, const void *data, size_t size), void *context, cordon_error *error);

#endif
