/* Streams of directories: libc's DIR and struct dirent on host_env's host_directory. A DIR that CPython holds is a struct of ours. */
#include "bindings/bind.h"
#include "host_env/fs.h"
#include "prototypes.h"

struct open_directory {
    host_directory *directory;
    struct dirent entry; /* what readdir told last */
};

static struct open_directory *of(DIR *stream) { return (struct open_directory *)stream; }

/* The room comes first, so that nothing is open that could not be handed over. */
static DIR *finish(struct open_directory *opened, int result)
{
    if (result == 0) return (DIR *)opened;
    int code = errno;
    free(opened);
    errno = code;
    return NULL;
}

DIR *cordon_bind_opendir(const char *path)
{
    struct open_directory *opened = calloc(1, sizeof *opened);
    return opened == NULL ? NULL : finish(opened, BIND(fs_directory_open, AT_FDCWD, path, &opened->directory));
}

DIR *cordon_bind_fdopendir(int fd)
{
    struct open_directory *opened = calloc(1, sizeof *opened);
    return opened == NULL ? NULL : finish(opened, BIND(fs_directory_open_fd, fd, &opened->directory));
}

BIND_HOT struct dirent *cordon_bind_readdir(DIR *stream)
{
    host_directory_entry entry;
    struct dirent *result = &of(stream)->entry;
    if (BIND(fs_directory_read, of(stream)->directory, &entry) != 0 || entry.name == NULL) return NULL;
    size_t length = strlen(entry.name);
    if (length >= sizeof result->d_name) {
        errno = EOVERFLOW;
        return NULL;
    }
    result->d_ino = entry.inode;
    result->d_type = entry.type;
    result->d_reclen = sizeof *result;
    memcpy(result->d_name, entry.name, length + 1);
    return result;
}

void cordon_bind_rewinddir(DIR *stream) { (void)BIND(fs_directory_rewind, of(stream)->directory); }

int cordon_bind_dirfd(DIR *stream)
{
    int fd;
    return BIND(fs_directory_fd, of(stream)->directory, &fd) == 0 ? fd : -1;
}

/* A refused close leaves the directory open; no caller closes twice, so then the handle stays too rather than dangle. */
int cordon_bind_closedir(DIR *stream)
{
    host_error error;
    host_status status = host_fs_directory_close(bind_host(), of(stream)->directory, &error);
    if (status != HOST_DENIED_BY_POLICY) free(stream);
    return status == HOST_OK ? 0 : bind_fail(&error);
}
