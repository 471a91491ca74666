/* Hides the YAML reader: its schema is a table, from which it makes the document's structs.
 * <stdio.h> is here for formatting in memory only: nothing in policy reads a file or writes a stream. */
#include "policy_document.h"

#include <cyaml/cyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const cyaml_schema_value_t text_schema = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED) };

#define OPTIONAL_TEXT(key, type, member) CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, CYAML_UNLIMITED)
#define OPTIONAL_LIST(key, type, member, schema) CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, schema, 0, CYAML_UNLIMITED)
#define TEXT(key, type, member) CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 1, CYAML_UNLIMITED)

static const cyaml_schema_field_t rule_fields[] = {
    TEXT("capability", document_rule, capability),
#define FIELD(member, flag) OPTIONAL_LIST(#member, document_rule, member, &text_schema),
    POLICY_FIELDS(FIELD)
#undef FIELD
    OPTIONAL_TEXT("reason", document_rule, reason),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_schema = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, document_rule, rule_fields) };

static const cyaml_schema_field_t limit_fields[] = {
#define LIMIT(member, name, unit) OPTIONAL_TEXT(name, document_limits, member),
    POLICY_LIMIT_TABLE(LIMIT)
#undef LIMIT
    CYAML_FIELD_END,
};

#define CONTENT_FIELDS(type) \
    OPTIONAL_LIST("allow", type, content.allow, &rule_schema), OPTIONAL_LIST("deny", type, content.deny, &rule_schema), \
    CYAML_FIELD_MAPPING_PTR("limits", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, content.limits, limit_fields), \
    CYAML_FIELD_BOOL_PTR("report_only", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, content.report_only)

static const cyaml_schema_field_t profile_fields[] = {
    TEXT("name", document_profile, name),
    OPTIONAL_LIST("extends", document_profile, extends, &text_schema),
    CONTENT_FIELDS(document_profile),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t profile_schema = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, document_profile, profile_fields) };

static const cyaml_schema_field_t document_fields[] = {
    CYAML_FIELD_UINT("version", CYAML_FLAG_DEFAULT, policy_document, version),
    OPTIONAL_TEXT("default", policy_document, initial),
    CONTENT_FIELDS(policy_document),
    OPTIONAL_LIST("profiles", policy_document, profiles, &profile_schema),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t document_schema = { CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, policy_document, document_fields) };

/* The YAML reader's first complaint. */
typedef struct complaint {
    char words[256];
} complaint;

static void hear(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    (void)level;
    complaint *heard = context;
    if (heard->words[0] != '\0') return;
    vsnprintf(heard->words, sizeof heard->words, format, arguments);
    heard->words[strcspn(heard->words, "\n")] = '\0';
}

void policy_document_destroy(policy_document *document)
{
    cyaml_config_t config = { .mem_fn = cyaml_mem };
    cyaml_free(&config, &document_schema, document, 0);
}

bool policy_document_load(const yaml_tree *tree, policy_document **document_out)
{
    complaint heard = { "" };
    /* A warning is a complaint too. */
    cyaml_config_t config = { .log_fn = hear, .log_ctx = &heard, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_WARNING, .flags = CYAML_CFG_NO_ALIAS };
    *document_out = NULL;
    cyaml_err_t problem = cyaml_load_data((const uint8_t *)tree->bytes, tree->size, &config, &document_schema, (cyaml_data_t **)document_out, NULL);
    if (problem == CYAML_OK && heard.words[0] == '\0' && *document_out != NULL) return true;
    policy_document_destroy(*document_out);
    *document_out = NULL;
    return yaml_tree_complain(tree, (policy_position){ 0, 0 }, "%s", heard.words[0] ? heard.words : cyaml_strerror(problem));
}

document_texts document_rule_texts(const document_rule *rule, enum policy_field_number field)
{
    switch (field) {
#define TEXTS(member, flag) case POLICY_NUMBER_##flag: return (document_texts){ rule->member, rule->member##_count };
        POLICY_FIELDS(TEXTS)
#undef TEXTS
    case POLICY_FIELD_COUNT: break;
    }
    return (document_texts){ NULL, 0 };
}
