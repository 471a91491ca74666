/* Removes the file system but for chosen paths: everything that Landlock of the running kernel can take is taken, then
 * paths get rights back. */
#include "lockdown_internal.h"

#include <errno.h>
#include <fcntl.h>

#include "host_call.h"

/* Rights that came with later versions of Landlock than the headers we build with may know. */
#define RIGHT_REFER (1ULL << 13)
#define RIGHT_TRUNCATE (1ULL << 14)
#define RIGHT_IOCTL_DEVICE (1ULL << 15)

#define RIGHTS_OF_FILES                                                                                                \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | RIGHT_TRUNCATE |      \
     RIGHT_IOCTL_DEVICE)
#define RIGHTS_TO_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_TO_WRITE                                                                                                \
    (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                  \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                        \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | RIGHT_REFER | RIGHT_TRUNCATE)
/* Device nodes are given back to nobody: making one would open the whole machine to a privileged process. */
#define RIGHTS_NEVER (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK)

/* What each version can take, counted from 1; a later one can take at least as much as the last row. */
static const uint64_t rights_by_version[] = {
    0,
    RIGHTS_NEVER | RIGHTS_TO_READ | LANDLOCK_ACCESS_FS_EXECUTE | (RIGHTS_TO_WRITE & ~(RIGHT_REFER | RIGHT_TRUNCATE)),
    RIGHTS_NEVER | RIGHTS_TO_READ | LANDLOCK_ACCESS_FS_EXECUTE | (RIGHTS_TO_WRITE & ~RIGHT_TRUNCATE),
    RIGHTS_NEVER | RIGHTS_TO_READ | LANDLOCK_ACCESS_FS_EXECUTE | RIGHTS_TO_WRITE,
    RIGHTS_NEVER | RIGHTS_TO_READ | LANDLOCK_ACCESS_FS_EXECUTE | RIGHTS_TO_WRITE,
    RIGHTS_NEVER | RIGHTS_TO_READ | LANDLOCK_ACCESS_FS_EXECUTE | RIGHTS_TO_WRITE | RIGHT_IOCTL_DEVICE,
};
enum { LAST_VERSION = sizeof(rights_by_version) / sizeof(rights_by_version[0]) - 1 };

static int version_of(const struct host_operations *operations)
{
    int version = operations->landlock_create(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : version;
}

host_status host_lockdown_landlock_version(host_env *env, int *version_out, host_error *error)
{
    HOST_CALL(call, env, LOCKDOWN_LANDLOCK_VERSION, error);
    if (version_out == NULL) {
        return host_call_invalid(&call, "version_out is NULL");
    }
    *version_out = 0;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *version_out = version_of(&env->operations);
    return host_call_finish(&call, 0, *version_out);
}

static uint64_t rights_from_ours(unsigned int rights)
{
    return ((rights & HOST_LOCKDOWN_READ) != 0 ? RIGHTS_TO_READ : 0) |
           ((rights & HOST_LOCKDOWN_WRITE) != 0 ? RIGHTS_TO_WRITE : 0) |
           ((rights & HOST_LOCKDOWN_EXECUTE) != 0 ? LANDLOCK_ACCESS_FS_EXECUTE : 0);
}

/* The path is opened as any process could, beneath no root: it gives nothing, it only stays when the rest goes. */
static host_status path_allow(const host_lockdown *lockdown, const host_lockdown_path *path, uint64_t handled,
                              lockdown_refusal *refusal)
{
    const struct host_operations *operations = lockdown->operations;
    const unsigned int known = HOST_LOCKDOWN_READ | HOST_LOCKDOWN_WRITE | HOST_LOCKDOWN_EXECUTE;
    if (path->path == NULL || path->rights == 0 || (path->rights & ~known) != 0) {
        return lockdown_refuse(refusal, HOST_INVALID_ARGUMENT, EINVAL, "a path has no name or no rights");
    }
    int fd = operations->openat_mode(AT_FDCWD, path->path, O_PATH | O_CLOEXEC, 0);
    if (fd < 0) {
        int code = errno;
        return lockdown_refuse(refusal, host_status_from_errno(code), code,
                               "a path of the lockdown could not be opened");
    }
    struct landlock_path_beneath_attr rule = {.allowed_access = rights_from_ours(path->rights) & handled,
                                              .parent_fd = fd};
    int failed = operations->landlock_allow_path(lockdown->ruleset, &rule);
    if (failed != 0 && errno == EINVAL) { /* not a directory: only the rights of files apply */
        rule.allowed_access &= RIGHTS_OF_FILES;
        failed = operations->landlock_allow_path(lockdown->ruleset, &rule);
    }
    int code = failed != 0 ? errno : 0;
    operations->close(fd);
    return code == 0 ? HOST_OK
                     : lockdown_refuse(refusal, host_status_from_errno(code), code, "Landlock refused a path");
}

static host_status prepare(host_lockdown *lockdown, const host_lockdown_config *config, lockdown_refusal *refusal)
{
    if (config->files == HOST_LOCKDOWN_FILES_KEEP) {
        return HOST_OK;
    }
    int version = version_of(lockdown->operations);
    if (version < HOST_LOCKDOWN_LANDLOCK_VERSION_MIN) {
        return lockdown_refuse(refusal, HOST_UNSUPPORTED, ENOSYS,
                               "the kernel has no Landlock, or one that cannot forbid truncating");
    }
    const uint64_t handled = rights_by_version[version < LAST_VERSION ? version : LAST_VERSION];
    lockdown->ruleset = lockdown->operations->landlock_create(&handled, sizeof(handled), 0);
    if (lockdown->ruleset < 0) {
        int code = errno;
        return lockdown_refuse(refusal, host_status_from_errno(code), code, "Landlock could not be prepared");
    }
    for (size_t i = 0; i < config->path_count; i++) {
        host_status status = path_allow(lockdown, &config->paths[i], handled, refusal);
        if (status != HOST_OK) {
            return status;
        }
    }
    return HOST_OK;
}

static int enter(const host_lockdown *lockdown, const struct host_operations *operations, int ruleset)
{
    return lockdown->ruleset >= 0 && operations->landlock_restrict(ruleset) != 0 ? errno : 0;
}

const struct lockdown_mechanism lockdown_landlock = {"the file system could not be taken away", prepare, enter};
