/* Hides how findings are written down to be compared with later ones: without what a new build of the same code
 * changes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"

static const char heading[] = "# cordon audit binary, version 1\n"
                              "# file\tkind\tcapability\tname\twhere\tcount\n";
enum { HEADING_BYTES = 33, KEY_BYTES_MAX = 4096, TABS = 5 }; /* of the first line with its newline */

typedef struct entry {
    char *key;     /* the columns but the last; owned */
    size_t count;  /* of findings */
    size_t listed; /* in the baseline */
} entry;

typedef struct entries {
    entry *rows; /* by key, each once; owned */
    size_t count;
} entries;

static void release(entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        free(entries->rows[i].key);
    free(entries->rows);
}

/* A wheel's name has its version and its platform in it: only its distribution stays. */
static void put_file(char *key, const char *file)
{
    size_t length = strcspn(file, "!"), base = length, dash;
    while (base > 0 && file[base - 1] != '/')
        base--;
    dash = base + strcspn(file + base, "-!");
    if (length >= 4 && dash < length && memcmp(file + length - 4, ".whl", 4) == 0)
        snprintf(key, KEY_BYTES_MAX / 2, "%.*s-*.whl%s", (int)dash, file, file + length);
    else
        snprintf(key, KEY_BYTES_MAX / 2, "%s", file);
}

static void put_column(char *key, const char *text)
{
    size_t used = strlen(key);
    snprintf(key + used, KEY_BYTES_MAX - used, "\t%.700s", text != NULL ? text : "-");
}

static void make_key(const audit_finding *finding, char key_out[KEY_BYTES_MAX])
{
    put_file(key_out, finding->file);
    for (char *at = key_out; *at != '\0'; at++)
        *at = (unsigned char)*at < ' ' ? '?' : *at;
    put_column(key_out, binary_kind_word(finding->kind));
    put_column(key_out, finding->capability);
    size_t from_file = strlen(key_out);
    put_column(key_out, finding->name);
    size_t where = strlen(key_out);
    put_column(key_out, finding->function != NULL ? finding->function : finding->section);
    /* A tab within a name would begin a column. */
    for (size_t i = from_file + 1; key_out[i] != '\0'; i++)
        key_out[i] = (unsigned char)key_out[i] < ' ' && i != where ? '?' : key_out[i];
}

static int compare(const void *left, const void *right)
{
    return strcmp(((const entry *)left)->key, ((const entry *)right)->key);
}

/* Sorts, and makes one of equal keys. */
static void settle(entries *entries)
{
    size_t kept = 0;
    if (entries->count > 0)
        qsort(entries->rows, entries->count, sizeof *entries->rows, compare);
    for (size_t i = 0; i < entries->count; i++) {
        if (kept > 0 && strcmp(entries->rows[kept - 1].key, entries->rows[i].key) == 0) {
            entries->rows[kept - 1].count += entries->rows[i].count;
            entries->rows[kept - 1].listed += entries->rows[i].listed;
            free(entries->rows[i].key);
        } else {
            entries->rows[kept++] = entries->rows[i];
        }
    }
    entries->count = kept;
}

/* False if there is no memory. */
static bool collect(const audit_binary *binary, entries *entries_out)
{
    *entries_out = (entries){.rows = calloc(binary->count + 1, sizeof(entry))};
    for (size_t i = 0; entries_out->rows != NULL && i < binary->count; i++) {
        char key[KEY_BYTES_MAX];
        make_key(&binary->findings[i], key);
        entries_out->rows[i] = (entry){.key = strdup(key), .count = 1};
        if (entries_out->rows[i].key == NULL) {
            release(entries_out);
            return false;
        }
        entries_out->count++;
    }
    settle(entries_out);
    return entries_out->rows != NULL;
}

