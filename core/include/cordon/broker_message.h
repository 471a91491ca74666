/* What travels in BROKER and BROKERED frames, shared by both sides: one flat MessagePack array of integers and byte strings. Hides its bytes.
 *
 * Nothing here allocates, and nothing is believed before it was counted: a reader answers pointers into the frame. A request is
 * `[operation, arguments...]`, a reply `[0, results...]` or `[negative errno]`. docs/engine.md says what each operation means. */
#ifndef CORDON_BROKER_MESSAGE_H
#define CORDON_BROKER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Content in one request or reply, the most; whole messages are this and a little. */
#define CORDON_BROKER_DATA_MAX 65536u
#define CORDON_BROKER_MESSAGE_MAX (CORDON_BROKER_DATA_MAX + 8192u)
#define CORDON_BROKER_PATH_MAX 4096u /* with a final NUL, which is not sent */
#define CORDON_BROKER_NAME_MAX 255u
#define CORDON_BROKER_VALUES_MAX 1024u /* in one message */

/* X(NAME, function, name, arguments, results). `function` is the last part of the C function that answers. Arguments and results: m = mount, p = path below the mount ("" is its root, else names joined by single
 * slashes, none of them "." or ".."), h = handle, i = integer, b = bytes, s = status (below), * = what precedes again and again.
 * Names that begin with "net." are kept for connections. Sorted. */
#define CORDON_BROKER_TABLE(X)                                                                                                     \
    X(CLOCK_READ, clock_read, "clock.read", "", "ii") /* wall clock, monotonic clock; ns */                           \
    X(FS_CLOSE, fs_close, "fs.close", "h", "")                                                                        \
    X(FS_LINK, fs_link, "fs.link", "mpp", "") /* existing, new */                                                     \
    X(FS_LIST, fs_list, "fs.list", "h", "iibi*") /* is it the end; then type bits of mode, name, inode of each entry */ \
    X(FS_LIST_OPEN, fs_list_open, "fs.list_open", "mp", "h")                                                          \
    X(FS_MAKE_FOLDER, fs_make_folder, "fs.make_folder", "mpi", "s") /* permissions */                                 \
    X(FS_MODE, fs_mode, "fs.mode", "mpi", "")                                                                         \
    X(FS_OPEN, fs_open, "fs.open", "mpii", "hs") /* open(2)'s flags, permissions */                                   \
    X(FS_OPEN_MODE, fs_open_mode, "fs.open_mode", "hi", "") /* as fs.mode, of an open file; likewise below */         \
    X(FS_OPEN_STATUS, fs_open_status, "fs.open_status", "h", "s")                                                     \
    X(FS_OPEN_TIMES, fs_open_times, "fs.open_times", "hiiii", "")                                                     \
    X(FS_READ, fs_read, "fs.read", "hii", "b") /* offset, size */                                                     \
    X(FS_REMOVE, fs_remove, "fs.remove", "mp", "")                                                                    \
    X(FS_REMOVE_FOLDER, fs_remove_folder, "fs.remove_folder", "mp", "")                                               \
    X(FS_RENAME, fs_rename, "fs.rename", "mppi", "") /* from, to, renameat2(2)'s flags */                             \
    X(FS_RESERVE, fs_reserve, "fs.reserve", "hii", "") /* offset, size; grows the file */                             \
    X(FS_RESIZE, fs_resize, "fs.resize", "hi", "")                                                                    \
    X(FS_STATUS, fs_status, "fs.status", "mp", "sb") /* of a link itself; its target, else no bytes */                \
    X(FS_SYMLINK, fs_symlink, "fs.symlink", "mpb", "") /* target */                                                   \
    X(FS_SYNC, fs_sync, "fs.sync", "h", "")                                                                           \
    X(FS_TIMES, fs_times, "fs.times", "mpiiii", "") /* accessed: how, ns; modified: how, ns. how: 0 set, 1 now, 2 keep */ \
    X(FS_TRUNCATE, fs_truncate, "fs.truncate", "mpi", "")                                                             \
    X(FS_VOLUME, fs_volume, "fs.volume", "mp", "iiiiii") /* block size, blocks, free blocks, inodes, free inodes, longest name */ \
    X(FS_WRITE, fs_write, "fs.write", "hib", "ii") /* offset or -1 for the end; bytes written, offset behind them */  \
    X(RANDOM_BYTES, random_bytes, "random.bytes", "i", "b") /* how many */

