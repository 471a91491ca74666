/* Hides what YAML allows beyond what a policy file may be: a hostile file ends here, before anything else looks at it. */
#include "yaml_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool yaml_tree_complain(const yaml_tree *tree, policy_position position, const char *format, ...)
{
    va_list arguments;
    /* Without a place the first line stands for the file. */
    if (position.line == 0) position = (policy_position){ 1, 1 };
    int used = snprintf(tree->message->text, sizeof tree->message->text, "%.200s:%zu:%zu: ", tree->file_name, position.line, position.column);
    va_start(arguments, format);
    vsnprintf(tree->message->text + used, sizeof tree->message->text - (size_t)used, format, arguments);
    va_end(arguments);
    return false;
}

static policy_position position_of_mark(yaml_mark_t mark) { return (policy_position){ mark.line + 1, mark.column + 1 }; }

policy_position yaml_tree_position(const yaml_node_t *node) { return node == NULL ? (policy_position){ 0, 0 } : position_of_mark(node->start_mark); }

/* ---- What a policy file may be made of -------------------------------------------------------------------------------------------- */

static bool complain_of_parser(const yaml_tree *tree, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR) return yaml_tree_complain(tree, (policy_position){ 0, 0 }, "out of memory");
    if (parser->error == YAML_READER_ERROR) {
        size_t line = 1;
        for (size_t i = 0; i < parser->problem_offset && i < tree->size; i++) line += tree->bytes[i] == '\n';
        return yaml_tree_complain(tree, (policy_position){ line, 1 }, "%s: a policy is UTF-8 text", parser->problem);
    }
    return yaml_tree_complain(tree, position_of_mark(parser->problem_mark), "%s%s%s", parser->context ? parser->context : "", parser->context ? ": " : "",
                              parser->problem ? parser->problem : "this is no YAML");
}

/* Why an event has no place in a policy; NULL: it has. */
static const char *refuse_event(const yaml_event_t *event, int depth, int documents)
{
    bool is_alias = event->type == YAML_ALIAS_EVENT;
    bool is_named = (event->type == YAML_SCALAR_EVENT && event->data.scalar.anchor) || (event->type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.anchor) ||
                    (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.anchor);
    bool is_tagged = (event->type == YAML_SCALAR_EVENT && event->data.scalar.tag) || (event->type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.tag) ||
                     (event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.tag);
    if (is_alias || is_named) return "anchors and aliases have no place in a policy: write it out, or use `extends`";
    if (is_tagged) return "tags have no place in a policy";
    if (depth > POLICY_DEPTH_MAX) return "nested deeper than any policy is";
    if (documents > 1) return "a second document: a policy is one";
    if (event->type == YAML_SCALAR_EVENT && strlen((const char *)event->data.scalar.value) != event->data.scalar.length) return "a text with a NUL in it";
    return NULL;
}

static bool check_events(const yaml_tree *tree, yaml_parser_t *parser)
{
    int depth = 0, documents = 0;
    for (bool is_done = false; !is_done;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) return complain_of_parser(tree, parser);
        depth += (event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT) -
                 (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT);
        documents += event.type == YAML_DOCUMENT_START_EVENT;
        is_done = event.type == YAML_STREAM_END_EVENT;
        const char *why = refuse_event(&event, depth, documents);
        policy_position position = position_of_mark(event.start_mark);
        yaml_event_delete(&event);
        if (why != NULL) return yaml_tree_complain(tree, position, "%s", why);
    }
    if (documents == 0) return yaml_tree_complain(tree, (policy_position){ 0, 0 }, "the file is empty: write at least `version: 1`");
    return true;
}

static bool start_parser(const yaml_tree *tree, yaml_parser_t *parser)
{
    if (!yaml_parser_initialize(parser)) return yaml_tree_complain(tree, (policy_position){ 0, 0 }, "out of memory");
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser, (const unsigned char *)tree->bytes, tree->size);
    return true;
}

/* Editors put a mark of the byte order in front of UTF-8, where it says nothing. The parser, which is told the encoding, would take it for content. */
static void skip_byte_order_mark(yaml_tree *tree)
{
    if (tree->size < 3 || memcmp(tree->bytes, "\xef\xbb\xbf", 3) != 0) return;
    tree->bytes += 3;
    tree->size -= 3;
}

bool yaml_tree_load(yaml_tree *tree)
{
    yaml_parser_t parser;
    memset(&tree->document, 0, sizeof tree->document);
    skip_byte_order_mark(tree);
    if (tree->size >= POLICY_FILE_BYTES_MAX) return yaml_tree_complain(tree, (policy_position){ 0, 0 }, "larger than 1 MiB");
    if (!start_parser(tree, &parser)) return false;
    bool is_good = check_events(tree, &parser);
    yaml_parser_delete(&parser);
    if (!is_good || !start_parser(tree, &parser)) return false;
    is_good = yaml_parser_load(&parser, &tree->document) != 0;
    if (!is_good) complain_of_parser(tree, &parser);
    yaml_parser_delete(&parser);
    return is_good;
}

void yaml_tree_release(yaml_tree *tree) { yaml_document_delete(&tree->document); }

/* ---- Finding --------------------------------------------------------------------------------------------------------------------- */

yaml_node_t *yaml_tree_value(yaml_tree *tree, const yaml_node_t *mapping, const char *key)
{
    if (mapping == NULL || mapping->type != YAML_MAPPING_NODE) return NULL;
    for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_tree_node(tree, pair->key);
        if (name->type == YAML_SCALAR_NODE && strcmp(yaml_tree_text(name), key) == 0) return yaml_tree_node(tree, pair->value);
    }
    return NULL;
}

yaml_node_t *yaml_tree_item(yaml_tree *tree, const yaml_node_t *list, size_t index)
{
    if (list == NULL || list->type != YAML_SEQUENCE_NODE) return NULL;
    yaml_node_item_t *first = list->data.sequence.items.start;
    return index < (size_t)(list->data.sequence.items.top - first) ? yaml_tree_node(tree, first[index]) : NULL;
}
