/* Summaries and reports: what is counted together, what people may see, and that no failure of memory or of a disk is
 * taken for success. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "audit/report.h"
#include "visible.h"

/* ---- Memory that fails at a chosen call: the program is linked with --wrap ---- */

static long calls_until_failure = -1; /* -1: never */

static bool is_to_fail(void)
{
    return calls_until_failure >= 0 && calls_until_failure-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    return is_to_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_to_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_to_fail() ? NULL : __real_realloc(old, size);
}

/* ---- A record of a few lines ---- */

static const char *const nothing[] = {NULL};
static const char *const chain[] = {"__main__", "package", NULL};
static const char *const other_chain[] = {"__main__", "another", NULL};
static const char *const command[] = {"/work/script.py", "--flag", NULL};
static const char *const temporary[] = {"/tmp", NULL};
static const audit_site own = {1, "/work/script.py", 12, "main", "__main__", NULL, nothing, NULL};
static const audit_site inner = {2, "/usr/lib/python3.13/pathlib.py", 9, "Path.open", "pathlib", NULL, chain, &own};
static const audit_site child = {3, "/work/package.py", 3, "f", "package", "package 1.0", chain, NULL};
static const audit_site same_child = {4, "/work/package.py", 3, "f", "package", "package 1.0", other_chain, NULL};

static audit_line access_line(const char *capability, const char *name, const char *value, const audit_site *site)
{
    static audit_argument argument;
    argument = (audit_argument){.name = name, .text = value};
    return (audit_line){.type = AUDIT_ACCESS,
                        .as.access = {.capability = capability,
                                      .operation = "fs_open",
                                      .arguments = &argument,
                                      .argument_count = 1,
                                      .count = 1,
                                      .decision = AUDIT_ALLOWED,
                                      .site = site}};
}

/* False: no memory. */
static bool add_lines(audit_summary *summary)
{
    static const audit_argument module[] = {{.name = "name", .text = "x"}, {.name = "origin", .text = "/work/x.py"}};
    audit_line start = {.type = AUDIT_START,
                        .as.start = {.cordon = "1",
                                     .python = "3",
                                     .command = command,
                                     .directory = "/work",
                                     .home = "/home/u",
                                     .temporary = temporary}};
    audit_line read = access_line("fs.read", "path", "/home/u/a", &inner);
    bool has_memory = audit_summary_add(summary, &start) && audit_summary_add(summary, &read);
    read.as.access.count = 5;
    read.as.access.error = "ENOENT";
    has_memory = has_memory && audit_summary_add(summary, &read);
    audit_line refused = access_line("fs.write", "path", "/tmp/tmpab12cd34", &child);
    refused.as.access.decision = AUDIT_DENIED;
    refused.as.access.rule = "b.yaml:2";
    has_memory = has_memory && audit_summary_add(summary, &refused);
    refused.as.access.rule = "a.yaml:9";
    refused.as.access.site = &same_child;
    has_memory = has_memory && audit_summary_add(summary, &refused);
    audit_line made = {.type = AUDIT_MODULE,
                       .as.access = {.capability = "import",
                                     .operation = "source",
                                     .arguments = module,
                                     .argument_count = 2,
                                     .decision = AUDIT_ALLOWED,
                                     .report_denies = true,
                                     .report_rule = "r.yaml:1",
                                     .site = &own}};
    audit_line event = {.type = AUDIT_EVENT, .as.access = {.operation = "compile", .decision = AUDIT_ALLOWED}};
    audit_line end = {.type = AUDIT_END, .as.end = {.outcome = "ended", .code = 3}};
    return has_memory && audit_summary_add(summary, &made) && audit_summary_add(summary, &event) &&
           audit_summary_add(summary, &end);
}

static audit_summary *sample(void)
{
    audit_summary *summary = audit_summary_create();
    assert_non_null(summary);
    assert_true(add_lines(summary) && audit_summary_finish(summary));
    return summary;
}

/* ---- Rows ---- */

static void what_is_alike_is_one_row(void **state)
{
    (void)state;
    audit_summary *summary = sample();
    size_t count;
    const audit_row *const *rows = audit_summary_rows(summary, &count);
    assert_int_equal(count, 4);
    const audit_row *read = rows[0], *written = rows[1], *module = rows[2], *event = rows[3];

    assert_string_equal(read->target, "~/a");
    assert_string_equal(read->place->file, "./script.py"); /* where a person looks, not pathlib */
    assert_int_equal(read->place->line, 12);
    assert_int_equal(read->count, 6);
    assert_int_equal(read->failed, 5);
    assert_int_equal(read->errors.count, 1);
    assert_int_equal(read->errors.items[0].count, 5);
    assert_string_equal(read->through.items[0].name, "pathlib.Path.open");
    assert_int_equal(read->through.items[0].count, 6);

    assert_string_equal(written->target, "<tmp>/tmp*");
    assert_int_equal(written->denied, 2);
    assert_int_equal(written->failed, 0);
    assert_string_equal(written->rule, "a.yaml:9");             /* whichever came first */
    assert_string_equal(written->place->imports[1], "another"); /* likewise */

    assert_int_equal(module->kind, AUDIT_ROW_MODULE);
    assert_string_equal(module->origin, "./x.py");
    assert_int_equal(module->reported, 1);
    assert_int_equal(event->kind, AUDIT_ROW_EVENT);
    assert_null(event->place->file);
    audit_summary_destroy(summary);
}