typedef enum cordon_broker_operation {
#define CORDON_BROKER_ENUM(name, function, text, arguments, results) CORDON_BROKER_##name,
    CORDON_BROKER_TABLE(CORDON_BROKER_ENUM)
#undef CORDON_BROKER_ENUM
        CORDON_BROKER_OPERATION_COUNT
} cordon_broker_operation;

/* A status is these integers, in this order. Times are nanoseconds since the epoch; blocks are of 512 bytes. */
enum {
    CORDON_BROKER_STATUS_MODE,
    CORDON_BROKER_STATUS_SIZE,
    CORDON_BROKER_STATUS_INODE,
    CORDON_BROKER_STATUS_LINKS,
    CORDON_BROKER_STATUS_BLOCKS,
    CORDON_BROKER_STATUS_ACCESSED,
    CORDON_BROKER_STATUS_MODIFIED,
    CORDON_BROKER_STATUS_CHANGED,
    CORDON_BROKER_STATUS_COUNT
};

enum { CORDON_BROKER_TIME_SET, CORDON_BROKER_TIME_NOW, CORDON_BROKER_TIME_KEEP };

typedef enum cordon_broker_kind { CORDON_BROKER_INTEGER, CORDON_BROKER_BYTES } cordon_broker_kind;

typedef struct cordon_broker_value {
    cordon_broker_kind kind;
    bool is_text; /* bytes that came as MessagePack text; only an operation's name is sent so */
    int64_t number;
    const unsigned char *bytes; /* borrowed */
    size_t size;
} cordon_broker_value;

/* ---- Reading ---- */

typedef struct cordon_broker_reader {
    const unsigned char *next;
    size_t left;
} cordon_broker_reader;

static inline bool cordon_broker_take(cordon_broker_reader *reader, size_t size, uint64_t *number_out)
{
    if (size > reader->left)
        return false;
    *number_out = 0;
    for (size_t i = 0; i < size; i++)
        *number_out = *number_out << 8 | reader->next[i];
    reader->next += size;
    reader->left -= size;
    return true;
}

/* The array's header. False: there is none, or it claims more values than may be or than bytes are left for. */
static inline bool cordon_broker_read_count(cordon_broker_reader *reader, size_t *count_out)
{
    uint64_t first, count;
    if (!cordon_broker_take(reader, 1, &first))
        return false;
    if (first >= 0x90 && first <= 0x9f)
        count = first & 0x0f;
    else if (first != 0xdc || !cordon_broker_take(reader, 2, &count))
        return false;
    *count_out = (size_t)count;
    return count <= CORDON_BROKER_VALUES_MAX && count <= reader->left;
}

static inline bool cordon_broker_read_bytes(cordon_broker_reader *reader, size_t length_size, bool is_text, uint64_t known_length,
                                            cordon_broker_value *value_out)
{
    uint64_t length = known_length;
    if (length_size > 0 && !cordon_broker_take(reader, length_size, &length))
        return false;
    if (length > reader->left)
        return false;
    *value_out = (cordon_broker_value){.kind = CORDON_BROKER_BYTES, .is_text = is_text, .bytes = reader->next, .size = (size_t)length};
    reader->next += length;
    reader->left -= (size_t)length;
    return true;
}

static inline bool cordon_broker_read_integer(cordon_broker_reader *reader, unsigned first, int64_t *number_out)
{
    uint64_t number = 0;
    unsigned size = 1u << (first & 3); /* 0xcc and 0xd0 start runs of 1, 2, 4, 8 bytes */
    if (!cordon_broker_take(reader, size, &number))
        return false;
    if (first >= 0xd0 && size < 8 && (number >> (8 * size - 1)) != 0)
        number |= UINT64_MAX << (8 * size); /* a negative number of fewer bytes */
    *number_out = (int64_t)number;
    return first >= 0xd0 || *number_out >= 0; /* unsigned ones beyond 63 bits have no use here */
}

