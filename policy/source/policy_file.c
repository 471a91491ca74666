/* Reads a policy file: its shape is a table for the YAML reader; what a table cannot say is checked after.
 * <stdio.h> is here for formatting in memory only: nothing in policy reads a file or writes a stream. */
#include <cyaml/cyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

typedef struct reading {
    const char *bytes;
    size_t size;
    const char *file_name;
    policy_message *message;
    char words[256]; /* the YAML reader's first complaint, and where */
    policy_position position;
} reading;

/* ---- Messages -------------------------------------------------------------------------------------------------------------------- */

static bool complain(reading *reading, policy_position position, const char *what, const char *detail)
{
    /* Without a place the first line stands for the file. */
    if (position.line == 0) position = (policy_position){ 1, 1 };
    snprintf(reading->message->text, sizeof reading->message->text, "%s:%zu:%zu: %s%s", reading->file_name, position.line, position.column, what, detail);
    return false;
}

/* The YAML reader tells what is wrong first, then, innermost first, where: "in mapping field 'x' (line: 3, column: 17)". */
static void hear(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    (void)level;
    reading *reading = context;
    char line[256];
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = '\0';
    const char *words = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
    if (reading->words[0] == '\0') snprintf(reading->words, sizeof reading->words, "%s", words);
    const char *place = strstr(line, "(line: ");
    const char *column = strstr(line, "column: ");
    if (reading->position.line == 0 && place != NULL && column != NULL)
        reading->position = (policy_position){ strtoul(place + 7, NULL, 10), strtoul(column + 8, NULL, 10) };
}

/* For an unknown key the YAML reader tells the place of what came before it. */
static policy_position position_of_complaint(const reading *reading)
{
    static const char unknown[] = "Unexpected key: ";
    if (strncmp(reading->words, unknown, strlen(unknown)) != 0) return reading->position;
    policy_position position = policy_position_of_key(reading->bytes, reading->size, reading->words + strlen(unknown));
    return position.line != 0 ? position : reading->position;
}

/* ---- The shape ------------------------------------------------------------------------------------------------------------------- */

static const cyaml_schema_value_t text_schema = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 4096) };
static const cyaml_schema_value_t port_schema = { CYAML_VALUE_UINT(CYAML_FLAG_DEFAULT, uint16_t) };

#define LIST_FIELD(key, schema) CYAML_FIELD_SEQUENCE(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, policy_rule, key, schema, 1, CYAML_UNLIMITED)
#define RULES_FIELD(key, schema) CYAML_FIELD_SEQUENCE(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, policy_document, key, schema, 0, CYAML_UNLIMITED)

static const cyaml_schema_field_t rule_fields[] = {
    CYAML_FIELD_STRING_PTR("capability", CYAML_FLAG_POINTER, policy_rule, capability, 1, 64),
    LIST_FIELD(path, &text_schema),
    LIST_FIELD(name, &text_schema),
    LIST_FIELD(host, &text_schema),
    LIST_FIELD(address, &text_schema),
    LIST_FIELD(port, &port_schema),
    CYAML_FIELD_STRING_PTR("reason", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, policy_rule, reason, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_schema = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, policy_rule, rule_fields) };

static const cyaml_schema_field_t document_fields[] = {
    CYAML_FIELD_UINT("version", CYAML_FLAG_DEFAULT, policy_document, version),
    RULES_FIELD(allow, &rule_schema),
    RULES_FIELD(deny, &rule_schema),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t document_schema = { CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, policy_document, document_fields) };

static cyaml_config_t config_for(reading *reading)
{
    /* A warning is a complaint too: a second document in the file would be ignored. */
    return (cyaml_config_t){ .log_fn = hear, .log_ctx = reading, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_WARNING };
}

void policy_document_destroy(policy_document *document)
{
    cyaml_config_t config = { .mem_fn = cyaml_mem };
    cyaml_free(&config, &document_schema, document, 0);
}

static bool read_shape(reading *reading, policy_document **document_out)
{
    cyaml_config_t config = config_for(reading);
    cyaml_err_t problem = cyaml_load_data((const uint8_t *)reading->bytes, reading->size, &config, &document_schema, (cyaml_data_t **)document_out, NULL);
    if (problem != CYAML_OK) return complain(reading, position_of_complaint(reading), reading->words[0] ? reading->words : cyaml_strerror(problem), "");
    if (reading->words[0] != '\0') return complain(reading, reading->position, reading->words, "");
    if (*document_out == NULL) return complain(reading, reading->position, "the file is empty: write at least `version: 1`", "");
    if ((*document_out)->version != 1)
        return complain(reading, policy_position_of_key(reading->bytes, reading->size, "version"), "only version 1 is known", "");
    return true;
}

