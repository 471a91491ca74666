/* Finds out where in a policy file something stands, for messages only. The reader proper does not keep places. */
#include <string.h>
#include <yaml.h>

#include "policy_internal.h"


static policy_position position_of_node(const yaml_node_t *node)
{
    if (node == NULL) return (policy_position){ 0, 0 };
    return (policy_position){ .line = node->start_mark.line + 1, .column = node->start_mark.column + 1 };
}

static bool load(const char *bytes, size_t size, yaml_document_t *document)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) return false;
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
    bool is_loaded = yaml_parser_load(&parser, document);
    yaml_parser_delete(&parser);
    return is_loaded;
}

static bool is_key(const yaml_node_t *node, const char *name)
{
    return node != NULL && node->type == YAML_SCALAR_NODE && strlen(name) == node->data.scalar.length &&
           memcmp(node->data.scalar.value, name, node->data.scalar.length) == 0;
}

static yaml_node_t *value_of(yaml_document_t *document, const yaml_node_t *mapping, const char *name)
{
    if (mapping == NULL || mapping->type != YAML_MAPPING_NODE) return NULL;
    for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top; pair++)
        if (is_key(yaml_document_get_node(document, pair->key), name)) return yaml_document_get_node(document, pair->value);
    return NULL;
}

static yaml_node_t *item_of(yaml_document_t *document, const yaml_node_t *sequence, unsigned int index)
{
    if (sequence == NULL || sequence->type != YAML_SEQUENCE_NODE) return NULL;
    yaml_node_item_t *item = sequence->data.sequence.items.start + index;
    return item < sequence->data.sequence.items.top ? yaml_document_get_node(document, *item) : NULL;
}

policy_position policy_position_of(const char *bytes, size_t size, const char *list, unsigned int rule, const char *key, int item)
{
    yaml_document_t document;
    if (!load(bytes, size, &document)) return (policy_position){ 0, 0 };
    yaml_node_t *node = item_of(&document, value_of(&document, yaml_document_get_root_node(&document), list), rule);
    if (key != NULL) node = value_of(&document, node, key);
    if (item >= 0) node = item_of(&document, node, (unsigned int)item);
    policy_position position = position_of_node(node);
    yaml_document_delete(&document);
    return position;
}

policy_position policy_position_of_key(const char *bytes, size_t size, const char *key)
{
    yaml_document_t document;
    policy_position position = { 0, 0 };
    if (!load(bytes, size, &document)) return position;
    for (yaml_node_t *node = document.nodes.start; node < document.nodes.top && position.line == 0; node++) {
        if (node->type != YAML_MAPPING_NODE) continue;
        for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
            const yaml_node_t *name = yaml_document_get_node(&document, pair->key);
            if (is_key(name, key)) position = position_of_node(name);
        }
    }
    yaml_document_delete(&document);
    return position;
}
