/* What a writer wrote, a reader reads back; what was changed since, it names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "audit/reader.h"
#include "audit/writer.h"

typedef struct bytes {
    char *data;
    size_t size, next, step; /* step: how many are given out at once */
} bytes;

static bool append(void *context, const char *data, size_t size)
{
    bytes *to = context;
    to->data = realloc(to->data, to->size + size + 1);
    memcpy(to->data + to->size, data, size);
    to->size += size;
    to->data[to->size] = '\0';
    return true;
}

static int64_t give(void *context, char *buffer, size_t size)
{
    bytes *from = context;
    size_t count = from->size - from->next;
    count = count < size ? count : size;
    count = from->step > 0 && from->step < count ? from->step : count;
    memcpy(buffer, from->data + from->next, count);
    from->next += count;
    return (int64_t)count;
}

/* ---- A record with a line of each type
 * -------------------------------------------------------------------------------------------- */

static const char *const command[] = {"script.py", "--flag", "a \"quoted\"\\ \t\x01 one", NULL};
static const char *const temporary[] = {"/tmp", "/var/tmp", NULL};
static const char *const imports[] = {"__main__", "package", "package.inner", NULL};
static const char *const nothing[] = {NULL};
static const audit_site caller = {1, "/home/u/script.py", 12, "main", "__main__", NULL, nothing, NULL};
/* b"\xff" as Python shows it, U+1F40D, and two surrogates that Python could have passed. */
static const audit_site inner = {
    2, "/lib/\xed\xb3\xbf/\xf0\x9f\x90\x8d.py", 0, "f.<locals>.g", "package.inner", "package 1.2", imports, &caller};
static const audit_process first = {1, 0, 4711, command};
static const audit_process second = {2, 1, 4712, nothing};

static audit_line sample(audit_line_type type)
{
    static const audit_argument of_access[] = {{.name = "path", .text = "/tmp/\xed\xb2\x80"},
                                               {.name = "flags", .number = INT64_MIN},
                                               {.name = "list", .list = command}};
    static const audit_argument of_module[] = {{.name = "name", .text = "x"}, {.name = "origin", .text = "/x.py"}};
    static const audit_policy policy = {"p.yaml", NULL, "00"};
    audit_line line = {.type = type};
    switch (type) {
    case AUDIT_START:
        line.as.start = (audit_start){
            "0.1", "3.13.5", "2026-01-01T00:00:00.000000Z", "/work", "/home/u", command, temporary, &policy, NULL};
        break;
    case AUDIT_EXIT:
        line.as.exit = (audit_exit){2, 0, "SIGKILL"};
        break;
    case AUDIT_END:
        line.as.end = (audit_end){1, 1, 1, 0, "OK", 3};
        break;
    default:
        line.as.access = (audit_access){.time_us = 10,
                                        .process = 1,
                                        .thread = 7,
                                        .capability = "fs.read",
                                        .operation = "fs_open",
                                        .arguments = of_access,
                                        .argument_count = 3,
                                        .result = -1,
                                        .error = "ENOENT",
                                        .decision = AUDIT_DENIED,
                                        .rule = "p.yaml:3",
                                        .report_denies = true,
                                        .report_rule = "q.yaml:9",
                                        .site = &inner};
        if (type == AUDIT_MODULE)
            line.as.access = (audit_access){.time_us = 10,
                                            .process = 2,
                                            .thread = 7,
                                            .operation = "source",
                                            .arguments = of_module,
                                            .argument_count = 2,
                                            .decision = AUDIT_ALLOWED};
    }
    return line;
}

static void write_line(audit_writer *writer, audit_line line, uint64_t sequence)
{
    line.as.access.sequence = sequence;
    assert_true(audit_writer_line(writer, &line));
}

static bytes sample_record(void)
{
    bytes out = {0};
    audit_writer *writer = audit_writer_create(append, &out);
    audit_line line = sample(AUDIT_START);
    assert_true(audit_writer_line(writer, &line));
    assert_true(audit_writer_line(writer, &(audit_line){.type = AUDIT_PROCESS, .as.process = &first}));
    assert_true(audit_writer_line(writer, &(audit_line){.type = AUDIT_PROCESS, .as.process = &second}));
    assert_true(audit_writer_line(writer, &(audit_line){.type = AUDIT_SITE, .as.site = &caller}));
    assert_true(audit_writer_line(writer, &(audit_line){.type = AUDIT_SITE, .as.site = &inner}));
    assert_true(audit_writer_seal(writer));
    write_line(writer, sample(AUDIT_ACCESS), 1);
    write_line(writer, sample(AUDIT_EVENT), 2);
    write_line(writer, sample(AUDIT_MODULE), 3);
    line = sample(AUDIT_EXIT);
    assert_true(audit_writer_line(writer, &line));
    line = sample(AUDIT_END);
    assert_true(audit_writer_line(writer, &line));
    assert_true(audit_writer_seal(writer));
    audit_writer_destroy(writer);
    return out;
}

