/* A policy file as a tree of YAML nodes that know where they stand. Private to policy. */
#ifndef POLICY_SOURCE_YAML_TREE_H
#define POLICY_SOURCE_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "policy/policy.h"

enum {
    POLICY_FILE_BYTES_MAX = 1 << 20,
    POLICY_DEPTH_MAX = 8 /* of lists and mappings; the language needs five */
};

/* Lines and columns from 1; 0: not known. */
typedef struct policy_position {
    size_t line;
    size_t column;
} policy_position;

typedef struct yaml_tree {
    const char *bytes;
    size_t size;
    const char *file_name;
    policy_message *message;
    yaml_document_t document; /* to be deleted by yaml_tree_release */
} yaml_tree;

/* Skips a mark of the byte order in front. False with the message set: what is no YAML, not UTF-8, larger or deeper than a policy is, empty, more than one document, or uses anchors, aliases or tags. */
bool yaml_tree_load(yaml_tree *tree);
void yaml_tree_release(yaml_tree *tree);

/* Sets the message "FILE:LINE:COLUMN: ..."; always false. */
bool yaml_tree_complain(const yaml_tree *tree, policy_position position, const char *format, ...) __attribute__((format(printf, 3, 4)));

policy_position yaml_tree_position(const yaml_node_t *node);
/* The value of a mapping's key; NULL if it is not there. */
yaml_node_t *yaml_tree_value(yaml_tree *tree, const yaml_node_t *mapping, const char *key);
/* Item `index` of a list; NULL if it is not there. */
yaml_node_t *yaml_tree_item(yaml_tree *tree, const yaml_node_t *list, size_t index);
static inline yaml_node_t *yaml_tree_root(yaml_tree *tree) { return yaml_document_get_root_node(&tree->document); }
static inline yaml_node_t *yaml_tree_node(yaml_tree *tree, int number) { return yaml_document_get_node(&tree->document, number); }
static inline const char *yaml_tree_text(const yaml_node_t *node) { return (const char *)node->data.scalar.value; }

#endif
