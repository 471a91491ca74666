/* What the tty files share: our attributes and sizes, and the host's. Private to host_env. */
#ifndef HOST_ENV_SOURCE_POSIX_TTY_INTERNAL_H
#define HOST_ENV_SOURCE_POSIX_TTY_INTERNAL_H

#include <sys/ioctl.h>
#include <termios.h>

#include "host_env/tty.h"

host_tty_attributes tty_attributes_from_host(const struct termios *from);
struct termios tty_attributes_to_host(const host_tty_attributes *from);
struct winsize tty_size_to_host(const host_tty_size *from);

#endif
