/* Lists a directory of a mount; hides that the whole list is fetched at its first entry, so that what comes and goes meanwhile changes nothing. */
#include "mount_internal.h"

#include "sealed/heap.h"

struct listed {
    uint64_t inode;
    uint32_t mode_type;
    uint32_t name_offset;
};

struct mount_list {
    struct listed *rows;
    char *names; /* each with its NUL */
    size_t count, capacity, names_size, names_capacity;
};

static int grow(void **block, size_t *capacity, size_t needed, size_t item_size)
{
    size_t wanted = *capacity * 2 > needed ? *capacity * 2 : needed + 64;
    if (needed <= *capacity)
        return 0;
    void *moved = sealed_reallocate(*block, wanted * item_size);
    if (!moved)
        return -SEALED_ENOMEM;
    *block = moved;
    *capacity = wanted;
    return 0;
}

static int add(struct mount_list *list, uint32_t mode_type, const void *name, size_t name_length, uint64_t inode)
{
    void *rows = list->rows, *names = list->names;
    int error = grow(&rows, &list->capacity, list->count + 1, sizeof *list->rows);
    list->rows = rows;
    if (!error)
        error = grow(&names, &list->names_capacity, list->names_size + name_length + 1, 1);
    list->names = names;
    if (error)
        return error;
    list->rows[list->count++] = (struct listed){inode, mode_type, (uint32_t)list->names_size};
    memcpy(list->names + list->names_size, name, name_length);
    list->names[list->names_size + name_length] = '\0';
    list->names_size += name_length + 1;
    return 0;
}

/* One answer: 1 if there is more. */
static int fetch_some(struct mount_list *list, int64_t handle)
{
    cordon_broker_put_integer(broker_begin(CORDON_BROKER_FS_LIST), handle);
    int error = broker_ask();
    if (error)
        return error;
    bool is_end = broker_take_integer() != 0;
    if (!broker_is_complete() || (!is_end && broker_results_left() == 0))
        return -SEALED_EIO; /* or this would go on for ever */
    while (!error && broker_results_left() > 0) {
        uint32_t mode_type = (uint32_t)broker_take_integer() & SEALED_MODE_TYPE;
        size_t length;
        const unsigned char *name = broker_take_bytes(&length);
        uint64_t inode = (uint64_t)broker_take_integer();
        if (!broker_is_complete() || length == 0 || length > SEALED_NAME_MAX || memchr(name, '\0', length) || memchr(name, '/', length))
            return -SEALED_EIO;
        error = add(list, mode_type, name, length, inode);
    }
    return error ? error : !is_end;
}

static bool knows(const struct mount_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->names + list->rows[i].name_offset, name) == 0)
            return true;
    return false;
}

/* Mounts in this directory are there, whatever the host has. */
static int add_mounts(struct mount_list *list, const struct fs_inode *directory)
{
    const struct fs_mount *mount;
    int error = 0;
    for (size_t i = 0; !error && (mount = fs_mount_number(i)); i++)
        if (mount->root->parent == directory && mount->root->mounted->name && !knows(list, mount->root->mounted->name))
            error = add(list, SEALED_MODE_DIRECTORY, mount->root->mounted->name, mount->root->mounted->name_length, mount->root->number);
    return error;
}

static int fetch(struct mount_list *list, const struct fs_inode *directory)
{
    char buffer[SEALED_PATH_MAX];
    const char *path;
    int error = fs_mount_path(directory, NULL, 0, buffer, &path);
    if (error)
        return error;
    cordon_broker_writer *arguments = broker_begin(CORDON_BROKER_FS_LIST_OPEN);
    cordon_broker_put_integer(arguments, fs_mount_of(directory)->id);
    cordon_broker_put_bytes(arguments, path, strlen(path));
    error = broker_ask();
    if (error)
        return error;
    int64_t handle = broker_take_integer();
    if (!broker_is_complete())
        return -SEALED_EIO;
    int more;
    do
        more = fetch_some(list, handle);
    while (more > 0);
    cordon_broker_put_integer(broker_begin(CORDON_BROKER_FS_CLOSE), handle);
    (void)broker_ask();
    return more < 0 ? more : add_mounts(list, directory);
}

void fs_mount_list_release(struct open_file *file)
{
    if (!file->list)
        return;
    sealed_release(file->list->rows);
    sealed_release(file->list->names);
    sealed_release(file->list);
    file->list = NULL;
}

static int prepare(struct open_file *file)
{
    if (file->list)
        return 0;
    file->list = sealed_allocate(sizeof *file->list);
    if (!file->list)
        return -SEALED_ENOMEM;
    *file->list = (struct mount_list){0};
    int error = fetch(file->list, file->inode);
    if (error)
        fs_mount_list_release(file);
    return error;
}

static int give(struct sealed_directory_entry *entry_out, uint64_t *position, const char *name, uint64_t inode, uint32_t mode_type)
{
    *entry_out = (struct sealed_directory_entry){.inode = inode, .mode_type = mode_type, .position_after = ++*position};
    memcpy(entry_out->name, name, strlen(name) + 1);
    return 1;
}

int fs_mount_list_next(struct open_file *file, struct sealed_directory_entry *entry_out)
{
    if (file->inode->links == 0)
        return 0; /* removed: not even the dots are left */
    if (file->position == 0) {
        fs_mount_list_release(file); /* from the start: as it is now */
        return give(entry_out, &file->position, ".", file->inode->number, SEALED_MODE_DIRECTORY);
    }
    if (file->position == 1)
        return give(entry_out, &file->position, "..", file->inode->parent->number, SEALED_MODE_DIRECTORY);
    int error = prepare(file);
    if (error)
        return error;
    uint64_t index = file->position - FS_POSITION_FIRST;
    if (index >= file->list->count)
        return 0;
    const struct listed *row = &file->list->rows[index];
    return give(entry_out, &file->position, file->list->names + row->name_offset, row->inode, row->mode_type);
}
