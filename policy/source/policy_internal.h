/* A policy as it is kept. Private to policy. */
#ifndef POLICY_SOURCE_POLICY_INTERNAL_H
#define POLICY_SOURCE_POLICY_INTERNAL_H

#include <stdatomic.h>

#include "address_range.h"
#include "policy/policy.h"
#include "policy_document.h"
#include "text_buffer.h"
#include "text_pattern.h"

enum { POLICY_CAPABILITIES_MAX = 64 };

typedef enum pattern_kind {
    PATTERN_TEXT, /* `*` and `?` */
    PATTERN_PATH, /* see text_pattern.h */
    PATTERN_ADDRESS,
    PATTERN_NUMBER,
    PATTERN_ARGUMENTS
} pattern_kind;

/* One of the alternatives of a field. */
typedef struct policy_pattern {
    pattern_kind kind;
    const char *text; /* as the file has it; borrowed from the document */
    bool is_wild;     /* a text or path with a wildcard */
    char last;        /* letter that what fits must end with; 0: any */
    union {
        address_range range;
        struct {
            int64_t low, high; /* both fit */
        } number;
        const char *const *words; /* ended by NULL */
        path_shape shape;         /* of a path with a wildcard */
    } as;
} policy_pattern;

typedef struct policy_patterns {
    const policy_pattern *items;
    unsigned int count;
} policy_patterns;

/* One rule of the file, understood. */
typedef struct policy_rule {
    uint64_t capabilities; /* bit n: capability number n */
    unsigned int fields;   /* those that it has patterns for; policy_field flags */
    bool is_deny;
    unsigned int line;
    uint32_t number; /* among those in force, in the file's order */
    policy_rule_origin origin;
    const char *capability; /* as the file has it */
    policy_patterns patterns[POLICY_FIELD_COUNT];
} policy_rule;

/* See rule_index.h. */
typedef struct rule_index {
    struct field_index *fields;
    uint32_t field_count;
} rule_index;

/* The rules about one capability, in the file's order. */
typedef struct rule_set {
    const policy_rule **rules;
    unsigned int count;
    const policy_rule *unlimited; /* the first that has no limit; NULL: none */
    rule_index index;             /* of those with limits; empty if there is one without */
} rule_set;

typedef struct policy_memory policy_memory;

struct policy {
    policy_document *document; /* from the YAML reader, which frees it */
    policy_memory *memory;     /* of all that was made of it */
    const char *file_name;
    const char *profile; /* NULL: none */
    bool is_report_only;
    policy_limit limits[POLICY_LIMIT_COUNT]; /* value 0: not set */
    policy_rule **rules; /* those in force, in the file's order */
    unsigned int rule_count;
    rule_set allow[POLICY_CAPABILITIES_MAX], deny[POLICY_CAPABILITIES_MAX];
    /* Bit n: capability n is allowed whatever the facts are, and no deny names it. Most accesses end here. */
    uint64_t settled;
    /* Those that must allow, too: the latest first. */
    _Atomic(policy *) narrower;
    policy *next; /* in that list; never changes once this is in it */
};

/* ---- Capabilities ------------------------------------------------------------------------------------------------------------------ */

/* Which fields may limit a capability. */
unsigned int policy_capability_fields(int number);
/* The capabilities that a name in a file stands for: "fs.read", "fs.*" or "*"; entry `index` of all such names, NULL beyond the last. */
const char *policy_capability_set(size_t index, uint64_t *capabilities_out);
/* Those of one name; 0: it is none. */
uint64_t policy_capabilities_named(const char *name);
const char *policy_field_name(enum policy_field_number field);

/* ---- Memory that is given back as a whole ------------------------------------------------------------------------------------------- */

struct policy_memory {
    policy_memory *next;
    _Alignas(16) unsigned char bytes[];
};

/* Zeroed; NULL without memory. Frees with policy_memory_release. */
void *policy_allocate(policy_memory **memory, size_t size);
char *policy_copy_text(policy_memory **memory, const char *text, size_t length);
void policy_memory_release(policy_memory **memory);

/* ---- Understanding ------------------------------------------------------------------------------------------------------------------ */

/* What is made of a file while it is read. */
typedef struct policy_reading {
    yaml_tree tree;
    policy_document *document;
    policy *policy;
} policy_reading;

/* "FILE:LINE", owned by the policy; NULL without memory. */
const char *policy_place(policy *policy, unsigned int line);
/* Makes a rule of what the document has; `node` is where it stands. False with the message set. */
bool policy_rule_make(policy_reading *reading, const document_rule *source, const yaml_node_t *node, bool is_deny, policy_rule *rule_out);
/* Makes a pattern of a text. NULL, or what was expected instead (static text). */
const char *policy_pattern_make(policy_memory **memory, enum policy_field_number field, const char *text, policy_pattern *pattern_out);
/* A fact as patterns are compared with it. */
typedef struct policy_known {
    enum policy_field_number field;
    const policy_fact *fact;
    bool is_unfit;   /* no pattern may fit it */
    bool is_address; /* `address` is set */
    char last;       /* letter of the text; 0: none */
    size_t length;   /* of the text */
    address_bits address;
} policy_known;
/* `letters`: so many of the text are known to be the pattern's first ones, before any wildcard. */
bool policy_pattern_fits(const policy_pattern *pattern, const policy_known *known, size_t letters);
/* Makes all rules of the file, and puts those of the chosen profile into force. False with the message set. */
bool policy_profiles_choose(policy_reading *reading, const char *profile);
/* Whether everything that `narrow` fits, `wide` fits too. Never wrongly yes; no where it cannot be told. */
bool policy_pattern_covers(const policy_pattern *wide, const policy_pattern *narrow);
/* The same of rules, as far as both speak about the capability. */
bool policy_rule_covers(const policy_rule *wide, const policy_rule *narrow, int capability);
/* Whether some question may fit both. Never wrongly no. */
bool policy_rules_meet(const policy_rule *one, const policy_rule *other);
/* "allow fs.read, path [/srv]" */
void policy_tell_rule(text_buffer *text, const policy_rule *rule);
/* What the rules say, `report_only` or not. */
policy_decision policy_rules_decide(const policy *policy, const policy_question *question, const policy_rule_origin **rule_out);
/* The same of arguments by name. */
policy_decision policy_judge_by(const policy *policy, int capability, const policy_argument *arguments, size_t count, const policy_rule_origin **rule_out);
/* The field that an argument of this name is about for this capability; 0: none. */
unsigned int policy_argument_field(int capability, const char *name);
/* Sorts the rules in force for deciding. False without memory. */
bool policy_compile(policy *policy);

#endif
