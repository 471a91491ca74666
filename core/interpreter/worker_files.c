/* Hides how FILE and FILES reach the memory file system. The host acts beside the guest's permissions but within its
 * quota. */
#include "worker_files.h"

#include "worker_configure.h"
#include "worker_kept.h"
#include "worker_message.h"

#include "cordon/exit_code.h"
#include "sealed/clock.h"
#include "sealed/descriptor.h"
#include "sealed/error.h"
#include "sealed/fatal.h"
#include "sealed/fs.h"
#include "sealed/heap.h"

#include <string.h>

_Static_assert(offsetof(msgpack_object, via.str) == offsetof(msgpack_object, via.bin), "a path may be either");

enum { READ_BYTES_MAX = 8 * 1024 * 1024, FILE_HEAD_BYTES = 4 + 8 };

/* --- FILE --- */

static void check_kind(uint32_t mode, size_t content_size, uint16_t flags)
{
    uint32_t type = mode & SEALED_MODE_TYPE;

    if ((type != SEALED_MODE_FILE && type != SEALED_MODE_DIRECTORY) ||
        (mode & ~(uint32_t)(SEALED_MODE_TYPE | SEALED_MODE_PERMISSIONS)))
        worker_protocol_broken("a file that is neither a file nor a directory");
    if (type == SEALED_MODE_DIRECTORY && (content_size > 0 || flags))
        worker_protocol_broken("a directory with content");
}

void worker_files_put(const struct worker_frame *frame)
{
    unsigned char *payload = worker_frame_payload(frame);
    const char *path, *end;
    uint64_t modified_ns;
    uint32_t mode;

    if (!payload)
        worker_cannot("no memory for a file");
    mode = worker_u32(payload);
    modified_ns = worker_u64(payload + 4);
    path = (const char *)payload + FILE_HEAD_BYTES;
    end = memchr(path, '\0', frame->length - FILE_HEAD_BYTES);
    if (!end)
        worker_protocol_broken("a text without its end");
    if (path[0] != '/')
        worker_protocol_broken("a file whose path is not absolute");
    if (modified_ns > INT64_MAX)
        worker_protocol_broken("a file from beyond the end of time");
    const size_t content_size = (size_t)(payload + frame->length - (const unsigned char *)(end + 1));
    check_kind(mode, content_size, frame->flags);
    if (sealed_fs_install(path, mode, (int64_t)modified_ns, end + 1, content_size, frame->flags & CORDON_FILE_APPEND) !=
        0)
        sealed_fatal_detail("the sandbox cannot take a file", path, CORDON_EXIT_SETUP_FAILED);
    sealed_release(payload);
}

/* --- FILES --- */

struct request {
    char path[SEALED_PATH_MAX];
    uint64_t offset, size;
};

/* Adds what the operation answers, a value, to `pack`: 0, or a negative number of sealed/error.h. */
typedef int (*operation_function)(const struct request *request, struct worker_pack *pack);

void worker_files_pack_status(struct worker_pack *pack, const struct sealed_status *status)
{
    msgpack_pack_uint32(&pack->packer, status->mode);
    msgpack_pack_int64(&pack->packer, status->size_bytes);
    msgpack_pack_int64(&pack->packer, status->modified_ns);
}

static int answer_status(const struct request *request, struct worker_pack *pack)
{
    struct sealed_status status;
    int result = sealed_fs_status(SEALED_AT_CWD, request->path, SEALED_AT_SYMLINK_NOFOLLOW, &status);

    if (result != 0)
        return result;
    msgpack_pack_array(&pack->packer, 3);
    worker_files_pack_status(pack, &status);
    return 0;
}

/* Of one character in UTF-8: its bytes; 0 if it is none. */
static size_t character_size(const unsigned char *text)
{
    size_t size = text[0] < 0x80             ? 1
                  : (text[0] & 0xe0) == 0xc0 ? 2
                  : (text[0] & 0xf0) == 0xe0 ? 3
                  : (text[0] & 0xf8) == 0xf0 ? 4
                                             : 0;
    uint32_t value = size > 1 ? text[0] & (0x7fu >> size) : text[0];
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (text[i] & 0x3f);
    }
    return value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff) ? 0 : size;
}

