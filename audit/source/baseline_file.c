/* Hides the lock file's syntax: how entries become lines that people review, and lines become entries again. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baseline.h"
#include "policy/policy.h"

#define FIRST_WORD "cordon-audit-baseline"
enum { BASELINE_VERSION = 1, WORD_BYTES_MAX = 32768 };

static const char new_head[] = "\n# What this program does to its host, as cordon audit run found it: CAPABILITY TARGET [from ORIGIN] [by MODULE [of DISTRIBUTION]].\n"
                               "# An access that is not in here fails 'cordon audit run --baseline'. --update-baseline adds and removes lines, and keeps comments\n"
                               "# above those that stay.\n\n";

/* ---- Writing ---------------------------------------------------------------------------------------------------------------------- */

typedef struct lines {
    audit_write_function write;
    void *context;
    bool has_failed;
} lines;

static void put(lines *to, const char *bytes, size_t size)
{
    if (!to->has_failed && size > 0) to->has_failed = !to->write(to->context, bytes, size);
}

static void put_text(lines *to, const char *text) { put(to, text, strlen(text)); }

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./~<>*:@%+=,-$()[]{}&;|!?^'`";

/* Words of these letters stand as they are; others in quotes, with what cannot be seen, and all that is not ASCII, as \xNN: nobody can make a line that reads
 * as another. */
static void put_word(lines *to, const char *word)
{
    char escape[8];
    if (word[0] != '\0' && strcmp(word, "-") != 0 && word[strspn(word, plain)] == '\0') {
        put_text(to, word);
        return;
    }
    put_text(to, "\"");
    for (const unsigned char *next = (const unsigned char *)word; *next != '\0'; next++) {
        bool is_quoted = *next == '"' || *next == '\\', is_seen = *next >= ' ' && *next < 0x7f;
        int length = snprintf(escape, sizeof escape, is_quoted ? "\\%c" : is_seen ? "%c" : "\\x%02x", *next);
        put(to, escape, (size_t)length);
    }
    put_text(to, "\"");
}

static void put_part(lines *to, const char *before, const char *word)
{
    if (word == NULL) return;
    put_text(to, before);
    put_word(to, word);
}

static void put_entry(lines *to, const audit_baseline_entry *entry)
{
    put_text(to, entry->capability);
    put_text(to, " ");
    if (entry->target[0] == '\0')
        put_text(to, "-");
    else
        put_word(to, entry->target);
    put_part(to, " from ", entry->origin);
    put_part(to, " by ", entry->module);
    put_part(to, " of ", entry->distribution);
}

bool audit_baseline_print(const audit_baseline_entry *entry, audit_write_function write, void *context)
{
    lines to = { .write = write, .context = context };
    put_entry(&to, entry);
    return !to.has_failed;
}

bool audit_baseline_print_place(const audit_baseline_entry *entry, audit_write_function write, void *context)
{
    lines to = { .write = write, .context = context };
    char number[64];
    if (entry->file == NULL) {
        put_text(&to, "the interpreter itself");
    } else {
        put_word(&to, entry->file);
        snprintf(number, sizeof number, ":%u", entry->line);
        put_text(&to, number);
    }
    put_part(&to, " in ", entry->function);
    snprintf(number, sizeof number, ", %llu %s", (unsigned long long)entry->count, entry->count == 1 ? "time" : "times");
    put_text(&to, number);
    for (size_t i = 0; entry->imports != NULL && entry->imports[i] != NULL; i++) put_part(&to, i == 0 ? ", imported by " : " > ", entry->imports[i]);
    return !to.has_failed;
}

bool audit_baseline_write(const audit_baseline *baseline, const audit_baseline *before, audit_write_function write, void *context)
{
    lines to = { .write = write, .context = context };
    char first[64];
    snprintf(first, sizeof first, FIRST_WORD " %d\n", BASELINE_VERSION);
    put_text(&to, first);
    put_text(&to, before == NULL ? new_head : before->head);
    for (size_t i = 0; i < baseline->count; i++) {
        const audit_baseline_entry *entry = &baseline->in_order[i]->entry;
        const baseline_item *old = before == NULL ? NULL : baseline_find(before, entry);
        put_text(&to, old == NULL ? "" : old->comment);
        put_entry(&to, entry);
        put_text(&to, "\n");
    }
    put_text(&to, before == NULL ? "" : before->tail);
    return !to.has_failed;
}

/* ---- Reading ---------------------------------------------------------------------------------------------------------------------- */

