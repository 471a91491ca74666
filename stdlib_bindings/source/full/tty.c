/* Terminals and pseudo-terminals: libc's signatures on host_env/tty.h. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "host_env/tty.h"
#include "prototypes.h"

_Static_assert(NCCS == HOST_TTY_CONTROL_CHARACTERS, "host_env knows every control character of libc's struct");

static host_tty_attributes attributes_of(const struct termios *settings)
{
    host_tty_attributes result = {
        .input_flags = settings->c_iflag,
        .output_flags = settings->c_oflag,
        .control_flags = settings->c_cflag,
        .local_flags = settings->c_lflag,
        .input_speed = settings->c_ispeed,
        .output_speed = settings->c_ospeed,
        .line_discipline = settings->c_line,
    };
    memcpy(result.control_characters, settings->c_cc, sizeof result.control_characters);
    return result;
}

static host_tty_size size_of(const struct winsize *size)
{
    return (host_tty_size){ .rows = size->ws_row, .columns = size->ws_col, .width_pixels = size->ws_xpixel, .height_pixels = size->ws_ypixel };
}

int cordon_bind_tcgetattr(int fd, struct termios *settings_out)
{
    host_tty_attributes attributes;
    if (BIND(tty_attributes_read, fd, &attributes) != 0) return -1;
    memset(settings_out, 0, sizeof *settings_out);
    settings_out->c_iflag = attributes.input_flags;
    settings_out->c_oflag = attributes.output_flags;
    settings_out->c_cflag = attributes.control_flags;
    settings_out->c_lflag = attributes.local_flags;
    settings_out->c_line = attributes.line_discipline;
    settings_out->c_ispeed = attributes.input_speed;
    settings_out->c_ospeed = attributes.output_speed;
    memcpy(settings_out->c_cc, attributes.control_characters, sizeof settings_out->c_cc);
    return 0;
}

int cordon_bind_tcsetattr(int fd, int when, const struct termios *settings)
{
    host_tty_attributes attributes = attributes_of(settings);
    return BIND(tty_set_attributes, fd, when, &attributes);
}

int cordon_bind_tcsendbreak(int fd, int duration) { return BIND(tty_send_break, fd, duration); }
int cordon_bind_tcdrain(int fd) { return BIND(tty_drain, fd); }
int cordon_bind_tcflush(int fd, int queue) { return BIND(tty_flush, fd, queue); }
int cordon_bind_tcflow(int fd, int action) { return BIND(tty_flow, fd, action); }

pid_t cordon_bind_tcgetpgrp(int fd)
{
    int64_t group;
    return BIND(tty_foreground, fd, &group) == 0 ? (pid_t)group : -1;
}

int cordon_bind_tcsetpgrp(int fd, pid_t group) { return BIND(tty_set_foreground, fd, group); }

/* The name of the new terminal has room for no one knows how much; CPython passes NULL and so must every caller. */
static bool wants_name(const char *name_out)
{
    if (name_out != NULL) errno = EINVAL;
    return name_out != NULL;
}

int cordon_bind_openpty(int *master_out, int *slave_out, char *name_out, const struct termios *settings, const struct winsize *size)
{
    if (wants_name(name_out)) return -1;
    host_tty_attributes attributes;
    host_tty_size window;
    if (settings != NULL) attributes = attributes_of(settings);
    if (size != NULL) window = size_of(size);
    return BIND(tty_pair_open, settings == NULL ? NULL : &attributes, size == NULL ? NULL : &window, master_out, slave_out);
}

int cordon_bind_forkpty(int *master_out, char *name_out, const struct termios *settings, const struct winsize *size)
{
    if (wants_name(name_out)) return -1;
    host_tty_attributes attributes;
    host_tty_size window;
    if (settings != NULL) attributes = attributes_of(settings);
    if (size != NULL) window = size_of(size);
    int64_t pid;
    if (BIND(tty_fork, settings == NULL ? NULL : &attributes, size == NULL ? NULL : &window, master_out, &pid) != 0) return -1;
    if (pid == 0) bind_became_child();
    return (int)pid;
}

int cordon_bind_login_tty(int fd) { return BIND(tty_login, fd); }

int cordon_bind_posix_openpt(int flags)
{
    int master;
    return BIND(tty_master_open, flags, &master) == 0 ? master : -1;
}

int cordon_bind_grantpt(int fd) { return BIND(tty_grant, fd); }
int cordon_bind_unlockpt(int fd) { return BIND(tty_unlock, fd); }
/* These two return the error number. */
int cordon_bind_ptsname_r(int fd, char *path_out, size_t size) { return BIND_CODE(tty_slave_name, fd, path_out, size); }
int cordon_bind_ttyname_r(int fd, char *path_out, size_t size) { return BIND_CODE(tty_name, fd, path_out, size); }

char *cordon_bind_ctermid(char *path_out)
{
    static char own[L_ctermid];
    char *path = path_out == NULL ? own : path_out;
    if (BIND(tty_control_name, path, L_ctermid) != 0) *path = '\0';
    return path;
}
