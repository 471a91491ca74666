/* Hides from readers of JUnit files XML's rules: a suite is a capability, a case what it was about, seen from one
 * place. */
#include "report_groups.h"

/* What is shown to people holds no character that XML 1.0 refuses; text and attributes need the same escapes. */
static void put_escaped(report *to, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            output_literal(to->out, "&amp;");
            break;
        case '<':
            output_literal(to->out, "&lt;");
            break;
        case '>':
            output_literal(to->out, "&gt;");
            break;
        case '"':
            output_literal(to->out, "&quot;");
            break;
        default:
            output_bytes(to->out, text, 1);
        }
    }
}

static void put_attribute(report *to, const char *name, const char *value)
{
    output_literal(to->out, " ");
    output_string(to->out, name);
    output_literal(to->out, "=\"");
    put_escaped(to, value);
    output_literal(to->out, "\"");
}

static void put_number(report *to, const char *name, uint64_t number)
{
    put_attribute(to, name, report_format(to, "%llu", (unsigned long long)number));
}

static const char *message_of(report *to, const audit_row *row, report_state state)
{
    const char *rule = state == REPORT_DENIED ? row->rule : row->report_rule;
    if (state == REPORT_NEW)
        return "is not in the baseline";
    return report_format(to, "%s %s", report_state_name(state),
                         rule == NULL ? "as no rule allows it" : report_format(to, "by %s", report_visible(to, rule)));
}

/* What is refused and what is new fails; what a report policy would refuse is skipped, since nothing was refused. */
static void put_case(report *to, const audit_row *row)
{
    report_state state = report_row_state(row);
    output_literal(to->out, "    <testcase");
    put_attribute(to, "classname", report_visible(to, row->capability));
    put_attribute(to, "name", report_format(to, "%s from %s", report_target(to, row), report_place(to, row->place)));
    if (row->place->file != NULL)
        put_attribute(to, "file", report_visible(to, row->place->file));
    if (row->place->line > 0)
        put_number(to, "line", row->place->line);
    if (state == REPORT_ALLOWED) {
        output_literal(to->out, "/>\n");
        return;
    }
    output_string(to->out, state == REPORT_WOULD_BE_DENIED ? ">\n      <skipped" : ">\n      <failure");
    put_attribute(to, "message", message_of(to, row, state));
    if (state != REPORT_WOULD_BE_DENIED)
        put_attribute(to, "type", report_state_name(state));
    output_literal(to->out, "/>\n    </testcase>\n");
}

typedef struct tally {
    size_t cases, failures, skipped;
} tally;

static tally tally_of(const audit_row *const *rows, size_t count)
{
    tally sum = {0};
    for (size_t i = 0; i < count; i++) {
        report_state state = report_row_state(rows[i]);
        if (rows[i]->kind == AUDIT_ROW_EVENT)
            continue;
        sum.cases++;
        sum.failures += state == REPORT_DENIED || state == REPORT_NEW;
        sum.skipped += state == REPORT_WOULD_BE_DENIED;
    }
    return sum;
}

static void put_tally(report *to, tally sum)
{
    put_number(to, "tests", sum.cases);
    put_number(to, "failures", sum.failures);
    put_number(to, "errors", 0);
    put_number(to, "skipped", sum.skipped);
}

void report_junit(report *to)
{
    row_groups capabilities = report_capabilities(to);
    output_literal(to->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    put_attribute(to, "name", report_format(to, "cordon audit: %s", report_command(to)));
    put_tally(to, tally_of(to->rows, to->row_count));
    output_literal(to->out, ">\n");
    for (size_t i = 0; i < capabilities.count; i++) {
        const row_group *group = &capabilities.items[i];
        if (group->rows[0]->kind == AUDIT_ROW_EVENT)
            continue; /* an event is neither allowed nor denied */
        output_literal(to->out, "  <testsuite");
        put_attribute(to, "name", report_visible(to, group->rows[0]->capability));
        put_tally(to, tally_of(group->rows, group->row_count));
        output_literal(to->out, ">\n");
        for (size_t j = 0; j < group->row_count; j++)
            put_case(to, group->rows[j]);
        output_literal(to->out, "  </testsuite>\n");
    }
    output_literal(to->out, "</testsuites>\n");
}
