/* Hides from tools nothing: each row with all it has, and nothing that changes from run to run. */
#include "report_rows.h"

static void put_counts(json_out *to, const char *key, const audit_counts *counts)
{
    json_out_open(to, key, '{');
    for (size_t i = 0; i < counts->count; i++)
        json_out_number(to, counts->items[i].name, counts->items[i].count);
    json_out_close(to, '}');
}

static void put_place(json_out *to, const audit_place *place)
{
    if (place->file == NULL) {
        json_out_text(to, "place", NULL);
        return;
    }
    json_out_open(to, "place", '{');
    json_out_text(to, "file", place->file);
    json_out_number(to, "line", place->line);
    json_out_text(to, "function", place->function);
    json_out_text(to, "module", place->module);
    json_out_text(to, "distribution", place->distribution);
    json_out_list(to, "imports", place->imports);
    json_out_close(to, '}');
}

void report_json_row(json_out *to, const audit_row *row)
{
    static const char *const kinds[] = {
        [AUDIT_ROW_ACCESS] = "access", [AUDIT_ROW_MODULE] = "module", [AUDIT_ROW_EVENT] = "event"};
    json_out_open(to, NULL, '{');
    json_out_text(to, "kind", kinds[row->kind]);
    json_out_text(to, row->kind == AUDIT_ROW_EVENT ? "event" : "capability", row->capability);
    json_out_text(to, "target", row->target);
    if (row->kind == AUDIT_ROW_MODULE) {
        json_out_text(to, "origin", row->origin);
        json_out_text(to, "sha256", row->sha256);
    }
    put_place(to, row->place);
    put_counts(to, "through", &row->through);
    json_out_number(to, "count", row->count);
    if (row->kind != AUDIT_ROW_EVENT) {
        put_counts(to, "operations", &row->operations);
        put_counts(to, "errors", &row->errors);
        json_out_number(to, "failed", row->failed);
        json_out_number(to, "denied", row->denied);
        json_out_text(to, "rule", row->rule);
        json_out_number(to, "would_be_denied", row->reported);
        json_out_text(to, "report_rule", row->report_rule);
    }
    json_out_bool(to, "new", row->is_new);
    json_out_text(to, "fingerprint", row->fingerprint);
    json_out_close(to, '}');
}

static void put_totals(json_out *to, const audit_totals *totals)
{
    json_out_open(to, "totals", '{');
    json_out_number(to, "accesses", totals->accesses);
    json_out_number(to, "modules", totals->modules);
    json_out_number(to, "events", totals->events);
    json_out_number(to, "failed", totals->failed);
    json_out_number(to, "denied", totals->denied);
    json_out_number(to, "would_be_denied", totals->reported);
    json_out_number(to, "new_rows", totals->rows_new);
    json_out_number(to, "lost", totals->lost);
    json_out_close(to, '}');
}

void report_json_whole(const report *from, json_out *to)
{
    const audit_head *head = from->head;
    json_out_open(to, NULL, '{');
    json_out_number(to, "version", 1);
    json_out_text(to, "cordon", head->cordon);
    json_out_text(to, "python", head->python);
    json_out_list(to, "command", head->command);
    json_out_text(to, "policy", head->policy);
    json_out_text(to, "report_policy", head->report_policy);
    json_out_text(to, "outcome", head->outcome);
    json_out_signed(to, "code", head->code);
    put_totals(to, from->totals);
    json_out_open(to, "rows", '[');
    for (size_t i = 0; i < from->row_count; i++) {
        json_out_line(to);
        report_json_row(to, from->rows[i]);
    }
    output_literal(to->out, "\n");
    json_out_close(to, ']');
    json_out_close(to, '}');
}

void report_json(report *to)
{
    json_out json = {.out = to->out};
    report_json_whole(to, &json);
    output_literal(to->out, "\n");
}

void report_jsonl(report *to)
{
    for (size_t i = 0; i < to->row_count; i++) {
        json_out json = {.out = to->out};
        report_json_row(&json, to->rows[i]);
        output_literal(to->out, "\n");
    }
}
