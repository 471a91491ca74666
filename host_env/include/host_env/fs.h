/* Files and directories by path.
 *
 * Every path is taken relative to `directory`: a descriptor of a directory, or HOST_AT_CWD for the working directory; an absolute path ignores
 * it. Flags, modes and names of limits are the host's own numbers (<fcntl.h>, <sys/stat.h>, <unistd.h>), passed through unchanged.
 *
 * host_env_config.path_mode says how far a path may lead. Beneath roots:
 * - The kernel walks the path (openat2) below a root that grants what the call needs (READ to look, WRITE to change); it may not leave it
 *   by `..`, a symbolic link, a magic link of /proc or, unless the root has HOST_ROOT_CROSS_MOUNTS, a mount point. What leaves fails with
 *   OUTSIDE_ROOT, which does not tell whether anything is there. An absolute symbolic link is followed if its target lies beneath a root.
 * - An absolute path must begin with the path of a root as configured. Nested roots add up: a grant covers all that is beneath it.
 * - A relative path needs a `directory` (or working directory) that is beneath a root now, however it was opened.
 * - A host without openat2 answers UNSUPPORTED. So does chroot.
 *
 * Strings are bytes, not NULL, NUL-terminated. Outputs are -1, 0, NULL or "" after a failure. Safe from any thread, except that umask and the
 * working directory belong to the process. Common failures: DENIED_BY_POLICY, OUTSIDE_ROOT, MISSING, NOT_PERMITTED, NOT_A_DIRECTORY, TOO_LARGE. */
#ifndef HOST_ENV_FS_H
#define HOST_ENV_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host_env/file_status.h"
#include "host_env/host_env.h"

/* The working directory, where a function takes a directory's descriptor. */
#define HOST_AT_CWD (-100)

/* Opens or creates. Needs fs.read to read, fs.write to write, create or truncate, both for both. The caller owns *fd_out (host_fd_close). */
host_status host_fs_open(host_env *env, int directory, const char *path, int flags, uint32_t mode, int *fd_out, host_error *error);

/* ---- Looking ---- */

/* `flags`: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_NO_AUTOMOUNT. */
host_status host_fs_stat(host_env *env, int directory, const char *path, int flags, host_file_status *status_out, host_error *error);
/* `mode` is F_OK or R_OK, W_OK, X_OK together; `flags` AT_EACCESS, AT_SYMLINK_NOFOLLOW. OK means yes. */
host_status host_fs_access(host_env *env, int directory, const char *path, int mode, int flags, host_error *error);
/* Like readlink(2) it does not add a NUL and cuts what is longer than `size_bytes`. */
host_status host_fs_readlink(host_env *env, int directory, const char *path, char *target_out, size_t size_bytes, size_t *length_out,
                             host_error *error);
/* The path without links and dots, NUL-terminated; TOO_LARGE if `size_bytes` does not hold it. */
host_status host_fs_realpath(host_env *env, const char *path, char *path_out, size_t size_bytes, host_error *error);
host_status host_fs_statvfs(host_env *env, const char *path, host_file_system_status *status_out, host_error *error);
/* *value_out is -1 where the host has no limit. */
host_status host_fs_pathconf(host_env *env, const char *path, int name, int64_t *value_out, host_error *error);

/* ---- Making and removing ---- */

host_status host_fs_mkdir(host_env *env, int directory, const char *path, uint32_t mode, host_error *error);
host_status host_fs_mkfifo(host_env *env, int directory, const char *path, uint32_t mode, host_error *error);
/* Beneath roots no device can be made: OUTSIDE_ROOT. */
host_status host_fs_mknod(host_env *env, int directory, const char *path, uint32_t mode, uint64_t device, host_error *error);
/* Makes `new_path` name the same file. `flags`: AT_SYMLINK_FOLLOW. */
host_status host_fs_link(host_env *env, int directory, const char *path, int new_directory, const char *new_path, int flags, host_error *error);
/* The target is only text; what it leads to is judged when it is followed. */
host_status host_fs_symlink(host_env *env, const char *target, int directory, const char *path, host_error *error);
/* `flags`: AT_REMOVEDIR removes an empty directory, 0 anything else. */
host_status host_fs_unlink(host_env *env, int directory, const char *path, int flags, host_error *error);
/* `flags`: 0 or RENAME_NOREPLACE, RENAME_EXCHANGE. */
host_status host_fs_rename(host_env *env, int directory, const char *path, int new_directory, const char *new_path, unsigned int flags,
                           host_error *error);

