/* Terminals and pseudo-terminals, on pairs made for the test. */
#include "support/host_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "host_env/tty.h"

/* fd: the side of the terminal; fd_other: the side that stands for the person before it */
static void set_up_pair(host_case_world *world)
{
    assert_int_equal(openpty(&world->fd_other, &world->fd, NULL, NULL, NULL), 0);
}

static void tear_down_pair(host_case_world *world)
{
    if (world->fd >= 0) close(world->fd);
    if (world->fd_other >= 0) close(world->fd_other);
}

/* In a child: a new session, which survives that its terminal hangs up. */
static void set_up_session(host_case_world *world)
{
    signal(SIGHUP, SIG_IGN);
    setsid();
    set_up_pair(world);
}

static void set_up_own_terminal(host_case_world *world)
{
    set_up_session(world);
    assert_int_equal(ioctl(world->fd, TIOCSCTTY, 0), 0);
}

static host_status call_attributes_read(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_attributes_read(env, world->fd, (host_tty_attributes *)(void *)world->bytes, error);
}

static void check_attributes_read(host_case_world *world)
{
    const host_tty_attributes *attributes = (const host_tty_attributes *)(void *)world->bytes;
    struct termios real;
    assert_int_equal(tcgetattr(world->fd, &real), 0);
    assert_true(attributes->local_flags == real.c_lflag && attributes->control_flags == real.c_cflag);
    assert_true(attributes->input_flags == real.c_iflag && attributes->output_flags == real.c_oflag);
    assert_int_equal(attributes->output_speed, cfgetospeed(&real));
    assert_memory_equal(attributes->control_characters, real.c_cc, NCCS);
}

static void set_up_quiet(host_case_world *world)
{
    host_tty_attributes *attributes = (host_tty_attributes *)(void *)world->bytes;
    set_up_pair(world);
    assert_host_ok(host_tty_attributes_read(world->env, world->fd, attributes, NULL), NULL);
    attributes->local_flags &= ~(uint32_t)ECHO;
    attributes->control_characters[VINTR] = 'Q';
}

static host_status call_set_attributes(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_set_attributes(env, world->fd, TCSANOW, (const host_tty_attributes *)(void *)world->bytes, error);
}

static void check_set_attributes(host_case_world *world)
{
    struct termios real;
    assert_int_equal(tcgetattr(world->fd, &real), 0);
    assert_int_equal(real.c_lflag & ECHO, 0);
    assert_int_equal(real.c_cc[VINTR], 'Q');
}

static host_status call_send_break(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_send_break(env, world->fd, 0, error);
}

static host_status call_drain(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_drain(env, world->fd, error);
}

static void set_up_typed(host_case_world *world)
{
    set_up_pair(world);
    assert_int_equal(write(world->fd_other, "typed\n", 6), 6);
}

static host_status call_flush(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_flush(env, world->fd, TCIFLUSH, error);
}

static void check_nothing_typed(host_case_world *world)
{
    int waiting = -1;
    assert_int_equal(ioctl(world->fd, FIONREAD, &waiting), 0);
    assert_int_equal(waiting, 0);
}

static host_status call_flow(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_flow(env, world->fd, TCOON, error);
}

static host_status call_size_read(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_size_read(env, world->fd, (host_tty_size *)(void *)world->bytes, error);
}

static void set_up_sized(host_case_world *world)
{
    struct winsize size = { 11, 22, 33, 44 };
    set_up_pair(world);
    assert_int_equal(ioctl(world->fd, TIOCSWINSZ, &size), 0);
}

static void check_size_read(host_case_world *world)
{
    const host_tty_size *size = (const host_tty_size *)(void *)world->bytes;
    assert_true(size->rows == 11 && size->columns == 22 && size->width_pixels == 33 && size->height_pixels == 44);
}

static host_status call_set_size(host_case_world *world, host_env *env, host_error *error)
{
    static const host_tty_size size = { 5, 6, 7, 8 };
    return host_tty_set_size(env, world->fd, &size, error);
}

static void check_set_size(host_case_world *world)
{
    struct winsize size;
    assert_int_equal(ioctl(world->fd, TIOCGWINSZ, &size), 0);
    assert_true(size.ws_row == 5 && size.ws_col == 6 && size.ws_xpixel == 7 && size.ws_ypixel == 8);
}

static host_status call_foreground(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_foreground(env, world->fd, &world->number, error);
}

static void check_foreground(host_case_world *world)
{
    assert_int_equal(world->number, getpgrp());
}

static host_status call_set_foreground(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_set_foreground(env, world->fd, getpgrp(), error);
}

static host_status call_name(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_name(env, world->fd, (char *)world->bytes, 64, error);
}

static void check_name(host_case_world *world)
{
    assert_string_equal((char *)world->bytes, ttyname(world->fd));
}

