/* Hides the order of bytes in a stored snapshot, and the checks that stand between a stranger's bytes and a snapshot. */
#include "snapshot_file.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/protocol.h"
#include "frame.h"

static const unsigned char magic[8] = {0x89, 'C', 'S', 'N', '\r', '\n', 0x1a, '\n'}; /* what a transfer as text would change */

enum { HEAD_NUMBERS = 0
#define HEAD_SIZE(name, bytes) +bytes
       SNAPSHOT_HEAD_TABLE(HEAD_SIZE),
#undef HEAD_SIZE
       HEAD_BYTES = sizeof magic + HEAD_NUMBERS + CORDON_SNAPSHOT_DIGEST_BYTES,
       RUN_BYTES = 16
};

static const struct head_number {
    size_t member;
    unsigned bytes;
} head_numbers[] = {
#define HEAD_ROW(name, bytes) {offsetof(snapshot_head, name), bytes},
    SNAPSHOT_HEAD_TABLE(HEAD_ROW)
#undef HEAD_ROW
};

/* ---- Seals ---- */

bool snapshot_seal(snapshot_key key, const void *data, size_t size, unsigned char seal_out[SNAPSHOT_SEAL_BYTES])
{
    unsigned made = 0;
    if (key.bytes == NULL)
        return EVP_Digest(data, size, seal_out, &made, EVP_sha256(), NULL) == 1 && made == SNAPSHOT_SEAL_BYTES;
    return key.size <= INT32_MAX && HMAC(EVP_sha256(), key.bytes, (int)key.size, data, size, seal_out, &made) != NULL && made == SNAPSHOT_SEAL_BYTES;
}

/* ---- Writing ---- */

static void write_head(const snapshot_head *head, bytes *to)
{
    bytes_add(to, magic, sizeof magic);
    for (size_t i = 0; i < sizeof head_numbers / sizeof *head_numbers; i++) {
        uint64_t number;
        memcpy(&number, (const char *)head + head_numbers[i].member, sizeof number);
        if (head_numbers[i].bytes == 4)
            bytes_add_u32(to, (uint32_t)number);
        else
            bytes_add_u64(to, number);
    }
    bytes_add(to, head->image, sizeof head->image);
}

bool snapshot_file_write(const cordon_snapshot *snapshot, snapshot_key key, bytes *to)
{
    unsigned char seal[SNAPSHOT_SEAL_BYTES];
    snapshot_head head = snapshot->head;
    size_t start = to->size;
    head.flags = (head.flags & ~(uint64_t)SNAPSHOT_IS_SEALED) | (key.bytes != NULL ? SNAPSHOT_IS_SEALED : 0);
    write_head(&head, to);
    for (size_t i = 0; i < head.run_count; i++) {
        bytes_add_u64(to, snapshot->runs[i].address);
        bytes_add_u64(to, snapshot->runs[i].pages);
    }
    bytes_add(to, snapshot->host_part.data, snapshot->host_part.size);
    bytes_add(to, snapshot->blocks.data, snapshot->blocks.size);
    if (to->failed)
        return true;
    if (!snapshot_seal(key, to->data + start, to->size - start, seal))
        return false;
    bytes_add(to, seal, sizeof seal);
    return true;
}

/* ---- Reading ---- */

typedef struct reader {
    const unsigned char *data;
    size_t size; /* without the seal */
    snapshot_head head;
    const unsigned char *runs, *host_part, *blocks;
    const char *complaint;
} reader;

static int refuse(reader *reader, cordon_snapshot_refusal refusal, const char *complaint)
{
    reader->complaint = complaint;
    return refusal;
}

static void read_head(reader *reader)
{
    const unsigned char *next = reader->data + sizeof magic;
    for (size_t i = 0; i < sizeof head_numbers / sizeof *head_numbers; i++) {
        uint64_t number = head_numbers[i].bytes == 4 ? frame_get_u32(next) : frame_get_u64(next);
        memcpy((char *)&reader->head + head_numbers[i].member, &number, sizeof number);
        next += head_numbers[i].bytes;
    }
    memcpy(reader->head.image, next, sizeof reader->head.image);
}

