/* Hides from `cordon audit run` how a baseline is read, compared and written, and how people are told. */
#include "audit_run_verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_learn.h"
#include "audit_run_report.h"
#include "audit_sink.h"
#include "cordon/exit_code.h"
#include "policy/policy.h"

/* ---- The command line ------------------------------------------------------------------------------------------------------------- */

/* Whether a capability is meant by "fs.read", "fs.*" or "*". */
static bool is_meant(const char *capability, const char *name, size_t length)
{
    if (length > 0 && name[length - 1] == '*')
        return strncmp(capability, name, length - 1) == 0;
    return strlen(capability) == length && memcmp(capability, name, length) == 0;
}

const char *audit_verdict_take_fail_on(audit_verdict_options *options, const char *value)
{
    options->fail_on = value;
    for (const char *name = value;; name++) {
        size_t length = strcspn(name, ",");
        uint64_t meant = 0;
        for (int i = 0; policy_capability_name(i) != NULL; i++)
            if (is_meant(policy_capability_name(i), name, length))
                meant |= UINT64_C(1) << i;
        if (meant == 0)
            return "names what is no capability: see docs/policy.md";
        options->fail_on_numbers |= meant;
        name += length;
        if (*name == '\0')
            return NULL;
    }
}

bool audit_verdict_is_asked(const audit_verdict_options *options)
{
    return options->baseline != NULL || options->fail_on != NULL;
}

/* ---- Before ----------------------------------------------------------------------------------------------------------------------- */

static int read_baseline(audit_verdict *verdict)
{
    const char *path = verdict->options->baseline;
    audit_baseline_message message;
    bool is_missing;
    size_t size;
    char *bytes = audit_file_read(verdict->context, path, &size, &is_missing);
    if (bytes == NULL && is_missing && verdict->options->updates_baseline)
        return 0;
    if (bytes == NULL) {
        if (is_missing)
            command_complain(verdict->context, "there is no baseline %s; the same command with --update-baseline makes it", path);
        return CORDON_EXIT_USAGE;
    }
    bool is_read = audit_baseline_read(bytes, size, path, &verdict->known, &message);
    if (!is_read)
        command_complain(verdict->context, "%s", message.text);
    free(bytes);
    return is_read ? 0 : CORDON_EXIT_USAGE;
}

int audit_verdict_open(const command_context *context, const audit_verdict_options *options, int record_fd, const char *record, audit_verdict *verdict_out)
{
    *verdict_out = (audit_verdict){.context = context, .options = options};
    if (!audit_verdict_is_asked(options))
        return 0;
    if (!audit_run_record_check(context, record_fd, record))
        return CORDON_EXIT_USAGE;
    return options->baseline == NULL ? 0 : read_baseline(verdict_out);
}

void audit_verdict_close(audit_verdict *verdict)
{
    audit_baseline_destroy(verdict->known);
    audit_baseline_destroy(verdict->now);
    verdict->known = verdict->now = NULL;
}

/* ---- Judging ---------------------------------------------------------------------------------------------------------------------- */

typedef bool (*line_function)(audit_verdict *verdict, void *context, const audit_line *line);

/* Gives each line to `take`. False after saying what is wrong; `take` says nothing but that there is no memory. */
static bool read_record(audit_verdict *verdict, line_function take, void *context)
{
    audit_run_record from;
    audit_line line;
    audit_read_result result = AUDIT_READ_DONE;
    audit_reader *reader = audit_run_record_read(verdict->context, verdict->record_fd, verdict->record, &from);
    bool is_good = reader != NULL;
    while (is_good && (result = audit_reader_next(reader, &line)) == AUDIT_READ_LINE)
        if (!take(verdict, context, &line)) {
            command_complain(verdict->context, "has no memory left");
            is_good = false;
        }
    if (is_good && result == AUDIT_READ_BAD)
        command_complain(verdict->context, "%s", audit_reader_problem(reader));
    audit_reader_destroy(reader);
    return is_good && result == AUDIT_READ_DONE;
}

static bool gather(audit_verdict *verdict, void *context, const audit_line *line)
{
    (void)context;
    return audit_baseline_add(verdict->now, line);
}

/* What the interpreter does to get ready is no program's. */
static bool is_failing(const audit_verdict *verdict, const audit_baseline_entry *entry)
{
    int number = policy_capability_number(entry->capability);
    return number >= 0 && (verdict->options->fail_on_numbers >> number & 1) && entry->count > entry->start_count;
}

static void count_failing(void *context, const audit_baseline_entry *entry)
{
    audit_verdict *verdict = context;
    verdict->failing_count += is_failing(verdict, entry);
}

bool audit_verdict_judge(audit_verdict *verdict, int record_fd, const char *record)
{
    if (!audit_verdict_is_asked(verdict->options))
        return true;
    verdict->record_fd = record_fd;
    verdict->record = record;
    verdict->now = audit_baseline_create();
    if (verdict->now == NULL || !read_record(verdict, gather, NULL) || !audit_baseline_finish(verdict->now))
        return false;
    audit_baseline_each(verdict->now, count_failing, verdict);
    if (verdict->known != NULL) {
        verdict->new_count = audit_baseline_compare(verdict->now, verdict->known, NULL, NULL);
        verdict->vanished_count = audit_baseline_compare(verdict->known, verdict->now, NULL, NULL);
    }
    return true;
}

