/* Objects of an image that no sandbox ever frees; hides how all of them are found. */
#ifndef SANDBOX_IMMORTAL_H
#define SANDBOX_IMMORTAL_H

#include <stdbool.h>

/* Gives every object that can be reached from a frozen one (gc.freeze) the reference count that CPython never changes,
 * so that a sandbox which only uses it writes to none of its pages. False without memory; then some objects have it and
 * some do not, which harms nobody. */
bool sandbox_immortal_make(void);

#endif
