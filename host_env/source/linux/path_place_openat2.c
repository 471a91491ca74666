/* Hides how Linux holds a path beneath granted roots: openat2(2) walks it with RESOLVE_BENEATH, and nothing else decides.
 *
 * Texts are only hints about where to start. If they are stale or wrong, a path ends at another file beneath a root or at no file, never
 * outside. What is found is held by descriptor, so that a rename in between changes nothing.
 *
 * Roots with HOST_ROOT_BY_NAME are the exception: there the text, made normal, is asked about and then walked with RESOLVE_NO_SYMLINKS, so that it is the way that
 * the kernel goes. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "host_env/fs.h" /* HOST_AT_CWD */
#include "path_place.h"
#include "roots.h"

enum {
    /* The kernel answers EAGAIN when a rename anywhere in the system races with `..`; it asks to try again. */
    RACE_RETRIES_MAX = 256,
    SYMLINKS_MAX = 40, /* as the kernel itself */
    CLIMB_MAX = 1024,
};

/* What a path is wanted for. */
typedef struct wanted {
    unsigned int rights;
    const char *last; /* a name that the caller will use below the path; "": the path itself is used */
    bool is_refused;  /* set: its name was asked about and refused, so no other way is tried */
} wanted;

/* Where a walk starts. */
typedef struct start {
    const host_env *env;
    const struct host_root_open *root;
    int fd;           /* borrowed */
    const char *rest; /* relative */
    wanted *wanted;
} start;

/* A root grants these; the others of host_root_rights say how. */
enum { GRANTS = HOST_ROOT_READ | HOST_ROOT_WRITE };

static bool grants(const struct host_root_open *root, const wanted *wanted)
{
    return (~root->rights & wanted->rights & GRANTS) == 0;
}

static void close_unless(const host_env *env, int fd, int kept)
{
    if (fd != kept) {
        env->operations.close(fd);
    }
}

/* openat2 is stricter than open: bits that open ignores are EINVAL, as is a mode without anything to create. */
static struct open_how walk_how(const struct host_root_open *root, int flags, mode_t mode)
{
    const int known = O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC | O_DSYNC | O_ASYNC | O_DIRECT |
                      O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | O_TMPFILE;
    const int with_path = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    bool creates = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    return (struct open_how){
        .flags = (unsigned int)(flags & ((flags & O_PATH) ? with_path : known)),
        .mode = creates && !(flags & O_PATH) ? mode & 07777 : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | ((root->rights & HOST_ROOT_CROSS_MOUNTS) ? 0 : RESOLVE_NO_XDEV),
    };
}

/* ---- Roots that are held by names ---- */

static int walk_by_name(const start *from, const char *path, int flags, mode_t mode, int *fd_out);

/* One walk by the kernel. 0 and a descriptor, or an errno; EXDEV: it would leave. */
static int walk_by_kernel(const start *from, const char *path, struct open_how how, int flags, int *fd_out)
{
    int code = EAGAIN;
    for (int i = 0; i < RACE_RETRIES_MAX && code == EAGAIN; i++) {
        *fd_out = from->env->operations.openat2_how(from->fd, path, &how);
        code = *fd_out < 0 ? errno : 0;
    }
    /* An O_NONBLOCK open may mean EAGAIN (a leased file); a race that never ends counts as leaving. */
    return code == EAGAIN && !(flags & O_NONBLOCK) ? EXDEV : code;
}

static int walk(const start *from, const char *path, int flags, mode_t mode, int *fd_out)
{
    if (from->root->rights & HOST_ROOT_BY_NAME) {
        return walk_by_name(from, path, flags, mode, fd_out);
    }
    return walk_by_kernel(from, path, walk_how(from->root, flags, mode), flags, fd_out);
}

