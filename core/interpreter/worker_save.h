/* Turns this sandbox into an image of itself; hides what must be let go of before its memory may be anybody's. */
#ifndef WORKER_SAVE_H
#define WORKER_SAVE_H

struct worker_frame;

/* Takes any FILE frames, then SAVE: imports what it names, writes all memory to the host as SAVED frames and ends.
 * `frame` is the first header, read already. The memory is that of an interpreter that waits for its first byte. */
_Noreturn void worker_save_image(const struct worker_frame *frame);

#endif
