/* Buffered streams of libc. A host_stream IS libc's FILE, cast: adapters may hand one through where a FILE is expected, and back.
 *
 * Opening asks about the path (fs.read, fs.write), everything else about the use of a stream that is open (fd.use). Threads: as libc's own,
 * each call locks the stream; host_stream_lock keeps it locked over several calls. */
#ifndef HOST_ENV_STREAM_H
#define HOST_ENV_STREAM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

typedef struct host_stream host_stream;

enum { HOST_STREAM_END = -1 }; /* what host_stream_get answers at the end */

/* `mode` as fopen has it: r, w or a, then any of + b e x. The caller owns *stream_out (host_stream_close); NULL on failure. Fails as
 * host_file_open does, INVALID_ARGUMENT for another mode. */
host_status host_stream_open(host_env *env, const char *path, const char *mode, host_stream **stream_out, host_error *error);
/* For reading and writing; gone when it is closed. */
host_status host_stream_open_temporary(host_env *env, host_stream **stream_out, host_error *error);
/* Takes `fd` on success only. */
host_status host_stream_adopt_fd(host_env *env, int fd, const char *mode, host_stream **stream_out, host_error *error);
/* The stream is gone even on failure, which tells that its last bytes could not be written. */
host_status host_stream_close(host_env *env, host_stream *stream, host_error *error);
/* The stream of descriptor 0, 1 or 2; borrowed from libc. */
host_status host_stream_standard(host_env *env, int fd, host_stream **stream_out, host_error *error);

/* *count_out: whole items; fewer than asked for with HOST_OK means the end. */
host_status host_stream_read(host_env *env, host_stream *stream, void *buffer, size_t item_size, size_t item_count, size_t *count_out,
                             host_error *error);
host_status host_stream_write(host_env *env, host_stream *stream, const void *buffer, size_t item_size, size_t item_count, size_t *count_out,
                              host_error *error);
/* *byte_out: 0 to 255, or HOST_STREAM_END. */
host_status host_stream_get(host_env *env, host_stream *stream, int *byte_out, host_error *error);
/* Fails with FAILURE if there is no room for one more. */
host_status host_stream_put_back(host_env *env, host_stream *stream, int byte, host_error *error);
host_status host_stream_put(host_env *env, host_stream *stream, int byte, host_error *error);
/* Reads at most size - 1 bytes up to and with a newline, and a NUL. *line_out is `buffer`, or NULL at the end. */
host_status host_stream_read_line(host_env *env, host_stream *stream, char *buffer, int size, char **line_out, host_error *error);
host_status host_stream_write_text(host_env *env, host_stream *stream, const char *text, host_error *error);
/* *count_out: bytes written. */
host_status host_stream_print(host_env *env, host_stream *stream, const char *format, va_list arguments, int *count_out, host_error *error)
    __attribute__((format(printf, 3, 0)));

/* NULL flushes every stream of the process. */
host_status host_stream_flush(host_env *env, host_stream *stream, host_error *error);
host_status host_stream_seek(host_env *env, host_stream *stream, int64_t offset, int whence, host_error *error);
host_status host_stream_position(host_env *env, host_stream *stream, int64_t *position_out, host_error *error);
/* `mode`: _IOFBF, _IOLBF, _IONBF. `buffer` (may be NULL) must outlive its use by the stream. */
host_status host_stream_set_buffer(host_env *env, host_stream *stream, char *buffer, int mode, size_t size, host_error *error);
/* BAD_DESCRIPTOR: it has none. */
host_status host_stream_fd(host_env *env, host_stream *stream, int *fd_out, host_error *error);
host_status host_stream_is_at_end(host_env *env, host_stream *stream, bool *is_at_end_out, host_error *error);
host_status host_stream_has_error(host_env *env, host_stream *stream, bool *has_error_out, host_error *error);
host_status host_stream_clear_error(host_env *env, host_stream *stream, host_error *error);
host_status host_stream_lock(host_env *env, host_stream *stream, host_error *error);
host_status host_stream_unlock(host_env *env, host_stream *stream, host_error *error);

#endif