/* The descriptor's number could mean another directory by now, if someone closed it behind our back. */
static bool is_still_itself(const host_env *env, const struct host_root_open *root)
{
    host_directory_identity now;
    return host_directory_identify(&env->operations, root->fd, &now) == 0 && host_directory_is(&now, &root->identity);
}

/* ---- Absolute paths: the longest root that the text begins with ---- */

static const char *skip_slashes_and_dots(const char *path)
{
    while (path[0] == '/' || (path[0] == '.' && (path[1] == '/' || path[1] == '\0'))) {
        path++;
    }
    return path;
}

/* What follows `root` in `path`, component by component; NULL if it does not begin so. */
static const char *text_behind(const char *root, const char *path)
{
    for (;;) {
        root = skip_slashes_and_dots(root);
        path = skip_slashes_and_dots(path);
        size_t length = strcspn(root, "/");
        if (length == 0) {
            return path;
        }
        if (strncmp(root, path, length) != 0 || (path[length] != '/' && path[length] != '\0')) {
            return NULL;
        }
        root += length;
        path += length;
    }
}

/* A slash at the end asks for a directory; what is left must ask so too. */
static int start_from_absolute(const host_env *env, const char *path, wanted *wanted, start *start_out)
{
    const struct host_root_open *best = NULL;
    const char *rest = NULL;
    for (size_t i = 0; i < env->root_count; i++) {
        const struct host_root_open *root = &env->roots[i];
        const char *behind = grants(root, wanted) ? text_behind(root->path, path) : NULL;
        if (behind != NULL && (best == NULL || strlen(behind) < strlen(rest))) {
            best = root;
            rest = behind;
        }
    }
    if (best == NULL || !is_still_itself(env, best)) {
        return EXDEV;
    }
    *start_out = (start){ env, best, best->fd, rest[0] == '\0' ? "." : rest, wanted };
    return 0;
}

/* ---- Relative paths: the directory must be beneath a root, as its own `..` says now ---- */

static const struct host_root_open *root_that_is(const host_env *env, const host_directory_identity *here, const host_directory_identity *first,
                                                 wanted *wanted)
{
    for (size_t i = 0; i < env->root_count; i++) {
        const struct host_root_open *root = &env->roots[i];
        bool same_mount = first->mount == root->identity.mount || (root->rights & HOST_ROOT_CROSS_MOUNTS) != 0;
        if (grants(root, wanted) && same_mount && host_directory_is(here, &root->identity)) {
            return root;
        }
    }
    return NULL;
}

