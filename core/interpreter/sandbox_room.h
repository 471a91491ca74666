/* Where a sandbox's own objects will lie; hides how CPython's allocator cuts its memory. */
#ifndef SANDBOX_ROOM_H
#define SANDBOX_ROOM_H

/* Fills every gap between the objects of an image, so that what a sandbox allocates lies close together, in memory that
 * nobody wrote, and not in a hundred pages beside old objects. What fills the gaps is lost: some hundred KiB. Before an
 * image is saved, after the last garbage was collected. */
void sandbox_room_fill_gaps(void);

#endif
