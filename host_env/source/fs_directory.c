/* Directory streams: hides that a host_directory is libc's DIR. Nothing is allocated besides, and adapters can hand the pointer through. */
#include <string.h>

#include "fs_internal.h"
#include "roots.h"

static DIR *stream_of(host_directory *directory)
{
    return (DIR *)directory;
}

/* dirfd() only reads the stream's own memory, so it is no access and may be used before asking. */
static void call_directory(host_call *call, host_directory *directory)
{
    host_call_fd(call, "fd", directory == NULL ? -1 : dirfd(stream_of(directory)));
}

static bool directory_permitted(host_call *call, const host_directory *directory)
{
    if (directory == NULL) {
        host_call_invalid(call, "the directory is NULL");
        return false;
    }
    return host_call_permitted(call);
}

host_status host_fs_directory_open(host_env *env, int directory, const char *path, host_directory **directory_out, host_error *error)
{
    HOST_CALL(call, env, FS_DIRECTORY_OPEN, error);
    int fd;
    fs_call_path(&call, directory, path);
    *directory_out = NULL;
    if (!fs_permitted(&call, path)) {
        return call.access.status;
    }
    int code = host_place_open(env, directory, path, O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC, 0, HOST_ROOT_READ | HOST_ROOT_LIST, &fd);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    DIR *stream = env->operations.fdopendir(fd);
    code = stream == NULL ? errno : 0;
    if (code != 0) {
        env->operations.close(fd);
    }
    *directory_out = (host_directory *)stream;
    return host_call_finish(&call, code, fd);
}

host_status host_fs_directory_open_fd(host_env *env, int fd, host_directory **directory_out, host_error *error)
{
    HOST_CALL(call, env, FS_DIRECTORY_OPEN_FD, error);
    host_call_fd(&call, "fd", fd);
    *directory_out = NULL;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    if (host_root_is(env, fd)) {
        return host_root_refuse(&call);
    }
    int held;
    int code = host_place_descriptor(env, fd, HOST_ROOT_READ | HOST_ROOT_LIST, &held);
    if (code != 0) {
        return host_place_refuse(&call, code);
    }
    host_place_let_go(env, fd, held); /* the stream adopts the caller's number */
    DIR *stream = env->operations.fdopendir(fd);
    code = stream == NULL ? errno : 0;
    *directory_out = (host_directory *)stream;
    return host_call_finish(&call, code, 0);
}

HOST_HOT host_status host_fs_directory_read(host_env *env, host_directory *directory, host_directory_entry *entry_out, host_error *error)
{
    HOST_CALL(call, env, FS_DIRECTORY_READ, error);
    call_directory(&call, directory);
    *entry_out = (host_directory_entry){ 0 };
    if (!directory_permitted(&call, directory)) {
        return call.access.status;
    }
    errno = 0; /* NULL with errno untouched means the end */
    const struct dirent *entry = env->operations.readdir(stream_of(directory));
    int code = entry == NULL ? errno : 0;
    if (entry != NULL) {
        *entry_out = (host_directory_entry){ .inode = entry->d_ino, .type = entry->d_type, .name = entry->d_name };
    }
    return host_call_finish(&call, code, 0);
}

host_status host_fs_directory_rewind(host_env *env, host_directory *directory, host_error *error)
{
    HOST_CALL(call, env, FS_DIRECTORY_REWIND, error);
    call_directory(&call, directory);
    if (!directory_permitted(&call, directory)) {
        return call.access.status;
    }
    env->operations.rewinddir(stream_of(directory));
    return host_call_finish(&call, 0, 0);
}

host_status host_fs_directory_fd(host_env *env, host_directory *directory, int *fd_out, host_error *error)
{
    HOST_CALL(call, env, FS_DIRECTORY_FD, error);
    call_directory(&call, directory);
    *fd_out = -1;
    if (!directory_permitted(&call, directory)) {
        return call.access.status;
    }
    *fd_out = dirfd(stream_of(directory));
    return host_call_finish(&call, 0, *fd_out);
}

host_status host_fs_directory_close(host_env *env, host_directory *directory, host_error *error)
{
    HOST_CALL(call, env, FS_DIRECTORY_CLOSE, error);
    call_directory(&call, directory);
    if (!directory_permitted(&call, directory)) {
        return call.access.status;
    }
    int result = env->operations.closedir(stream_of(directory));
    return host_call_finish(&call, result < 0 ? errno : 0, 0);
}
