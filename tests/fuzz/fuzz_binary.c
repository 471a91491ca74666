/* Machine code and archives from anywhere: whatever the bytes are, they are refused with a reason, or make findings that
 * have a form in every format and a baseline that they agree with. */
#include <stdlib.h>
#include <string.h>

#include "audit/binary.h"

typedef struct text {
    char *bytes;
    size_t size;
} text;

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool add(void *context, const char *bytes, size_t size)
{
    text *text = context;
    text->bytes = realloc(text->bytes, text->size + size + 1);
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    return true;
}

static void must_not_vanish(void *context, const char *line)
{
    (void)context;
    (void)line;
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char problem[AUDIT_BINARY_PROBLEM_BYTES];
    text baseline = {0}, shown = {0};
    size_t new_count = 1;
    audit_binary *binary = audit_binary_create();
    bool is_read = audit_binary_read(binary, "input", data, size, problem);
    check(is_read == (problem[0] == '\0'));
    check(is_read || audit_binary_count(binary) == 0);
    audit_binary_finish(binary);
    check(audit_binary_write_table(binary, add, &shown) && audit_binary_write_json(binary, add, &shown));
    check(audit_binary_write_baseline(binary, add, &baseline));
    check(audit_binary_compare(binary, baseline.bytes, baseline.size, &new_count, must_not_vanish, NULL, problem));
    check(new_count == 0);
    free(baseline.bytes);
    free(shown.bytes);
    audit_binary_destroy(binary);
    return 0;
}
