/* What an image says about itself, as text in its file. Pure. */
#ifndef CORDON_SUPERVISOR_IMAGE_DESCRIBE_H
#define CORDON_SUPERVISOR_IMAGE_DESCRIBE_H

#include <stddef.h>

typedef struct image_description {
    const char *const *modules; /* imported on purpose; what they import in turn is not named */
    size_t module_count;
    const char *const *folders; /* put into its file system */
    size_t folder_count;
} image_description;

/* Lines of "key: value"; the caller's (free). NULL without memory. */
char *image_describe(const image_description *description);

#endif
