/* Hides from everyone how a terminal's settings, size, queues and foreground job are read and changed. */
#include "host_env/tty.h"

#include <string.h>

#include "host_call.h"
#include "tty_internal.h"

static_assert(HOST_TTY_CONTROL_CHARACTERS >= NCCS, "all control characters fit");

host_tty_attributes tty_attributes_from_host(const struct termios *from)
{
    host_tty_attributes attributes = {
        .input_flags = from->c_iflag, .output_flags = from->c_oflag, .control_flags = from->c_cflag, .local_flags = from->c_lflag,
        .input_speed = cfgetispeed(from), .output_speed = cfgetospeed(from), .line_discipline = from->c_line,
    };
    memcpy(attributes.control_characters, from->c_cc, NCCS);
    return attributes;
}

struct termios tty_attributes_to_host(const host_tty_attributes *from)
{
    struct termios attributes = {
        .c_iflag = from->input_flags, .c_oflag = from->output_flags, .c_cflag = from->control_flags, .c_lflag = from->local_flags,
        .c_ispeed = from->input_speed, .c_ospeed = from->output_speed, .c_line = from->line_discipline,
    };
    memcpy(attributes.c_cc, from->control_characters, NCCS);
    return attributes;
}

struct winsize tty_size_to_host(const host_tty_size *from)
{
    return (struct winsize){ .ws_row = from->rows, .ws_col = from->columns, .ws_xpixel = from->width_pixels, .ws_ypixel = from->height_pixels };
}

host_status host_tty_attributes_read(host_env *env, int fd, host_tty_attributes *attributes_out, host_error *error)
{
    HOST_CALL(call, env, TTY_ATTRIBUTES_READ, error);
    host_call_fd(&call, "fd", fd);
    if (attributes_out == NULL) return host_call_invalid(&call, "attributes_out is NULL");
    *attributes_out = (host_tty_attributes){ 0 };
    if (!host_call_permitted(&call)) return call.access.status;
    struct termios attributes;
    int code = env->operations.tcgetattr(fd, &attributes) < 0 ? errno : 0;
    if (code == 0) *attributes_out = tty_attributes_from_host(&attributes);
    return host_call_finish(&call, code, 0);
}

host_status host_tty_set_attributes(host_env *env, int fd, int when, const host_tty_attributes *attributes, host_error *error)
{
    HOST_CALL(call, env, TTY_SET_ATTRIBUTES, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "when", when);
    if (attributes == NULL) return host_call_invalid(&call, "attributes is NULL");
    if (!host_call_permitted(&call)) return call.access.status;
    struct termios wanted = tty_attributes_to_host(attributes);
    int code = env->operations.tcsetattr(fd, when, &wanted) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

/* Three functions that differ in one number and one operation. */
#define TTY_ACTION(verb, NAME, label, operation)                                                               \
    host_status host_tty_##verb(host_env *env, int fd, int number, host_error *error)                          \
    {                                                                                                          \
        HOST_CALL(call, env, TTY_##NAME, error);                                                    \
        host_call_fd(&call, "fd", fd);                                                                         \
        host_call_number(&call, label, number);                                                                \
        if (!host_call_permitted(&call)) return call.access.status;                                            \
        int code = env->operations.operation(fd, number) < 0 ? errno : 0;                                      \
        return host_call_finish(&call, code, 0);                                                               \
    }
TTY_ACTION(send_break, SEND_BREAK, "duration", tcsendbreak)
TTY_ACTION(flush, FLUSH, "queue", tcflush)
TTY_ACTION(flow, FLOW, "action", tcflow)

host_status host_tty_drain(host_env *env, int fd, host_error *error)
{
    HOST_CALL(call, env, TTY_DRAIN, error);
    host_call_fd(&call, "fd", fd);
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.tcdrain(fd) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_tty_size_read(host_env *env, int fd, host_tty_size *size_out, host_error *error)
{
    HOST_CALL(call, env, TTY_SIZE_READ, error);
    host_call_fd(&call, "fd", fd);
    if (size_out == NULL) return host_call_invalid(&call, "size_out is NULL");
    *size_out = (host_tty_size){ 0 };
    if (!host_call_permitted(&call)) return call.access.status;
    struct winsize size = { 0 };
    int code = env->operations.tty_window_get(fd, &size) < 0 ? errno : 0;
    *size_out = (host_tty_size){ .rows = size.ws_row, .columns = size.ws_col, .width_pixels = size.ws_xpixel, .height_pixels = size.ws_ypixel };
    return host_call_finish(&call, code, 0);
}

host_status host_tty_set_size(host_env *env, int fd, const host_tty_size *size, host_error *error)
{
    HOST_CALL(call, env, TTY_SET_SIZE, error);
    host_call_fd(&call, "fd", fd);
    if (size == NULL) return host_call_invalid(&call, "size is NULL");
    host_call_number(&call, "rows", size->rows);
    host_call_number(&call, "columns", size->columns);
    if (!host_call_permitted(&call)) return call.access.status;
    struct winsize wanted = tty_size_to_host(size);
    int code = env->operations.tty_window_set(fd, &wanted) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_tty_foreground(host_env *env, int fd, int64_t *group_out, host_error *error)
{
    HOST_CALL(call, env, TTY_FOREGROUND, error);
    host_call_fd(&call, "fd", fd);
    if (group_out == NULL) return host_call_invalid(&call, "group_out is NULL");
    *group_out = -1;
    if (!host_call_permitted(&call)) return call.access.status;
    pid_t group = env->operations.tcgetpgrp(fd);
    int code = group < 0 ? errno : 0;
    *group_out = group;
    return host_call_finish(&call, code, group);
}

host_status host_tty_set_foreground(host_env *env, int fd, int64_t group, host_error *error)
{
    HOST_CALL(call, env, TTY_SET_FOREGROUND, error);
    host_call_fd(&call, "fd", fd);
    host_call_number(&call, "pgid", group);
    if (group != (pid_t)group) return host_call_invalid(&call, "no process group has this number");
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.tcsetpgrp(fd, (pid_t)group) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}
