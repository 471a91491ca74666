/* Hides from random.c the system call getrandom(2): Linux 3.17 and later, unless a system call filter took it away. */
#include <errno.h>

#include "random_internal.h"

int random_getrandom(const struct host_operations *operations, unsigned char *buffer, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = operations->getrandom(buffer + done, size - done, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno == EPERM ? ENOSYS : errno; /* EPERM is what container filters answer instead of ENOSYS */
        done += (size_t)count;
    }
    return 0;
}
