/* The frames that make a worker fill itself and save its memory. Pure. */
#ifndef CORDON_SUPERVISOR_IMAGE_FRAMES_H
#define CORDON_SUPERVISOR_IMAGE_FRAMES_H

#include "bytes.h"

/* Appends SAVE: the worker adds `paths` to sys.path, imports `modules`, and answers with SAVED frames. False if it does not fit a frame or memory ran out. */
bool image_frames_add_save(bytes *frames, const char *const *modules, size_t module_count, const char *const *paths, size_t path_count);

#endif