/* One value. False: it ends too early, or is of a kind that does not belong here (maps, arrays, floats, nil, booleans, extensions). */
static inline bool cordon_broker_read(cordon_broker_reader *reader, cordon_broker_value *value_out)
{
    uint64_t first;
    *value_out = (cordon_broker_value){.kind = CORDON_BROKER_INTEGER};
    if (!cordon_broker_take(reader, 1, &first))
        return false;
    if (first <= 0x7f || first >= 0xe0) {
        value_out->number = first <= 0x7f ? (int64_t)first : (int64_t)first - 256;
        return true;
    }
    if (first >= 0xcc && first <= 0xd3)
        return cordon_broker_read_integer(reader, (unsigned)first, &value_out->number);
    if (first >= 0xa0 && first <= 0xbf)
        return cordon_broker_read_bytes(reader, 0, true, first & 0x1f, value_out);
    if (first >= 0xd9 && first <= 0xdb)
        return cordon_broker_read_bytes(reader, (size_t)1 << (first - 0xd9), true, 0, value_out);
    if (first >= 0xc4 && first <= 0xc6)
        return cordon_broker_read_bytes(reader, (size_t)1 << (first - 0xc4), false, 0, value_out);
    return false;
}

/* ---- Writing ---- */

/* All zero but bytes and room; `overflow` is set once something did not fit, and then nothing more is written. */
typedef struct cordon_broker_writer {
    unsigned char *bytes;
    size_t room, size;
    size_t count; /* values so far; the header holds it in two bytes */
    bool overflow;
} cordon_broker_writer;

static inline void cordon_broker_put_raw(cordon_broker_writer *writer, unsigned first, uint64_t number, size_t number_size)
{
    if (writer->overflow || writer->room - writer->size < number_size + 1) {
        writer->overflow = true;
        return;
    }
    writer->bytes[writer->size++] = (unsigned char)first;
    for (size_t i = number_size; i-- > 0;)
        writer->bytes[writer->size++] = (unsigned char)(number >> (8 * i));
}

static inline void cordon_broker_start(cordon_broker_writer *writer, void *buffer, size_t room)
{
    *writer = (cordon_broker_writer){.bytes = buffer, .room = room};
    cordon_broker_put_raw(writer, 0xdc, 0, 2);
}

static inline void cordon_broker_put_integer(cordon_broker_writer *writer, int64_t number)
{
    if (number >= 0 && number <= 0x7f)
        cordon_broker_put_raw(writer, (unsigned)number, 0, 0);
    else
        cordon_broker_put_raw(writer, 0xd3, (uint64_t)number, 8);
    writer->count++;
}

/* Room for `size` bytes that the caller fills; NULL: none. */
static inline unsigned char *cordon_broker_reserve(cordon_broker_writer *writer, size_t size)
{
    cordon_broker_put_raw(writer, 0xc6, size, 4);
    writer->count++;
    if (writer->overflow || writer->room - writer->size < size) {
        writer->overflow = true;
        return NULL;
    }
    unsigned char *start = writer->bytes + writer->size;
    writer->size += size;
    return start;
}

/* Of the `size` bytes reserved last only `used` count. */
static inline void cordon_broker_shrink(cordon_broker_writer *writer, size_t size, size_t used)
{
    unsigned char *length = writer->bytes + writer->size - size - 4;
    for (size_t i = 0; i < 4; i++)
        length[i] = (unsigned char)(used >> (24 - 8 * i));
    writer->size -= size - used;
}

static inline void cordon_broker_put_bytes(cordon_broker_writer *writer, const void *bytes, size_t size)
{
    unsigned char *to = cordon_broker_reserve(writer, size);
    for (size_t i = 0; to && i < size; i++)
        to[i] = ((const unsigned char *)bytes)[i];
}

/* At most 31 bytes. */
static inline void cordon_broker_put_name(cordon_broker_writer *writer, const char *name)
{
    size_t length = 0;
    while (name[length])
        length++;
    cordon_broker_put_raw(writer, 0xa0u | (unsigned)(length & 0x1f), 0, 0);
    for (size_t i = 0; i < (length & 0x1f); i++)
        cordon_broker_put_raw(writer, (unsigned char)name[i], 0, 0);
    writer->count++;
}

/* Completes the header. False: something did not fit, or there are too many values. */
static inline bool cordon_broker_finish(cordon_broker_writer *writer)
{
    if (writer->overflow || writer->count > CORDON_BROKER_VALUES_MAX)
        return false;
    writer->bytes[1] = (unsigned char)(writer->count >> 8);
    writer->bytes[2] = (unsigned char)writer->count;
    return true;
}

#endif
