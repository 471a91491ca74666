/* Types and fixed-parameter forms of the primitives of tty. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_TTY_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_TTY_H

#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

static inline int tty_window_get(int fd, struct winsize *size)
{
    return ioctl(fd, TIOCGWINSZ, size);
}

static inline int tty_window_set(int fd, const struct winsize *size)
{
    return ioctl(fd, TIOCSWINSZ, size);
}

#endif