/* Reads all; copies the problem, "" for none. Returns the lines. */
static unsigned int read_all(bytes *record, char problem[512])
{
    audit_reader *reader = audit_reader_create("r.jsonl", give, record);
    audit_line line;
    audit_read_result result;
    unsigned int lines = 0;
    record->next = 0;
    while ((result = audit_reader_next(reader, &line)) == AUDIT_READ_LINE)
        lines++;
    snprintf(problem, 512, "%s", result == AUDIT_READ_DONE ? "" : audit_reader_problem(reader));
    assert_int_equal(audit_reader_next(reader, &line), result); /* and stays so */
    audit_reader_destroy(reader);
    return lines;
}

/* ---- Reading back
 * ----------------------------------------------------------------------------------------------------------------- */

static void reading_and_writing_again_gives_the_same_bytes(void **state)
{
    bytes record = sample_record(), again = {0};
    audit_reader *reader = audit_reader_create("r", give, &record);
    audit_writer *writer = audit_writer_create(append, &again);
    audit_line line;
    (void)state;

    while (audit_reader_next(reader, &line) == AUDIT_READ_LINE) {
        assert_true(audit_writer_line(writer, &line));
        if (line.number == 5)
            assert_true(audit_writer_seal(writer));
    }
    assert_true(audit_writer_seal(writer));

    assert_string_equal(audit_reader_problem(reader), "");
    assert_string_equal(record.data, again.data);
    audit_reader_destroy(reader);
    audit_writer_destroy(writer);
    free(record.data);
    free(again.data);
}

static void values_come_back_as_they_were(void **state)
{
    bytes record = sample_record();
    audit_reader *reader = audit_reader_create("r", give, &record);
    audit_line line;
    (void)state;
    record.step = 7; /* lines arrive in pieces */

    do
        assert_int_equal(audit_reader_next(reader, &line), AUDIT_READ_LINE);
    while (line.type != AUDIT_ACCESS);

    const audit_access *access = &line.as.access;
    assert_int_equal(line.number, 7);
    assert_string_equal(access->arguments[0].text, "/tmp/\xed\xb2\x80");
    assert_true(access->arguments[1].number == INT64_MIN && access->arguments[1].text == NULL &&
                access->arguments[1].list == NULL);
    assert_string_equal(access->arguments[2].list[2], command[2]);
    assert_null(access->arguments[2].list[3]);
    assert_int_equal(access->decision, AUDIT_DENIED);
    assert_true(access->report_denies);
    assert_string_equal(access->site->file, inner.file);
    assert_string_equal(access->site->caller->function, "main");
    assert_string_equal(access->site->imports[2], "package.inner");
    audit_reader_destroy(reader);
    free(record.data);
}

static void bytes_that_are_no_utf8_are_written_as_python_shows_them(void **state)
{
    static const struct {
        const char *text, *written;
    } cases[] = {{"a\xff", "\"a\\udcff\""},
                 {"\xc3\xa9", "\"\xc3\xa9\""},
                 {"\xc0\xaf", "\"\\udcc0\\udcaf\""},
                 {"\xe2\x82", "\"\\udce2\\udc82\""},
                 {"\xf4\x90\x80\x80", "\"\\udcf4\\udc90\\udc80\\udc80\""},
                 {"\xed\xb2\x80", "\"\\udc80\""},
                 {"\x7f\n", "\"\\u007f\\u000a\""}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bytes out = {0};
        char wanted[128];
        audit_writer *writer = audit_writer_create(append, &out);
        audit_line line = sample(AUDIT_END);
        line.as.end.outcome = cases[i].text;
        assert_true(audit_writer_line(writer, &line) && audit_writer_seal(writer));
        snprintf(wanted, sizeof wanted, "\"outcome\":%s,", cases[i].written);
        assert_non_null(strstr(out.data, wanted));
        audit_writer_destroy(writer);
        free(out.data);
    }
}

