/* Hides from people at a terminal all that they did not ask: what was refused, then what was done most plainly. */
#include <string.h>

#include "report_groups.h"
#include "visible.h"

enum {
    TARGETS_SHOWN = 12, /* of each capability, unless all are asked for; refused ones are always shown */
    PLACES_SHOWN = 3,   /* of each target, likewise */
    INDENT = 2,
    TARGET_WIDTH_MAX = 60, /* where nothing is cut */
    COUNT_WIDTH = 7,
    PLACE_WIDTH_MIN = 28 /* a remark beside a place leaves it so much */
};

typedef enum colour { PLAIN, BOLD, FAINT, RED, YELLOW } colour;

/* `text` is visible: it holds no escapes of its own. */
static void put(report *to, colour colour, const char *text)
{
    static const char *const codes[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[33m"};
    bool is_coloured = to->options->has_colour && colour != PLAIN;
    output_string(to->out, is_coloured ? codes[colour] : "");
    output_string(to->out, text);
    output_string(to->out, is_coloured ? "\x1b[0m" : "");
}

static void put_spaces(report *to, unsigned int count)
{
    while (count-- > 0)
        output_literal(to->out, " ");
}

static unsigned int columns_left(const report *to, unsigned int used)
{
    unsigned int width = to->options->width;
    return width == 0 ? ~0u : width > used ? width - used : 1;
}

static const char *cut(report *to, const char *text, unsigned int width)
{
    const char *shown = visible_cut(to->memory, text, width);
    to->has_failed |= shown == NULL;
    return shown == NULL ? "" : shown;
}

/* Texts one after the other, on a new line where they would not fit. */
typedef struct flow {
    report *to;
    unsigned int column;
} flow;

static void flow_text(flow *in, colour colour, const char *before, const char *text)
{
    unsigned int width = visible_width(text), before_width = visible_width(before), whole = columns_left(in->to, 0);
    output_string(in->to->out, before);
    if (in->column > INDENT && in->column + before_width + width > whole) {
        output_literal(in->to->out, "\n");
        put_spaces(in->to, in->column = INDENT + INDENT);
        before_width = 0;
    }
    text = cut(in->to, text, whole);
    put(in->to, colour, text);
    in->column += before_width + visible_width(text);
}

/* ", 3 denied" and the like; nothing for nothing. */
static void flow_count(flow *in, colour colour, uint64_t count, const char *what)
{
    if (count > 0)
        flow_text(in, colour, ", ", report_format(in->to, "%llu %s", (unsigned long long)count, what));
}

static const char *plural(report *to, uint64_t count, const char *one, const char *many)
{
    return report_format(to, "%llu %s", (unsigned long long)count, count == 1 ? one : many);
}

/* ---- The first lines ---- */

static void flow_ending(flow *in)
{
    const audit_head *head = in->to->head;
    if (head->outcome[0] == '\0')
        flow_text(in, RED, "", "the record has no end");
    else
        flow_text(in, PLAIN, "",
                  report_format(in->to, "%s with %lld", report_visible(in->to, head->outcome), (long long)head->code));
}

static void put_head(report *to)
{
    const audit_totals *totals = to->totals;
    flow in = {to, INDENT};
    put(to, BOLD, cut(to, report_command(to), columns_left(to, 0)));
    output_literal(to->out, "\n");
    put_spaces(to, INDENT);
    flow_ending(&in);
    flow_text(&in, PLAIN, "; ", plural(to, totals->accesses, "access", "accesses"));
    flow_count(&in, RED, totals->denied, "denied");
    flow_count(&in, YELLOW, totals->reported, "would be denied");
    flow_count(&in, YELLOW, totals->rows_new, "new");
    flow_count(&in, PLAIN, totals->failed, "failed");
    flow_count(&in, RED, totals->lost, "lost");
    flow_count(&in, PLAIN, totals->modules, totals->modules == 1 ? "module" : "modules");
    flow_count(&in, PLAIN, totals->events, totals->events == 1 ? "event" : "events");
    output_literal(to->out, "\n");
}

/* ---- Rows ---- */

/* How wide the column of targets is: as its widest text, within reason. */
static unsigned int target_width(report *to, const row_groups *targets, size_t shown)
{
    unsigned int widest = 0;
    for (size_t i = 0; i < shown; i++) {
        unsigned int width = visible_width(report_target(to, targets->items[i].rows[0]));
        widest = width > widest ? width : widest;
    }
    unsigned int most = to->options->width == 0 ? TARGET_WIDTH_MAX : to->options->width / 2;
    return widest < most ? widest : most;
}

/* What is worth saying of a row beside its place. */
static const char *row_remark(report *to, const audit_row *row)
{
    if (row->denied > 0)
        return row->rule == NULL ? "denied: no rule allows it"
                                 : report_format(to, "denied by %s", report_visible(to, row->rule));
    if (row->reported > 0)
        return row->report_rule == NULL
                   ? "would be denied: no rule allows it"
                   : report_format(to, "would be denied by %s", report_visible(to, row->report_rule));
    if (row->is_new)
        return "new";
    return row->errors.count == 0 ? "" : report_format(to, "%s", report_visible(to, row->errors.items[0].name));
}

/* The remark stands behind the place, or on the next line where there is no room for both. */
static void put_place(report *to, const audit_row *row, unsigned int used)
{
    static const colour colours[] = {
        [REPORT_DENIED] = RED, [REPORT_WOULD_BE_DENIED] = YELLOW, [REPORT_NEW] = YELLOW, [REPORT_ALLOWED] = FAINT};
    const char *remark = row_remark(to, row), *place = report_place(to, row->place);
    unsigned int left = columns_left(to, used), remark_width = visible_width(remark);
    unsigned int place_width = visible_width(place) < PLACE_WIDTH_MIN ? visible_width(place) : PLACE_WIDTH_MIN;
    bool is_beside = left == ~0u || left >= place_width + 2 + remark_width;
    bool is_cut = left != ~0u && remark_width > 0 && is_beside;
    put(to, PLAIN, cut(to, place, is_cut ? left - 2 - remark_width : left));
    if (remark_width > 0) {
        output_string(to->out, is_beside ? "  " : "\n");
        put_spaces(to, is_beside ? 0 : used);
        put(to, colours[report_row_state(row)], cut(to, remark, is_beside ? remark_width : left));
    }
    output_literal(to->out, "\n");
}

static void put_target(report *to, const row_group *target, unsigned int width)
{
    const char *name = report_target(to, target->rows[0]);
    if (to->options->width > 0)
        name = cut(to, name, width);
    unsigned int used = INDENT + width + COUNT_WIDTH + 2, name_width = visible_width(name);
    put_spaces(to, INDENT);
    put(to, target->denied > 0 ? RED : target->reported + target->new_rows > 0 ? YELLOW : PLAIN, name);
    put_spaces(to, name_width < width ? width - name_width : 0);
    put(to, PLAIN, report_format(to, "%*llu  ", COUNT_WIDTH, (unsigned long long)target->count));
    size_t shown = target->row_count;
    if (!to->options->shows_all && shown > PLACES_SHOWN)
        shown = PLACES_SHOWN;
    for (size_t i = 0; i < target->row_count; i++) {
        bool is_allowed = report_row_state(target->rows[i]) == REPORT_ALLOWED;
        if (i >= shown && is_allowed)
            continue;
        if (i > 0)
            put_spaces(to, used);
        put_place(to, target->rows[i], used);
    }
    size_t hidden = 0;
    for (size_t i = shown; i < target->row_count; i++)
        hidden += report_row_state(target->rows[i]) == REPORT_ALLOWED;
    if (hidden > 0) {
        put_spaces(to, used);
        put(to, FAINT, report_format(to, "and %s\n", plural(to, hidden, "more place", "more places")));
    }
}

static void put_capability_head(report *to, const row_group *capability)
{
    const audit_row *first = capability->rows[0];
    flow in = {to, 0};
    output_literal(to->out, "\n");
    flow_text(&in, BOLD, "", report_visible(to, first->capability));
    flow_text(&in, PLAIN, "  ", first->kind == AUDIT_ROW_EVENT ? "event, " : "");
    flow_text(&in, PLAIN, "", report_format(to, "%llu", (unsigned long long)capability->count));
    flow_count(&in, PLAIN, capability->target_count > 1 ? capability->target_count : 0, "different");
    flow_count(&in, RED, capability->denied, "denied");
    flow_count(&in, YELLOW, capability->reported, "would be denied");
    flow_count(&in, YELLOW, capability->new_rows, "new");
    flow_count(&in, PLAIN, capability->failed, "failed");
    output_literal(to->out, "\n");
}

/* How many of them are shown before what is Python's own; report_targets puts that last. */
static size_t programs_targets(const report *to, const row_groups *targets)
{
    size_t count = targets->count;
    while (!to->options->shows_all && count > 0 && report_is_pythons_own(&targets->items[count - 1]))
        count--;
    return count;
}

static void put_capability(report *to, const row_group *capability)
{
    row_groups targets = report_targets(to, capability);
    size_t programs = programs_targets(to, &targets), shown = 0;
    if (programs == 0)
        return;
    put_capability_head(to, capability);
    for (; shown < programs; shown++) {
        const row_group *target = &targets.items[shown];
        bool is_allowed = target->denied + target->reported + target->new_rows == 0;
        if (is_allowed && shown >= TARGETS_SHOWN && !to->options->shows_all)
            break;
    }
    unsigned int width = target_width(to, &targets, shown);
    for (size_t i = 0; i < shown; i++)
        put_target(to, &targets.items[i], width);
    if (shown < programs)
        put(to, FAINT, report_format(to, "  and %zu more\n", programs - shown));
    if (programs < targets.count)
        put(to, FAINT, report_format(to, "  and %zu of Python's own\n", targets.count - programs));
}

/* Where Python was alone: one line for all, so that what the program did is not lost in it. */
static void put_pythons_own(report *to, const row_groups *capabilities)
{
    flow in = {to, INDENT};
    bool is_first = true;
    for (size_t i = 0; i < capabilities->count; i++) {
        const row_group *capability = &capabilities->items[i];
        row_groups targets = report_targets(to, capability);
        if (programs_targets(to, &targets) > 0)
            continue;
        if (is_first)
            put(to, FAINT, "\nby Python alone, at its start and in its own library; --all shows where\n  ");
        flow_text(&in, FAINT, is_first ? "" : ", ",
                  report_format(to, "%s %llu", report_visible(to, capability->rows[0]->capability), (unsigned long long)capability->count));
        is_first = false;
    }
    if (!is_first)
        output_literal(to->out, "\n");
}

/* 0 is shown first: what was refused, then what would be or is new, then the rest. */
static unsigned int capability_rank(const row_group *capability)
{
    return capability->denied > 0 ? 0 : capability->reported + capability->new_rows > 0 ? 1 : 2;
}

void report_table(report *to)
{
    row_groups capabilities = report_capabilities(to);
    put_head(to);
    for (unsigned int rank = 0; rank <= 2; rank++)
        for (size_t i = 0; i < capabilities.count; i++)
            if (capability_rank(&capabilities.items[i]) == rank)
                put_capability(to, &capabilities.items[i]);
    put_pythons_own(to, &capabilities);
}
