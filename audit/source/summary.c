/* Hides from reports and baselines how a record's lines become rows, totals and a head. */
#include "audit/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

enum { POLICY_BYTES_MAX = 8192, MONOTONIC_CLOCK = 1, PRIVATE_ANONYMOUS = 0x22 /* Linux's numbers */ };

struct audit_summary {
    rows rows;
    audit_totals totals;
    audit_head head;
    const audit_row **in_order; /* NULL until finished */
    bool has_waited;            /* depends_on_waiting() was true */
    bool has_taken_memory;      /* depends_on_addresses() was */
};

audit_summary *audit_summary_create(void)
{
    static const char *const nothing[] = {NULL};
    audit_summary *summary = calloc(1, sizeof *summary);
    if (summary == NULL)
        return NULL;
    summary->head = (audit_head){.cordon = "", .python = "", .command = nothing, .outcome = ""};
    if (rows_open(&summary->rows))
        return summary;
    audit_summary_destroy(summary);
    return NULL;
}

void audit_summary_destroy(audit_summary *summary)
{
    if (summary == NULL)
        return;
    rows_release(&summary->rows);
    free(summary);
}

/* ---- Lines ---- */

static bool copy_command(audit_summary *summary, const char *const *command)
{
    rows *rows = &summary->rows;
    size_t count = 0;
    while (command != NULL && command[count] != NULL)
        count++;
    const char **copy = arena_take(&rows->memory, (count + 1) * sizeof *copy);
    if (copy == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool is_path = command[i][0] == '/' && strchr(command[i], '\n') == NULL;
        copy[i] = rows_text(rows, is_path ? audit_normaliser_path(rows->normaliser, command[i]) : command[i]);
        if (copy[i] == NULL)
            return false;
    }
    copy[count] = NULL;
    summary->head.command = copy;
    return true;
}

/* False: no memory. */
static bool copy_policy(audit_summary *summary, const audit_policy *policy, const char **name_out)
{
    if (policy == NULL)
        return true;
    char name[POLICY_BYTES_MAX];
    const char *file = audit_normaliser_path(summary->rows.normaliser, policy->file);
    snprintf(name, sizeof name, "%s%s%s", file, policy->profile == NULL ? "" : ":",
             policy->profile == NULL ? "" : policy->profile);
    *name_out = rows_text(&summary->rows, name);
    return *name_out != NULL;
}

static bool add_start(audit_summary *summary, const audit_start *start)
{
    audit_head *head = &summary->head;
    if (!audit_normaliser_start(summary->rows.normaliser, start) || !copy_command(summary, start->command))
        return false;
    head->cordon = rows_text(&summary->rows, start->cordon);
    head->python = rows_text(&summary->rows, start->python);
    return head->cordon != NULL && head->python != NULL && copy_policy(summary, start->policy, &head->policy) &&
           copy_policy(summary, start->report_policy, &head->report_policy);
}

static bool is_operation(const audit_access *access, const char *capability, const char *operation)
{
    return access->capability != NULL && strcmp(access->capability, capability) == 0 &&
           strcmp(access->operation, operation) == 0;
}

static bool has_number(const audit_access *access, const char *argument, int64_t number)
{
    for (size_t i = 0; i < access->argument_count; i++)
        if (strcmp(access->arguments[i].name, argument) == 0)
            return access->arguments[i].text == NULL && access->arguments[i].number == number;
    return false;
}

/* Locks, that of the interpreter among them, read the monotonic clock whenever they wait, in whichever thread and at
 * whichever place that is; in a record this cannot be told from a program that asks what time it is by the same clock.
 * When and how often that happens is for the system's scheduler to say: a report says only that it did. */
static bool depends_on_waiting(const audit_access *access)
{
    return is_operation(access, "time.read", "time_clock") && has_number(access, "clock", MONOTONIC_CLOCK);
}

