/* Hides how findings are kept, and which reader a file is for. */
#include "findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_words[] = {
#define KIND_WORD(name, word, meaning) word,
    AUDIT_BINARY_KIND_TABLE(KIND_WORD)
#undef KIND_WORD
};

static const struct reader {
    const char *magic;
    size_t magic_bytes;
    binary_verdict (*read)(const binary_input *input);
} readers[] = {
    {"\177ELF", 4, binary_read_elf},    {"!<arch>\n", 8, binary_read_ar},   {"!<thin>\n", 8, binary_read_ar},
    {"PK\003\004", 4, binary_read_zip}, {"PK\005\006", 4, binary_read_zip},
};

const char *binary_kind_word(audit_binary_kind kind)
{
    return kind_words[kind];
}

audit_binary *audit_binary_create(void)
{
    return calloc(1, sizeof(audit_binary));
}

static void release(audit_finding *finding)
{
    free((char *)finding->file);
    free((char *)finding->name);
    free((char *)finding->version);
    free((char *)finding->function);
    free((char *)finding->section);
}

static void shorten(audit_binary *binary, size_t count)
{
    while (binary->count > count)
        release(&binary->findings[--binary->count]);
}

void audit_binary_destroy(audit_binary *binary)
{
    if (binary == NULL)
        return;
    shorten(binary, 0);
    free(binary->findings);
    free(binary);
}

static char *copy(audit_binary *binary, const char *text)
{
    char *copied = text != NULL ? strdup(text) : NULL;
    binary->has_no_memory |= text != NULL && copied == NULL;
    return copied;
}

static bool grow(audit_binary *binary)
{
    if (binary->count < binary->capacity)
        return true;
    size_t capacity = binary->capacity == 0 ? 256 : binary->capacity * 2;
    audit_finding *findings = realloc(binary->findings, capacity * sizeof *findings);
    binary->has_no_memory |= findings == NULL;
    if (findings == NULL)
        return false;
    binary->findings = findings;
    binary->capacity = capacity;
    return true;
}

void binary_add(const binary_input *input, const audit_finding *finding)
{
    audit_binary *binary = input->binary;
    if (!grow(binary))
        return;
    audit_finding *added = &binary->findings[binary->count++];
    *added = *finding;
    added->file = copy(binary, input->name);
    added->name = copy(binary, finding->name);
    added->version = copy(binary, finding->version);
    added->function = copy(binary, finding->function);
    added->section = copy(binary, finding->section);
}

binary_verdict binary_complain(const binary_input *input, const char *format, ...)
{
    const char *member = input->depth > 0 ? strchr(input->name, '!') : NULL;
    int used = member == NULL ? 0 : snprintf(input->problem, AUDIT_BINARY_PROBLEM_BYTES, "%.300s: ", member + 1);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(input->problem + used, AUDIT_BINARY_PROBLEM_BYTES - (size_t)used, format, arguments);
    va_end(arguments);
    return BINARY_BAD;
}

static const struct reader *reader_of(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (size >= readers[i].magic_bytes && memcmp(bytes, readers[i].magic, readers[i].magic_bytes) == 0)
            return &readers[i];
    return NULL;
}

bool binary_is_known(const unsigned char *bytes, size_t size)
{
    return reader_of(bytes, size) != NULL;
}

binary_verdict binary_read(const binary_input *input)
{
    const struct reader *reader = reader_of(input->bytes, input->size);
    return reader == NULL ? BINARY_OTHER_KIND : reader->read(input);
}

/* What is in no folder but the archive's. A name that leads elsewhere, or that a terminal would act upon, is a trap for
 * whoever unpacks it, so an archive with one is refused. */
static const char *complaint_of_name(const char *name)
{
    if (name[0] == '/' || name[0] == '\\')
        return "is absolute";
    for (const char *part = name; part != NULL; part = strchr(part, '/') != NULL ? strchr(part, '/') + 1 : NULL)
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return "leads out of the archive";
    for (; *name != '\0'; name++)
        if ((unsigned char)*name < ' ' || *name == 0x7f || *name == '!')
            return "has a control character or '!'";
    return NULL;
}

