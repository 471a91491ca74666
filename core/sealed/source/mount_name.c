/* Makes, moves, removes and changes what lies in a mount, once the file system's own checks are done; hides the questions to the host. */
#include "mount_internal.h"

/* The paths of a question, one behind the other. */
struct question {
    cordon_broker_writer *arguments;
    char buffer[SEALED_PATH_MAX];
};

static int put_path(struct question *question, const struct fs_inode *directory, const char *name, size_t name_length)
{
    const char *path;
    int error = fs_mount_path(directory, name, name_length, question->buffer, &path);
    if (!error)
        cordon_broker_put_bytes(question->arguments, path, strlen(path));
    return error;
}

static int begin(struct question *question, cordon_broker_operation operation, const struct fs_inode *directory, const char *name, size_t name_length)
{
    question->arguments = broker_begin(operation);
    cordon_broker_put_integer(question->arguments, fs_mount_of(directory)->id);
    return put_path(question, directory, name, name_length);
}

static int begin_at(struct question *question, cordon_broker_operation operation, const struct fs_place *place)
{
    return begin(question, operation, place->parent, place->name, place->name_length);
}

static int ask_at(cordon_broker_operation operation, const struct fs_place *place)
{
    struct question question;
    int error = begin_at(&question, operation, place);
    return error ? error : broker_ask();
}

/* ---- Making ---- */

static int make_file(struct fs_place *place, uint32_t mode)
{
    int error;
    int descriptor = fs_mount_open(place, SEALED_OPEN_WRITE | SEALED_OPEN_CREATE | SEALED_OPEN_EXCLUSIVE, mode);
    if (descriptor < 0)
        return descriptor;
    (void)sealed_descriptor_close(descriptor);
    place->node = fs_mount_find(place->parent, place->name, place->name_length, &error);
    return error;
}

int fs_mount_create(struct fs_place *place, uint32_t mode)
{
    struct question question;
    uint32_t type = mode & SEALED_MODE_TYPE;
    if (type == SEALED_MODE_FILE)
        return make_file(place, mode);
    if (type != SEALED_MODE_DIRECTORY)
        return -SEALED_EPERM; /* a fifo that only the guest could use is no use in a host's folder */
    int error = begin_at(&question, CORDON_BROKER_FS_MAKE_FOLDER, place);
    if (error)
        return error;
    cordon_broker_put_integer(question.arguments, mode & SEALED_MODE_PERMISSIONS);
    error = broker_ask();
    if (error)
        return error;
    place->node = fs_mount_intern(place->parent, place->name, place->name_length, &error);
    return error;
}

int fs_mount_make_symlink(struct fs_place *place, const char *target)
{
    struct question question;
    int error = begin_at(&question, CORDON_BROKER_FS_SYMLINK, place);
    if (error)
        return error;
    cordon_broker_put_bytes(question.arguments, target, strlen(target));
    return broker_ask();
}

int fs_mount_link(struct fs_inode *node, struct fs_place *place)
{
    struct question question;
    int error = begin(&question, CORDON_BROKER_FS_LINK, node, NULL, 0);
    if (!error && !node->mounted->name)
        error = -SEALED_ENOENT;
    if (!error)
        error = put_path(&question, place->parent, place->name, place->name_length);
    return error ? error : broker_ask();
}

/* ---- Removing and moving ---- */

int fs_mount_remove(struct fs_place *place)
{
    if (fs_is_mount_fixed(place->node))
        return -SEALED_EBUSY;
    int error = ask_at(fs_is_directory(place->node) ? CORDON_BROKER_FS_REMOVE_FOLDER : CORDON_BROKER_FS_REMOVE, place);
    if (!error)
        fs_mount_drop_name(place->parent, place->name, place->name_length);
    return error;
}

int fs_mount_rename(struct fs_place *from, struct fs_place *to, unsigned rename_flags)
{
    struct question question;
    if (fs_is_mount_fixed(from->node) || (to->node && fs_is_mount_fixed(to->node)))
        return -SEALED_EBUSY;
    int error = begin_at(&question, CORDON_BROKER_FS_RENAME, from);
    if (!error)
        error = put_path(&question, to->parent, to->name, to->name_length);
    if (error)
        return error;
    cordon_broker_put_integer(question.arguments, rename_flags);
    error = broker_ask();
    if (error)
        return error;
    if (!(rename_flags & SEALED_RENAME_EXCHANGE)) {
        fs_mount_drop_name(to->parent, to->name, to->name_length);
        return fs_mount_rename_inode(from->node, to->parent, to->name, to->name_length);
    }
    /* Both names stay, so whoever stands in one of them is found by the other's from now on. */
    error = fs_mount_rename_inode(from->node, to->parent, to->name, to->name_length);
    return error ? error : fs_mount_rename_inode(to->node, from->parent, from->name, from->name_length);
}

/* ---- Changing ---- */

int fs_mount_change_mode(struct fs_inode *inode, uint32_t mode)
{
    struct question question;
    int error = begin(&question, CORDON_BROKER_FS_MODE, inode, NULL, 0);
    if (error)
        return error;
    cordon_broker_put_integer(question.arguments, mode);
    error = broker_ask();
    return error ? error : fs_mount_refresh(inode);
}

void fs_mount_put_time(cordon_broker_writer *arguments, struct sealed_time time)
{
    static const int hows[] = {[SEALED_TIME_SET] = CORDON_BROKER_TIME_SET,
                               [SEALED_TIME_NOW] = CORDON_BROKER_TIME_NOW,
                               [SEALED_TIME_KEEP] = CORDON_BROKER_TIME_KEEP};
    cordon_broker_put_integer(arguments, hows[time.how]);
    cordon_broker_put_integer(arguments, time.ns);
}

int fs_mount_change_times(struct fs_inode *inode, struct sealed_time accessed, struct sealed_time modified)
{
    struct question question;
    int error = begin(&question, CORDON_BROKER_FS_TIMES, inode, NULL, 0);
    if (error)
        return error;
    fs_mount_put_time(question.arguments, accessed);
    fs_mount_put_time(question.arguments, modified);
    error = broker_ask();
    return error ? error : fs_mount_refresh(inode);
}

int fs_mount_truncate(struct fs_inode *inode, int64_t size_bytes)
{
    struct question question;
    int error = begin(&question, CORDON_BROKER_FS_TRUNCATE, inode, NULL, 0);
    if (error)
        return error;
    cordon_broker_put_integer(question.arguments, size_bytes);
    return broker_ask();
}

int fs_mount_volume(const struct fs_inode *inode, struct sealed_volume *volume_out)
{
    struct question question;
    int error = begin(&question, CORDON_BROKER_FS_VOLUME, fs_mount_of(inode)->root, NULL, 0);
    if (!error)
        error = broker_ask();
    if (error)
        return error;
    *volume_out = (struct sealed_volume){.block_size_bytes = (uint64_t)broker_take_integer()};
    volume_out->blocks = (uint64_t)broker_take_integer();
    volume_out->blocks_free = (uint64_t)broker_take_integer();
    volume_out->inodes = (uint64_t)broker_take_integer();
    volume_out->inodes_free = (uint64_t)broker_take_integer();
    volume_out->name_length_max = (uint64_t)broker_take_integer();
    return broker_is_complete() ? 0 : -SEALED_EIO;
}
