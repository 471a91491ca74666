/* Hides from readers of SARIF 2.1.0 what a record is: a rule for each capability, a result for each row. */
#include <string.h>

#include "json_out.h"
#include "report_groups.h"
#include "table.h"

/* Folders that stand for others in normalised paths. */
static const struct uri_base {
    const char *begin, *name, *meaning;
} bases[] = {
    {"./", "%SRCROOT%", "the folder that the program was started in"},
    {"~/", "HOME", "the home of the person who started it"},
    {"<stdlib>/", "STDLIB", "Python's own library"},
    {"<site-packages>/", "SITEPACKAGES", "installed distributions"},
    {"<tmp>/", "TMP", "temporary files"},
};

/* How many results had a fingerprint: those alike but for the line are told apart by their order. */
typedef struct seen {
    const char *fingerprint;
    unsigned int times;
} seen;

typedef struct sarif {
    report *from;
    json_out json;
    table seen;
} sarif;

/* A code scanner's result is about a line of code that somebody can change: Python's own files and its start matter
 * only when they were refused something. */
static bool is_shown(const audit_row *row)
{
    if (report_row_state(row) != REPORT_ALLOWED)
        return true;
    return row->place->file != NULL && !report_is_library(row->place->file);
}

/* ---- Places ---- */

/* Bytes that Python shows as U+DC80 ... U+DCFF stand for themselves again. */
static unsigned int next_byte(const unsigned char **text)
{
    const unsigned char *at = *text;
    bool is_escaped_byte = at[0] == 0xed && (at[1] == 0xb2 || at[1] == 0xb3) && at[2] >= 0x80;
    *text += is_escaped_byte ? 3 : 1;
    return is_escaped_byte ? ((at[1] & 3u) << 6 | (at[2] & 0x3fu)) : at[0];
}

static const char *percent_encoded(report *to, const char *path)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    char *uri = arena_take(to->memory, strlen(path) * 3 + 1), *next = uri;
    if (uri == NULL) {
        to->has_failed = true;
        return "";
    }
    for (const unsigned char *text = (const unsigned char *)path; *text != '\0';) {
        unsigned int byte = next_byte(&text);
        if (strchr(plain, (int)byte) != NULL) {
            *next++ = (char)byte;
            continue;
        }
        *next++ = '%';
        *next++ = digits[byte >> 4];
        *next++ = digits[byte & 15];
    }
    *next = '\0';
    return uri;
}

static void put_artifact(sarif *to, const char *file)
{
    json_out_open(&to->json, "artifactLocation", '{');
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        size_t length = strlen(bases[i].begin);
        if (strncmp(file, bases[i].begin, length) != 0)
            continue;
        json_out_text(&to->json, "uri", percent_encoded(to->from, file + length));
        json_out_text(&to->json, "uriBaseId", bases[i].name);
        json_out_close(&to->json, '}');
        return;
    }
    const char *uri = percent_encoded(to->from, file);
    json_out_text(&to->json, "uri", file[0] == '/' ? report_format(to->from, "file://%s", uri) : uri);
    json_out_close(&to->json, '}');
}

static void put_function(sarif *to, const audit_place *place)
{
    const char *module = place->module == NULL ? "" : report_visible(to->from, place->module);
    if (place->function == NULL)
        return;
    const char *function = report_visible(to->from, place->function);
    json_out_open(&to->json, "logicalLocations", '[');
    json_out_open(&to->json, NULL, '{');
    json_out_text(&to->json, "name", function);
    json_out_text(&to->json, "fullyQualifiedName",
                  report_format(to->from, "%s%s%s", module, *module == '\0' ? "" : ".", function));
    json_out_text(&to->json, "kind", "function");
    json_out_close(&to->json, '}');
    json_out_close(&to->json, ']');
}

/* -m and -c name no file: then it is the folder that the program was started in. */
static const char *program_file(const audit_head *head)
{
    const char *first = head->command[0];
    return first == NULL || *first == '\0' || *first == '-' ? "./." : first;
}

