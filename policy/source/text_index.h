/* Finds the patterns that a text may fit by how they begin (or end), without looking at the others. Private to policy. */
#ifndef POLICY_SOURCE_TEXT_INDEX_H
#define POLICY_SOURCE_TEXT_INDEX_H

#include "policy_internal.h"

/* What must follow the letters of a pattern before its first wildcard. */
typedef enum text_rest {
    TEXT_REST_NOTHING, /* the pattern has no wildcard */
    TEXT_REST_BENEATH, /* nothing, or a slash and anything: a folder */
    TEXT_REST_ANY,     /* the wildcard is a star, and ends the pattern */
    TEXT_REST_PATTERN  /* the pattern itself must say */
} text_rest;

/* One pattern of a rule. */
typedef struct index_entry {
    const policy_rule *rule;
    const policy_pattern *pattern;
    const char *letters; /* what it is found by, for an index of endings in reverse */
    uint32_t length;
    text_rest rest;
    bool is_reversed;
} index_entry;

typedef struct text_node {
    const char *label; /* letters that lead to it from the node above */
    uint32_t label_length;
    uint32_t first_child, child_count;
    uint32_t first_entry, entry_count;
} text_node;

/* A tree; of `nodes[i]` the first letter is also `letters[i]`. All zero: empty. */
typedef struct text_index {
    const text_node *nodes;
    const char *letters;
    const index_entry *entries;
    uint32_t node_count;
} text_index;

typedef enum text_direction { TEXT_FORWARD, TEXT_BACKWARD } text_direction;

/* Called for each entry that may fit; `is_sure`: it does fit. */
typedef void (*index_found_function)(void *context, const index_entry *entry, bool is_sure);

/* Sorts `entries` and keeps them. False without memory. */
bool text_index_build(policy_memory **memory, index_entry *entries, uint32_t count, text_index *index_out);
/* `length`: of the text, which NUL ends. */
void text_index_find(const text_index *index, text_direction direction, const char *text, size_t length, index_found_function found, void *context);

#endif