static void a_text_longer_than_the_buffer_is_written_whole(void **state)
{
    bytes record = {0};
    size_t size = 600 * 1024;
    char *text = malloc(size + 1), problem[512];
    audit_writer *writer = audit_writer_create(append, &record);
    audit_line start = sample(AUDIT_START), end = sample(AUDIT_END);
    (void)state;
    for (size_t i = 0; i < size; i++)
        text[i] = i % 3 ? 'x' : '\x01';
    text[size] = '\0';
    start.as.start.directory = text;
    end.as.end = (audit_end){0, 0, 0, 0, "OK", 0};

    assert_true(audit_writer_line(writer, &start) && audit_writer_line(writer, &end) && audit_writer_seal(writer));

    assert_int_equal(read_all(&record, problem), 2);
    assert_string_equal(problem, "");
    audit_writer_destroy(writer);
    free(record.data);
    free(text);
}

static void a_seal_comes_by_itself_after_4096_lines(void **state)
{
    bytes record = {0};
    char problem[512];
    audit_writer *writer = audit_writer_create(append, &record);
    audit_line line = sample(AUDIT_START);
    (void)state;
    assert_true(audit_writer_line(writer, &line));
    assert_true(audit_writer_line(writer, &(audit_line){.type = AUDIT_PROCESS, .as.process = &first}));
    for (uint64_t i = 1; i <= 10000; i++) {
        audit_line access = sample(AUDIT_ACCESS);
        access.as.access.site = NULL;
        write_line(writer, access, i);
    }
    line = sample(AUDIT_END);
    line.as.end = (audit_end){10000, 0, 0, 0, "OK", 0};
    assert_true(audit_writer_line(writer, &line) && audit_writer_seal(writer));
    audit_writer_destroy(writer);

    assert_int_equal(read_all(&record, problem), 10003);
    assert_string_equal(problem, "");
    unsigned int seals = 0;
    for (const char *next = record.data; (next = strstr(next, "{\"type\":\"seal\"")) != NULL; next++)
        seals++;
    assert_int_equal(seals, 3);
    free(record.data);
}

static bool refuse(void *context, const char *data, size_t size)
{
    (void)data, (void)size;
    return *(int *)context > 0 && (*(int *)context)-- > 0;
}

static void a_writer_that_failed_never_says_otherwise_again(void **state)
{
    int left = 100;
    audit_writer *writer = audit_writer_create(refuse, &left);
    audit_line line = sample(AUDIT_START);
    (void)state;

    assert_true(audit_writer_line(writer, &line) && audit_writer_seal(writer));
    left = 0;
    assert_true(audit_writer_line(writer, &line)); /* still in the buffer */
    assert_false(audit_writer_seal(writer));
    left = 100;
    assert_false(audit_writer_line(writer, &line));
    assert_false(audit_writer_seal(writer));
    audit_writer_destroy(writer);
}

/* ---- Changed records
 * -------------------------------------------------------------------------------------------------------------- */

/* One change of the sample record: `from` becomes `to`, once. */
struct change {
    const char *name, *from, *to, *problem;
};

