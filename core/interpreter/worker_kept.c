/* Hides how a sandbox's own files are told from the image's and the host's. */
#include "worker_kept.h"

#include "worker_files.h"

#include "sealed/broker.h"
#include "sealed/descriptor.h"
#include "sealed/error.h"
#include "sealed/fs.h"

#include <string.h>

/* One for the whole walk: folders may lie a thousand deep. */
static struct walk {
    char path[SEALED_PATH_MAX]; /* of where it is; "" is the root */
    size_t length;
    struct sealed_directory_entry entry;
    struct sealed_status status;
    struct worker_pack *pack; /* NULL: counts only */
    uint32_t count;
} walk;

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int enter_name(const char *name)
{
    size_t size = strlen(name);

    if (walk.length + 1 + size >= sizeof walk.path)
        return -SEALED_ENAMETOOLONG;
    walk.path[walk.length++] = '/';
    memcpy(walk.path + walk.length, name, size + 1);
    walk.length += size;
    return 0;
}

static void leave_name(size_t length)
{
    walk.length = length;
    walk.path[length] = '\0';
}

static void tell(void)
{
    walk.count++;
    if (!walk.pack)
        return;
    msgpack_pack_array(&walk.pack->packer, 4);
    worker_files_pack_name(walk.pack, walk.path);
    worker_files_pack_status(walk.pack, &walk.status);
}

static bool is_kind(uint32_t mode)
{
    return (walk.status.mode & SEALED_MODE_TYPE) == mode;
}

static int visit_folder(void);

/* What the entry names, with all that is in it. */
static int visit_entry(void)
{
    size_t length = walk.length;
    int result = enter_name(walk.entry.name);

    if (result == 0 && !sealed_mount_covers(walk.path)) {
        result = sealed_fs_status(SEALED_AT_CWD, walk.path, SEALED_AT_SYMLINK_NOFOLLOW, &walk.status);
        bool is_folder = result == 0 && is_kind(SEALED_MODE_DIRECTORY);
        if (result == 0 && walk.status.user == SEALED_USER && (is_folder || is_kind(SEALED_MODE_FILE)))
            tell();
        if (is_folder)
            result = visit_folder();
    }
    leave_name(length);
    return result;
}

/* Visits what is no folder, up to the next one, which is left in walk.entry: 1; 0 at the end. The folder is opened anew behind each of those in it, since descriptors are few and
 * folders may lie deep. */
static int go_to_next_folder(uint64_t *position)
{
    int directory = sealed_descriptor_open(SEALED_AT_CWD, walk.length > 0 ? walk.path : "/", SEALED_OPEN_READ | SEALED_OPEN_DIRECTORY, 0);
    int result;

    if (directory < 0)
        return directory;
    result = sealed_directory_seek(directory, *position);
    while (result >= 0 && (result = sealed_directory_next(directory, &walk.entry)) > 0) {
        *position = walk.entry.position_after;
        if (is_dots(walk.entry.name))
            continue;
        if (walk.entry.mode_type == SEALED_MODE_DIRECTORY)
            break;
        result = visit_entry();
    }
    sealed_descriptor_close(directory);
    return result;
}

static int visit_folder(void)
{
    uint64_t position = 0;
    int result;

    while ((result = go_to_next_folder(&position)) > 0 && (result = visit_entry()) == 0)
        ;
    return result;
}

static int visit_all(const char *folder, struct worker_pack *pack)
{
    size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);

    walk.pack = pack;
    walk.count = 0;
    memcpy(walk.path, folder, length);
    leave_name(length);
    return visit_folder();
}

int worker_kept_pack(const char *folder, struct worker_pack *pack)
{
    int result = visit_all(folder, NULL);

    if (result != 0)
        return result;
    msgpack_pack_array(&pack->packer, walk.count);
    return visit_all(folder, pack);
}