/* What comes from no Python code is shown at the program, since results without a place are refused by code scanning.
 */
static void put_locations(sarif *to, const audit_place *place)
{
    const char *file = place->file != NULL ? place->file : program_file(to->from->head);
    json_out_open(&to->json, "locations", '[');
    json_out_open(&to->json, NULL, '{');
    json_out_open(&to->json, "physicalLocation", '{');
    put_artifact(to, file);
    /* Code scanning asks for a line; where none is known it is the first. */
    json_out_open(&to->json, "region", '{');
    json_out_number(&to->json, "startLine", place->line > 0 ? place->line : 1);
    json_out_close(&to->json, '}');
    json_out_close(&to->json, '}');
    put_function(to, place);
    json_out_close(&to->json, '}');
    json_out_close(&to->json, ']');
}

/* ---- Results ---- */

/* Events have names of their own, and one is called as a capability is: import. */
static const char *rule_name(report *to, const audit_row *row)
{
    return report_format(to, "%s%s", row->kind == AUDIT_ROW_EVENT ? "event/" : "", report_visible(to, row->capability));
}

static bool is_seen(const void *item, const void *key)
{
    return strcmp(((const seen *)item)->fingerprint, key) == 0;
}

static unsigned int times_seen(sarif *to, const char *fingerprint)
{
    uint64_t hash = table_hash_text(0, fingerprint);
    seen *found = table_find(&to->seen, hash, is_seen, fingerprint);
    if (found == NULL) {
        found = arena_take(to->from->memory, sizeof *found);
        if (found == NULL || !table_add(&to->seen, hash, found)) {
            to->from->has_failed = true;
            return 0;
        }
        *found = (seen){fingerprint, 0};
    }
    return ++found->times;
}

static const char *message_of(report *to, const audit_row *row)
{
    static const char *const levels[] = {[REPORT_DENIED] = "was denied",
                                         [REPORT_WOULD_BE_DENIED] = "would be denied by the report policy",
                                         [REPORT_NEW] = "is new",
                                         [REPORT_ALLOWED] = "was done"};
    report_state state = report_row_state(row);
    const char *rule = state == REPORT_DENIED ? row->rule : state == REPORT_WOULD_BE_DENIED ? row->report_rule : NULL;
    const char *capability = report_visible(to, row->capability), *target = report_visible(to, row->target);
    return report_format(to, "%s%s%s %s%s%s%s", capability, *target == '\0' ? "" : " of ", target, levels[state],
                         rule == NULL ? "" : " (", rule == NULL ? "" : report_visible(to, rule),
                         rule == NULL ? "" : ")");
}

static void put_properties(sarif *to, const audit_row *row)
{
    json_out *json = &to->json;
    json_out_open(json, "properties", '{');
    json_out_number(json, "denied", row->denied);
    json_out_number(json, "wouldBeDenied", row->reported);
    json_out_number(json, "failed", row->failed);
    json_out_bool(json, "new", row->is_new);
    if (row->place->distribution != NULL)
        json_out_text(json, "distribution", report_visible(to->from, row->place->distribution));
    json_out_open(json, "imports", '[');
    for (size_t i = 0; row->place->imports[i] != NULL; i++)
        json_out_text(json, NULL, report_visible(to->from, row->place->imports[i]));
    json_out_close(json, ']');
    json_out_close(json, '}');
}

