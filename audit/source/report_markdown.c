/* Hides from readers of Markdown what its many dialects would make of names: a summary for a pull request or a job's
 * page. */
#include <string.h>

#include "report_groups.h"

enum { TARGETS_SHOWN = 20 /* of each capability, refused ones beside; pages of jobs take 1 MiB */ };

/* A character reference is text in every dialect, whatever it would begin; inside <code> nothing else needs one. */
static void put_escaped(report *to, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("&<>\"'|`*_[]()!#~\\@:$", *text) != NULL)
            output_string(to->out, report_format(to, "&#%u;", (unsigned int)(unsigned char)*text));
        else
            output_bytes(to->out, text, 1);
    }
}

static void put_code(report *to, const char *text)
{
    output_literal(to->out, "<code>");
    put_escaped(to, text);
    output_literal(to->out, "</code>");
}

static void put_cell_number(report *to, uint64_t number)
{
    output_string(to->out, report_format(to, " | %llu", (unsigned long long)number));
}

static const char *rule_of(report *to, const audit_row *row)
{
    const char *rule = row->denied > 0 ? row->rule : row->report_rule;
    return rule == NULL ? "no rule allows it" : report_visible(to, rule);
}

/* Those in one state, a line each; nothing if there are none. */
static void put_found(report *to, report_state state, const char *heading)
{
    bool has_heading = false;
    for (size_t i = 0; i < to->row_count; i++) {
        const audit_row *row = to->rows[i];
        if (report_row_state(row) != state)
            continue;
        if (!has_heading)
            output_string(
                to->out,
                report_format(to, "\n### %s\n\n| capability | what | count | where | rule |\n|---|---|---:|---|---|\n",
                              heading));
        has_heading = true;
        output_literal(to->out, "| ");
        put_code(to, report_visible(to, row->capability));
        output_literal(to->out, " | ");
        put_code(to, report_target(to, row));
        put_cell_number(to, row->count);
        output_literal(to->out, " | ");
        put_code(to, report_place(to, row->place));
        output_literal(to->out, " | ");
        if (state != REPORT_NEW)
            put_code(to, rule_of(to, row));
        output_literal(to->out, " |\n");
    }
}

static void put_totals(report *to, const row_groups *capabilities)
{
    output_literal(to->out, "\n### By capability\n\n| capability | count | different | failed | denied | would be "
                            "denied |\n|---|---:|---:|---:|---:|---:|\n");
    for (size_t i = 0; i < capabilities->count; i++) {
        const row_group *group = &capabilities->items[i];
        output_literal(to->out, "| ");
        put_code(to, report_visible(to, group->rows[0]->capability));
        if (group->rows[0]->kind == AUDIT_ROW_EVENT)
            output_literal(to->out, " (event)");
        put_cell_number(to, group->count);
        put_cell_number(to, group->target_count);
        put_cell_number(to, group->failed);
        put_cell_number(to, group->denied);
        put_cell_number(to, group->reported);
        output_literal(to->out, " |\n");
    }
}

static void put_capability(report *to, const row_group *capability)
{
    row_groups targets = report_targets(to, capability);
    size_t shown = targets.count > TARGETS_SHOWN && !to->options->shows_all ? TARGETS_SHOWN : targets.count;
    output_literal(to->out, "\n<details><summary>");
    put_code(to, report_visible(to, capability->rows[0]->capability));
    output_string(to->out,
                  report_format(to, ": %zu</summary>\n\n| what | count | where |\n|---|---:|---|\n", targets.count));
    for (size_t i = 0; i < shown; i++) {
        const row_group *target = &targets.items[i];
        output_literal(to->out, "| ");
        put_code(to, report_target(to, target->rows[0]));
        put_cell_number(to, target->count);
        output_literal(to->out, " | ");
        put_code(to, report_place(to, target->rows[0]->place));
        if (target->row_count > 1)
            output_string(to->out, report_format(to, " and %zu more", target->row_count - 1));
        output_literal(to->out, " |\n");
    }
    if (shown < targets.count)
        output_string(to->out, report_format(to, "| and %zu more | | |\n", targets.count - shown));
    output_literal(to->out, "\n</details>\n");
}

void report_markdown(report *to)
{
    row_groups capabilities = report_capabilities(to);
    const audit_totals *totals = to->totals;
    output_literal(to->out, "## Audit of ");
    put_code(to, report_command(to));
    output_string(
        to->out,
        report_format(to, "\n\n%llu accesses, **%llu denied**, %llu would be denied, %llu new, %llu failed; %s\n",
                      (unsigned long long)totals->accesses, (unsigned long long)totals->denied,
                      (unsigned long long)totals->reported, (unsigned long long)totals->rows_new,
                      (unsigned long long)totals->failed,
                      to->head->outcome[0] == '\0' ? "the record has no end"
                                                   : report_format(to, "ended with %lld.", (long long)to->head->code)));
    put_found(to, REPORT_DENIED, "Denied");
    put_found(to, REPORT_NEW, "New");
    put_found(to, REPORT_WOULD_BE_DENIED, "Would be denied");
    put_totals(to, &capabilities);
    for (size_t i = 0; i < capabilities.count; i++)
        put_capability(to, &capabilities.items[i]);
}
