/* Terminals and pseudo-terminals. Flags and actions are the host's own numbers (TCSANOW, ECHO, ...). A descriptor that is no terminal is
 * BAD_DESCRIPTOR with host_code ENOTTY. Safe from any thread. */
#ifndef HOST_ENV_TTY_H
#define HOST_ENV_TTY_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

enum { HOST_TTY_CONTROL_CHARACTERS = 32 };

typedef struct host_tty_attributes {
    uint32_t input_flags;
    uint32_t output_flags;
    uint32_t control_flags;
    uint32_t local_flags;
    uint32_t input_speed;  /* as the host codes it (B9600 ...) */
    uint32_t output_speed;
    uint8_t line_discipline;
    uint8_t control_characters[HOST_TTY_CONTROL_CHARACTERS];
} host_tty_attributes;

typedef struct host_tty_size {
    uint16_t rows;
    uint16_t columns;
    uint16_t width_pixels;
    uint16_t height_pixels;
} host_tty_size;

host_status host_tty_attributes_read(host_env *env, int fd, host_tty_attributes *attributes_out, host_error *error);
host_status host_tty_set_attributes(host_env *env, int fd, int when, const host_tty_attributes *attributes, host_error *error);
host_status host_tty_send_break(host_env *env, int fd, int duration, host_error *error);
host_status host_tty_drain(host_env *env, int fd, host_error *error);
host_status host_tty_flush(host_env *env, int fd, int queue, host_error *error);
host_status host_tty_flow(host_env *env, int fd, int action, host_error *error);
host_status host_tty_size_read(host_env *env, int fd, host_tty_size *size_out, host_error *error);
host_status host_tty_set_size(host_env *env, int fd, const host_tty_size *size, host_error *error);

host_status host_tty_foreground(host_env *env, int fd, int64_t *group_out, host_error *error);
host_status host_tty_set_foreground(host_env *env, int fd, int64_t group, host_error *error);

/* TOO_LARGE: the buffer is too small for the path and its NUL. */
host_status host_tty_name(host_env *env, int fd, char *path_out, size_t size, host_error *error);
host_status host_tty_slave_name(host_env *env, int master_fd, char *path_out, size_t size, host_error *error);
host_status host_tty_control_name(host_env *env, char *path_out, size_t size, host_error *error);

/* `attributes` and `size` may be NULL: the host's own. The caller owns both descriptors; on failure both are -1. */
host_status host_tty_pair_open(host_env *env, const host_tty_attributes *attributes, const host_tty_size *size, int *master_out, int *slave_out,
                               host_error *error);
/* Starts a child whose controlling terminal and standard streams are a new pseudo-terminal. Returns in both: *pid_out is 0 in the child.
 * The parent owns *master_out, which is -1 in the child. */
host_status host_tty_fork(host_env *env, const host_tty_attributes *attributes, const host_tty_size *size, int *master_out, int64_t *pid_out,
                          host_error *error);
/* Makes `fd` the controlling terminal and descriptors 0, 1 and 2 of this process, which must lead its session, and closes it. */
host_status host_tty_login(host_env *env, int fd, host_error *error);

/* The older way to make a pair, step by step. `flags`: O_RDWR, O_NOCTTY, O_CLOEXEC. The caller owns *master_out. */
host_status host_tty_master_open(host_env *env, int flags, int *master_out, host_error *error);
host_status host_tty_grant(host_env *env, int master_fd, host_error *error);
host_status host_tty_unlock(host_env *env, int master_fd, host_error *error);

#endif