static bool is_utf8(const char *text)
{
    size_t size = 1;

    for (const unsigned char *next = (const unsigned char *)text; *next && size > 0; next += size)
        size = character_size(next);
    return size > 0;
}

/* A guest may name a file with any bytes. */
void worker_files_pack_name(struct worker_pack *pack, const char *name)
{
    if (is_utf8(name))
        worker_pack_text(pack, name);
    else
        msgpack_pack_bin_with_body(&pack->packer, name, strlen(name));
}

/* One entry; one that vanished cannot be, since no guest runs meanwhile. */
static int pack_entry(struct worker_pack *pack, int directory, const char *name)
{
    struct sealed_status status;
    int result = sealed_fs_status(directory, name, SEALED_AT_SYMLINK_NOFOLLOW, &status);

    if (result != 0)
        return result;
    msgpack_pack_array(&pack->packer, 4);
    worker_files_pack_name(pack, name);
    worker_files_pack_status(pack, &status);
    return 0;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Counts entries, or with a `pack` adds them. */
static int64_t walk(int directory, struct worker_pack *pack)
{
    struct sealed_directory_entry entry;
    int64_t count = 0;
    int result = sealed_directory_seek(directory, 0);

    while (result >= 0 && (result = sealed_directory_next(directory, &entry)) > 0) {
        if (is_dots(entry.name))
            continue;
        count++;
        if (pack)
            result = pack_entry(pack, directory, entry.name);
    }
    return result < 0 ? result : count;
}

static int answer_list(const struct request *request, struct worker_pack *pack)
{
    int directory = sealed_descriptor_open(SEALED_AT_CWD, request->path, SEALED_OPEN_READ | SEALED_OPEN_DIRECTORY, 0);
    int64_t count;

    if (directory < 0)
        return directory;
    count = walk(directory, NULL);
    if (count >= 0) {
        msgpack_pack_array(&pack->packer, (size_t)count);
        count = walk(directory, pack);
    }
    sealed_descriptor_close(directory);
    return count < 0 ? (int)count : 0;
}

static int answer_read(const struct request *request, struct worker_pack *pack)
{
    size_t size = request->size < READ_BYTES_MAX ? (size_t)request->size : READ_BYTES_MAX;
    int file = sealed_descriptor_open(SEALED_AT_CWD, request->path, SEALED_OPEN_READ | SEALED_OPEN_NONBLOCK, 0);
    int64_t count;
    void *bytes;

    if (file < 0)
        return file;
    bytes = request->offset > INT64_MAX ? NULL : sealed_allocate(size);
    count = request->offset > INT64_MAX ? -SEALED_EINVAL
            : bytes                     ? sealed_descriptor_read_at(file, bytes, size, (int64_t)request->offset)
                                        : -SEALED_ENOMEM;
    if (count >= 0)
        msgpack_pack_bin_with_body(&pack->packer, bytes, (size_t)count);
    sealed_release(bytes);
    sealed_descriptor_close(file);
    return count < 0 ? (int)count : 0;
}

static int answer_remove(const struct request *request, struct worker_pack *pack)
{
    int result = sealed_fs_unlink(SEALED_AT_CWD, request->path, 0);

    if (result == -SEALED_EISDIR || result == -SEALED_EPERM)
        result = sealed_fs_unlink(SEALED_AT_CWD, request->path, SEALED_AT_REMOVE_DIRECTORY);
    if (result == 0)
        msgpack_pack_nil(&pack->packer);
    return result;
}

/* With the folders above it; one that is there already is as good. */
static int answer_make_folder(const struct request *request, struct worker_pack *pack)
{
    struct sealed_status status;
    int result = sealed_fs_status(SEALED_AT_CWD, request->path, 0, &status);

    if (result == 0)
        result = (status.mode & SEALED_MODE_TYPE) == SEALED_MODE_DIRECTORY ? 0 : -SEALED_EEXIST;
    else if (result == -SEALED_ENOENT)
        result = sealed_fs_install(request->path, SEALED_MODE_DIRECTORY | 0755, (int64_t)sealed_clock_now_ns(), NULL, 0,
                                   false);
    if (result == 0)
        msgpack_pack_nil(&pack->packer);
    return result;
}

static int answer_kept(const struct request *request, struct worker_pack *pack)
{
    return worker_kept_pack(request->path, pack);
}

static const struct operation {
    const char *name;
    operation_function run;
} operations[] = {
    {"list", answer_list},
    {"read", answer_read},
    {"status", answer_status},
    {"remove", answer_remove},
    {"make_folder", answer_make_folder},
    {"kept", answer_kept},
};

static operation_function find_operation(const msgpack_object *name)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (strlen(operations[i].name) == name->via.str.size &&
            memcmp(operations[i].name, name->via.str.ptr, name->via.str.size) == 0)
            return operations[i].run;
    worker_protocol_broken("FILES asks for an operation that there is not");
}