static int climb_to_root(const host_env *env, int directory, wanted *wanted, const struct host_root_open **root_out)
{
    host_directory_identity here, first, above;
    int fd = directory;
    int code = host_directory_identify(&env->operations, fd, &here);
    first = here;
    *root_out = NULL;
    for (int i = 0; code == 0 && (*root_out = root_that_is(env, &here, &first, wanted)) == NULL; i++) {
        int parent = env->operations.openat_mode(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
        code = parent < 0 ? errno : 0;
        if (code != 0) {
            break;
        }
        close_unless(env, fd, directory);
        fd = parent;
        code = host_directory_identify(&env->operations, fd, &above);
        if (code == 0 && (host_directory_is(&above, &here) || i == CLIMB_MAX)) {
            code = EXDEV; /* the top of the tree */
        }
        here = above;
    }
    close_unless(env, fd, directory);
    return code;
}

static int start_from_directory(const host_env *env, int directory, const char *path, wanted *wanted, start *start_out)
{
    const struct host_root_open *root;
    int code = climb_to_root(env, directory, wanted, &root);
    if (code == 0) {
        *start_out = (start){ env, root, directory, path, wanted };
    }
    return code;
}

/* What `directory` means now, held: another thread must not exchange it (chdir, dup2) between the check and the walk. */
static int pin_directory(const host_env *env, int directory, int *pinned_out)
{
    *pinned_out = env->operations.openat_mode(directory, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
    return *pinned_out < 0 ? errno : 0;
}

/* ---- Paths that the kernel refused: perhaps an absolute link, or a `..`, that leads beneath a root after all ---- */

/* The path of an open directory as text; a hint. */
static int directory_text(const host_env *env, int directory, char text_out[PATH_MAX])
{
    char name[32];
    snprintf(name, sizeof(name), "/proc/self/fd/%d", directory);
    ssize_t length = env->operations.readlinkat(AT_FDCWD, name, text_out, PATH_MAX - 1);
    if (length < 0) {
        return errno;
    }
    text_out[length] = '\0';
    return 0;
}

static int join(char text_out[PATH_MAX], const char *first, const char *second, const char *third)
{
    int length = snprintf(text_out, PATH_MAX, "%s/%s%s%s", first, second, third[0] == '\0' ? "" : "/", third);
    return length < 0 || length >= PATH_MAX ? ENAMETOOLONG : 0;
}

/* Puts what a name stands for in its place: `parent`/`name`/`rest` becomes `target`/`rest`, relative targets below `parent`.
 * Returns 0 if it was a link or `..`, ENOENT if not, or another errno. */
static int substitute(const start *from, const char *parent, const char *name, const char *rest, char text_out[PATH_MAX])
{
    char here[PATH_MAX], target[PATH_MAX], folder[PATH_MAX];
    int fd, code;
    if ((code = join(folder, from->root->path, parent, "")) != 0 || (code = join(here, parent[0] == '\0' ? "." : parent, name, "")) != 0) {
        return code;
    }
    if (strcmp(name, "..") == 0) { /* everything before it is a real directory, so its parent is the text's */
        char *slash = folder + strlen(folder);
        while (slash > folder && slash[-1] == '/') {
            *--slash = '\0';
        }
        slash = strrchr(folder, '/');
        *(slash == NULL ? folder : slash) = '\0';
        return join(text_out, folder, rest, "");
    }
    if ((code = walk(from, here, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0, &fd)) != 0) {
        return code;
    }
    ssize_t length = from->env->operations.readlinkat(fd, "", target, sizeof(target) - 1);
    code = length < 0 ? errno : 0; /* ENOENT: not a link */
    from->env->operations.close(fd);
    if (code != 0) {
        return code;
    }
    target[length] = '\0';
    return target[0] == '/' ? join(text_out, "", target, rest) : join(text_out, folder, target, rest);
}

/* Rewrites the first link or leaving `..` of an absolute path; ENOENT if there is none. */
static int rewrite_first_link(const start *from, int flags, char text[PATH_MAX])
{
    char parent[PATH_MAX] = "", name[NAME_MAX + 1], rewritten[PATH_MAX];
    const char *at = skip_slashes_and_dots(from->rest);
    while (*at != '\0') {
        size_t length = strcspn(at, "/");
        const char *rest = skip_slashes_and_dots(at + length);
        bool is_last = *rest == '\0';
        if (length > NAME_MAX) {
            return ENAMETOOLONG;
        }
        snprintf(name, sizeof(name), "%.*s", (int)length, at);
        bool is_up = strcmp(name, "..") == 0;
        bool is_followed = !is_last || at[length] == '/' || !(flags & O_NOFOLLOW);
        int code = (is_up && parent[0] != '\0') || !is_followed ? ENOENT : substitute(from, parent, name, is_last ? at + length : rest, rewritten);
        if (code == 0) {
            memcpy(text, rewritten, strlen(rewritten) + 1);
            return 0;
        }
        if (code != ENOENT && code != EINVAL) {
            return code;
        }
        if (is_up) { /* of a real directory, so the text's parent is its parent */
            char *slash = strrchr(parent, '/');
            *(slash == NULL ? parent : slash) = '\0';
        } else {
            size_t used = strlen(parent);
            snprintf(parent + used, sizeof(parent) - used, "%s%s", used == 0 ? "" : "/", name);
        }
        at = rest;
    }
    return EXDEV;
}

static int walk_by_hints(host_env *env, int directory, const char *path, int flags, mode_t mode, wanted *wanted, int *fd_out)
{
    char base[PATH_MAX] = "", text[PATH_MAX];
    int code = path[0] == '/' ? 0 : directory_text(env, directory, base);
    if (code == 0) {
        code = join(text, base, path, "");
    }
    for (int links = 0; code == 0 && links <= SYMLINKS_MAX; links++) {
        start from;
        if ((code = start_from_absolute(env, text, wanted, &from)) != 0) {
            return code;
        }
        if ((code = walk(&from, from.rest, flags, mode, fd_out)) != EXDEV) {
            return code;
        }
        code = rewrite_first_link(&from, flags, text);
    }
    return code == 0 ? ELOOP : code;
}

/* ---- Roots that are held by names: the text is asked about, and walked just so ---- */

/* Adds the components of `path` to a normal path below `root_length` letters; false if it is too long or leaves those. */
static bool add_normal(char text[PATH_MAX], size_t root_length, const char *path)
{
    size_t used = strlen(text);
    for (path = skip_slashes_and_dots(path); *path != '\0'; path = skip_slashes_and_dots(path)) {
        size_t length = strcspn(path, "/");
        if (length == 2 && path[0] == '.' && path[1] == '.') {
            while (used > root_length && text[used - 1] != '/') {
                used--;
            }
            if (used <= root_length) {
                return false;
            }
            used--;
        } else {
            if (used + length + 2 > PATH_MAX) {
                return false;
            }
            text[used++] = '/';
            memcpy(text + used, path, length);
            used += length;
        }
        text[used] = '\0';
        path += length;
    }
    return true;
}

/* The root's own path, normal; "" for "/". */
static size_t root_text(const struct host_root_open *root, char text_out[PATH_MAX])
{
    text_out[0] = '\0';
    return strlen(root->path) < PATH_MAX && add_normal(text_out, 0, root->path) ? strlen(text_out) : 0;
}

static bool is_allowed(const host_env *env, const char *name, const wanted *wanted)
{
    return env->decide_name != NULL && env->decide_name(env->decide_context, name[0] == '\0' ? "/" : name, wanted->rights) == HOST_DECISION_ALLOW;
}

/* Makes the whole path of what is wanted: root, the way from there to where the walk starts, and the path. */
static int name_of(const start *from, const char *path, char name_out[PATH_MAX], size_t *root_length_out)
{
    char here[PATH_MAX];
    *root_length_out = root_text(from->root, name_out);
    if (from->fd != from->root->fd) {
        int code = directory_text(from->env, from->fd, here);
        const char *behind = code == 0 ? text_behind(from->root->path, here) : NULL;
        if (behind == NULL || !is_still_itself(from->env, from->root) || !add_normal(name_out, *root_length_out, behind)) {
            return code == 0 ? EXDEV : code; /* reached by another name than the root's: nothing can be said of it */
        }
    }
    return add_normal(name_out, *root_length_out, path) ? 0 : EXDEV;
}

static int walk_by_name(const start *from, const char *path, int flags, mode_t mode, int *fd_out)
{
    char name[PATH_MAX], asked[PATH_MAX];
    size_t root_length;
    int code = name_of(from, path, name, &root_length);
    if (code != 0) {
        return code;
    }
    memcpy(asked, name, strlen(name) + 1);
    if (!add_normal(asked, root_length, from->wanted->last) || !is_allowed(from->env, asked, from->wanted)) {
        from->wanted->is_refused = true;
        return EACCES;
    }
    struct open_how how = walk_how(from->root, flags, mode);
    how.resolve |= RESOLVE_NO_SYMLINKS;
    /* A slash at the end asks for a directory. */
    size_t length = strlen(path), used = strlen(name);
    if (length > 0 && path[length - 1] == '/' && used > root_length && used + 1 < PATH_MAX) {
        memcpy(name + used, "/", 2);
    }
    start top = *from;
    top.fd = from->root->fd;
    code = walk_by_kernel(&top, name[root_length] == '\0' ? "." : name + root_length + 1, how, flags, fd_out);
    if (code == ELOOP || code == EXDEV) {
        from->wanted->is_refused = true;
        code = EACCES;
    }
    return code;
}

static int judge_directory(const host_env *env, const struct host_root_open *root, int fd, wanted *wanted)
{
    char name[PATH_MAX];
    size_t root_length;
    const start from = { env, root, fd, ".", wanted };
    int code = name_of(&from, ".", name, &root_length);
    return code != 0 ? code : is_allowed(env, name, wanted) ? 0 : EXDEV;
}

/* ---- What the fs functions call ---- */

static int open_absolute(host_env *env, const char *path, int flags, mode_t mode, wanted *wanted, int *fd_out)
{
    start from;
    int code = start_from_absolute(env, path, wanted, &from);
    if (code == 0) {
        code = walk(&from, from.rest, flags, mode, fd_out);
    }
    return code == EXDEV ? walk_by_hints(env, -1, path, flags, mode, wanted, fd_out) : code;
}

static int open_relative(host_env *env, int directory, const char *path, int flags, mode_t mode, wanted *wanted, int *fd_out)
{
    start from;
    int pinned;
    int code = pin_directory(env, directory, &pinned);
    if (code != 0) {
        return code;
    }
    code = start_from_directory(env, pinned, path, wanted, &from);
    if (code == 0) {
        code = walk(&from, path, flags, mode, fd_out);
    }
    if (code == EXDEV) { /* also from a directory above a root, down into it: as its absolute path would lead there */
        code = walk_by_hints(env, pinned, path, flags, mode, wanted, fd_out);
    }
    env->operations.close(pinned);
    return code;
}

static int open_wanted(host_env *env, int directory, const char *path, int flags, mode_t mode, wanted *wanted, int *fd_out)
{
    *fd_out = -1;
    if (env->path_mode != HOST_PATHS_BENEATH_ROOTS) {
        return EXDEV;
    }
    if (path[0] == '\0') {
        return ENOENT;
    }
    if (strlen(path) >= PATH_MAX) {
        return ENAMETOOLONG;
    }
    int code = path[0] == '/' ? open_absolute(env, path, flags, mode, wanted, fd_out) : open_relative(env, directory, path, flags, mode, wanted, fd_out);
    return code == EACCES && wanted->is_refused ? EXDEV : code;
}

int host_place_beneath_open(host_env *env, int directory, const char *path, int flags, mode_t mode, unsigned int rights, int *fd_out)
{
    wanted wanted = { rights, "", false };
    return open_wanted(env, directory, path, flags, mode, &wanted, fd_out);
}

static int hold(host_place *place, int fd, host_place_form form)
{
    snprintf(place->proc, sizeof(place->proc), "/proc/self/fd/%d", fd);
    place->owned = fd;
    place->fd = form == HOST_PLACE_DESCRIPTOR ? fd : AT_FDCWD;
    place->path = form == HOST_PLACE_DESCRIPTOR ? "" : place->proc;
    place->flags = form == HOST_PLACE_DESCRIPTOR ? AT_EMPTY_PATH : 0;
    return 0;
}

static int hold_descriptor(host_env *env, int fd, unsigned int rights, host_place *place_out)
{
    int held;
    int code = host_place_beneath_descriptor(env, fd, rights, &held);
    return code == 0 ? hold(place_out, held, HOST_PLACE_DESCRIPTOR) : code;
}

int host_place_beneath_object(host_env *env, int directory, const char *path, int flags, unsigned int rights, host_place_form form,
                              host_place *place_out)
{
    int fd;
    host_place_any(directory, path, place_out);
    if (path[0] == '\0' && (flags & AT_EMPTY_PATH) && directory != HOST_AT_CWD && env->path_mode == HOST_PATHS_BENEATH_ROOTS) {
        /* A descriptor that is open already: to look at it needs no path, to change it a check. */
        return (rights & HOST_ROOT_WRITE) ? hold_descriptor(env, directory, rights, place_out) : 0;
    }
    if (path[0] == '\0' && (flags & AT_EMPTY_PATH)) {
        path = ".";
    }
    int code = host_place_beneath_open(env, directory, path, O_PATH | O_CLOEXEC | ((flags & AT_SYMLINK_NOFOLLOW) ? O_NOFOLLOW : 0), 0, rights, &fd);
    return code == 0 ? hold(place_out, fd, form) : code;
}

/* Where the last name of a path begins; slashes behind it belong to it, because they say that it must be a directory. */
static const char *last_name(const char *path)
{
    const char *at = path + strlen(path);
    while (at > path && at[-1] == '/') {
        at--;
    }
    while (at > path && at[-1] != '/') {
        at--;
    }
    return at;
}

int host_place_beneath_parent(host_env *env, int directory, const char *path, unsigned int rights, host_place *place_out)
{
    char parent[PATH_MAX];
    int fd;
    const char *name = last_name(path);
    size_t length = (size_t)(name - path);
    host_place_any(directory, path, place_out);
    if (strlen(path) >= sizeof(parent)) {
        return ENAMETOOLONG;
    }
    if (path[0] == '\0') {
        return ENOENT;
    }
    if (strncmp(name, "..", 2) == 0 && (name[2] == '/' || name[2] == '\0')) { /* must not tell anything about what is above a root */
        int code = host_place_beneath_open(env, directory, path, O_PATH | O_CLOEXEC, 0, rights, &fd);
        if (code != 0) {
            return code;
        }
        env->operations.close(fd);
    }
    memcpy(parent, path, length);
    memcpy(parent + length, length == 0 ? "." : "", length == 0 ? 2 : 1);
    wanted wanted = { rights, name, false };
    int code = open_wanted(env, directory, parent, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, &wanted, &fd);
    if (code == 0) {
        hold(place_out, fd, HOST_PLACE_DESCRIPTOR);
        place_out->path = name[0] == '/' || name[0] == '\0' ? "." : name;
        place_out->flags = 0;
    }
    return code;
}

/* May the file behind `fd` be used with these rights? */
static int judge_descriptor(const host_env *env, int fd, unsigned int rights)
{
    struct stat status;
    const struct host_root_open *root;
    wanted wanted = { rights, "", false };
    if (env->operations.fstat(fd, &status) < 0) {
        return errno;
    }
    if (S_ISDIR(status.st_mode)) {
        int code = climb_to_root(env, fd, &wanted, &root);
        return code == 0 && (root->rights & HOST_ROOT_BY_NAME) ? judge_directory(env, root, fd, &wanted) : code;
    }
    if (!(rights & HOST_ROOT_WRITE)) {
        return 0;
    }
    int flags = env->operations.fcntl_number(fd, F_GETFL, 0);
    return flags < 0 ? errno : (flags & O_PATH) == 0 && (flags & O_ACCMODE) != O_RDONLY ? 0 : EXDEV;
}

int host_place_beneath_descriptor(host_env *env, int fd, unsigned int rights, int *held_out)
{
    *held_out = -1;
    if (env->path_mode != HOST_PATHS_BENEATH_ROOTS) {
        return EXDEV;
    }
    int held = env->operations.fcntl_number(fd, F_DUPFD_CLOEXEC, 0);
    if (held < 0) {
        return errno;
    }
    int code = judge_descriptor(env, held, rights);
    if (code != 0) {
        env->operations.close(held);
        return code;
    }
    *held_out = held;
    return 0;
}

void host_place_close(host_env *env, host_place *place)
{
    env->operations.close(place->owned);
    place->owned = -1;
}