/* ---- Changing ---- */

/* `flags`: AT_SYMLINK_NOFOLLOW, for which Linux answers UNSUPPORTED on a link. */
host_status host_fs_chmod(host_env *env, int directory, const char *path, uint32_t mode, int flags, host_error *error);
/* UINT32_MAX leaves an id as it is. `flags`: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH. */
host_status host_fs_chown(host_env *env, int directory, const char *path, uint32_t uid, uint32_t gid, int flags, host_error *error);
/* `times`: access, then modification; NULL for now. `flags`: AT_SYMLINK_NOFOLLOW. */
host_status host_fs_utimens(host_env *env, int directory, const char *path, const host_file_time times[2], int flags, host_error *error);
host_status host_fs_truncate(host_env *env, const char *path, int64_t size_bytes, host_error *error);

/* ---- Extended attributes ---- */

typedef enum host_link_handling { HOST_LINK_FOLLOW = 0, HOST_LINK_ITSELF = 1 } host_link_handling;

/* With size_bytes 0 only *size_out is told. MISSING: there is no such attribute. TOO_LARGE: the buffer is too small. */
host_status host_fs_getxattr(host_env *env, const char *path, const char *name, void *value_out, size_t size_bytes, host_link_handling handling,
                             size_t *size_out, host_error *error);
/* `flags`: XATTR_CREATE, XATTR_REPLACE. */
host_status host_fs_setxattr(host_env *env, const char *path, const char *name, const void *value, size_t size_bytes, int flags,
                             host_link_handling handling, host_error *error);
/* The names, each with its NUL, one behind the other. */
host_status host_fs_listxattr(host_env *env, const char *path, char *names_out, size_t size_bytes, host_link_handling handling,
                              size_t *size_out, host_error *error);
host_status host_fs_removexattr(host_env *env, const char *path, const char *name, host_link_handling handling, host_error *error);

/* ---- Process-wide ---- */

host_status host_fs_chdir(host_env *env, const char *path, host_error *error);
host_status host_fs_fchdir(host_env *env, int fd, host_error *error);
/* NUL-terminated; TOO_LARGE (host_code ERANGE) if `size_bytes` does not hold it. OUTSIDE_ROOT if it is beneath no root. */
host_status host_fs_getcwd(host_env *env, char *path_out, size_t size_bytes, host_error *error);
host_status host_fs_chroot(host_env *env, const char *path, host_error *error);
host_status host_fs_umask(host_env *env, uint32_t mask, uint32_t *old_mask_out, host_error *error);
host_status host_fs_sync(host_env *env, host_error *error);

/* ---- Directory streams; one thread at a time may use one ---- */

typedef struct host_directory host_directory;

typedef struct host_directory_entry {
    uint64_t inode;
    uint8_t type;     /* the host's DT_* number; 0 is unknown */
    const char *name; /* borrowed: valid until the next read of, or the end of, the directory */
} host_directory_entry;

/* The caller owns *directory_out (host_fs_directory_close). */
host_status host_fs_directory_open(host_env *env, int directory, const char *path, host_directory **directory_out, host_error *error);
/* Adopts `fd` on success only. */
host_status host_fs_directory_open_fd(host_env *env, int fd, host_directory **directory_out, host_error *error);
/* At the end: HOST_OK and a name of NULL. */
host_status host_fs_directory_read(host_env *env, host_directory *directory, host_directory_entry *entry_out, host_error *error);
host_status host_fs_directory_rewind(host_env *env, host_directory *directory, host_error *error);
/* *fd_out is borrowed. */
host_status host_fs_directory_fd(host_env *env, host_directory *directory, int *fd_out, host_error *error);
/* Unlike a destructor it is an access like others, so policy may refuse it; the directory then stays open. Frees it in every other case. */
host_status host_fs_directory_close(host_env *env, host_directory *directory, host_error *error);

#endif
