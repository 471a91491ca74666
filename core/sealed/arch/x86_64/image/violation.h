/* A system call outside the filter: how the image names it before it dies of it. */
#ifndef IMAGE_VIOLATION_H
#define IMAGE_VIOLATION_H

/* Prepares the last word: a handler for SIGSYS. Called once at each start, after image_signal_prepare and before the lock.
 * 0, or a negative error. */
long image_violation_prepare(void);

/* Told of every read through the gate. The first byte ever read decides whether the other side understands frames. */
void image_violation_note_read(const void *bytes);

#endif