/* The interpreter's allocator asks for private memory when it has none left, and gives it back when all in it is free:
 * at which place that is depends on sizes and addresses of all that lives, and differs from run to run. */
static bool depends_on_addresses(const audit_access *access)
{
    return access->decision == AUDIT_ALLOWED &&
           (is_operation(access, "memory.map", "memory_unmap") ||
            (is_operation(access, "memory.map", "memory_map") && has_number(access, "flags", PRIVATE_ANONYMOUS)));
}

static bool add_access(audit_summary *summary, audit_row_kind kind, const audit_access *access)
{
    audit_access once;
    bool is_memory = depends_on_addresses(access);
    if (is_memory || depends_on_waiting(access)) {
        bool *was_told = is_memory ? &summary->has_taken_memory : &summary->has_waited;
        if (*was_told)
            return true;
        *was_told = true;
        once = *access;
        once.count = 1;
        once.site = NULL;
        access = &once;
    }
    audit_totals *totals = &summary->totals;
    uint64_t *counts[] = {[AUDIT_ROW_ACCESS] = &totals->accesses,
                          [AUDIT_ROW_MODULE] = &totals->modules,
                          [AUDIT_ROW_EVENT] = &totals->events};
    uint64_t times = rows_times(access);
    *counts[kind] += times;
    if (kind != AUDIT_ROW_EVENT) {
        bool is_allowed = access->decision == AUDIT_ALLOWED;
        totals->denied += is_allowed ? 0 : times;
        totals->failed += is_allowed && access->error != NULL ? times : 0;
        totals->reported += is_allowed && access->report_denies ? times : 0;
    }
    return rows_add(&summary->rows, kind, access);
}

static bool add_end(audit_summary *summary, const audit_end *end)
{
    summary->totals.lost = end->lost;
    summary->head.code = end->code;
    summary->head.outcome = rows_text(&summary->rows, end->outcome);
    return summary->head.outcome != NULL;
}

bool audit_summary_add(audit_summary *summary, const audit_line *line)
{
    switch (line->type) {
    case AUDIT_START:
        return add_start(summary, &line->as.start);
    case AUDIT_ACCESS:
        return add_access(summary, AUDIT_ROW_ACCESS, &line->as.access);
    case AUDIT_MODULE:
        return add_access(summary, AUDIT_ROW_MODULE, &line->as.access);
    case AUDIT_EVENT:
        return add_access(summary, AUDIT_ROW_EVENT, &line->as.access);
    case AUDIT_END:
        return add_end(summary, &line->as.end);
    default:
        return true; /* sites and processes come with the accesses that point at them */
    }
}

bool audit_summary_finish(audit_summary *summary)
{
    summary->in_order = rows_in_order(&summary->rows);
    return summary->in_order != NULL;
}

bool audit_summary_read(audit_summary *summary, audit_reader *reader, audit_read_result *result_out)
{
    audit_line line;
    while ((*result_out = audit_reader_next(reader, &line)) == AUDIT_READ_LINE)
        if (!audit_summary_add(summary, &line))
            return false;
    return audit_summary_finish(summary);
}

/* ---- What came of it ---- */

const audit_row *const *audit_summary_rows(const audit_summary *summary, size_t *count_out)
{
    *count_out = summary->in_order == NULL ? 0 : summary->rows.found.count;
    return summary->in_order;
}

const audit_totals *audit_summary_totals(const audit_summary *summary)
{
    return &summary->totals;
}

const audit_head *audit_summary_head(const audit_summary *summary)
{
    return &summary->head;
}

void audit_summary_mark_new(audit_summary *summary, audit_is_known_function is_known, void *context)
{
    summary->totals.rows_new = 0;
    for (size_t i = 0; i < summary->rows.found.count; i++) {
        audit_row *row = (audit_row *)summary->in_order[i]; /* ours: only readers see it as constant */
        row->is_new = !is_known(context, row);
        summary->totals.rows_new += row->is_new;
    }
}
