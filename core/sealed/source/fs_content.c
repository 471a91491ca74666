/* Holds a file's bytes as a tree of chunks; hides where they lie, so that no write ever copies what is there and a hole
 * costs nothing. */
#include "fs_internal.h"

enum {
    CHUNK_SHIFT = 14,
    CHUNK_BYTES = 1 << CHUNK_SHIFT,
    FAN_SHIFT = 8,
    FAN = 1 << FAN_SHIFT,
    NODE_BYTES = FAN * sizeof(void *),
    SMALLEST_CHUNK = 64,
    HEIGHT_MAX = 7 /* 2^(14 + 56) bytes: more than any offset */
};

/* Chunks below a node of this height. */
static uint64_t span_of(uint32_t height)
{
    return (uint64_t)1 << (FAN_SHIFT * height);
}

static const unsigned char *chunk_at(const struct fs_content *content, uint64_t index)
{
    if (content->height < HEIGHT_MAX && index >= span_of(content->height))
        return NULL;
    const void *node = content->root;
    for (uint32_t height = content->height; height > 0 && node; height--)
        node = ((void *const *)node)[(index >> (FAN_SHIFT * (height - 1))) & (FAN - 1)];
    return node;
}

void fs_content_read(const struct fs_content *content, uint64_t offset, void *buffer, size_t size_bytes)
{
    unsigned char *to = buffer;
    while (size_bytes > 0) {
        size_t within = (size_t)(offset & (CHUNK_BYTES - 1));
        size_t part = CHUNK_BYTES - within < size_bytes ? CHUNK_BYTES - within : size_bytes;
        const unsigned char *chunk = chunk_at(content, offset >> CHUNK_SHIFT);
        size_t held = content->height == 0 ? content->first_capacity : CHUNK_BYTES;
        size_t from_chunk = chunk && within < held ? (held - within < part ? held - within : part) : 0;
        if (from_chunk > 0)
            memcpy(to, chunk + within, from_chunk);
        memset(to + from_chunk, 0, part - from_chunk);
        to += part;
        offset += part;
        size_bytes -= part;
    }
}

/* A small file holds little more than it needs; it doubles up to one chunk, which is the most that is ever moved. */
static bool grow_first(struct fs_content *content, size_t needed)
{
    if (content->root && content->first_capacity >= needed)
        return true;
    size_t capacity = content->first_capacity ? content->first_capacity : SMALLEST_CHUNK;
    while (capacity < needed)
        capacity *= 2;
    void *chunk = fs_retake_bytes(content->root, content->first_capacity, capacity);
    if (!chunk)
        return false;
    memset((unsigned char *)chunk + content->first_capacity, 0, capacity - content->first_capacity);
    content->held_bytes += capacity - content->first_capacity;
    content->root = chunk;
    content->first_capacity = (uint32_t)capacity;
    return true;
}

static void *take_zeroed(size_t size_bytes)
{
    void *block = fs_take_bytes(size_bytes);
    if (block)
        memset(block, 0, size_bytes);
    return block;
}

/* Puts one more level on top. */
static bool raise_tree(struct fs_content *content)
{
    if (content->root && content->height == 0 && !grow_first(content, CHUNK_BYTES))
        return false;
    if (content->root) {
        void **node = take_zeroed(NODE_BYTES);
        if (!node)
            return false;
        node[0] = content->root;
        content->root = node;
    }
    content->height++;
    return true;
}

static unsigned char *chunk_for_write(struct fs_content *content, uint64_t index, size_t needed)
{
    while (content->height < HEIGHT_MAX && index >= span_of(content->height))
        if (!raise_tree(content))
            return NULL;
    if (content->height == 0)
        return grow_first(content, needed) ? content->root : NULL;
    void **slot = &content->root;
    for (uint32_t height = content->height; height > 0; height--) {
        if (!*slot && !(*slot = take_zeroed(NODE_BYTES)))
            return NULL;
        slot = &((void **)*slot)[(index >> (FAN_SHIFT * (height - 1))) & (FAN - 1)];
    }
    if (!*slot) {
        *slot = take_zeroed(CHUNK_BYTES);
        content->held_bytes += *slot ? CHUNK_BYTES : 0;
    }
    return *slot;
}

