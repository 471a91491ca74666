/* A policy file as the YAML reader hands it over: texts, nothing understood yet. Private to policy. */
#ifndef POLICY_SOURCE_POLICY_DOCUMENT_H
#define POLICY_SOURCE_POLICY_DOCUMENT_H

#include <stdbool.h>

#include "policy_fields.h"
#include "policy_tables.h"
#include "yaml_tree.h"

typedef struct document_rule {
    const char *capability;
    const char *reason; /* NULL: none */
#define DOCUMENT_FIELD(member, flag) const char **member; unsigned int member##_count;
    POLICY_FIELDS(DOCUMENT_FIELD)
#undef DOCUMENT_FIELD
} document_rule;

/* The texts of one field of a rule. */
typedef struct document_texts {
    const char *const *items;
    unsigned int count;
} document_texts;
document_texts document_rule_texts(const document_rule *rule, enum policy_field_number field);

typedef struct document_limits {
#define DOCUMENT_LIMIT(member, name, unit) const char *member;
    POLICY_LIMIT_TABLE(DOCUMENT_LIMIT)
#undef DOCUMENT_LIMIT
} document_limits;

enum { POLICY_LIMIT_COUNT = sizeof(document_limits) / sizeof(const char *) };

typedef struct document_content {
    document_rule *allow;
    unsigned int allow_count;
    document_rule *deny;
    unsigned int deny_count;
    document_limits *limits; /* NULL: none */
    bool *report_only;       /* NULL: not said */
} document_content;

typedef struct document_profile {
    const char *name;
    const char **extends;
    unsigned int extends_count;
    document_content content;
} document_profile;

typedef struct policy_document {
    unsigned int version;
    const char *initial; /* the profile to take where none is asked for; NULL: none */
    document_content content;
    document_profile *profiles;
    unsigned int profiles_count;
} policy_document;

/* Of a tree whose shape was checked. On true the caller owns *document_out. */
bool policy_document_load(const yaml_tree *tree, policy_document **document_out);
/* Accepts NULL. */
void policy_document_destroy(policy_document *document);

#endif
