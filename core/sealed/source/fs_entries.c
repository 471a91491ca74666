/* Keeps the names of a directory: found by hash, listed in the order they came; hides rehashing and compaction from
 * everybody who iterates. */
#include "fs_internal.h"

enum { ROWS_AT_FIRST = 8 };

static uint32_t hash_of(const char *name, size_t name_length)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name_length; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    return hash;
}

struct fs_entry *fs_entries_find(const struct fs_entries *entries, const char *name, size_t name_length)
{
    if (entries->live_count == 0)
        return NULL;
    uint32_t hash = hash_of(name, name_length);
    for (uint32_t slot = hash & (entries->slot_count - 1); entries->slots[slot];
         slot = (slot + 1) & (entries->slot_count - 1)) {
        struct fs_entry *entry = &entries->rows[entries->slots[slot] - 1];
        if (entry->inode && entry->hash == hash && entry->name_length == name_length &&
            memcmp(entry->name, name, name_length) == 0)
            return entry;
    }
    return NULL;
}

static void fill_slots(struct fs_entries *entries)
{
    memset(entries->slots, 0, entries->slot_count * sizeof *entries->slots);
    for (uint32_t row = 0; row < entries->row_count; row++) {
        uint32_t slot = entries->rows[row].hash & (entries->slot_count - 1);
        while (entries->slots[slot])
            slot = (slot + 1) & (entries->slot_count - 1);
        entries->slots[slot] = row + 1;
    }
}

/* Drops removed rows. Positions stay, so an iterator notices nothing. */
static void compact(struct fs_entries *entries)
{
    uint32_t kept = 0;
    for (uint32_t row = 0; row < entries->row_count; row++)
        if (entries->rows[row].inode)
            entries->rows[kept++] = entries->rows[row];
    entries->row_count = kept;
    fill_slots(entries);
}

static bool make_room(struct fs_entries *entries)
{
    if (entries->row_count < entries->row_capacity)
        return true;
    /* A quarter of removed rows pays for a pass over all; fewer would make churn quadratic. */
    if (entries->row_count > 0 && entries->live_count <= entries->row_count - entries->row_count / 4) {
        compact(entries);
        if (entries->row_count < entries->row_capacity)
            return true;
    }
    uint32_t capacity = entries->row_capacity ? entries->row_capacity * 2 : ROWS_AT_FIRST;
    uint32_t slot_count = capacity * 2;
    uint32_t *slots = fs_take_bytes(slot_count * sizeof *slots);
    if (!slots)
        return false;
    struct fs_entry *rows =
        fs_retake_bytes(entries->rows, entries->row_capacity * sizeof *rows, capacity * sizeof *rows);
    if (!rows) {
        fs_release_bytes(slots, slot_count * sizeof *slots);
        return false;
    }
    fs_release_bytes(entries->slots, entries->slot_count * sizeof *slots);
    entries->rows = rows;
    entries->row_capacity = capacity;
    entries->slots = slots;
    entries->slot_count = slot_count;
    fill_slots(entries);
    return true;
}

int fs_entries_add(struct fs_entries *entries, const char *name, size_t name_length, struct fs_inode *inode)
{
    if (!make_room(entries))
        return -SEALED_ENOSPC;
    char *copy = fs_take_bytes(name_length + 1);
    if (!copy)
        return -SEALED_ENOSPC;
    memcpy(copy, name, name_length);
    copy[name_length] = '\0';
    if (entries->next_position == 0)
        entries->next_position = FS_POSITION_FIRST;
    uint32_t hash = hash_of(name, name_length);
    entries->rows[entries->row_count++] =
        (struct fs_entry){inode, copy, entries->next_position++, hash, (uint32_t)name_length};
    entries->live_count++;
    uint32_t slot = hash & (entries->slot_count - 1);
    while (entries->slots[slot])
        slot = (slot + 1) & (entries->slot_count - 1);
    entries->slots[slot] = entries->row_count;
    return 0;
}

void fs_entries_remove(struct fs_entries *entries, struct fs_entry *entry)
{
    fs_release_bytes(entry->name, entry->name_length + 1u);
    entry->inode = NULL;
    entry->name = NULL;
    entries->live_count--;
    if (entries->live_count == 0) {
        uint64_t next_position = entries->next_position;
        fs_entries_destroy(entries);
        entries->next_position = next_position;
    } else if (entries->row_count > 4 * ROWS_AT_FIRST && entries->live_count < entries->row_count / 4) {
        /* Without this, "list one, remove one" would skip over ever more removed rows. */
        compact(entries);
    }
}

struct fs_entry *fs_entries_from(const struct fs_entries *entries, uint64_t position)
{
    uint32_t low = 0, high = entries->row_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (entries->rows[middle].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    while (low < entries->row_count && !entries->rows[low].inode)
        low++;
    return low < entries->row_count ? &entries->rows[low] : NULL;
}

void fs_entries_destroy(struct fs_entries *entries)
{
    for (uint32_t row = 0; row < entries->row_count; row++)
        if (entries->rows[row].inode)
            fs_release_bytes(entries->rows[row].name, entries->rows[row].name_length + 1u);
    fs_release_bytes(entries->rows, entries->row_capacity * sizeof *entries->rows);
    fs_release_bytes(entries->slots, entries->slot_count * sizeof *entries->slots);
    *entries = (struct fs_entries){0};
}