/* Whether these bytes are meant for this reader. The version comes first: of another one nothing more is known. */
static int check_kind(reader *reader, size_t size, snapshot_key key)
{
    size_t seen = size < sizeof magic ? size : sizeof magic;
    if (seen == 0 || memcmp(reader->data, magic, seen) != 0)
        return refuse(reader, CORDON_SNAPSHOT_NOT_A_SNAPSHOT, NULL);
    if (size < sizeof magic + 4)
        return refuse(reader, CORDON_SNAPSHOT_TRUNCATED, NULL);
    uint32_t format = frame_get_u32(reader->data + sizeof magic);
    if (format != SNAPSHOT_FORMAT)
        return refuse(reader, format < SNAPSHOT_FORMAT ? CORDON_SNAPSHOT_OLDER : CORDON_SNAPSHOT_NEWER, NULL);
    if (size < HEAD_BYTES + SNAPSHOT_SEAL_BYTES)
        return refuse(reader, CORDON_SNAPSHOT_TRUNCATED, NULL);
    read_head(reader);
    reader->size = size - SNAPSHOT_SEAL_BYTES;
    bool is_sealed = (reader->head.flags & SNAPSHOT_IS_SEALED) != 0;
    if (is_sealed != (key.bytes != NULL))
        return refuse(reader, is_sealed ? CORDON_SNAPSHOT_SEALED : CORDON_SNAPSHOT_NOT_SEALED, NULL);
    return 0;
}

/* Whether its sizes, each of which may be a lie, add up to the bytes that there are. Said before the seal is looked at, because a file that was cut off shall be called that. */
static int check_sizes(reader *reader)
{
    const snapshot_head *head = &reader->head;
    uint64_t left = reader->size - HEAD_BYTES;
    if (head->run_count > left / RUN_BYTES)
        return refuse(reader, CORDON_SNAPSHOT_TRUNCATED, "in its list of pages");
    left -= head->run_count * RUN_BYTES;
    if (head->host_bytes > left)
        return refuse(reader, CORDON_SNAPSHOT_TRUNCATED, "in the host's part");
    left -= head->host_bytes;
    if (head->block_bytes > left)
        return refuse(reader, CORDON_SNAPSHOT_TRUNCATED, "in its pages");
    if (head->block_bytes < left)
        return refuse(reader, CORDON_SNAPSHOT_DAMAGED, "there is something behind its end");
    reader->runs = reader->data + HEAD_BYTES;
    reader->host_part = reader->runs + head->run_count * RUN_BYTES;
    reader->blocks = reader->host_part + head->host_bytes;
    return 0;
}

static int check_seal(reader *reader, snapshot_key key)
{
    unsigned char seal[SNAPSHOT_SEAL_BYTES];
    if (!snapshot_seal(key, reader->data, reader->size, seal))
        return SNAPSHOT_FILE_FAILED;
    if (CRYPTO_memcmp(seal, reader->data + reader->size, sizeof seal) == 0)
        return 0;
    return key.bytes != NULL ? refuse(reader, CORDON_SNAPSHOT_FORGED, NULL) : refuse(reader, CORDON_SNAPSHOT_DAMAGED, "its checksum does not fit");
}

/* From here on the bytes are what somebody wrote who had the key, or, without one, what anybody wrote. Both are held to the rules. */
static int check_head(reader *reader)
{
    const snapshot_head *head = &reader->head;
    if (head->protocol != CORDON_FRAME_VERSION)
        return refuse(reader, head->protocol < CORDON_FRAME_VERSION ? CORDON_SNAPSHOT_OLDER : CORDON_SNAPSHOT_NEWER, "its protocol is another");
    if (head->flags & ~(uint64_t)SNAPSHOT_FLAGS)
        return refuse(reader, CORDON_SNAPSHOT_DAMAGED, "it has flags that there are not");
    if (head->state > CORDON_SNAPSHOT_WAITING)
        return refuse(reader, CORDON_SNAPSHOT_DAMAGED, "it is in a state that there is not");
    if (head->page_count > SNAPSHOT_PAGES_MAX)
        return refuse(reader, CORDON_SNAPSHOT_TOO_LARGE, NULL);
    if (head->resting_buffer >= SNAPSHOT_ADDRESS_MAX || head->resting_bytes == 0 || head->resting_bytes >= SNAPSHOT_ADDRESS_MAX ||
        head->resting_stack >= SNAPSHOT_ADDRESS_MAX)
        return refuse(reader, CORDON_SNAPSHOT_DAMAGED, "it rests where no memory can be");
    return 0;
}