static const struct change changes[] = {
    {"changed_byte_breaks_the_seal", "script.py\",\"line\":12", "script.py\",\"line\":13",
     "r.jsonl:6: the seal does not hold"},
    {"changed_seal_does_not_hold", "\"lines\":5,\"sha256\":\"", "\"lines\":5,\"sha256\":\"0",
     "r.jsonl:6: the seal does not hold"},
    {"line_taken_away", "{\"type\":\"exit\",\"process\":2,\"code\":0,\"signal\":\"SIGKILL\"}\n", "",
     "r.jsonl:11: the seal is of 5 lines, but 4 are here"},
    {"empty_line", "{\"type\":\"exit\"", "\n{\"type\":\"exit\"", "r.jsonl:10: column 1: expected {\"type\":"},
    {"unknown_type", "\"type\":\"exit\"", "\"type\":\"exits\"", "expected a type of line that version 1"},
    {"other_version", "\"version\":1", "\"version\":2", "r.jsonl:1: column 16: expected ,\"version\":1"},
    {"keys_in_another_order", "\"process\":2,\"code\":0", "\"code\":0,\"process\":2",
     "r.jsonl:10: column 15: expected ,\"process\":"},
    {"a_key_too_many", "\"signal\":\"SIGKILL\"", "\"signal\":\"SIGKILL\",\"x\":1", "r.jsonl:10: column 55: expected }"},
    {"space", "\"process\":2,\"code\"", "\"process\": 2,\"code\"", "expected a whole number below 2**64"},
    {"number_too_large", "\"seq\":1,", "\"seq\":18446744073709551616,", "expected a whole number below 2**64"},
    {"number_with_zero_in_front", "\"seq\":1,", "\"seq\":01,", "expected a whole number below 2**64"},
    {"number_below_64_bits", "-9223372036854775808", "-9223372036854775809", "expected a number of 64 bits"},
    {"minus_zero", "\"result\":-1", "\"result\":-0", "expected a number of 64 bits"},
    {"fraction", "\"result\":-1", "\"result\":-1.5", "expected ,\"error\":"},
    {"wrong_type", "\"error\":\"ENOENT\"", "\"error\":7", "expected \""},
    {"site_twice", "\"site\",\"id\":2", "\"site\",\"id\":1",
     "r.jsonl:5: column 22: expected the site after the last one"},
    {"site_skipped", "\"site\",\"id\":2", "\"site\",\"id\":3", "expected the site after the last one"},
    {"site_unknown", "\"report_rule\":\"q.yaml:9\",\"site\":2", "\"report_rule\":\"q.yaml:9\",\"site\":3",
     "expected a site that was told before"},
    {"caller_unknown", "\"caller\":1", "\"caller\":2", "expected a site that was told before"},
    {"caller_zero", "\"caller\":1", "\"caller\":0", "expected a site that was told before, or null"},
    {"process_twice", "\"process\",\"id\":2", "\"process\",\"id\":1", "expected the process after the last one"},
    {"process_unknown", "\"process\":2,\"code\"", "\"process\":3,\"code\"", "expected a process that was told before"},
    {"parent_unknown", "\"parent\":1", "\"parent\":2", "expected a process that was told before"},
    {"sequence_skipped", "\"seq\":2", "\"seq\":3", "r.jsonl:8: this is number 3, but 2 was to come"},
    {"end_counts_wrong", "\"accesses\":1", "\"accesses\":2", "r.jsonl:11: the end counts 2 accesses"},
    {"starts_twice", "{\"type\":\"exit\",\"process\":2,\"code\":0,\"signal\":\"SIGKILL\"}",
     "{\"type\":\"start\",\"version\":1,\"cordon\":\"\",\"python\":\"\",\"time\":\"\",\"command\":[],\"directory\":"
     "\"\",\"home\":\"\",\"temporary\":[],\"policy\":null,\"report_policy\":null}",
     "the record starts twice"},
    {"not_utf8", "ENOENT", "EN\xff", "expected text in UTF-8"},
    {"overlong_utf8", "ENOENT", "EN\xc0\xaf", "expected text in UTF-8"},
    {"raw_surrogate", "ENOENT", "EN\xed\xb2\x80", "expected text in UTF-8"},
    {"cut_utf8", "ENOENT\"", "EN\xe2\x82\"", "expected text in UTF-8"},
    {"nul_escaped", "ENOENT", "\\u0000", "expected text in UTF-8"},
    {"other_spelling", "ENOENT", "\\u0045", "expected text in UTF-8"},
    {"slash_escaped", "ENOENT", "\\/", "expected text in UTF-8"},
    {"half_an_escape", "ENOENT\"", "\\u00\"", "expected text in UTF-8"},
    {"control_character", "ENOENT", "\t", "expected text in UTF-8"},
    {"text_without_end", "\"SIGKILL\"}", "\"SIGKILL}", "expected \""},
    {"nested_list", "\"list\":[", "\"list\":[[", "expected \""},
    {"object_as_argument", "\"list\":[", "\"list\":{[", "expected a whole number"},
    {"comma_at_the_end", "\"/var/tmp\"]", "\"/var/tmp\",]", "expected \""},
    {"decision_unknown", "\"decision\":\"deny\"", "\"decision\":\"maybe\"", "expected \"deny\""},
    {"report_rule_without_report", "\"report\":\"deny\"", "\"report\":null", "expected null"},
};

static char *change_once(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    char *out = malloc(strlen(text) + strlen(to) + 1);
    sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return out;
}

static void change_is_named(void **state)
{
    const struct change *change = *state;
    bytes record = sample_record(), changed;
    char problem[512];
    changed = (bytes){.data = change_once(record.data, change->from, change->to)};
    changed.size = strlen(changed.data);

    (void)read_all(&changed, problem);

    if (strstr(problem, change->problem) == NULL)
        fail_msg("got: %s", problem);
    assert_memory_equal(problem, "r.jsonl:", 8);
    free(record.data);
    free(changed.data);
}

/* However a record is cut, it is told; and it reads well when it is not cut. */
static void every_cut_is_told(void **state)
{
    bytes record = sample_record();
    size_t whole = record.size;
    char problem[512];
    (void)state;
    for (record.size = 0; record.size < whole; record.size++) {
        (void)read_all(&record, problem);
        if (strstr(problem, record.size == 0 ? "is empty" : "cut off") == NULL)
            fail_msg("cut after %zu: %s", record.size, problem);
    }
    assert_int_equal(read_all(&record, problem), 10);
    assert_string_equal(problem, "");
    free(record.data);
}