size_t fs_content_write(struct fs_content *content, uint64_t offset, const void *data, size_t size_bytes)
{
    const unsigned char *from = data;
    size_t done = 0;
    while (done < size_bytes) {
        size_t within = (size_t)(offset & (CHUNK_BYTES - 1));
        size_t part = CHUNK_BYTES - within < size_bytes - done ? CHUNK_BYTES - within : size_bytes - done;
        unsigned char *chunk = chunk_for_write(content, offset >> CHUNK_SHIFT, within + part);
        if (!chunk)
            return done;
        if (from)
            memcpy(chunk + within, from + done, part);
        offset += part;
        done += part;
    }
    return done;
}

/* Frees what lies at chunk number `keep` and beyond below `node`, whose first chunk is number `first`; says whether
 * anything is left. */
static bool cut_below(struct fs_content *content, void **slot, uint32_t height, uint64_t first, uint64_t keep)
{
    if (!*slot)
        return false;
    if (height == 0) {
        if (first < keep)
            return true;
        fs_release_bytes(*slot, CHUNK_BYTES);
        content->held_bytes -= CHUNK_BYTES;
        *slot = NULL;
        return false;
    }
    if (height < HEIGHT_MAX && first + span_of(height) <= keep)
        return true;
    bool is_used = false;
    void **children = *slot;
    for (uint64_t i = 0; i < FAN; i++)
        if (cut_below(content, &children[i], height - 1, first + i * span_of(height - 1), keep))
            is_used = true;
    if (!is_used) {
        fs_release_bytes(*slot, NODE_BYTES);
        *slot = NULL;
    }
    return is_used;
}

void fs_content_cut(struct fs_content *content, uint64_t size_bytes)
{
    uint64_t keep = (size_bytes + CHUNK_BYTES - 1) >> CHUNK_SHIFT;
    if (content->height > 0) {
        cut_below(content, &content->root, content->height, 0, keep);
        if (!content->root)
            content->height = 0;
    } else if (keep == 0 && content->root) {
        fs_release_bytes(content->root, content->first_capacity);
        content->root = NULL;
    }
    if (!content->root) {
        content->first_capacity = 0;
        content->held_bytes = 0;
        return;
    }
    /* Bytes behind the end are zero at all times, so that growing again needs no look back. */
    size_t within = (size_t)(size_bytes & (CHUNK_BYTES - 1));
    unsigned char *chunk = (unsigned char *)chunk_at(content, size_bytes >> CHUNK_SHIFT);
    size_t held = content->height == 0 ? content->first_capacity : CHUNK_BYTES;
    if (chunk && within > 0 && within < held)
        memset(chunk + within, 0, held - within);
}

/* Chunks that can be skipped from `index` on because the tree has nothing there; 0 if the chunk is held. */
static uint64_t hole_length(const struct fs_content *content, uint64_t index)
{
    if (content->height < HEIGHT_MAX && index >= span_of(content->height))
        return UINT64_MAX;
    const void *node = content->root;
    uint32_t height = content->height;
    while (node && height > 0) {
        height--;
        node = ((void *const *)node)[(index >> (FAN_SHIFT * height)) & (FAN - 1)];
    }
    if (node)
        return 0;
    uint64_t span = height < HEIGHT_MAX ? span_of(height) : span_of(HEIGHT_MAX);
    return span - (index & (span - 1));
}

uint64_t fs_content_find(const struct fs_content *content, uint64_t offset, uint64_t end, bool held)
{
    while (offset < end) {
        uint64_t index = offset >> CHUNK_SHIFT;
        uint64_t hole = hole_length(content, index);
        if ((hole == 0) == held)
            return offset;
        uint64_t step = hole == 0 ? 1 : hole;
        if (step >= (end >> CHUNK_SHIFT) + 1 - index)
            return end;
        offset = (index + step) << CHUNK_SHIFT;
    }
    return end;
}