static int check_runs(reader *reader)
{
    uint64_t pages = 0, end = 0;
    for (size_t i = 0; i < reader->head.run_count; i++) {
        uint64_t address = frame_get_u64(reader->runs + i * RUN_BYTES), count = frame_get_u64(reader->runs + i * RUN_BYTES + 8);
        if (address % SNAPSHOT_PAGE_BYTES != 0 || count == 0)
            return refuse(reader, CORDON_SNAPSHOT_DAMAGED, "its memory is no whole pages");
        if (count > SNAPSHOT_PAGES_MAX || address >= SNAPSHOT_ADDRESS_MAX)
            return refuse(reader, CORDON_SNAPSHOT_DAMAGED, "its memory lies where none can be");
        if (i > 0 && address <= end)
            return refuse(reader, CORDON_SNAPSHOT_DAMAGED, "its pages overlap or are in disorder");
        end = address + count * SNAPSHOT_PAGE_BYTES;
        pages += count;
        if (pages > reader->head.page_count)
            break;
    }
    return pages == reader->head.page_count ? 0 : refuse(reader, CORDON_SNAPSHOT_DAMAGED, "it has another number of pages than it says");
}

/* Heads of blocks only; what is in them is found out when they are unpacked, one at a time. */
static int check_blocks(reader *reader)
{
    const unsigned char *next = reader->blocks;
    uint64_t left = reader->head.block_bytes, pages = 0;
    while (left > 0) {
        if (left < SNAPSHOT_BLOCK_HEAD_BYTES)
            return refuse(reader, CORDON_SNAPSHOT_DAMAGED, "a block of pages is cut off");
        uint32_t count = frame_get_u32(next), size = frame_get_u32(next + 4);
        if (count == 0 || count > SNAPSHOT_BLOCK_PAGES || size == 0 || size > left - SNAPSHOT_BLOCK_HEAD_BYTES)
            return refuse(reader, CORDON_SNAPSHOT_DAMAGED, "a block of pages has an impossible size");
        pages += count;
        next += SNAPSHOT_BLOCK_HEAD_BYTES + size;
        left -= SNAPSHOT_BLOCK_HEAD_BYTES + size;
    }
    return pages == reader->head.page_count ? 0 : refuse(reader, CORDON_SNAPSHOT_DAMAGED, "its blocks have another number of pages than it says");
}

static int check(reader *reader, size_t size, snapshot_key key)
{
    int refusal = check_kind(reader, size, key);
    if (refusal == 0)
        refusal = check_sizes(reader);
    if (refusal == 0)
        refusal = check_seal(reader, key);
    if (refusal == 0)
        refusal = check_head(reader);
    if (refusal == 0)
        refusal = check_runs(reader);
    return refusal != 0 ? refusal : check_blocks(reader);
}

static cordon_snapshot *copy(const reader *reader)
{
    cordon_snapshot *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->head = reader->head;
    made->runs = calloc(reader->head.run_count + 1, sizeof *made->runs);
    bytes_add(&made->host_part, reader->host_part, reader->head.host_bytes);
    bytes_add(&made->blocks, reader->blocks, reader->head.block_bytes);
    if (made->runs == NULL || made->host_part.failed || made->blocks.failed) {
        cordon_snapshot_destroy(made);
        return NULL;
    }
    for (size_t i = 0; i < reader->head.run_count; i++)
        made->runs[i] = (snapshot_run){frame_get_u64(reader->runs + i * RUN_BYTES), frame_get_u64(reader->runs + i * RUN_BYTES + 8)};
    return made;
}

int snapshot_file_read(const void *data, size_t size, snapshot_key key, cordon_snapshot **snapshot_out, const char **complaint_out)
{
    reader reader = {.data = data};
    int refusal = check(&reader, size, key);
    *complaint_out = reader.complaint;
    *snapshot_out = refusal == 0 ? copy(&reader) : NULL;
    return refusal == 0 && *snapshot_out == NULL ? SNAPSHOT_FILE_FAILED : refusal;
}
