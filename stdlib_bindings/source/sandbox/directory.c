/* Hides from CPython that a DIR is a descriptor of the sealed layer and room for one entry. */
#define _GNU_SOURCE
#include "result.h"

#include "sealed/descriptor.h"
#include "sealed/heap.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* libc leaves its content to whoever implements it. */
struct __dirstream {
    int descriptor;
    struct dirent entry;
};

_Static_assert(sizeof((struct dirent *)0)->d_name >= SEALED_NAME_MAX + 1, "a name fits");

DIR *cordon_bind_fdopendir(int descriptor)
{
    struct sealed_status status;
    int error = sealed_descriptor_status(descriptor, &status);
    if (!error && (sealed_descriptor_flags(descriptor) & SEALED_OPEN_PATH))
        error = -EBADF;
    if (!error && !S_ISDIR(status.mode))
        error = -ENOTDIR;
    DIR *stream = error ? NULL : sealed_allocate(sizeof *stream);
    if (!stream) {
        errno = error ? -error : ENOMEM;
        return NULL;
    }
    *stream = (struct __dirstream){.descriptor = descriptor};
    return stream;
}

DIR *cordon_bind_opendir(const char *path)
{
    int descriptor = (int)sandbox_result(sealed_descriptor_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
    if (descriptor < 0)
        return NULL;
    DIR *stream = cordon_bind_fdopendir(descriptor);
    if (!stream)
        sealed_descriptor_close(descriptor);
    return stream;
}

struct dirent *cordon_bind_readdir(DIR *stream)
{
    struct sealed_directory_entry entry;
    int more = sealed_directory_next(stream->descriptor, &entry);
    if (more <= 0) {
        if (more < 0)
            errno = -more;
        return NULL; /* at the end errno stays, which is how callers tell the two apart */
    }
    stream->entry.d_ino = entry.inode;
    stream->entry.d_off = (off_t)entry.position_after;
    stream->entry.d_reclen = sizeof stream->entry;
    stream->entry.d_type = (unsigned char)IFTODT(entry.mode_type);
    strcpy(stream->entry.d_name, entry.name);
    return &stream->entry;
}

void cordon_bind_rewinddir(DIR *stream)
{
    sealed_directory_seek(stream->descriptor, 0);
}

int cordon_bind_dirfd(DIR *stream)
{
    return stream->descriptor;
}

int cordon_bind_closedir(DIR *stream)
{
    int descriptor = stream->descriptor;
    sealed_release(stream);
    return (int)sandbox_result(sealed_descriptor_close(descriptor));
}
