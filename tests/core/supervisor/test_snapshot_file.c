/* Stored snapshots, without a sandbox: what was laid out is read again as it was, and everything else is refused, with the reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "cordon/protocol.h"
#include "frame.h"
#include "snapshot_file.h"
#include "snapshot_pages.h"

#define FIRST 0x600000ull
static const char key_bytes[] = "a key of the caller's, 32 bytes..", other_bytes[] = "another key, which is as long ....";
static const snapshot_key key = {key_bytes, 32}, other_key = {other_bytes, 32}, no_key = {NULL, 0};

/* Where each number of the head lies; the magic is in front of it. */
enum { MAGIC_BYTES = 8 };
static size_t offset_of(const char *name)
{
    size_t offset = MAGIC_BYTES;
#define LOOK(number, bytes)                                                                                            \
    if (strcmp(name, #number) == 0)                                                                                    \
        return offset;                                                                                                 \
    offset += bytes;
    SNAPSHOT_HEAD_TABLE(LOOK)
#undef LOOK
    assert_string_equal(name, "image");
    return offset;
}

/* Two runs, the first longer than a block, so that it is in two. */
enum { LONG_RUN = SNAPSHOT_PACKED_PAGES + 3, PAGES = LONG_RUN + 2 };

static unsigned char byte_at(uint64_t address)
{
    return (unsigned char)(address / SNAPSHOT_PAGE_BYTES * 7 + address % 251);
}

static void add(snapshot_packer *packer, uint64_t address, size_t pages)
{
    for (size_t i = 0; i < pages; i++, address += SNAPSHOT_PAGE_BYTES) {
        unsigned char *place = snapshot_packer_place(packer, address, 1);
        assert_non_null(place);
        for (size_t k = 0; k < SNAPSHOT_PAGE_BYTES; k++)
            place[k] = byte_at(address + k);
    }
}

static cordon_snapshot *make(void)
{
    cordon_snapshot *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->head = (snapshot_head){.format = SNAPSHOT_FORMAT, .protocol = CORDON_FRAME_VERSION, .state = CORDON_SNAPSHOT_WAITING, .flags = SNAPSHOT_IS_DETERMINISTIC,
                                 .resting_buffer = 0x500000, .resting_bytes = 16384, .resting_stack = 0x700000, .memory_bytes = 12345, .host_bytes = 4};
    memset(made->head.image, 0x5a, sizeof made->head.image);
    bytes_add(&made->host_part, "host", 4);
    snapshot_packer *packer = snapshot_packer_create(made);
    assert_non_null(packer);
    add(packer, FIRST, LONG_RUN);
    add(packer, FIRST + (LONG_RUN + 1) * SNAPSHOT_PAGE_BYTES, 2);
    assert_true(snapshot_packer_finish(packer));
    snapshot_packer_destroy(packer);
    return made;
}

static bytes lay_out(snapshot_key with)
{
    bytes made = {0};
    cordon_snapshot *snapshot = make();
    assert_true(snapshot_file_write(snapshot, with, &made));
    assert_false(made.failed);
    cordon_snapshot_destroy(snapshot);
    return made;
}

/* Makes the seal fit again, as who changed the bytes and has the key would. */
static void seal_anew(bytes *file, snapshot_key with)
{
    assert_true(snapshot_seal(with, file->data, file->size - SNAPSHOT_SEAL_BYTES, file->data + file->size - SNAPSHOT_SEAL_BYTES));
}

static int read_with(const bytes *file, size_t size, snapshot_key with)
{
    const char *complaint;
    cordon_snapshot *snapshot;
    unsigned char *copy = malloc(size + 1); /* of just this size, for a sanitizer to see what is read beyond */
    memcpy(copy, file->data, size);
    int refusal = snapshot_file_read(copy, size, with, &snapshot, &complaint);
    assert_int_equal(refusal == 0, snapshot != NULL);
    free(copy);
    cordon_snapshot_destroy(snapshot);
    return refusal;
}

/* ---- What was written is read ---- */

typedef struct seen {
    uint64_t pages;
    bool is_right;
} seen;

static bool look(void *context, const host_memory_piece *pieces, size_t count)
{
    seen *seen = context;
    for (size_t i = 0; i < count; i++) {
        seen->pages += pieces[i].size / SNAPSHOT_PAGE_BYTES;
        for (size_t k = 0; k < pieces[i].size; k++)
            seen->is_right &= ((unsigned char *)pieces[i].bytes)[k] == byte_at(pieces[i].address + k);
    }
    return true;
}

static void check_same(const cordon_snapshot *read)
{
    cordon_snapshot *made = make();
    seen seen = {.is_right = true};
    assert_int_equal(read->head.run_count, 2);
    assert_memory_equal(read->runs, made->runs, 2 * sizeof *made->runs);
    assert_int_equal(read->head.page_count, PAGES);
    assert_int_equal(read->head.state, CORDON_SNAPSHOT_WAITING);
    assert_int_equal(read->head.resting_buffer, 0x500000);
    assert_int_equal(read->head.memory_bytes, 12345);
    assert_memory_equal(read->head.image, made->head.image, sizeof made->head.image);
    assert_memory_equal(read->host_part.data, "host", 4);
    assert_int_equal(snapshot_pages_walk(read, look, &seen), SNAPSHOT_WALKED);
    assert_int_equal(seen.pages, PAGES);
    assert_true(seen.is_right);
    cordon_snapshot_destroy(made);
}

static void what_was_laid_out_is_read_as_it_was(void **state)
{
    const snapshot_key keys[] = {no_key, key};
    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *complaint;
        cordon_snapshot *read;
        bytes file = lay_out(keys[i]);
        assert_int_equal(snapshot_file_read(file.data, file.size, keys[i], &read, &complaint), 0);
        check_same(read);
        cordon_snapshot_destroy(read);
        bytes_release(&file);
    }
}

static void same_snapshot_has_same_bytes(void **state)
{
    bytes one = lay_out(key), other = lay_out(key);
    (void)state;
    assert_int_equal(one.size, other.size);
    assert_memory_equal(one.data, other.data, one.size);
    bytes_release(&one);
    bytes_release(&other);
}

static void public_functions_say_what_it_is(void **state)
{
    cordon_error error;
    cordon_snapshot *made = make(), *read = NULL;
    void *file = NULL;
    size_t size = 0;
    cordon_snapshot_description described = CORDON_SNAPSHOT_DESCRIPTION_INIT;
    (void)state;
    assert_int_equal(cordon_snapshot_encode(made, key_bytes, 15, &file, &size, &error), CORDON_INVALID_ARGUMENT);
    assert_null(file);
    assert_int_equal(cordon_snapshot_encode(made, key_bytes, 16, &file, &size, &error), CORDON_OK);
    assert_int_equal(cordon_snapshot_decode(file, size, other_bytes, 16, &read, &error), CORDON_SNAPSHOT_REFUSED);
    assert_int_equal(error.host_code, CORDON_SNAPSHOT_FORGED);
    assert_non_null(strstr(error.message, "another key"));
    assert_null(read);
    assert_int_equal(cordon_snapshot_decode(file, size, key_bytes, 16, &read, &error), CORDON_OK);
    assert_int_equal(cordon_snapshot_describe(read, &described, &error), CORDON_OK);
    assert_int_equal(described.page_bytes, PAGES * SNAPSHOT_PAGE_BYTES);
    assert_int_equal(described.memory_bytes, 12345);
    assert_int_equal(described.state, CORDON_SNAPSHOT_WAITING);
    assert_true(described.is_deterministic);
    assert_true(described.stored_bytes > 0 && described.stored_bytes < described.page_bytes);
    described.struct_size = 3;
    assert_int_equal(cordon_snapshot_describe(read, &described, &error), CORDON_INVALID_ARGUMENT);
    cordon_snapshot_bytes_release(file);
    cordon_snapshot_destroy(made);
    cordon_snapshot_destroy(read);
}

/* ---- What is refused ---- */

/* A change to one number of the head; whoever made it sealed it anew. */
static const struct head_case {
    const char *name, *number;
    uint64_t value;
    int refusal;
} head_cases[] = {
    {"older_format_is_refused", "format", SNAPSHOT_FORMAT - 1, CORDON_SNAPSHOT_OLDER},
    {"newer_format_is_refused", "format", SNAPSHOT_FORMAT + 1, CORDON_SNAPSHOT_NEWER},
    {"older_protocol_is_refused", "protocol", CORDON_FRAME_VERSION - 1, CORDON_SNAPSHOT_OLDER},
    {"newer_protocol_is_refused", "protocol", CORDON_FRAME_VERSION + 1, CORDON_SNAPSHOT_NEWER},
    {"unknown_flag_is_refused", "flags", 16, CORDON_SNAPSHOT_DAMAGED},
    {"flag_of_a_trace_is_read", "flags", SNAPSHOT_IS_TRACED, 0},
    {"flag_of_mounts_is_read", "flags", SNAPSHOT_HAS_MOUNTS, 0},
    {"seal_that_is_none_is_refused", "flags", SNAPSHOT_IS_SEALED, CORDON_SNAPSHOT_SEALED},
    {"unknown_state_is_refused", "state", 2, CORDON_SNAPSHOT_DAMAGED},
    {"resting_state_is_read", "state", 0, 0},
    {"buffer_beyond_memory_is_refused", "resting_buffer", SNAPSHOT_ADDRESS_MAX, CORDON_SNAPSHOT_DAMAGED},
    {"read_of_nothing_is_refused", "resting_bytes", 0, CORDON_SNAPSHOT_DAMAGED},
    {"read_of_everything_is_refused", "resting_bytes", UINT64_MAX, CORDON_SNAPSHOT_DAMAGED},
    {"stack_beyond_memory_is_refused", "resting_stack", UINT64_MAX, CORDON_SNAPSHOT_DAMAGED},
    {"any_memory_in_use_is_read", "memory_bytes", UINT64_MAX, 0},
    {"fewer_runs_are_refused", "run_count", 1, CORDON_SNAPSHOT_DAMAGED},
    {"no_runs_are_refused", "run_count", 0, CORDON_SNAPSHOT_DAMAGED},
    {"more_runs_are_refused", "run_count", 3, CORDON_SNAPSHOT_TRUNCATED},
    {"runs_beyond_count_are_refused", "run_count", UINT64_MAX, CORDON_SNAPSHOT_TRUNCATED},
    {"runs_that_overflow_are_refused", "run_count", UINT64_MAX / 16 + 1, CORDON_SNAPSHOT_TRUNCATED},
    {"fewer_pages_are_refused", "page_count", PAGES - 1, CORDON_SNAPSHOT_DAMAGED},
    {"more_pages_are_refused", "page_count", PAGES + 1, CORDON_SNAPSHOT_DAMAGED},
    {"pages_beyond_count_are_refused", "page_count", SNAPSHOT_PAGES_MAX + 1, CORDON_SNAPSHOT_TOO_LARGE},
    {"smaller_host_part_is_refused", "host_bytes", 3, CORDON_SNAPSHOT_DAMAGED},
    {"larger_host_part_is_refused", "host_bytes", UINT64_MAX, CORDON_SNAPSHOT_TRUNCATED},
    {"fewer_blocks_are_refused", "block_bytes", 8, CORDON_SNAPSHOT_DAMAGED},
    {"more_blocks_are_refused", "block_bytes", UINT64_MAX, CORDON_SNAPSHOT_TRUNCATED},
};

static void put_number(bytes *file, const char *name, uint64_t value)
{
    if (offset_of(name) < MAGIC_BYTES + 16) /* the first four have four bytes */
        frame_put_u32(file->data + offset_of(name), (uint32_t)value);
    else
        frame_put_u64(file->data + offset_of(name), value);
}

static void head_case_run(void **state)
{
    const struct head_case *row = *state;
    bytes file = lay_out(no_key);
    assert_int_equal(read_with(&file, file.size, no_key), 0);
    put_number(&file, row->number, row->value);
    seal_anew(&file, no_key);
    assert_int_equal(read_with(&file, file.size, no_key), row->refusal);
    bytes_release(&file);
}

/* The first run's address and pages, the second's. */
static const struct run_case {
    const char *name;
    uint64_t run[4];
    int refusal;
} run_cases[] = {
    {"runs_as_they_were_are_read", {FIRST, LONG_RUN, FIRST + (LONG_RUN + 1) * SNAPSHOT_PAGE_BYTES, 2}, 0},
    {"run_that_is_no_page_is_refused", {FIRST + 1, LONG_RUN, FIRST + (LONG_RUN + 1) * SNAPSHOT_PAGE_BYTES, 2}, CORDON_SNAPSHOT_DAMAGED},
    {"run_without_pages_is_refused", {FIRST, LONG_RUN, FIRST + (LONG_RUN + 1) * SNAPSHOT_PAGE_BYTES, 0}, CORDON_SNAPSHOT_DAMAGED},
    {"runs_that_touch_are_refused", {FIRST, LONG_RUN, FIRST + LONG_RUN * SNAPSHOT_PAGE_BYTES, 2}, CORDON_SNAPSHOT_DAMAGED},
    {"runs_that_overlap_are_refused", {FIRST, LONG_RUN, FIRST, 2}, CORDON_SNAPSHOT_DAMAGED},
    {"run_without_end_is_refused", {FIRST, UINT64_MAX, FIRST + (LONG_RUN + 1) * SNAPSHOT_PAGE_BYTES, 2}, CORDON_SNAPSHOT_DAMAGED},
    {"run_beyond_memory_is_refused", {FIRST, LONG_RUN, SNAPSHOT_ADDRESS_MAX, 2}, CORDON_SNAPSHOT_DAMAGED},
    {"run_in_the_kernel_is_refused", {FIRST, LONG_RUN, 0xffffffffff600000, 2}, CORDON_SNAPSHOT_DAMAGED},
    {"pages_beyond_blocks_are_refused", {FIRST, LONG_RUN, FIRST + (LONG_RUN + 1) * SNAPSHOT_PAGE_BYTES, 3}, CORDON_SNAPSHOT_DAMAGED},
};

static void run_case_run(void **state)
{
    const struct run_case *row = *state;
    bytes file = lay_out(no_key);
    for (int i = 0; i < 4; i++)
        frame_put_u64(file.data + offset_of("image") + CORDON_SNAPSHOT_DIGEST_BYTES + 8 * i, row->run[i]);
    seal_anew(&file, no_key);
    assert_int_equal(read_with(&file, file.size, no_key), row->refusal);
    bytes_release(&file);
}

/* The heads of both blocks: pages and bytes. UINT32_MAX: as it is. */
static const struct block_case {
    const char *name;
    uint32_t pages, size;
} block_cases[] = {
    {"block_without_pages_is_refused", 0, UINT32_MAX},
    {"block_with_too_many_pages_is_refused", SNAPSHOT_BLOCK_PAGES + 1, UINT32_MAX},
    {"block_with_fewer_pages_is_refused", SNAPSHOT_PACKED_PAGES - 1, UINT32_MAX},
    {"block_without_bytes_is_refused", UINT32_MAX, 0},
    {"block_larger_than_all_is_refused", UINT32_MAX, UINT32_MAX - 1},
};

static void block_case_run(void **state)
{
    const struct block_case *row = *state;
    bytes file = lay_out(no_key);
    unsigned char *head = file.data + offset_of("image") + CORDON_SNAPSHOT_DIGEST_BYTES + 2 * 16 + 4;
    assert_int_equal(frame_get_u32(head), SNAPSHOT_PACKED_PAGES);
    if (row->pages != UINT32_MAX)
        frame_put_u32(head, row->pages);
    if (row->size != UINT32_MAX)
        frame_put_u32(head + 4, row->size);
    seal_anew(&file, no_key);
    assert_int_equal(read_with(&file, file.size, no_key), CORDON_SNAPSHOT_DAMAGED);
    bytes_release(&file);
}

static void block_that_does_not_unpack_is_found_at_the_walk(void **state)
{
    bytes file = lay_out(no_key);
    const char *complaint;
    cordon_snapshot *read;
    seen seen = {.is_right = true};
    size_t first = offset_of("image") + CORDON_SNAPSHOT_DIGEST_BYTES + 2 * 16 + 4, second = first + 8 + frame_get_u32(file.data + first + 4);
    (void)state;
    assert_int_equal(frame_get_u32(file.data + second), PAGES - SNAPSHOT_PACKED_PAGES);
    memset(file.data + second + 8, 0xff, 4);
    seal_anew(&file, no_key);
    assert_int_equal(snapshot_file_read(file.data, file.size, no_key, &read, &complaint), 0);
    assert_int_equal(snapshot_pages_walk(read, look, &seen), SNAPSHOT_WALK_DAMAGED);
    assert_int_equal(seen.pages, SNAPSHOT_PACKED_PAGES); /* the first block was good */
    cordon_snapshot_destroy(read);
    bytes_release(&file);
}

static void every_shorter_file_is_refused(void **state)
{
    bytes file = lay_out(key);
    (void)state;
    assert_int_equal(read_with(&file, 0, key), CORDON_SNAPSHOT_NOT_A_SNAPSHOT);
    for (size_t size = 1; size < file.size; size += size < 400 ? 1 : 97)
        assert_int_equal(read_with(&file, size, key), CORDON_SNAPSHOT_TRUNCATED);
    assert_int_equal(read_with(&file, file.size, key), 0);
    bytes_release(&file);
}

static void longer_file_is_refused(void **state)
{
    bytes file = lay_out(no_key);
    (void)state;
    bytes_add(&file, "x", 1);
    assert_int_equal(read_with(&file, file.size, no_key), CORDON_SNAPSHOT_DAMAGED);
    seal_anew(&file, no_key);
    assert_int_equal(read_with(&file, file.size, no_key), CORDON_SNAPSHOT_DAMAGED);
    bytes_release(&file);
}

static void every_changed_byte_is_noticed(void **state)
{
    const snapshot_key keys[] = {no_key, key};
    (void)state;
    for (int i = 0; i < 2; i++) {
        bytes file = lay_out(keys[i]);
        for (size_t at = 0; at < file.size; at += at < 400 || at > file.size - 100 ? 1 : 31) {
            file.data[at] ^= 0x10;
            assert_int_not_equal(read_with(&file, file.size, keys[i]), 0);
            file.data[at] ^= 0x10;
        }
        assert_int_equal(read_with(&file, file.size, keys[i]), 0);
        bytes_release(&file);
    }
}

static void seal_is_agreed_upon(void **state)
{
    bytes sealed = lay_out(key), open = lay_out(no_key);
    (void)state;
    assert_int_equal(read_with(&sealed, sealed.size, no_key), CORDON_SNAPSHOT_SEALED);
    assert_int_equal(read_with(&open, open.size, key), CORDON_SNAPSHOT_NOT_SEALED);
    assert_int_equal(read_with(&sealed, sealed.size, other_key), CORDON_SNAPSHOT_FORGED);
    /* Who has no key can neither take the seal away nor put one on. */
    sealed.data[offset_of("flags")] &= (unsigned char)~SNAPSHOT_IS_SEALED;
    seal_anew(&sealed, no_key);
    assert_int_equal(read_with(&sealed, sealed.size, key), CORDON_SNAPSHOT_NOT_SEALED);
    open.data[offset_of("flags")] |= SNAPSHOT_IS_SEALED;
    seal_anew(&open, no_key);
    assert_int_equal(read_with(&open, open.size, key), CORDON_SNAPSHOT_FORGED);
    seal_anew(&open, key);
    assert_int_equal(read_with(&open, open.size, key), 0);
    bytes_release(&sealed);
    bytes_release(&open);
}

static void forged_file_is_forged_whatever_else_is_wrong(void **state)
{
    bytes file = lay_out(key);
    (void)state;
    put_number(&file, "state", 7); /* damage behind the seal is not even looked at */
    assert_int_equal(read_with(&file, file.size, key), CORDON_SNAPSHOT_FORGED);
    seal_anew(&file, key);
    assert_int_equal(read_with(&file, file.size, key), CORDON_SNAPSHOT_DAMAGED);
    bytes_release(&file);
}

static void other_files_are_no_snapshots(void **state)
{
    static const char *const texts[] = {"", "print(1)\n", "\x7f" "ELF", "\x89PNG\r\n\x1a\n"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bytes file = {0};
        bytes_add_string(&file, texts[i]);
        assert_int_equal(read_with(&file, file.size - 1, no_key), CORDON_SNAPSHOT_NOT_A_SNAPSHOT);
        bytes_release(&file);
    }
}

enum { HEAD_CASES = sizeof head_cases / sizeof *head_cases, RUN_CASES = sizeof run_cases / sizeof *run_cases, BLOCK_CASES = sizeof block_cases / sizeof *block_cases };

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(what_was_laid_out_is_read_as_it_was),
        cmocka_unit_test(same_snapshot_has_same_bytes),
        cmocka_unit_test(public_functions_say_what_it_is),
        cmocka_unit_test(block_that_does_not_unpack_is_found_at_the_walk),
        cmocka_unit_test(every_shorter_file_is_refused),
        cmocka_unit_test(longer_file_is_refused),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(seal_is_agreed_upon),
        cmocka_unit_test(forged_file_is_forged_whatever_else_is_wrong),
        cmocka_unit_test(other_files_are_no_snapshots),
    };
    struct CMUnitTest cases[HEAD_CASES + RUN_CASES + BLOCK_CASES];
    for (int i = 0; i < HEAD_CASES; i++)
        cases[i] = (struct CMUnitTest){.name = head_cases[i].name, .test_func = head_case_run, .initial_state = (void *)&head_cases[i]};
    for (int i = 0; i < RUN_CASES; i++)
        cases[HEAD_CASES + i] = (struct CMUnitTest){.name = run_cases[i].name, .test_func = run_case_run, .initial_state = (void *)&run_cases[i]};
    for (int i = 0; i < BLOCK_CASES; i++)
        cases[HEAD_CASES + RUN_CASES + i] =
            (struct CMUnitTest){.name = block_cases[i].name, .test_func = block_case_run, .initial_state = (void *)&block_cases[i]};
    int failed = cmocka_run_group_tests_name("snapshot_file", others, NULL, NULL);
    return failed + cmocka_run_group_tests_name("snapshot_file_fields", cases, NULL, NULL);
}
