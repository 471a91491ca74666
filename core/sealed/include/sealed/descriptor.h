/* Open files, pipes, streams and the numbers that stand for them; hides from adapters what is behind a number.
 *
 * Conventions as in sealed/fs.h. Reads and writes answer the bytes done, or a negative error. A call that would have to
 * wait lets other threads run; when none of them can ever make it ready, it answers -EDEADLK instead of hanging.
 * Nothing ever sends a signal: a write that nobody can read is -EPIPE. */
#ifndef SEALED_DESCRIPTOR_H
#define SEALED_DESCRIPTOR_H

#include "sealed/fs.h"

enum { SEALED_DESCRIPTOR_MAX = 4096 };

/* ---- the three standard streams ---- */

/* Answers descriptor 0: fills `buffer`; bytes, 0 at the end, negative error. */
typedef int64_t (*sealed_stream_read_function)(void *buffer, size_t size_bytes);
/* Answers descriptors 1 and 2 (`stream` says which). */
typedef int64_t (*sealed_stream_write_function)(int stream, const void *data, size_t size_bytes);

/* NULL (the default): input is at its end, output is -EIO. */
void sealed_stream_set(sealed_stream_read_function read, sealed_stream_write_function write);

/* ---- opening and numbers ---- */

/* The lowest free number, or negative. `mode` counts when a file is made, less the mask. */
int sealed_descriptor_open(int directory, const char *path, int flags, uint32_t mode);
int sealed_descriptor_close(int descriptor);
/* Closes all open ones in [first, last]. */
void sealed_descriptor_close_range(unsigned first, unsigned last);
/* A copy at the lowest free number that is at least `lowest`. */
int sealed_descriptor_duplicate(int descriptor, int lowest, bool close_on_exec);
/* A copy at `target`, closing what is there; the same numbers: checks only. */
int sealed_descriptor_duplicate_to(int descriptor, int target, bool close_on_exec);
/* SEALED_OPEN_* bits it was opened with (access mode, append, nonblock, path). */
int sealed_descriptor_flags(int descriptor);
/* Changes append and nonblock. */
int sealed_descriptor_set_flags(int descriptor, int flags);
/* 0 or 1. Nothing is ever executed here; the bit is kept for programs that look at it. */
int sealed_descriptor_close_on_exec(int descriptor);
int sealed_descriptor_set_close_on_exec(int descriptor, bool close_on_exec);

/* ---- data ---- */

struct sealed_span {
    void *data;
    size_t size_bytes;
};

int64_t sealed_descriptor_read(int descriptor, void *buffer, size_t size_bytes);
int64_t sealed_descriptor_write(int descriptor, const void *data, size_t size_bytes);
int64_t sealed_descriptor_read_at(int descriptor, void *buffer, size_t size_bytes, int64_t offset);
int64_t sealed_descriptor_write_at(int descriptor, const void *data, size_t size_bytes, int64_t offset);
/* Scattered forms; `offset` -1 uses and moves the descriptor's own. Done span by span; stops at the first short one. */
int64_t sealed_descriptor_read_spans(int descriptor, const struct sealed_span *spans, size_t count, int64_t offset);
int64_t sealed_descriptor_write_spans(int descriptor, const struct sealed_span *spans, size_t count, int64_t offset);

enum sealed_whence { SEALED_SEEK_SET, SEALED_SEEK_CURRENT, SEALED_SEEK_END, SEALED_SEEK_DATA, SEALED_SEEK_HOLE };
/* The new offset, or negative. */
int64_t sealed_descriptor_seek(int descriptor, int64_t offset, int whence);
int sealed_descriptor_truncate(int descriptor, int64_t size_bytes);
/* Reserves bytes so that later writes there can't fail for room, and grows the file unless `keep_size`. */
int sealed_descriptor_reserve(int descriptor, int64_t offset, int64_t size_bytes, bool keep_size);
/* 0: memory is as durable as it gets. -EINVAL for pipes and the like. */
int sealed_descriptor_synchronise(int descriptor);
/* Moves up to `size_bytes` from one to the other. An offset pointer that is not NULL is used and advanced instead of
 * the descriptor's own. */
int64_t sealed_descriptor_copy(int from, int64_t *from_offset, int to, int64_t *to_offset, size_t size_bytes);

/* ---- what it is ---- */

int sealed_descriptor_status(int descriptor, struct sealed_status *status_out);
int sealed_descriptor_volume(int descriptor, struct sealed_volume *volume_out);
int sealed_descriptor_change_mode(int descriptor, uint32_t mode);
int sealed_descriptor_change_owner(int descriptor, uint32_t user, uint32_t group);
int sealed_descriptor_change_times(int descriptor, struct sealed_time accessed, struct sealed_time modified);
int sealed_descriptor_change_directory(int descriptor);
/* Bytes that a read would give at once (FIONREAD). */
int64_t sealed_descriptor_available(int descriptor);

/* ---- directories ---- */

/* 1 and the next entry, 0 at the end, or negative. Entries that stay are seen exactly once whatever is added or removed
 * meanwhile. */
int sealed_directory_next(int descriptor, struct sealed_directory_entry *entry_out);
/* 0 is the start; else a `position_after`. */
int sealed_directory_seek(int descriptor, uint64_t position);

/* ---- pipes and their like ---- */

/* descriptors_out[0] reads what [1] writes. `flags`: SEALED_OPEN_NONBLOCK, SEALED_OPEN_CLOSE_ON_EXEC. */
int sealed_pipe_open(int descriptors_out[2], int flags);
/* Each reads what the other writes. */
int sealed_pair_open(int descriptors_out[2], int flags);
/* What shutdown(SHUT_WR) does: the other end reads what is still there, then the end; writing here is -EPIPE. -EINVAL
 * for one side of a pipe. */
int sealed_pair_stop_writing(int descriptor);
/* eventfd: an 8-byte counter. */
int sealed_event_open(uint32_t value, bool is_semaphore, int flags);

/* ---- waiting ---- */

enum sealed_ready {
    SEALED_READY_READ = 0x1,
    SEALED_READY_WRITE = 0x4,
    SEALED_READY_ERROR = 0x8,
    SEALED_READY_END = 0x10,
    SEALED_READY_INVALID = 0x20
};

/* Which of `events` (and ERROR, END, INVALID always) hold now. Numbers are poll's. Never waits. */
int sealed_descriptor_ready(int descriptor, int events);

#endif
