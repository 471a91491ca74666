/* Settings that came across the library's border: a host built against an older header passes a shorter struct. */
#ifndef CORDON_SUPERVISOR_SETTINGS_H
#define CORDON_SUPERVISOR_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Copies `given`, whose first member is its struct_size, into `taken` of `size` bytes; what an older header did not
 * have is zero. `least_size`: what the first one had. False if there is none, or its size is none that a header ever
 * had: shorter than the first, or longer than this one knows. */
static inline bool settings_take(void *taken, size_t size, size_t least_size, const void *given)
{
    size_t given_size = 0;
    if (given != NULL)
        memcpy(&given_size, given, sizeof given_size);
    if (given_size < least_size || given_size > size)
        return false;
    memset(taken, 0, size);
    memcpy(taken, given, given_size);
    return true;
}

/* Up to and with the last member that the first public header had. */
#define SETTINGS_LEAST(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))
#define SETTINGS_TAKE(taken, type, last, given) settings_take(taken, sizeof(type), SETTINGS_LEAST(type, last), given)

#endif