/* ---- What the shape cannot say --------------------------------------------------------------------------------------------------- */

typedef struct rule_place {
    reading *reading;
    const char *list; /* "allow" or "deny" */
    unsigned int number;
} rule_place;

static bool complain_at(const rule_place *place, const char *key, int item, const char *what, const char *detail)
{
    return complain(place->reading, policy_position_of(place->reading->bytes, place->reading->size, place->list, place->number, key, item), what, detail);
}

static bool resolve_capabilities(policy_rule *rule)
{
    uint64_t capabilities;
    const char *name;
    for (size_t i = 0; (name = policy_capability_set(i, &capabilities)) != NULL; i++) {
        if (strcmp(name, rule->capability) == 0) {
            rule->capabilities = capabilities;
            return true;
        }
    }
    return false;
}

/* A limit must mean something for every capability that the rule names; else it would seem to limit what it does not. */
static bool check_fields(const policy_rule *rule, const rule_place *place)
{
    static const struct field {
        policy_field field;
        const char *key;
    } fields[] = { { POLICY_FIELD_PATH, "path" }, { POLICY_FIELD_NAME, "name" }, { POLICY_FIELD_HOST, "host" }, { POLICY_FIELD_ADDRESS, "address" },
                   { POLICY_FIELD_PORT, "port" } };
    unsigned int limits = policy_rule_limits(rule);
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
        if (!(limits & fields[f].field)) continue;
        for (int c = 0; c < POLICY_CAPABILITIES_MAX; c++)
            if ((rule->capabilities >> c & 1) && !(policy_capability_fields(c) & fields[f].field))
                return complain_at(place, fields[f].key, -1, fields[f].key, " cannot limit this capability");
    }
    return true;
}

static bool check_patterns(const policy_rule *rule, const rule_place *place)
{
    address_range range;
    for (unsigned int i = 0; i < rule->path_count; i++)
        if (rule->path[i][0] != '/') return complain_at(place, "path", (int)i, "not an absolute path: ", rule->path[i]);
    for (unsigned int i = 0; i < rule->address_count; i++)
        if (strncmp(rule->address[i], "unix:", 5) != 0 && !address_range_parse(rule->address[i], &range))
            return complain_at(place, "address", (int)i, "neither an address range nor unix:PATH: ", rule->address[i]);
    if (rule->path_count != 0 && strcmp(place->list, "deny") == 0)
        return complain_at(place, "path", -1, "a path cannot be denied, since links lead around names: allow narrower folders instead", "");
    return true;
}

static bool check_rules(reading *reading, const char *list, policy_rule *rules, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        rule_place place = { reading, list, i };
        if (!resolve_capabilities(&rules[i])) return complain_at(&place, "capability", -1, "no such capability: ", rules[i].capability);
        if (!check_fields(&rules[i], &place) || !check_patterns(&rules[i], &place)) return false;
    }
    return true;
}

/* ---- Together -------------------------------------------------------------------------------------------------------------------- */

static uint64_t settled_by(const policy_document *document)
{
    uint64_t settled = 0;
    for (unsigned int i = 0; i < document->allow_count; i++)
        if (policy_rule_limits(&document->allow[i]) == 0) settled |= document->allow[i].capabilities;
    for (unsigned int i = 0; i < document->deny_count; i++) settled &= ~document->deny[i].capabilities;
    return settled;
}

bool policy_read(const char *bytes, size_t size, const char *file_name, policy **policy_out, policy_message *message)
{
    reading reading = { .bytes = bytes, .size = size, .file_name = file_name, .message = message };
    policy_document *document = NULL;
    *policy_out = NULL;
    bool is_good = read_shape(&reading, &document) && check_rules(&reading, "allow", document->allow, document->allow_count) &&
                   check_rules(&reading, "deny", document->deny, document->deny_count);
    policy *result = is_good ? calloc(1, sizeof *result) : NULL;
    if (result == NULL) {
        if (is_good) complain(&reading, reading.position, "out of memory", "");
        policy_document_destroy(document);
        return false;
    }
    result->document = document;
    result->settled = settled_by(document);
    *policy_out = result;
    return true;
}
