/* Makes an image out of a snapshot: sandboxes that start in that state, and share its memory as they share the image's. */
#ifndef CORDON_SUPERVISOR_IMAGE_FROM_SNAPSHOT_H
#define CORDON_SUPERVISOR_IMAGE_FROM_SNAPSHOT_H

#include "cordon/error.h"
#include "host_env/host_env.h"

#include <stddef.h>

typedef struct image_snapshot_plan {
    const char *base;     /* path of the image that the snapshot was taken of */
    const char *snapshot; /* path */
    const void *key;      /* that it is sealed with; NULL: none */
    size_t key_size;
    const char *output;   /* path of the image to make; replaced if it is there */
} image_snapshot_plan;

/* Of a snapshot at rest: one that waits for the host is UNSUPPORTED. Fails with SNAPSHOT_REFUSED too. Same base and snapshot, same bytes. */
cordon_status image_from_snapshot(host_env *env, const image_snapshot_plan *plan, cordon_error *error);

#endif