/* No changed byte goes unnoticed. */
static void every_changed_byte_is_told(void **state)
{
    bytes record = sample_record();
    char problem[512];
    (void)state;
    for (size_t i = 0; i < record.size; i++)
        for (unsigned int bit = 0; bit < 8; bit++) {
            record.data[i] = (char)(record.data[i] ^ (1u << bit));
            (void)read_all(&record, problem);
            if (problem[0] == '\0')
                fail_msg("byte %zu, bit %u", i, bit);
            record.data[i] = (char)(record.data[i] ^ (1u << bit));
        }
    (void)read_all(&record, problem);
    assert_string_equal(problem, "");
    free(record.data);
}

static void what_follows_the_last_seal_is_told(void **state)
{
    bytes record = sample_record();
    char problem[512];
    (void)state;
    assert_true(append(&record, "{\"type\":\"seal\",\"lines\":1,\"sha256\":\"\"}\n", 39));
    (void)read_all(&record, problem);
    assert_string_equal(problem, "r.jsonl:13: nothing may follow the end and its seal");
    free(record.data);
}

static void a_huge_line_is_told_without_being_kept(void **state)
{
    size_t size = 5u << 20;
    bytes record = {.data = malloc(size), .size = size};
    char problem[512];
    (void)state;
    memset(record.data, '[', size);
    (void)read_all(&record, problem);
    assert_string_equal(problem, "r.jsonl:1: the line is too long for a record: more than 4 MiB");
    free(record.data);
}

static void what_is_no_record_is_told(void **state)
{
    char text[] = "#!/bin/sh\n", problem[512];
    bytes record = {.data = text, .size = sizeof text - 1};
    (void)state;
    (void)read_all(&record, problem);
    assert_string_equal(problem, "r.jsonl:1: this is no record: it does not begin with {\"type\":");
}

enum { FIXED_TESTS = 11 };

/* A line that stands for several accesses takes as many numbers. */
static void counted_accesses_are_counted(void **state)
{
    bytes record = {0};
    char problem[512];
    audit_line line = sample(AUDIT_ACCESS), end = sample(AUDIT_END), again;
    audit_writer *writer = audit_writer_create(append, &record);
    audit_line start = sample(AUDIT_START);
    (void)state;
    assert_true(audit_writer_line(writer, &start));
    assert_true(audit_writer_line(writer, &(audit_line){.type = AUDIT_PROCESS, .as.process = &first}));
    line.as.access.site = NULL;
    line.as.access.count = 4;
    write_line(writer, line, 1);
    line.as.access.count = 0;
    write_line(writer, line, 5);
    end.as.end = (audit_end){5, 0, 0, 0, "OK", 0};
    assert_true(audit_writer_line(writer, &end) && audit_writer_seal(writer));
    audit_writer_destroy(writer);

    unsigned int lines = read_all(&record, problem);

    assert_string_equal(problem, "");
    assert_int_equal(lines, 5);
    audit_reader *reader = audit_reader_create("r", give, &record);
    record.next = 0;
    for (int i = 0; i < 3; i++)
        assert_int_equal(audit_reader_next(reader, &again), AUDIT_READ_LINE);
    assert_int_equal(again.as.access.count, 4);
    assert_int_equal(audit_reader_next(reader, &again), AUDIT_READ_LINE);
    assert_int_equal(again.as.access.count, 1);
    audit_reader_destroy(reader);
    free(record.data);
}

int main(void)
{
    static struct CMUnitTest tests[FIXED_TESTS + sizeof changes / sizeof *changes] = {
        cmocka_unit_test(reading_and_writing_again_gives_the_same_bytes),
        cmocka_unit_test(values_come_back_as_they_were),
        cmocka_unit_test(counted_accesses_are_counted),
        cmocka_unit_test(bytes_that_are_no_utf8_are_written_as_python_shows_them),
        cmocka_unit_test(a_text_longer_than_the_buffer_is_written_whole),
        cmocka_unit_test(a_seal_comes_by_itself_after_4096_lines),
        cmocka_unit_test(a_writer_that_failed_never_says_otherwise_again),
        cmocka_unit_test(every_cut_is_told),
        cmocka_unit_test(every_changed_byte_is_told),
        cmocka_unit_test(what_follows_the_last_seal_is_told),
        cmocka_unit_test(a_huge_line_is_told_without_being_kept),
        cmocka_unit_test(what_is_no_record_is_told),
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        tests[FIXED_TESTS + i] = (struct CMUnitTest){
            .name = changes[i].name, .test_func = change_is_named, .initial_state = (void *)&changes[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
