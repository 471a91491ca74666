/* A policy as it is kept, and as the reader hands it over. Private to policy. */
#ifndef POLICY_SOURCE_POLICY_INTERNAL_H
#define POLICY_SOURCE_POLICY_INTERNAL_H

#include "pattern.h"
#include "policy/policy.h"

enum { POLICY_CAPABILITIES_MAX = 64 };

/* One rule of the file, in the file's own types. */
typedef struct policy_rule {
    const char *capability;
    uint64_t capabilities; /* what that stands for; bit n: capability number n */
    const char **path;
    unsigned int path_count;
    const char **name;
    unsigned int name_count;
    const char **host;
    unsigned int host_count;
    const char **address;
    unsigned int address_count;
    uint16_t *port;
    unsigned int port_count;
    const char *reason;
} policy_rule;

typedef struct policy_document {
    unsigned int version;
    policy_rule *allow;
    unsigned int allow_count;
    policy_rule *deny;
    unsigned int deny_count;
} policy_document;

struct policy {
    policy_document *document; /* from the YAML reader, which frees it */
    /* Bit n: capability n is allowed whatever the facts are, and no deny names it. Most accesses end here. */
    uint64_t settled;
};

/* The fields that a rule has patterns for; policy_field flags. */
unsigned int policy_rule_limits(const policy_rule *rule);
/* Which fields may limit a capability. */
unsigned int policy_capability_fields(int number);
/* The capabilities that a name in a file stands for: "fs.read", "fs.*" or "*"; entry `index` of all such names, NULL beyond the last. */
const char *policy_capability_set(size_t index, uint64_t *capabilities_out);

/* Where in the file something stands, for messages. Lines and columns from 1; 0 if it cannot be told. */
typedef struct policy_position {
    size_t line;
    size_t column;
} policy_position;

/* Rule number `rule` of the list `list` ("allow"), its key `key`, and item `item` of that key's list; key NULL and item -1 stop earlier. */
policy_position policy_position_of(const char *bytes, size_t size, const char *list, unsigned int rule, const char *key, int item);
/* The first key in the file that has this name. */
policy_position policy_position_of_key(const char *bytes, size_t size, const char *key);

/* Frees a document that the reader made. Accepts NULL. */
void policy_document_destroy(policy_document *document);

#endif
