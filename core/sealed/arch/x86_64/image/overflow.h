/* A stack that overflows: how the image tells it from other faults of memory. */
#ifndef IMAGE_OVERFLOW_H
#define IMAGE_OVERFLOW_H

/* Called once at each start, after image_signal_prepare and before the lock. 0, or a negative error. */
long image_overflow_prepare(void);

#endif
