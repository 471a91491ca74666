/* Hides from CPython that file descriptors are numbers of the sealed layer's own table. */
#define _GNU_SOURCE
#include "result.h"

#include "sealed/descriptor.h"

#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

enum { CLOSE_RANGE_ONLY_MARKS = 4 }; /* CLOSE_RANGE_CLOEXEC, which libc's headers may lack */

static bool takes_mode(int flags)
{
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

static int open_at(int directory, const char *path, int flags, mode_t mode)
{
    return (int)sandbox_result(sealed_descriptor_open(directory, path, flags, mode));
}

int cordon_bind_open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (takes_mode(flags)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return open_at(AT_FDCWD, path, flags, mode);
}

int cordon_bind_openat(int directory, const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (takes_mode(flags)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return open_at(directory, path, flags, mode);
}

int cordon_bind_close(int descriptor)
{
    return (int)sandbox_result(sealed_descriptor_close(descriptor));
}

int cordon_bind_close_range(unsigned first, unsigned last, int flags)
{
    if (first > last || (flags & ~CLOSE_RANGE_ONLY_MARKS))
        return sandbox_refuse(EINVAL);
    if (!flags) {
        sealed_descriptor_close_range(first, last);
        return 0;
    }
    for (unsigned number = first; number <= last && number < SEALED_DESCRIPTOR_MAX; number++)
        (void)sealed_descriptor_set_close_on_exec((int)number, true); /* closed ones are passed over */
    return 0;
}

void cordon_bind_closefrom(int lowest)
{
    sealed_descriptor_close_range(lowest < 0 ? 0 : (unsigned)lowest, SEALED_DESCRIPTOR_MAX);
}

int cordon_bind_dup(int descriptor)
{
    return (int)sandbox_result(sealed_descriptor_duplicate(descriptor, 0, false));
}

int cordon_bind_dup2(int descriptor, int target)
{
    return (int)sandbox_result(sealed_descriptor_duplicate_to(descriptor, target, false));
}

int cordon_bind_dup3(int descriptor, int target, int flags)
{
    if (descriptor == target || (flags & ~O_CLOEXEC))
        return sandbox_refuse(EINVAL);
    return (int)sandbox_result(sealed_descriptor_duplicate_to(descriptor, target, flags & O_CLOEXEC));
}

int cordon_bind_fchdir(int descriptor)
{
    return (int)sandbox_result(sealed_descriptor_change_directory(descriptor));
}

/* --- there is no terminal --- */

int cordon_bind_isatty(int descriptor)
{
    int flags = sealed_descriptor_flags(descriptor);
    (void)sandbox_refuse(flags < 0 ? EBADF : ENOTTY);
    return 0;
}

int cordon_bind_openpty(int *master, int *slave, char *name, const void *attributes, const void *window)
{
    (void)master, (void)slave, (void)name, (void)attributes, (void)window;
    return sandbox_refuse(ENOENT); /* what a system without /dev/ptmx says */
}

int cordon_bind_login_tty(int descriptor)
{
    return cordon_bind_isatty(descriptor) ? 0 : -1;
}
