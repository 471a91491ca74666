/* Hides libzip: what lies in wheels and other zip files is unpacked into memory, a member at a time, and only if its
 * first bytes say that it can be read here. No name of a member ever becomes a path. */
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "findings.h"

/* Grows as bytes come, since what a zip file says of sizes may be a lie. */
typedef struct unpacked {
    unsigned char *bytes; /* owned */
    size_t size, capacity;
} unpacked;

enum { CHUNK_BYTES = 64 * 1024 };

static binary_verdict read_rest(const binary_input *input, zip_file_t *file, const char *name, unpacked *unpacked)
{
    for (;;) {
        if (unpacked->capacity - unpacked->size < CHUNK_BYTES) {
            size_t capacity = unpacked->capacity * 2 + 2 * (size_t)CHUNK_BYTES;
            unsigned char *grown = realloc(unpacked->bytes, capacity);
            if (grown == NULL)
                return binary_complain(input, "there is no memory for %.200s", name);
            unpacked->bytes = grown;
            unpacked->capacity = capacity;
        }
        zip_int64_t count = zip_fread(file, unpacked->bytes + unpacked->size, CHUNK_BYTES);
        if (count < 0)
            return binary_complain(input, "%.200s cannot be unpacked: %s", name, zip_file_strerror(file));
        if (count == 0)
            return BINARY_READ;
        unpacked->size += (size_t)count;
        *input->unpacked_bytes += (uint64_t)count;
        if (*input->unpacked_bytes > AUDIT_BINARY_UNPACKED_BYTES_MAX)
            return binary_complain(input, "it unpacks to more than %llu bytes",
                                   (unsigned long long)AUDIT_BINARY_UNPACKED_BYTES_MAX);
        /* Text and data are most of a wheel. */
        if (unpacked->size >= BINARY_MAGIC_BYTES && !binary_is_known(unpacked->bytes, unpacked->size))
            return BINARY_READ;
    }
}

static binary_verdict read_member(const binary_input *input, zip_t *archive, zip_uint64_t index)
{
    unpacked unpacked = {0};
    binary_verdict verdict = BINARY_BAD;
    const char *name = zip_get_name(archive, index, ZIP_FL_ENC_RAW);
    zip_file_t *file = NULL;
    if (name == NULL)
        return binary_complain(input, "member %llu has no name", (unsigned long long)index);
    size_t length = strlen(name);
    if (length == 0 || name[length - 1] == '/') /* a folder */
        return binary_read_member(input, name, (const unsigned char *)"", 0);
    file = zip_fopen_index(archive, index, 0);
    if (file == NULL)
        return binary_complain(input, "%.200s cannot be unpacked: %s", name, zip_strerror(archive));
    verdict = read_rest(input, file, name, &unpacked);
    (void)zip_fclose(file);
    if (verdict == BINARY_READ)
        verdict = binary_read_member(input, name, unpacked.bytes, unpacked.size);
    free(unpacked.bytes);
    return verdict;
}

static zip_t *open_zip(const binary_input *input)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(input->bytes, input->size, 0, &error);
    zip_t *archive = source != NULL ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (archive == NULL) {
        (void)binary_complain(input, "it is no whole zip file: %s", zip_error_strerror(&error));
        zip_source_free(source);
    }
    zip_error_fini(&error);
    return archive;
}

binary_verdict binary_read_zip(const binary_input *input)
{
    zip_t *archive = open_zip(input);
    if (archive == NULL)
        return BINARY_BAD;
    zip_int64_t count = zip_get_num_entries(archive, 0);
    binary_verdict verdict = BINARY_READ;
    for (zip_int64_t i = 0; i < count && verdict == BINARY_READ; i++)
        verdict = read_member(input, archive, (zip_uint64_t)i);
    zip_discard(archive);
    return verdict;
}
