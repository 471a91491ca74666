/* Hides from everyone how a stream's mode becomes the flags of an open file, and how streams come to be. */
#include <fcntl.h>

#include "host_call.h"
#include "host_env/fs.h"
#include "host_env/stream.h"
#include "path_place.h"
#include "roots.h"

enum { CREATED_MODE = 0666 }; /* less the process's umask */

/* The flags of open(2) for a mode of fopen(3); -1 if it is none. */
static int flags_of_mode(const char *mode)
{
    int flags;
    if (mode == NULL) return -1;
    switch (*mode++) {
    case 'r': flags = 0; break;
    case 'w': flags = O_CREAT | O_TRUNC; break;
    case 'a': flags = O_CREAT | O_APPEND; break;
    default: return -1;
    }
    bool reads_and_writes = false, writes = flags != 0;
    for (; *mode != '\0'; mode++) {
        if (*mode == '+') reads_and_writes = true;
        else if (*mode == 'e') flags |= O_CLOEXEC;
        else if (*mode == 'x' && writes) flags |= O_EXCL;
        else if (*mode != 'b') return -1;
    }
    return flags | (reads_and_writes ? O_RDWR : writes ? O_WRONLY : O_RDONLY);
}

static bool reads(int flags)
{
    return (flags & O_ACCMODE) != O_WRONLY;
}

static bool writes(int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY;
}

static bool permitted(host_call *call, int flags)
{
    call->access.capability = writes(flags) ? HOST_CAPABILITY_FS_WRITE : HOST_CAPABILITY_FS_READ;
    if (!host_call_permitted(call)) return false;
    return !(reads(flags) && writes(flags)) || host_call_permitted_also(call, HOST_CAPABILITY_FS_READ);
}

/* Makes a stream of a descriptor that is ours, or closes it. Returns an errno. */
static int adopt_or_close(host_env *env, int fd, const char *mode, host_stream **stream_out)
{
    FILE *stream = env->operations.fdopen(fd, mode);
    int code = stream == NULL ? errno : 0;
    if (code != 0) env->operations.close(fd);
    *stream_out = (host_stream *)stream;
    return code;
}

host_status host_stream_open(host_env *env, const char *path, const char *mode, host_stream **stream_out, host_error *error)
{
    HOST_CALL(call, env, STREAM_OPEN, error);
    host_call_path(&call, "path", path);
    host_call_name(&call, "mode", mode);
    if (stream_out == NULL) return host_call_invalid(&call, "stream_out is NULL");
    *stream_out = NULL;
    if (path == NULL) return host_call_invalid(&call, "path is NULL");
    int flags = flags_of_mode(mode), fd = -1;
    if (flags < 0) return host_call_invalid(&call, "the mode is not one of r, w, a with + b e x behind it");
    if (!permitted(&call, flags)) return call.access.status;
    unsigned int rights = (reads(flags) ? HOST_ROOT_READ : 0u) | (writes(flags) ? HOST_ROOT_WRITE : 0u);
    int code = host_place_open(env, HOST_AT_CWD, path, flags, CREATED_MODE, rights, &fd);
    if (code != 0) return host_place_refuse(&call, code);
    return host_call_finish(&call, adopt_or_close(env, fd, mode, stream_out), fd);
}

host_status host_stream_open_temporary(host_env *env, host_stream **stream_out, host_error *error)
{
    static const char folder[] = "/tmp";
    HOST_CALL(call, env, STREAM_OPEN_TEMPORARY, error);
    host_call_path(&call, "path", folder);
    if (stream_out == NULL) return host_call_invalid(&call, "stream_out is NULL");
    *stream_out = NULL;
    if (!host_call_permitted(&call)) return call.access.status;
    int fd = -1;
    int code = host_place_open(env, HOST_AT_CWD, folder, O_TMPFILE | O_RDWR | O_EXCL, 0600, HOST_ROOT_READ | HOST_ROOT_WRITE, &fd);
    if (code != 0) return host_place_refuse(&call, code);
    return host_call_finish(&call, adopt_or_close(env, fd, "w+", stream_out), fd);
}

host_status host_stream_adopt_fd(host_env *env, int fd, const char *mode, host_stream **stream_out, host_error *error)
{
    HOST_CALL(call, env, STREAM_ADOPT_FD, error);
    host_call_fd(&call, "fd", fd);
    host_call_name(&call, "mode", mode);
    if (stream_out == NULL) return host_call_invalid(&call, "stream_out is NULL");
    *stream_out = NULL;
    if (mode == NULL) return host_call_invalid(&call, "mode is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    if (host_root_is(env, fd)) return host_root_refuse(&call); /* closing the stream would close the root */
    FILE *stream = env->operations.fdopen(fd, mode);
    int code = stream == NULL ? errno : 0;
    *stream_out = (host_stream *)stream;
    return host_call_finish(&call, code, 0);
}