static operation_function read_request(const msgpack_object *root, struct request *request_out)
{
    const msgpack_object *op, *path, *offset, *size;
    const struct worker_field fields[] = {
        {"op", WORKER_FIELD_TEXT, &op},
        {"path", WORKER_FIELD_TEXT | WORKER_FIELD_BYTES, &path},
        {"offset", WORKER_FIELD_NUMBER, &offset},
        {"size", WORKER_FIELD_NUMBER, &size},
    };
    operation_function run;

    WORKER_MAP_READ(root, fields, "FILES has a key or a value that it does not have");
    if (!op || !path)
        worker_protocol_broken("FILES without an operation or a path");
    run = find_operation(op);
    if ((run == answer_read) != (offset && size) || (!offset != !size))
        worker_protocol_broken("FILES with an offset and a size where none are defined, or without them");
    /* A str and bytes lie alike in the object. */
    if (path->via.str.size > 0 && memchr(path->via.str.ptr, '\0', path->via.str.size))
        worker_protocol_broken("FILES with a path that has a NUL in it");
    if (path->via.str.size == 0 || path->via.str.ptr[0] != '/')
        worker_protocol_broken("FILES with a path that is not absolute");
    if (path->via.str.size >= SEALED_PATH_MAX)
        worker_protocol_broken("FILES with a path that is too long");
    memcpy(request_out->path, path->via.str.ptr, path->via.str.size);
    request_out->path[path->via.str.size] = '\0';
    request_out->offset = offset ? offset->via.u64 : 0;
    request_out->size = size ? size->via.u64 : 0;
    return run;
}

/* The answer is built whole before it is sent: `[0, result]`, or a negative number alone. */
static int build_answer(operation_function run, const struct request *request, struct worker_pack *pack)
{
    int result;

    msgpack_pack_array(&pack->packer, 2);
    msgpack_pack_int(&pack->packer, 0);
    sealed_fs_set_privileged(true);
    result = run(request, pack);
    sealed_fs_set_privileged(false);
    if (result == 0 && pack->failure != WORKER_PACK_FITS)
        result = pack->failure == WORKER_PACK_NO_MEMORY ? -SEALED_ENOMEM : -SEALED_EFBIG;
    return result;
}

void worker_files_answer(const struct worker_frame *frame)
{
    static struct request request; /* a path is large for a stack */
    struct worker_message message;
    struct worker_pack pack;
    int result = -SEALED_ENOMEM;

    worker_pack_begin(&pack);
    if (worker_message_receive(&message, frame))
        result = build_answer(read_request(worker_message_root(&message), &request), &request, &pack);
    if (result != 0) {
        unsigned char number[] = {0x91, 0xd2, 0, 0, 0, 0}; /* needs no memory: an array of one 32-bit integer */
        for (int i = 0; i < 4; i++)
            number[2 + i] = (unsigned char)((uint32_t)result >> (24 - 8 * i));
        worker_frame_send(CORDON_FRAME_FILES_ANSWER, frame->id, NULL, 0, number, sizeof number);
    } else {
        worker_pack_send(&pack, CORDON_FRAME_FILES_ANSWER, frame->id);
    }
    worker_pack_release(&pack);
    worker_message_release(&message);
}
