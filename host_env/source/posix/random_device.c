/* Hides from random.c the character device /dev/urandom, for hosts without a system call. */
#include <errno.h>
#include <sys/stat.h>

#include "random_internal.h"

static int read_all(const struct host_operations *operations, int fd, unsigned char *buffer, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = operations->read_uncancelled(fd, buffer + done, size - done);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        if (count == 0) return EIO; /* a device never ends: this is something else */
        done += (size_t)count;
    }
    return 0;
}

int random_device(const struct host_operations *operations, unsigned char *buffer, size_t size)
{
    struct stat status;
    int fd = operations->openat_mode(AT_FDCWD, "/dev/urandom", O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
    if (fd < 0) return errno == ENOENT ? ENOSYS : errno;
    int code = operations->fstat(fd, &status) < 0 ? errno : 0;
    /* A plain file in its place (a badly built chroot) would give everyone the same "random" bytes. */
    if (code == 0 && !S_ISCHR(status.st_mode)) code = ENOSYS;
    if (code == 0) code = read_all(operations, fd, buffer, size);
    operations->close(fd);
    return code;
}