bool audit_binary_write_baseline(const audit_binary *binary, audit_write_function write, void *context)
{
    entries entries;
    if (!collect(binary, &entries))
        return false;
    bool is_written = write(context, heading, sizeof heading - 1);
    for (size_t i = 0; is_written && i < entries.count; i++) {
        char count[32];
        int length = snprintf(count, sizeof count, "\t%zu\n", entries.rows[i].count);
        is_written =
            write(context, entries.rows[i].key, strlen(entries.rows[i].key)) && write(context, count, (size_t)length);
    }
    release(&entries);
    return is_written;
}

/* ---- Comparing ---- */

/* Splits "key TAB count" where it stands. False if it is something else. */
static bool read_line(char *line, size_t *count_out)
{
    size_t tabs = 0;
    char *last = strrchr(line, '\t'), *end = NULL;
    for (const char *at = line; *at != '\0'; at++)
        tabs += *at == '\t';
    if (tabs != TABS || last[1] < '1' || last[1] > '9')
        return false;
    *count_out = strtoul(last + 1, &end, 10);
    *last = '\0';
    return *end == '\0';
}

static bool note_listed(entries *entries, const char *key, size_t count)
{
    entry wanted = {.key = (char *)key};
    entry *found =
        entries->count > 0 ? bsearch(&wanted, entries->rows, entries->count, sizeof *entries->rows, compare) : NULL;
    if (found != NULL)
        found->listed += count;
    return found != NULL;
}

static void mark_new(audit_binary *binary, const entries *entries, size_t *new_count_out)
{
    *new_count_out = 0;
    for (size_t i = 0; i < binary->count; i++) {
        char key[KEY_BYTES_MAX];
        make_key(&binary->findings[i], key);
        entry wanted = {.key = key};
        const entry *found = bsearch(&wanted, entries->rows, entries->count, sizeof *entries->rows, compare);
        binary->findings[i].is_new = found == NULL || found->count > found->listed;
        *new_count_out += binary->findings[i].is_new;
    }
}

static bool complain(char *problem, size_t number, const char *what)
{
    snprintf(problem, AUDIT_BINARY_PROBLEM_BYTES, "%zu: %s", number, what);
    return false;
}

typedef void (*vanished_function)(void *context, const char *line);

static bool read_lines(entries *entries, char *text, vanished_function vanished, void *context, char *problem)
{
    size_t number = 2;
    for (char *line = text, *next; *line != '\0'; line = next, number++) {
        size_t length = strcspn(line, "\n"), count = 0;
        next = line + length + (line[length] == '\n');
        line[length] = '\0';
        if (length == 0 || line[0] == '#')
            continue;
        if (!read_line(line, &count))
            return complain(problem, number,
                            "expected file, kind, capability, name, where and count, with tabs between");
        if (!note_listed(entries, line, count) && vanished != NULL)
            vanished(context, line);
    }
    return true;
}

bool audit_binary_compare(audit_binary *binary, const char *text, size_t size, size_t *new_count_out,
                          void (*vanished)(void *context, const char *line), void *context,
                          char problem_out[AUDIT_BINARY_PROBLEM_BYTES])
{
    entries entries;
    *new_count_out = 0;
    if (size < HEADING_BYTES || memcmp(text, heading, HEADING_BYTES) != 0)
        return complain(problem_out, 1,
                        "expected '# cordon audit binary, version 1': it is no baseline of this command");
    if (memchr(text, '\0', size) != NULL)
        return complain(problem_out, 1, "it has bytes that are no text");
    char *copied = malloc(size - HEADING_BYTES + 1);
    if (copied == NULL || !collect(binary, &entries)) {
        free(copied);
        return complain(problem_out, 1, "there is no memory to compare with it");
    }
    memcpy(copied, text + HEADING_BYTES, size - HEADING_BYTES);
    copied[size - HEADING_BYTES] = '\0';
    bool is_read = read_lines(&entries, copied, vanished, context, problem_out);
    if (is_read)
        mark_new(binary, &entries, new_count_out);
    free(copied);
    release(&entries);
    return is_read;
}