static void totals_and_head_are_of_all_lines(void **state)
{
    (void)state;
    audit_summary *summary = sample();
    const audit_totals *totals = audit_summary_totals(summary);
    const audit_head *head = audit_summary_head(summary);

    assert_int_equal(totals->accesses, 8);
    assert_int_equal(totals->modules, 1);
    assert_int_equal(totals->events, 1);
    assert_int_equal(totals->denied, 2);
    assert_int_equal(totals->failed, 5);
    assert_int_equal(totals->reported, 1);
    assert_string_equal(head->command[0], "./script.py");
    assert_string_equal(head->outcome, "ended");
    assert_int_equal(head->code, 3);
    assert_null(head->policy);
    audit_summary_destroy(summary);
}

static bool is_a_read(void *context, const audit_row *row)
{
    ++*(int *)context;
    return strcmp(row->capability, "fs.read") == 0;
}

static void new_rows_are_marked_and_counted(void **state)
{
    (void)state;
    audit_summary *summary = sample();
    int asked = 0;
    size_t count;
    audit_summary_mark_new(summary, is_a_read, &asked);
    const audit_row *const *rows = audit_summary_rows(summary, &count);
    assert_int_equal(asked, 4);
    assert_false(rows[0]->is_new);
    assert_true(rows[1]->is_new);
    assert_int_equal(audit_summary_totals(summary)->rows_new, 3);
    audit_summary_destroy(summary);
}

/* ---- What people see ---- */

static const struct visible_case {
    const char *text, *shown;
} visible_cases[] = {
    {"", ""},
    {"plain /path~", "plain /path~"},
    {"a\\b", "a\\\\b"},
    {"\x1b[31m\r\n\t\x7f", "\\x1b[31m\\x0d\\x0a\\x09\\x7f"},
    {"\xff\xc3", "\\udcff\\udcc3"},                              /* no UTF-8 */
    {"\xed\xb3\xbf", "\\udcff"},                                 /* the same, as a record has it */
    {"\xc2\x9b", "\\x9b"},                                       /* C1: some terminals obey it */
    {"\xe2\x80\xae\xe2\x81\xa6", "\\u202e\\u2066"},              /* marks of direction */
    {"\xe2\x80\x8b\xef\xbb\xbf\xc2\xad", "\\u200b\\ufeff\\xad"}, /* no width */
    {"\xf3\xa0\x81\x81", "\\U000e0041"},                         /* tags */
    {"\xc3\xa9\xe6\x97\xa5\xf0\x9f\x90\x8d", "\xc3\xa9\xe6\x97\xa5\xf0\x9f\x90\x8d"},
};

static void what_deceives_is_escaped(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof visible_cases / sizeof *visible_cases; i++) {
        arena memory = {0};
        assert_string_equal(visible_text(&memory, visible_cases[i].text), visible_cases[i].shown);
        arena_release(&memory);
    }
}

static const struct cut_case {
    const char *text;
    unsigned int width;
    const char *shown;
} cut_cases[] = {
    {"0123456789", 10, "0123456789"},
    {"0123456789", 7,
     "01\xe2\x80\xa6"
     "6789"},
    {"0123456789", 1, "\xe2\x80\xa6"},
    {"0123456789", 0, ""},
    {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 6, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
    {"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e", 5, "\xe2\x80\xa6\xe8\xaa\x9e"}, /* half of a wide character is none */
};

static void texts_are_cut_to_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cut_cases / sizeof *cut_cases; i++) {
        arena memory = {0};
        const char *shown = visible_cut(&memory, cut_cases[i].text, cut_cases[i].width);
        assert_string_equal(shown, cut_cases[i].shown);
        assert_in_range(visible_width(shown), 0, cut_cases[i].width);
        arena_release(&memory);
    }
    assert_int_equal(visible_width("e\xcc\x81"), 1); /* an accent of its own */
}

/* ---- Formats ---- */

