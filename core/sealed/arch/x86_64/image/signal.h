/* The two kinds of signal that the image handles: a refused system call (violation.c) and a fault of memory
 * (overflow.c). */
#ifndef IMAGE_SIGNAL_H
#define IMAGE_SIGNAL_H

#include <stdint.h>

enum { IMAGE_SIGNAL_BUS = 7, IMAGE_SIGNAL_SEGMENT = 11, IMAGE_SIGNAL_SYSTEM_CALL = 31 };

/* As the kernel lays it out for x86-64. */
struct image_signal_information {
    int32_t signal, error, code, padding;
    uint64_t address; /* a fault: that could not be touched; a refused call: behind the instruction that asked */
    int32_t number;   /* of the call */
    uint32_t architecture;
};

/* Never returns: the image has no way back. `context` is the kernel's. */
typedef void (*image_signal_function)(int signal, const struct image_signal_information *information, void *context);

/* Gives signals a stack of their own, for good. 0, or a negative error. */
long image_signal_prepare(void);

/* From now on, and after the lock for ever, `handle` is called at `signal`, on that stack. 0, or a negative error. */
long image_signal_set(int signal, image_signal_function handle);

#endif