static void put_result(sarif *to, const audit_row *row, size_t rule)
{
    static const char *const levels[] = {[REPORT_DENIED] = "error",
                                         [REPORT_WOULD_BE_DENIED] = "warning",
                                         [REPORT_NEW] = "error",
                                         [REPORT_ALLOWED] = "note"};
    json_out *json = &to->json;
    report *from = to->from;
    json_out_line(json);
    json_out_open(json, NULL, '{');
    json_out_text(json, "ruleId", rule_name(from, row));
    json_out_number(json, "ruleIndex", rule);
    json_out_text(json, "level", levels[report_row_state(row)]);
    json_out_open(json, "message", '{');
    json_out_text(json, "text", message_of(from, row));
    json_out_close(json, '}');
    put_locations(to, row->place);
    json_out_open(json, "partialFingerprints", '{');
    json_out_text(json, "cordonAccess/v1",
                  report_format(from, "%s:%u", row->fingerprint, times_seen(to, row->fingerprint)));
    json_out_close(json, '}');
    json_out_number(json, "occurrenceCount", row->count);
    put_properties(to, row);
    json_out_close(json, '}');
}

static void put_results(sarif *to, const row_groups *capabilities)
{
    json_out_open(&to->json, "results", '[');
    for (size_t i = 0; i < capabilities->count; i++)
        for (size_t j = 0; j < capabilities->items[i].row_count; j++)
            if (is_shown(capabilities->items[i].rows[j]))
                put_result(to, capabilities->items[i].rows[j], i);
    output_literal(to->from->out, "\n");
    json_out_close(&to->json, ']');
}

/* ---- The run ---- */

static void put_tool(sarif *to, const row_groups *capabilities)
{
    json_out *json = &to->json;
    json_out_open(json, "tool", '{');
    json_out_open(json, "driver", '{');
    json_out_text(json, "name", "Cordon");
    json_out_text(json, "version", report_visible(to->from, to->from->head->cordon));
    json_out_open(json, "rules", '[');
    for (size_t i = 0; i < capabilities->count; i++) {
        const audit_row *first = capabilities->items[i].rows[0];
        const char *name = report_visible(to->from, first->capability);
        json_out_line(json);
        json_out_open(json, NULL, '{');
        json_out_text(json, "id", rule_name(to->from, first));
        json_out_open(json, "shortDescription", '{');
        json_out_text(json, "text",
                      report_format(to->from,
                                    first->kind == AUDIT_ROW_EVENT ? "Python raised the audit event %s"
                                                                   : "Python code used the capability %s",
                                    name));
        json_out_close(json, '}');
        json_out_close(json, '}');
    }
    output_literal(to->from->out, "\n");
    json_out_close(json, ']');
    json_out_close(json, '}');
    json_out_close(json, '}');
}

static void put_bases(json_out *json)
{
    json_out_open(json, "originalUriBaseIds", '{');
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        json_out_open(json, bases[i].name, '{');
        json_out_open(json, "description", '{');
        json_out_text(json, "text", bases[i].meaning);
        json_out_close(json, '}');
        json_out_close(json, '}');
    }
    json_out_close(json, '}');
}

static void put_invocation(sarif *to)
{
    const audit_head *head = to->from->head;
    json_out *json = &to->json;
    json_out_open(json, "invocations", '[');
    json_out_open(json, NULL, '{');
    json_out_text(json, "commandLine", report_command(to->from));
    if (head->outcome[0] != '\0')
        json_out_signed(json, "exitCode", head->code);
    json_out_bool(json, "executionSuccessful", head->outcome[0] != '\0' && head->code == 0);
    json_out_close(json, '}');
    json_out_close(json, ']');
}

void report_sarif(report *from)
{
    sarif to = {.from = from, .json = {.out = from->out}};
    row_groups capabilities = report_capabilities(from);
    json_out *json = &to.json;
    json_out_open(json, NULL, '{');
    json_out_text(json, "$schema",
                  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
    json_out_text(json, "version", "2.1.0");
    json_out_open(json, "runs", '[');
    json_out_open(json, NULL, '{');
    put_tool(&to, &capabilities);
    put_bases(json);
    put_invocation(&to);
    json_out_text(json, "columnKind", "unicodeCodePoints");
    put_results(&to, &capabilities);
    json_out_close(json, '}');
    json_out_close(json, ']');
    json_out_close(json, '}');
    output_literal(from->out, "\n");
    table_release(&to.seen);
}
