/* Hides from everyone how libc keeps a stream's place, buffer, marks and lock. */
#include "errno_guard.h"
#include "host_call.h"
#include "host_env/stream.h"

static FILE *host_form(host_stream *stream)
{
    return (FILE *)stream;
}

host_status host_stream_flush(host_env *env, host_stream *stream, host_error *error)
{
    HOST_CALL(call, env, STREAM_FLUSH, error);
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.fflush(host_form(stream)) == EOF ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_stream_seek(host_env *env, host_stream *stream, int64_t offset, int whence, host_error *error)
{
    HOST_CALL(call, env, STREAM_SEEK, error);
    host_call_number(&call, "offset", offset);
    host_call_number(&call, "whence", whence);
    if (stream == NULL) return host_call_invalid(&call, "stream is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.fseeko(host_form(stream), offset, whence) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_stream_position(host_env *env, host_stream *stream, int64_t *position_out, host_error *error)
{
    HOST_CALL(call, env, STREAM_POSITION, error);
    if (position_out == NULL) return host_call_invalid(&call, "position_out is NULL");
    *position_out = -1;
    if (stream == NULL) return host_call_invalid(&call, "stream is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    off_t position = env->operations.ftello(host_form(stream));
    int code = position < 0 ? errno : 0;
    *position_out = position;
    return host_call_finish(&call, code, position);
}

host_status host_stream_set_buffer(host_env *env, host_stream *stream, char *buffer, int mode, size_t size, host_error *error)
{
    HOST_CALL(call, env, STREAM_SET_BUFFER, error);
    host_call_number(&call, "mode", mode);
    host_call_number(&call, "size", (int64_t)size);
    if (stream == NULL) return host_call_invalid(&call, "stream is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int before = errno_guard_begin(); /* setvbuf(3) need not set it */
    bool failed = env->operations.setvbuf(host_form(stream), buffer, mode, size) != 0;
    int code = errno_guard_end(before);
    code = !failed ? 0 : code != 0 ? code : EINVAL;
    return host_call_finish(&call, code, 0);
}

host_status host_stream_fd(host_env *env, host_stream *stream, int *fd_out, host_error *error)
{
    HOST_CALL(call, env, STREAM_FD, error);
    if (fd_out == NULL) return host_call_invalid(&call, "fd_out is NULL");
    *fd_out = -1;
    if (stream == NULL) return host_call_invalid(&call, "stream is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    int fd = env->operations.fileno(host_form(stream));
    int code = fd < 0 ? errno : 0;
    *fd_out = fd;
    return host_call_finish(&call, code, fd);
}

/* The marks of a stream, and what it is asked for without an answer, differ in one operation. */
#define STREAM_MARK(verb, NAME, out, operation)                                                                \
    host_status host_stream_##verb(host_env *env, host_stream *stream, bool *out, host_error *error)           \
    {                                                                                                          \
        HOST_CALL(call, env, STREAM_##NAME, error);                                                 \
        if (out == NULL) return host_call_invalid(&call, #out " is NULL");                                     \
        *out = false;                                                                                          \
        if (stream == NULL) return host_call_invalid(&call, "stream is NULL");                                 \
        if (!host_call_permitted(&call)) return call.access.status;                                            \
        *out = env->operations.operation(host_form(stream)) != 0;                                              \
        return host_call_finish(&call, 0, *out);                                                               \
    }
STREAM_MARK(is_at_end, IS_AT_END, is_at_end_out, feof)
STREAM_MARK(has_error, HAS_ERROR, has_error_out, ferror)

#define STREAM_ACTION(verb, NAME, operation)                                                                   \
    host_status host_stream_##verb(host_env *env, host_stream *stream, host_error *error)                      \
    {                                                                                                          \
        HOST_CALL(call, env, STREAM_##NAME, error);                                                 \
        if (stream == NULL) return host_call_invalid(&call, "stream is NULL");                                 \
        if (!host_call_permitted(&call)) return call.access.status;                                            \
        env->operations.operation(host_form(stream));                                                          \
        return host_call_finish(&call, 0, 0);                                                                  \
    }
STREAM_ACTION(clear_error, CLEAR_ERROR, clearerr)
STREAM_ACTION(lock, LOCK, flockfile)
STREAM_ACTION(unlock, UNLOCK, funlockfile)