typedef struct reading {
    audit_baseline *baseline;
    const char *file_name;
    audit_baseline_message *message;
    uint32_t line;
    const char *next, *end;                                        /* of the line, without what ends it */
    char words[5][WORD_BYTES_MAX];                                 /* capability, target, and the three of keywords */
    const char *comment_begin;                                     /* of the lines that wait for an entry */
} reading;

static bool complain(const reading *in, const char *format, ...)
{
    va_list arguments;
    int length = snprintf(in->message->text, sizeof in->message->text, "%.200s:%u: ", in->file_name, in->line);
    va_start(arguments, format);
    vsnprintf(in->message->text + length, sizeof in->message->text - (size_t)length, format, arguments);
    va_end(arguments);
    return false;
}

static int digit_of(char letter)
{
    const char *digits = "0123456789abcdef", *place = letter == '\0' ? NULL : strchr(digits, letter);
    return place == NULL ? -1 : (int)(place - digits);
}

/* One letter of a quoted word; false: an escape that put_word() does not write. */
static bool take_letter(reading *in, char *letter_out)
{
    char letter = *in->next++;
    *letter_out = letter;
    if (letter != '\\') return true;
    if (in->next == in->end) return false;
    letter = *in->next++;
    *letter_out = letter;
    if (letter == '"' || letter == '\\') return true;
    if (letter != 'x' || in->end - in->next < 2) return false;
    int high = digit_of(in->next[0]), low = digit_of(in->next[1]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
    *letter_out = (char)(high * 16 + low);
    in->next += 2;
    return true;
}

static bool take_quoted(reading *in, char *word)
{
    size_t length = 0;
    in->next++;
    while (in->next < in->end && *in->next != '"') {
        if (length == WORD_BYTES_MAX - 1) return complain(in, "a word of more than %d bytes", WORD_BYTES_MAX - 1);
        if (!take_letter(in, &word[length++])) return complain(in, "an escape in a quoted word that is none: expected \\\", \\\\ or \\xNN");
    }
    word[length] = '\0';
    if (in->next == in->end) return complain(in, "a quoted word that does not end: expected \" before the line's end");
    in->next++;
    return in->next == in->end || *in->next == ' ' || complain(in, "something right after a quoted word: expected a space or the line's end");
}

/* The next word; false after complaining of what it is, or of there being none (`wanted`). */
static bool take_word(reading *in, const char *wanted, char *word)
{
    while (in->next < in->end && *in->next == ' ') in->next++;
    if (in->next == in->end) return complain(in, "the line ends here: expected %s", wanted);
    if (*in->next == '"') return take_quoted(in, word);
    size_t length = 0;
    while (in->next + length < in->end && in->next[length] != ' ') length++;
    if (length >= WORD_BYTES_MAX) return complain(in, "a word of more than %d bytes", WORD_BYTES_MAX - 1);
    memcpy(word, in->next, length);
    word[length] = '\0';
    in->next += length;
    return word[strspn(word, plain)] == '\0' || complain(in, "%.100s has letters that must stand in quotes", word);
}

static const struct keyword {
    const char *name, *wanted;
    size_t field; /* in the entry */
} keywords[] = {
    { "from", "a module's origin after 'from'", offsetof(audit_baseline_entry, origin) },
    { "by", "a module's name after 'by'", offsetof(audit_baseline_entry, module) },
    { "of", "a distribution's name after 'of'", offsetof(audit_baseline_entry, distribution) },
};
enum { KEYWORD_COUNT = sizeof keywords / sizeof *keywords };

static bool take_keywords(reading *in, audit_baseline_entry *entry)
{
    char name[WORD_BYTES_MAX];
    size_t next = 0;
    for (;;) {
        while (in->next < in->end && *in->next == ' ') in->next++;
        if (in->next == in->end) return entry->distribution == NULL || entry->module != NULL || complain(in, "'of' without 'by': expected by MODULE of DISTRIBUTION");
        if (!take_word(in, "from, by or of", name)) return false;
        while (next < KEYWORD_COUNT && strcmp(keywords[next].name, name) != 0) next++;
        if (next == KEYWORD_COUNT) return complain(in, "unexpected %.100s: expected CAPABILITY TARGET [from ORIGIN] [by MODULE [of DISTRIBUTION]]", name);
        if (!take_word(in, keywords[next].wanted, in->words[2 + next])) return false;
        *(const char **)(void *)((char *)entry + keywords[next].field) = in->words[2 + next];
        next++;
    }
}

static bool take_comment(reading *in, const char *until, const char **comment_out)
{
    size_t size = (size_t)(until - in->comment_begin);
    char *copy = arena_take(&in->baseline->memory, size + 1);
    if (copy == NULL) return complain(in, "there is no memory left");
    memcpy(copy, in->comment_begin, size);
    copy[size] = '\0';
    *comment_out = copy;
    return true;
}

/* Of the lines before the first entry, those up to the last empty one speak about the whole file. */
static bool take_head(reading *in, const char *until)
{
    const char *last = in->comment_begin;
    for (const char *next = in->comment_begin; next < until; next++)
        if (*next == '\n' && (next == in->comment_begin || next[-1] == '\n')) last = next + 1;
    const char *own = last;
    if (!take_comment(in, own, &in->baseline->head)) return false;
    in->comment_begin = own;
    return true;
}

static bool take_entry(reading *in, const char *begin)
{
    audit_baseline_entry key = { .capability = in->words[0], .target = in->words[1] };
    in->next = begin;
    if (begin[0] == '<' || begin[0] == '=' || begin[0] == '>') return complain(in, "a conflict of a merge is left here: expected an entry");
    if (!take_word(in, "a capability", in->words[0])) return false;
    if (policy_capability_number(in->words[0]) < 0) return complain(in, "there is no capability %.100s: expected one of docs/policy.md's", in->words[0]);
    while (in->next < in->end && *in->next == ' ') in->next++;
    bool is_quoted = in->next < in->end && *in->next == '"';
    if (!take_word(in, "a target, or - for none", in->words[1])) return false;
    if (!is_quoted && strcmp(in->words[1], "-") == 0) in->words[1][0] = '\0';
    if (!take_keywords(in, &key)) return false;
    if (in->baseline->items.count == 0 && !take_head(in, begin)) return false;
    if (baseline_find(in->baseline, &key) != NULL) return true; /* what two branches added */
    baseline_item *item = baseline_insert(in->baseline, &key);
    if (item == NULL) return complain(in, "there is no memory left");
    item->entry.line = in->line;
    return take_comment(in, begin, &item->comment);
}

static bool check_first(reading *in, const char *begin)
{
    size_t length = strlen(FIRST_WORD);
    bool is_ours = (size_t)(in->end - begin) > length && memcmp(begin, FIRST_WORD " ", length + 1) == 0;
    if (!is_ours) return complain(in, "this is no baseline: expected %s %d", FIRST_WORD, BASELINE_VERSION);
    if (in->end - begin != (ptrdiff_t)length + 2 || begin[length + 1] != '0' + BASELINE_VERSION)
        return complain(in, "a baseline of version %.*s: expected %d, which is what this cordon reads", (int)(in->end - begin - (ptrdiff_t)length - 1), begin + length + 1, BASELINE_VERSION);
    return true;
}

static bool read_line(reading *in, const char *begin, const char *after)
{
    if (memchr(begin, '\0', (size_t)(in->end - begin)) != NULL) return complain(in, "a NUL byte: expected text");
    if (in->line == 1) {
        in->comment_begin = after;
        return check_first(in, begin);
    }
    if (begin == in->end || *begin == '#') return true;
    bool is_good = take_entry(in, begin);
    in->comment_begin = after;
    return is_good;
}

static bool read_lines(reading *in, const char *bytes, size_t size)
{
    const char *end = bytes + size;
    in->line = 1;
    if (size == 0) return complain(in, "this is no baseline but an empty file: expected %s %d", FIRST_WORD, BASELINE_VERSION);
    for (const char *begin = bytes; begin < end; in->line++) {
        const char *newline = memchr(begin, '\n', (size_t)(end - begin));
        const char *after = newline == NULL ? end : newline + 1;
        in->end = newline == NULL ? end : newline;
        if (in->end > begin && in->end[-1] == '\r') in->end--;
        if (!read_line(in, begin, after)) return false;
        begin = after;
    }
    bool is_empty = in->baseline->items.count == 0;
    return (is_empty ? take_comment(in, end, &in->baseline->head) : take_comment(in, end, &in->baseline->tail)) && (baseline_sort(in->baseline) || complain(in, "there is no memory left"));
}

bool audit_baseline_read(const char *bytes, size_t size, const char *file_name, audit_baseline **baseline_out, audit_baseline_message *message)
{
    reading *in = calloc(1, sizeof *in);
    *baseline_out = NULL;
    snprintf(message->text, sizeof message->text, "%.200s: there is no memory left", file_name);
    if (in == NULL) return false;
    *in = (reading){ .file_name = file_name, .message = message, .baseline = audit_baseline_create() };
    bool is_good = in->baseline != NULL && read_lines(in, bytes, size);
    if (is_good)
        *baseline_out = in->baseline;
    else
        audit_baseline_destroy(in->baseline);
    free(in);
    return is_good;
}
