/* Shows a directory as one list of names; hides that they come from three sources: what was made there, the image, the
 * open descriptors. */
#include "mount_internal.h"

#include "sealed/descriptor.h"
#include "sealed/image_files.h"

/* Positions of names that come from the image, or that are descriptor numbers, lie above all others. */
#define POSITION_SECOND_SOURCE ((uint64_t)1 << 62)

/* "17" -> 17; only the one way a number is written. */
static int descriptor_number(const char *name, size_t name_length)
{
    if (name_length == 0 || name_length > 5 || (name[0] == '0' && name_length > 1))
        return -1;
    int number = 0;
    for (size_t i = 0; i < name_length; i++) {
        if (name[i] < '0' || name[i] > '9')
            return -1;
        number = number * 10 + (name[i] - '0');
    }
    return number;
}

static struct fs_inode *find_in_image(struct fs_inode *directory, const char *name, size_t name_length, int *error_out)
{
    struct fs_image_found found;
    enum fs_image_kind kind = fs_image_find(directory->directory.image, name, name_length, &found);
    *error_out = -SEALED_ENOENT;
    if (kind == FS_IMAGE_ABSENT)
        return NULL;
    struct fs_inode *inode =
        kind == FS_IMAGE_FILE ? fs_inode_of_image_file(found.row) : fs_inode_of_image_directory(directory, &found);
    *error_out = inode ? 0 : -SEALED_ENOMEM;
    return inode;
}

struct fs_inode *fs_directory_find(struct fs_inode *directory, const char *name, size_t name_length, int *error_out)
{
    if (directory->mounted)
        return fs_mount_find(directory, name, name_length, error_out);
    if (directory->flags & FS_DESCRIPTOR_DIRECTORY) {
        int number = descriptor_number(name, name_length);
        *error_out = -SEALED_ENOENT;
        return number < 0 ? NULL : fs_device_of_descriptor((unsigned)number, error_out);
    }
    struct fs_entry *entry = fs_entries_find(&directory->directory.entries, name, name_length);
    if (!entry)
        return find_in_image(directory, name, name_length, error_out);
    fs_inode_hold(entry->inode);
    *error_out = 0;
    return entry->inode;
}

static void adopt(struct fs_inode *directory, struct fs_inode *child)
{
    child->links = 2;
    directory->links++;
    fs_inode_hold(directory);
    struct fs_inode *before = child->parent;
    child->parent = directory;
    child->directory.depth = directory->directory.depth + 1;
    if (before)
        fs_inode_release(before);
}

int fs_directory_add(struct fs_inode *directory, const char *name, size_t name_length, struct fs_inode *inode)
{
    int error = fs_entries_add(&directory->directory.entries, name, name_length, inode);
    if (error)
        return error;
    if (fs_is_directory(inode))
        adopt(directory, inode);
    else
        inode->links++;
    fs_inode_touch_modified(directory);
    return 0;
}

void fs_directory_remove(struct fs_inode *directory, const char *name, size_t name_length)
{
    struct fs_entry *entry = fs_entries_find(&directory->directory.entries, name, name_length);
    struct fs_inode *inode = entry->inode;
    fs_entries_remove(&directory->directory.entries, entry);
    if (fs_is_directory(inode)) {
        /* The parent stays held until the removed directory is freed: ".." works as long as somebody stands in it. */
        inode->links = 0;
        directory->links--;
    } else {
        inode->links--;
    }
    fs_inode_touch_changed(inode);
    fs_inode_touch_modified(directory);
    /* The name was what kept it; one hold more and less frees it when nobody has it open. */
    fs_inode_hold(inode);
    fs_inode_release(inode);
}

bool fs_directory_is_empty(const struct fs_inode *directory)
{
    return directory->directory.entries.live_count == 0 &&
           directory->directory.image.first >= directory->directory.image.end &&
           !(directory->flags & FS_DESCRIPTOR_DIRECTORY);
}

/* ---- listing ---- */

static uint32_t type_of_image_row(size_t row, enum fs_image_kind kind)
{
    if (kind == FS_IMAGE_DIRECTORY)
        return SEALED_MODE_DIRECTORY;
    uint32_t type = sealed_image_files[row].mode & SEALED_MODE_TYPE;
    return type ? type : SEALED_MODE_FILE;
}

static void set_name(struct sealed_directory_entry *entry, const char *name, size_t name_length)
{
    memcpy(entry->name, name, name_length);
    entry->name[name_length] = '\0';
}