static host_status call_slave_name(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_slave_name(env, world->fd_other, (char *)world->bytes, 64, error);
}

static host_status call_control_name(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_control_name(env, (char *)world->bytes, 64, error);
}

static void check_control_name(host_case_world *world)
{
    assert_string_equal((char *)world->bytes, "/dev/tty");
}

static host_status call_pair_open(host_case_world *world, host_env *env, host_error *error)
{
    static const host_tty_size size = { 11, 22, 33, 44 };
    return host_tty_pair_open(env, NULL, &size, &world->fd_other, &world->fd, error);
}

static void check_pair(host_case_world *world)
{
    assert_host_ok(host_tty_size_read(world->env, world->fd, (host_tty_size *)(void *)world->bytes, NULL), NULL);
    check_size_read(world);
    assert_true(isatty(world->fd));
    assert_non_null(ptsname(world->fd_other));
}

static host_status call_fork(host_case_world *world, host_env *env, host_error *error)
{
    host_status status = host_tty_fork(env, NULL, NULL, &world->fd_other, &world->number, error);
    if (status == HOST_OK && world->number == 0) _exit(isatty(0) && isatty(1) && isatty(2) && getsid(0) == getpid() ? 42 : 1);
    return status;
}

static void check_fork(host_case_world *world)
{
    int status = 0;
    assert_int_equal(waitpid((pid_t)world->number, &status, 0), world->number);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

static host_status call_login(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_login(env, world->fd, error);
}

static void check_login(host_case_world *world)
{
    int status = isatty(0) && isatty(2) && tcgetpgrp(0) == getpgrp();
    assert_true(status);
    assert_int_equal(fcntl(world->fd, F_GETFD), -1);
    world->fd = -1;
}

static host_status call_master_open(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_master_open(env, O_RDWR | O_NOCTTY | O_CLOEXEC, &world->fd_other, error);
}

static void set_up_master(host_case_world *world)
{
    world->fd_other = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(world->fd_other >= 0);
}

static host_status call_grant(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_grant(env, world->fd_other, error);
}

static host_status call_unlock(host_case_world *world, host_env *env, host_error *error)
{
    return host_tty_unlock(env, world->fd_other, error);
}

static void check_unlocked(host_case_world *world)
{
    world->fd = open(ptsname(world->fd_other), O_RDWR | O_NOCTTY);
    assert_true(world->fd >= 0);
}

#define PAIR .set_up = set_up_pair, .tear_down = tear_down_pair
#define NO_TERMINAL .fail_code = ENOTTY, .fail_status = HOST_BAD_DESCRIPTOR
static const host_case cases[] = {
    { .function = HOST_FUNCTION_TTY_ATTRIBUTES_READ, PAIR, .call = call_attributes_read, .check = check_attributes_read,
      .primitive = HOST_OPERATION_tcgetattr, NO_TERMINAL },
    { .function = HOST_FUNCTION_TTY_SET_ATTRIBUTES, .set_up = set_up_quiet, .tear_down = tear_down_pair, .call = call_set_attributes,
      .check = check_set_attributes, .primitive = HOST_OPERATION_tcsetattr, NO_TERMINAL },
    { .function = HOST_FUNCTION_TTY_SEND_BREAK, PAIR, .call = call_send_break, .primitive = HOST_OPERATION_tcsendbreak, NO_TERMINAL },
    { .function = HOST_FUNCTION_TTY_DRAIN, PAIR, .call = call_drain, .primitive = HOST_OPERATION_tcdrain, NO_TERMINAL },
    { .function = HOST_FUNCTION_TTY_FLUSH, .set_up = set_up_typed, .tear_down = tear_down_pair, .call = call_flush, .check = check_nothing_typed,
      .primitive = HOST_OPERATION_tcflush, NO_TERMINAL },
    { .function = HOST_FUNCTION_TTY_FLOW, PAIR, .call = call_flow, .primitive = HOST_OPERATION_tcflow, NO_TERMINAL },
    { .function = HOST_FUNCTION_TTY_SIZE_READ, .set_up = set_up_sized, .tear_down = tear_down_pair, .call = call_size_read, .check = check_size_read,
      .primitive = HOST_OPERATION_tty_window_get, NO_TERMINAL },
    { .function = HOST_FUNCTION_TTY_SET_SIZE, PAIR, .call = call_set_size, .check = check_set_size,
      .primitive = HOST_OPERATION_tty_window_set, NO_TERMINAL },
    { .function = HOST_FUNCTION_TTY_FOREGROUND, .set_up = set_up_own_terminal, .tear_down = tear_down_pair, .call = call_foreground,
      .check = check_foreground, .primitive = HOST_OPERATION_tcgetpgrp, NO_TERMINAL, .flags = HOST_CASE_IN_CHILD },
    { .function = HOST_FUNCTION_TTY_SET_FOREGROUND, .set_up = set_up_own_terminal, .tear_down = tear_down_pair, .call = call_set_foreground,
      .primitive = HOST_OPERATION_tcsetpgrp, .fail_code = EPERM, .fail_status = HOST_NOT_PERMITTED, .flags = HOST_CASE_IN_CHILD },
    { .function = HOST_FUNCTION_TTY_NAME, PAIR, .call = call_name, .check = check_name, .primitive = HOST_OPERATION_ttyname_r, NO_TERMINAL },
    { .function = HOST_FUNCTION_TTY_SLAVE_NAME, PAIR, .call = call_slave_name, .check = check_name,
      .primitive = HOST_OPERATION_ptsname_r, NO_TERMINAL },
    { .function = HOST_FUNCTION_TTY_CONTROL_NAME, .call = call_control_name, .check = check_control_name,
      .primitive = HOST_OPERATION_ctermid, .fail_code = ENXIO, .fail_status = HOST_MISSING },
    { .function = HOST_FUNCTION_TTY_PAIR_OPEN, .tear_down = tear_down_pair, .call = call_pair_open, .check = check_pair,
      .primitive = HOST_OPERATION_openpty, .fail_code = ENOENT, .fail_status = HOST_MISSING },
    { .function = HOST_FUNCTION_TTY_FORK, .tear_down = tear_down_pair, .call = call_fork, .check = check_fork,
      .primitive = HOST_OPERATION_forkpty, .fail_code = EAGAIN, .fail_status = HOST_WOULD_BLOCK },
    { .function = HOST_FUNCTION_TTY_LOGIN, .set_up = set_up_session, .tear_down = tear_down_pair, .call = call_login, .check = check_login,
      .primitive = HOST_OPERATION_login_tty, .fail_code = EPERM, .fail_status = HOST_NOT_PERMITTED, .flags = HOST_CASE_IN_CHILD },
    { .function = HOST_FUNCTION_TTY_MASTER_OPEN, .tear_down = tear_down_pair, .call = call_master_open,
      .primitive = HOST_OPERATION_posix_openpt, .fail_code = ENOSPC, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_TTY_GRANT, .set_up = set_up_master, .tear_down = tear_down_pair, .call = call_grant,
      .primitive = HOST_OPERATION_grantpt, .fail_code = EACCES, .fail_status = HOST_NOT_PERMITTED },
    { .function = HOST_FUNCTION_TTY_UNLOCK, .set_up = set_up_master, .tear_down = tear_down_pair, .call = call_unlock, .check = check_unlocked,
      .primitive = HOST_OPERATION_unlockpt, NO_TERMINAL },
};

static void what_is_no_terminal_says_so(void **state)
{
    (void)state;
    test_host host;
    host_tty_attributes attributes;
    host_tty_size size;
    char path[64];
    int64_t group;
    int fd = open("/dev/null", O_RDWR);
    test_host_create(&host, NULL);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_tty_attributes_read(host.env, fd, &attributes, &host.error), &host.error);
    assert_int_equal(host.error.host_code, ENOTTY);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_tty_size_read(host.env, fd, &size, &host.error), &host.error);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_tty_name(host.env, fd, path, sizeof path, &host.error), &host.error);
    assert_string_equal(path, "");
    assert_host_status(HOST_BAD_DESCRIPTOR, host_tty_slave_name(host.env, fd, path, sizeof path, &host.error), &host.error);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_tty_foreground(host.env, fd, &group, &host.error), &host.error);
    assert_int_equal(group, -1);
    close(fd);
    test_host_destroy(&host);
}

static void names_that_do_not_fit_are_too_large(void **state)
{
    (void)state;
    test_host host;
    char path[16];
    int master, slave;
    test_host_create(&host, NULL);
    assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
    assert_host_status(HOST_TOO_LARGE, host_tty_name(host.env, slave, path, 4, &host.error), &host.error);
    assert_host_status(HOST_TOO_LARGE, host_tty_slave_name(host.env, master, path, 4, &host.error), &host.error);
    assert_host_status(HOST_TOO_LARGE, host_tty_control_name(host.env, path, 8, &host.error), &host.error);
    assert_host_ok(host_tty_control_name(host.env, path, 9, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_tty_name(host.env, slave, NULL, 4, &host.error), &host.error);
    close(master);
    close(slave);
    test_host_destroy(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_no_terminal_says_so), cmocka_unit_test(names_that_do_not_fit_are_too_large) };
    int failed = host_cases_run("tty", cases, sizeof cases / sizeof cases[0]);
    return failed + cmocka_run_group_tests_name("tty details", tests, NULL, NULL);
}