static void the_formats_that_are_told_are_those_that_are(void **state)
{
    (void)state;
    char names[256] = "";
    const audit_report_format *format;
    for (unsigned int i = 0; (format = audit_report_at(i)) != NULL; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i == 0 ? "" : ", ", audit_report_name(format));
        assert_ptr_equal(audit_report_find(audit_report_name(format)), format);
        assert_true(strlen(audit_report_purpose(format)) > 10);
    }
    assert_string_equal(names, AUDIT_REPORT_NAMES);
    assert_null(audit_report_find("tabl"));
    assert_null(audit_report_find(""));
}

typedef struct disk {
    size_t used, room;
} disk;

static bool take(void *context, const char *bytes, size_t size)
{
    disk *to = context;
    (void)bytes;
    to->used += size;
    return to->used <= to->room;
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    audit_summary *summary = sample();
    audit_report_options options = {0};
    const audit_report_format *format;
    for (unsigned int i = 0; (format = audit_report_at(i)) != NULL; i++) {
        disk whole = {.room = SIZE_MAX}, full = {0};
        assert_true(audit_report_write(format, summary, &options, take, &whole));
        assert_true(whole.used > 0);
        full.room = whole.used - 1;
        assert_false(audit_report_write(format, summary, &options, take, &full));
        disk fits = {.room = whole.used};
        assert_true(audit_report_write(format, summary, &options, take, &fits));
    }
    audit_summary_destroy(summary);
}

typedef struct text {
    char *bytes;
    size_t size;
} text;

static bool keep(void *context, const char *bytes, size_t size)
{
    text *to = context;
    to->bytes = realloc(to->bytes, to->size + size + 1);
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
    to->bytes[to->size] = '\0';
    return true;
}

static bool is_known(void *context, const audit_row *row)
{
    (void)context;
    return strcmp(row->capability, "fs.read") != 0;
}

/* What each format says of a row that is new, and says of none that is not. */
static const struct new_case {
    const char *format, *shown;
} new_cases[] = {
    {"table", "./script.py:12 in main  new"},
    {"jsonl", "\"new\":true"},
    {"json", "\"new_rows\":1"},
    {"sarif", "\"level\":\"error\",\"message\":{\"text\":\"fs.read of ~/a is new\"}"},
    {"github",
     "::error title=fs.read%3A new,file=script.py,line=12::fs.read new: ~/a, 6 times from ./script.py:12 in main"},
    {"junit", "<failure message=\"is not in the baseline\" type=\"new\"/>"},
    {"markdown", "### New\n"},
    {"html", "\"new_rows\":1"},
};

static void new_rows_are_told_in_each_format(void **state)
{
    (void)state;
    audit_summary *summary = sample();
    audit_report_options options = {0};
    for (size_t i = 0; i < sizeof new_cases / sizeof *new_cases; i++) {
        const audit_report_format *format = audit_report_find(new_cases[i].format);
        text before = {0}, after = {0};
        int asked = 0;
        audit_summary_mark_new(summary, is_a_read, &asked);
        audit_summary_mark_new(summary, is_known, NULL);
        assert_true(audit_report_write(format, summary, &options, keep, &after));
        audit_summary_destroy(summary);
        summary = sample();
        assert_true(audit_report_write(format, summary, &options, keep, &before));
        assert_non_null(strstr(after.bytes, new_cases[i].shown));
        assert_null(strstr(before.bytes, new_cases[i].shown));
        free(before.bytes);
        free(after.bytes);
    }
    assert_null(audit_report_at(sizeof new_cases / sizeof *new_cases)); /* no format is left out */
    audit_summary_destroy(summary);
}

/* From the first to the last call that takes memory: each one's failure is told, nothing is lost track of. */
static void no_failure_of_memory_is_taken_for_success(void **state)
{
    (void)state;
    audit_report_options options = {0};
    const audit_report_format *format;
    for (unsigned int i = 0; (format = audit_report_at(i)) != NULL; i++) {
        long failed = 0;
        for (bool is_done = false; !is_done; failed++) {
            disk whole = {.room = SIZE_MAX};
            calls_until_failure = failed;
            audit_summary *summary = audit_summary_create();
            bool is_good = summary != NULL && add_lines(summary) && audit_summary_finish(summary) &&
                           audit_report_write(format, summary, &options, take, &whole);
            is_done = calls_until_failure >= 0; /* nothing was asked that often */
            calls_until_failure = -1;
            assert_int_equal(is_good, is_done);
            audit_summary_destroy(summary);
        }
        assert_true(failed > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_alike_is_one_row),
        cmocka_unit_test(totals_and_head_are_of_all_lines),
        cmocka_unit_test(new_rows_are_marked_and_counted),
        cmocka_unit_test(what_deceives_is_escaped),
        cmocka_unit_test(texts_are_cut_to_columns),
        cmocka_unit_test(the_formats_that_are_told_are_those_that_are),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(new_rows_are_told_in_each_format),
        cmocka_unit_test(no_failure_of_memory_is_taken_for_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