binary_verdict binary_read_member(const binary_input *archive, const char *name, const unsigned char *bytes,
                                  size_t size)
{
    const char *complaint = complaint_of_name(name);
    if (complaint != NULL)
        return binary_complain(archive, "the name of a member %s: %.100s", complaint,
                               strpbrk(name, "\033\n\r") != NULL ? "(not shown)" : name);
    if (++*archive->members > AUDIT_BINARY_MEMBERS_MAX)
        return binary_complain(archive, "it has more than %d members", AUDIT_BINARY_MEMBERS_MAX);
    if (!binary_is_known(bytes, size))
        return BINARY_READ;
    if (archive->depth >= AUDIT_BINARY_DEPTH_MAX)
        return binary_complain(archive, "archives lie in archives more than %d deep", AUDIT_BINARY_DEPTH_MAX);
    size_t length = strlen(archive->name) + strlen(name) + 2;
    char *full = malloc(length);
    if (full == NULL)
        return binary_complain(archive, "there is no memory for it");
    snprintf(full, length, "%s!%s", archive->name, name);
    binary_input member = *archive;
    member.name = full;
    member.bytes = bytes;
    member.size = size;
    member.depth++;
    binary_verdict verdict = binary_read(&member);
    free(full);
    return verdict;
}

bool audit_binary_read(audit_binary *binary, const char *name, const unsigned char *bytes, size_t size,
                       char problem_out[AUDIT_BINARY_PROBLEM_BYTES])
{
    uint64_t unpacked_bytes = 0, hidden_count = binary->hidden_count;
    size_t members = 0, count = binary->count;
    binary_input input = {.binary = binary,
                          .name = name,
                          .bytes = bytes,
                          .size = size,
                          .unpacked_bytes = &unpacked_bytes,
                          .members = &members,
                          .problem = problem_out};
    problem_out[0] = '\0';
    binary_verdict verdict = binary_read(&input);
    if (verdict == BINARY_OTHER_KIND)
        verdict = binary_complain(&input, "it is no ELF file, archive of objects, wheel or zip file");
    if (binary->has_no_memory)
        verdict = binary_complain(&input, "there is no memory for what it refers to");
    if (verdict == BINARY_READ)
        return true;
    shorten(binary, count);
    binary->hidden_count = hidden_count;
    return false;
}

static int compare_texts(const char *left, const char *right)
{
    return strcmp(left == NULL ? "" : left, right == NULL ? "" : right);
}

static int compare(const void *left, const void *right)
{
    const audit_finding *a = left, *b = right;
    int order = compare_texts(a->file, b->file);
    order = order != 0 ? order : (int)a->kind - (int)b->kind;
    order = order != 0 ? order : compare_texts(a->capability, b->capability);
    order = order != 0 ? order : compare_texts(a->name, b->name);
    order = order != 0 ? order : compare_texts(a->version, b->version);
    order = order != 0 ? order : compare_texts(a->section, b->section);
    return order != 0 ? order : (a->address > b->address) - (a->address < b->address);
}

void audit_binary_finish(audit_binary *binary)
{
    if (binary->count > 0)
        qsort(binary->findings, binary->count, sizeof *binary->findings, compare);
    /* The same file may be given twice, and two tables of one file may name the same symbol. */
    size_t kept = 0;
    for (size_t i = 0; i < binary->count; i++) {
        if (kept > 0 && compare(&binary->findings[kept - 1], &binary->findings[i]) == 0) {
            binary->findings[kept - 1].is_called |= binary->findings[i].is_called;
            release(&binary->findings[i]);
        } else {
            binary->findings[kept++] = binary->findings[i];
        }
    }
    binary->count = kept;
}

size_t audit_binary_count(const audit_binary *binary)
{
    return binary->count;
}

const audit_finding *audit_binary_at(const audit_binary *binary, size_t index)
{
    return &binary->findings[index];
}

uint64_t audit_binary_hidden_count(const audit_binary *binary)
{
    return binary->hidden_count;
}