static bool is_known(void *context, const audit_row *row)
{
    const audit_verdict *verdict = context;
    return !audit_baseline_row_is_new(verdict->now, verdict->known, row);
}

void audit_verdict_mark(void *context, audit_summary *summary)
{
    audit_verdict *verdict = context;
    if (verdict->now != NULL && verdict->known != NULL && verdict->new_count > 0)
        audit_summary_mark_new(summary, is_known, verdict);
}

/* ---- Telling ---------------------------------------------------------------------------------------------------------------------- */

static void tell_entry(void *sink, const audit_baseline_entry *entry)
{
    (void)audit_sink_write(sink, "  ", 2);
    (void)audit_baseline_print(entry, audit_sink_write, sink);
    (void)audit_sink_write(sink, "\n", 1);
}

static void tell_place(void *sink, const audit_baseline_entry *entry)
{
    tell_entry(sink, entry);
    (void)audit_sink_write(sink, "      ", 6);
    (void)audit_baseline_print_place(entry, audit_sink_write, sink);
    (void)audit_sink_write(sink, "\n", 1);
}

typedef struct failing_context {
    const audit_verdict *verdict;
    audit_sink *sink;
} failing_context;

static void tell_failing(void *context, const audit_baseline_entry *entry)
{
    const failing_context *failing = context;
    if (is_failing(failing->verdict, entry))
        tell_place(failing->sink, entry);
}

__attribute__((format(printf, 2, 3))) static void say(audit_sink *sink, const char *format, ...)
{
    char line[8192];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    (void)audit_sink_write(sink, line, length < (int)sizeof line ? (size_t)length : sizeof line - 1);
}

typedef struct teaching {
    audit_baseline_pass *pass;
    audit_learner *learner;
} teaching;

static bool teach(audit_verdict *verdict, void *context, const audit_line *line)
{
    teaching *teaching = context;
    bool is_new = false;
    (void)verdict;
    return audit_baseline_pass_is_new(teaching->pass, line, &is_new) && audit_learner_add(teaching->learner, line, is_new);
}

/* The new accesses as rules, to be pasted. */
static void tell_patch(audit_verdict *verdict, audit_sink *sink)
{
    teaching teaching = {audit_baseline_pass_create(verdict->now, verdict->known),
                         audit_learner_create(audit_learn_file_kind, (void *)verdict->context)};
    if (teaching.pass != NULL && teaching.learner != NULL && read_record(verdict, teach, &teaching)) {
        say(sink, "cordon: a policy that allows them, to be put under `allow:`\n");
        (void)audit_learner_write(teaching.learner, AUDIT_LEARN_RULES, audit_sink_write, sink);
    }
    audit_baseline_pass_destroy(teaching.pass);
    audit_learner_destroy(teaching.learner);
}

static void tell_differences(audit_verdict *verdict, audit_sink *sink)
{
    const char *name = verdict->options->baseline;
    if (verdict->vanished_count > 0) {
        say(sink, "cordon: not seen any more, %zu of %s:\n", verdict->vanished_count, name);
        (void)audit_baseline_compare(verdict->known, verdict->now, tell_entry, sink);
    }
    if (verdict->new_count == 0)
        return;
    say(sink, "cordon: new accesses, %zu that %s does not have:\n", verdict->new_count, name);
    (void)audit_baseline_compare(verdict->now, verdict->known, tell_place, sink);
    tell_patch(verdict, sink);
    say(sink, "cordon: if they are wanted, --update-baseline writes them to %s\n", name);
}

static bool update(audit_verdict *verdict, int code)
{
    static audit_sink sink; /* large */
    const char *path = verdict->options->baseline;
    audit_sink_open(verdict->context, path, &sink);
    bool is_written = audit_baseline_write(verdict->now, verdict->known, audit_sink_write, &sink);
    if (!audit_sink_close(&sink, is_written))
        return false;
    if (verdict->known == NULL)
        command_complain(verdict->context, "wrote %s: %zu accesses", path, audit_baseline_count(verdict->now));
    else
        command_complain(verdict->context, "wrote %s: %zu accesses, %zu of them new, %zu removed", path, audit_baseline_count(verdict->now), verdict->new_count,
                         verdict->vanished_count);
    if (code != 0)
        command_complain(verdict->context, "the program ended with %d: what it did not come to is not in %s", code, path);
    return true;
}

int audit_verdict_tell(audit_verdict *verdict, int code)
{
    static audit_sink sink; /* large */
    const audit_verdict_options *options = verdict->options;
    if (!audit_verdict_is_asked(options))
        return code;
    bool is_bad = verdict->failing_count > 0;
    audit_sink_use(verdict->context, 2, &sink);
    if (options->updates_baseline) {
        if (!update(verdict, code))
            return CORDON_EXIT_AUDIT_INCOMPLETE;
    } else if (options->baseline != NULL) {
        tell_differences(verdict, &sink);
        is_bad = is_bad || verdict->new_count > 0 || (options->is_strict && verdict->vanished_count > 0);
    }
    if (verdict->failing_count > 0) {
        failing_context failing = {verdict, &sink};
        say(&sink, "cordon: accesses that --fail-on %s names, %zu:\n", options->fail_on, verdict->failing_count);
        audit_baseline_each(verdict->now, tell_failing, &failing);
    }
    (void)audit_sink_close(&sink, true);
    return is_bad && !options->exits_zero ? CORDON_EXIT_DENIED : code;
}