static int next_from_image(struct fs_inode *directory, uint64_t *position, struct sealed_directory_entry *entry_out)
{
    struct fs_image_range range = directory->directory.image;
    size_t row = range.first + (size_t)(*position - POSITION_SECOND_SOURCE);
    const char *name;
    size_t name_length, own_row;
    enum fs_image_kind kind;
    while (fs_image_next(range, &row, &name, &name_length, &kind, &own_row)) {
        *position = POSITION_SECOND_SOURCE + (row - range.first);
        if (fs_entries_find(&directory->directory.entries, name, name_length))
            continue;
        int error;
        struct fs_inode *inode = find_in_image(directory, name, name_length, &error);
        if (!inode)
            return error;
        entry_out->inode = inode->number;
        fs_inode_release(inode);
        entry_out->mode_type = type_of_image_row(own_row, kind);
        entry_out->position_after = *position;
        set_name(entry_out, name, name_length);
        return 1;
    }
    return 0;
}

static int next_descriptor(uint64_t *position, struct sealed_directory_entry *entry_out)
{
    for (uint64_t number = *position - POSITION_SECOND_SOURCE; number < SEALED_DESCRIPTOR_MAX; number++) {
        if (!descriptor_is_open((int)number))
            continue;
        char digits[6];
        size_t count = 0;
        for (uint64_t rest = number; count == 0 || rest > 0; rest /= 10)
            digits[sizeof digits - ++count] = (char)('0' + rest % 10);
        *position = POSITION_SECOND_SOURCE + number + 1;
        *entry_out = (struct sealed_directory_entry){
            .inode = number + 1, .mode_type = SEALED_MODE_CHARACTER, .position_after = *position};
        set_name(entry_out, digits + sizeof digits - count, count);
        return 1;
    }
    return 0;
}

static int next_dot(struct fs_inode *directory, uint64_t *position, struct sealed_directory_entry *entry_out)
{
    struct fs_inode *inode = *position == 0 ? directory : directory->parent;
    *entry_out = (struct sealed_directory_entry){
        .inode = inode->number, .mode_type = SEALED_MODE_DIRECTORY, .position_after = *position + 1};
    set_name(entry_out, "..", (size_t)*position + 1);
    ++*position;
    return 1;
}

int fs_directory_next(struct fs_inode *directory, uint64_t *position, struct sealed_directory_entry *entry_out)
{
    if (directory->links == 0)
        return 0; /* removed: not even the dots are left */
    if (*position < FS_POSITION_FIRST)
        return next_dot(directory, position, entry_out);
    if (*position < POSITION_SECOND_SOURCE) {
        struct fs_entry *entry = fs_entries_from(&directory->directory.entries, *position);
        if (entry) {
            *position = entry->position + 1;
            entry_out->inode = entry->inode->number;
            entry_out->mode_type = entry->inode->mode & SEALED_MODE_TYPE;
            entry_out->position_after = *position;
            set_name(entry_out, entry->name, entry->name_length);
            return 1;
        }
        *position = POSITION_SECOND_SOURCE;
    }
    if (directory->flags & FS_DESCRIPTOR_DIRECTORY)
        return next_descriptor(position, entry_out);
    return next_from_image(directory, position, entry_out);
}

/* ---- where a directory is ---- */

/* Its own name, or NULL if the parent does not know it any more. */
static const char *name_in_parent(const struct fs_inode *directory, size_t *name_length_out)
{
    if (directory->mounted && directory->mounted->name) {
        *name_length_out = directory->mounted->name_length;
        return directory->mounted->name;
    }
    if (directory->mounted && !fs_is_mount_root(directory))
        return NULL;
    if (directory->directory.image.prefix_length > 1) {
        /* Directories of the image never move: the path is the beginning of any row in it. */
        const struct fs_image_range *range = &directory->directory.image;
        size_t row = range->first < range->end ? range->first : (size_t)(directory->directory.image_identity >> 13);
        const char *path = sealed_image_files[row].path;
        size_t end = range->prefix_length - 1, start = end;
        while (path[start - 1] != '/')
            start--;
        *name_length_out = end - start;
        return path + start;
    }
    const struct fs_entries *entries = &directory->parent->directory.entries;
    for (uint32_t row = 0; row < entries->row_count; row++)
        if (entries->rows[row].inode == directory) {
            *name_length_out = entries->rows[row].name_length;
            return entries->rows[row].name;
        }
    return NULL;
}

int fs_directory_path(struct fs_inode *directory, char *buffer, size_t size_bytes)
{
    /* Built from the end, then moved to the front. */
    char path[SEALED_PATH_MAX];
    size_t start = sizeof path - 1;
    path[start] = '\0';
    for (struct fs_inode *at = directory; at != fs_root; at = at->parent) {
        size_t name_length;
        const char *name = at->links > 0 ? name_in_parent(at, &name_length) : NULL;
        if (!name)
            return -SEALED_ENOENT;
        if (name_length + 1 > start)
            return -SEALED_ENAMETOOLONG;
        start -= name_length;
        memcpy(path + start, name, name_length);
        path[--start] = '/';
    }
    if (directory == fs_root)
        path[--start] = '/';
    if (sizeof path - start > size_bytes)
        return -SEALED_ERANGE;
    memcpy(buffer, path + start, sizeof path - start);
    return 0;
}
