/* Hides from everyone how pseudo-terminals are made, named and taken over. */
#include "host_env/tty.h"

#include <stdio.h>
#include <string.h>

#include "host_call.h"
#include "tty_internal.h"

/* What the three functions that name a terminal have in common: room for the name, an empty one to begin with. */
static bool has_room(char *path_out, size_t size)
{
    if (path_out == NULL || size == 0) return false;
    path_out[0] = '\0';
    return true;
}

host_status host_tty_name(host_env *env, int fd, char *path_out, size_t size, host_error *error)
{
    HOST_CALL(call, env, TTY_NAME, error);
    host_call_fd(&call, "fd", fd);
    if (!has_room(path_out, size)) return host_call_invalid(&call, "there is no room for the path");
    if (!host_call_permitted(&call)) return call.access.status;
    return host_call_finish(&call, env->operations.ttyname_r(fd, path_out, size), 0);
}

host_status host_tty_slave_name(host_env *env, int master_fd, char *path_out, size_t size, host_error *error)
{
    HOST_CALL(call, env, TTY_SLAVE_NAME, error);
    host_call_fd(&call, "fd", master_fd);
    if (!has_room(path_out, size)) return host_call_invalid(&call, "there is no room for the path");
    if (!host_call_permitted(&call)) return call.access.status;
    return host_call_finish(&call, env->operations.ptsname_r(master_fd, path_out, size), 0);
}

host_status host_tty_control_name(host_env *env, char *path_out, size_t size, host_error *error)
{
    HOST_CALL(call, env, TTY_CONTROL_NAME, error);
    if (!has_room(path_out, size)) return host_call_invalid(&call, "there is no room for the path");
    if (!host_call_permitted(&call)) return call.access.status;
    char path[L_ctermid + 1] = "";
    char *found = env->operations.ctermid(path);
    if (found == NULL || found[0] == '\0')
        return host_call_finish_status(&call, HOST_MISSING, found == NULL && errno != 0 ? errno : ENXIO, 0, "there is no controlling terminal");
    if (strlen(path) >= size) return host_call_finish(&call, ERANGE, 0);
    strcpy(path_out, path);
    return host_call_finish(&call, 0, 0);
}

/* The host's forms of what the caller gave, and pointers to them or NULL. */
typedef struct pair_options {
    struct termios attributes_storage;
    struct winsize size_storage;
    const struct termios *attributes;
    const struct winsize *size;
} pair_options;

static void read_options(pair_options *options, const host_tty_attributes *attributes, const host_tty_size *size)
{
    options->attributes = NULL;
    options->size = NULL;
    if (attributes != NULL) {
        options->attributes_storage = tty_attributes_to_host(attributes);
        options->attributes = &options->attributes_storage;
    }
    if (size != NULL) {
        options->size_storage = tty_size_to_host(size);
        options->size = &options->size_storage;
    }
}

host_status host_tty_pair_open(host_env *env, const host_tty_attributes *attributes, const host_tty_size *size, int *master_out, int *slave_out,
                               host_error *error)
{
    HOST_CALL(call, env, TTY_PAIR_OPEN, error);
    if (master_out == NULL || slave_out == NULL) return host_call_invalid(&call, "an output is NULL");
    *master_out = *slave_out = -1;
    if (!host_call_permitted(&call)) return call.access.status;
    pair_options options;
    int master = -1, slave = -1;
    read_options(&options, attributes, size);
    int code = env->operations.openpty(&master, &slave, NULL, options.attributes, options.size) < 0 ? errno : 0;
    if (code == 0) {
        *master_out = master;
        *slave_out = slave;
    }
    return host_call_finish(&call, code, *master_out);
}

host_status host_tty_fork(host_env *env, const host_tty_attributes *attributes, const host_tty_size *size, int *master_out, int64_t *pid_out,
                          host_error *error)
{
    HOST_CALL(call, env, TTY_FORK, error);
    if (master_out == NULL || pid_out == NULL) return host_call_invalid(&call, "an output is NULL");
    *master_out = -1;
    *pid_out = -1;
    if (!host_call_permitted(&call)) return call.access.status;
    pair_options options;
    int master = -1;
    read_options(&options, attributes, size);
    pid_t pid = env->operations.forkpty(&master, NULL, options.attributes, options.size);
    int code = pid < 0 ? errno : 0;
    *pid_out = pid;
    if (pid > 0) *master_out = master;
    if (pid == 0) return HOST_OK; /* the parent records; the child may do little before it starts a program */
    return host_call_finish(&call, code, pid);
}

host_status host_tty_login(host_env *env, int fd, host_error *error)
{
    HOST_CALL(call, env, TTY_LOGIN, error);
    host_call_fd(&call, "fd", fd);
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.login_tty(fd) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_tty_master_open(host_env *env, int flags, int *master_out, host_error *error)
{
    HOST_CALL(call, env, TTY_MASTER_OPEN, error);
    host_call_number(&call, "flags", flags);
    if (master_out == NULL) return host_call_invalid(&call, "master_out is NULL");
    *master_out = -1;
    if (!host_call_permitted(&call)) return call.access.status;
    int fd = env->operations.posix_openpt(flags);
    int code = fd < 0 ? errno : 0;
    *master_out = fd;
    return host_call_finish(&call, code, fd);
}

host_status host_tty_grant(host_env *env, int master_fd, host_error *error)
{
    HOST_CALL(call, env, TTY_GRANT, error);
    host_call_fd(&call, "fd", master_fd);
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.grantpt(master_fd) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}

host_status host_tty_unlock(host_env *env, int master_fd, host_error *error)
{
    HOST_CALL(call, env, TTY_UNLOCK, error);
    host_call_fd(&call, "fd", master_fd);
    if (!host_call_permitted(&call)) return call.access.status;
    int code = env->operations.unlockpt(master_fd) < 0 ? errno : 0;
    return host_call_finish(&call, code, 0);
}
