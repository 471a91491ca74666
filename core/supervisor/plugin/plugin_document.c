/* Hides YAML: a hostile text ends here, before anything looks at what it says. */
#include "plugin_document.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "utf8.h"

enum { TEXT_BYTES_MAX = 1 << 20, DEPTH_MAX = 16, NODES_MAX = 10000, PLACE_MAX = 400 };

struct plugin_document {
    const char *file;
    cordon_plugin_status failed_status;
    const cordon_value *value;
    cordon_value *own;     /* NULL: the value is somebody else's */
    yaml_document_t nodes; /* for places; only with `own` */
    bool has_nodes;
};

/* ---- Places ---- */

static const yaml_node_t *step_into(plugin_document *document, const yaml_node_t *node, const plugin_step *step)
{
    if (node->type == YAML_SEQUENCE_NODE && step->key == NULL && step->index < (size_t)(node->data.sequence.items.top - node->data.sequence.items.start))
        return yaml_document_get_node(&document->nodes, node->data.sequence.items.start[step->index]);
    if (node->type != YAML_MAPPING_NODE || step->key == NULL)
        return NULL;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(&document->nodes, pair->key);
        if (strcmp((const char *)key->data.scalar.value, step->key) == 0)
            return yaml_document_get_node(&document->nodes, pair->value);
    }
    return NULL;
}

static const yaml_node_t *node_at(plugin_document *document, const plugin_step *way)
{
    const yaml_node_t *node = way != NULL ? node_at(document, way->before) : yaml_document_get_root_node(&document->nodes);
    return way != NULL && node != NULL ? step_into(document, node, way) : node;
}

static size_t name_way(const plugin_step *way, char *text_out, size_t size)
{
    size_t used = way->before != NULL ? name_way(way->before, text_out, size) : 0;
    if (used + 1 >= size)
        return used;
    int more = way->key != NULL ? snprintf(text_out + used, size - used, "['%.60s']", way->key) : snprintf(text_out + used, size - used, "[%zu]", way->index);
    return used + (size_t)more < size ? used + (size_t)more : size - 1;
}

static void tell_place(const plugin_document *document, const plugin_step *way, char *text_out, size_t size)
{
    const yaml_node_t *node = document->has_nodes ? node_at((plugin_document *)document, way) : NULL;
    if (node != NULL) {
        snprintf(text_out, size, "%.200s:%zu:%zu: ", document->file, node->start_mark.line + 1, node->start_mark.column + 1);
        return;
    }
    char name[200] = "";
    if (way != NULL)
        name_way(way, name, sizeof name);
    snprintf(text_out, size, "%.180s: %s%s", document->file, name, way != NULL ? ": " : "");
}

cordon_plugin_status plugin_document_complain(const plugin_document *document, const plugin_step *way, cordon_plugin_error *error, const char *format, ...)
{
    char place[PLACE_MAX], what[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    tell_place(document, way, place, sizeof place);
    return plugin_failure(error, document->failed_status, "%s%s", place, what);
}

/* ---- What may be written ---- */

typedef struct reading {
    plugin_document *document;
    const char *text;
    size_t size;
    cordon_plugin_error *error;
} reading;

static bool complain_at(const reading *reading, yaml_mark_t mark, const char *what, const char *more)
{
    plugin_failure(reading->error, reading->document->failed_status, "%.200s:%zu:%zu: %s%s", reading->document->file, mark.line + 1, mark.column + 1, what,
                   more != NULL ? more : "");
    return false;
}

static bool complain_of_parser(const reading *reading, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR) {
        plugin_no_memory(reading->error);
        return false;
    }
    return complain_at(reading, parser->error == YAML_READER_ERROR ? parser->mark : parser->problem_mark, "this is no YAML: ", parser->problem);
}

static bool is_marked(const yaml_event_t *event)
{
    return event->type == YAML_ALIAS_EVENT ||
           (event->type == YAML_SCALAR_EVENT && (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL)) ||
           (event->type == YAML_SEQUENCE_START_EVENT && (event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL)) ||
           (event->type == YAML_MAPPING_START_EVENT && (event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL));
}

/* Why an event has no place here; NULL: it has. */
static const char *refuse_event(const yaml_event_t *event, int depth, int documents, int nodes)
{
    if (is_marked(event))
        return "anchors, aliases and tags have no place here: expected plain YAML";
    if (depth > DEPTH_MAX)
        return "nested too deeply: expected at most 16 levels";
    if (nodes > NODES_MAX)
        return "too much: expected at most 10,000 keys and values";
    if (documents > 1)
        return "a second document: expected one";
    if (event->type == YAML_SCALAR_EVENT && strlen((const char *)event->data.scalar.value) != event->data.scalar.length)
        return "a text with a NUL in it";
    return NULL;
}

static bool start_parser(const reading *reading, yaml_parser_t *parser)
{
    if (!yaml_parser_initialize(parser)) {
        plugin_no_memory(reading->error);
        return false;
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser, (const unsigned char *)reading->text, reading->size);
    return true;
}

/* Before nodes are made: an alias could stand for any number of them. */
static bool check_events(const reading *reading)
{
    yaml_parser_t parser;
    int depth = 0, documents = 0, nodes = 0;
    bool is_good = start_parser(reading, &parser), is_done = !is_good;
    if (!is_good)
        return false;
    while (!is_done && is_good) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            is_good = complain_of_parser(reading, &parser);
            break;
        }
        depth += (event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT) -
                 (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT);
        documents += event.type == YAML_DOCUMENT_START_EVENT;
        nodes += event.type == YAML_SCALAR_EVENT || event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT;
        is_done = event.type == YAML_STREAM_END_EVENT;
        const char *why = refuse_event(&event, depth, documents, nodes);
        if (why != NULL)
            is_good = complain_at(reading, event.start_mark, why, NULL);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (is_good && documents == 0)
        is_good = complain_at(reading, (yaml_mark_t){0}, "it is empty", NULL);
    return is_good;
}

static bool load_nodes(const reading *reading)
{
    yaml_parser_t parser;
    if (!start_parser(reading, &parser))
        return false;
    bool is_loaded = yaml_parser_load(&parser, &reading->document->nodes) != 0;
    if (!is_loaded)
        complain_of_parser(reading, &parser);
    yaml_parser_delete(&parser);
    reading->document->has_nodes = is_loaded;
    return is_loaded;
}

/* ---- Values ---- */

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

/* The core schema of YAML 1.2, but for numbers in octal and hexadecimal, which are text. */
static cordon_value *plain_scalar(const char *text, size_t size)
{
    static const char *const nothing[] = {"", "~", "null", "Null", "NULL", NULL}, *const yes[] = {"true", "True", "TRUE", NULL},
                             *const no[] = {"false", "False", "FALSE", NULL};
    size_t digits = text[0] == '-' || text[0] == '+';
    size_t whole = strspn(text + digits, "0123456789");
    if (is_one_of(text, nothing))
        return cordon_value_none();
    if (is_one_of(text, yes) || is_one_of(text, no))
        return cordon_value_bool(is_one_of(text, yes));
    if (whole > 0 && digits + whole == size && whole <= 18)
        return cordon_value_int(strtoll(text, NULL, 10));
    if (whole > 0 && strspn(text + digits, "0123456789.eE+-") == size - digits && text[digits + whole] != '\0') {
        char *end;
        double number = strtod(text, &end);
        if (*end == '\0')
            return cordon_value_float(number);
    }
    return cordon_value_text_sized(text, size);
}

static cordon_value *value_of(const reading *reading, const yaml_node_t *node);

/* NULL with the error set. */
static cordon_value *no_value(const reading *reading)
{
    plugin_no_memory(reading->error);
    return NULL;
}

static cordon_value *value_of_scalar(const reading *reading, const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    cordon_value *value =
        node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? plain_scalar(text, node->data.scalar.length) : cordon_value_text_sized(text, node->data.scalar.length);
    return value != NULL ? value : no_value(reading);
}

static cordon_value *value_of_list(const reading *reading, const yaml_node_t *node)
{
    cordon_value *list = cordon_value_list();
    if (list == NULL)
        return no_value(reading);
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
        cordon_value *member = value_of(reading, yaml_document_get_node(&reading->document->nodes, *item));
        if (member == NULL || !cordon_value_append(list, member)) {
            cordon_value_destroy(list);
            return member == NULL ? NULL : no_value(reading);
        }
    }
    return list;
}

static bool add_pair(const reading *reading, cordon_value *dict, const yaml_node_t *key, const yaml_node_t *node)
{
    const char *name = (const char *)key->data.scalar.value;
    if (key->type != YAML_SCALAR_NODE)
        return complain_at(reading, key->start_mark, "a key that is no text", NULL);
    if (cordon_value_get(dict, name) != NULL)
        return complain_at(reading, key->start_mark, "a key that was there before: ", name);
    cordon_value *member = value_of(reading, node);
    if (member == NULL)
        return false;
    if (cordon_value_dict_set(dict, name, member))
        return true;
    plugin_no_memory(reading->error);
    return false;
}

static cordon_value *value_of_dict(const reading *reading, const yaml_node_t *node)
{
    cordon_value *dict = cordon_value_dict();
    if (dict == NULL)
        return no_value(reading);
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++)
        if (!add_pair(reading, dict, yaml_document_get_node(&reading->document->nodes, pair->key),
                      yaml_document_get_node(&reading->document->nodes, pair->value))) {
            cordon_value_destroy(dict);
            return NULL;
        }
    return dict;
}

static cordon_value *value_of(const reading *reading, const yaml_node_t *node)
{
    switch (node->type) {
    case YAML_SCALAR_NODE:
        return value_of_scalar(reading, node);
    case YAML_SEQUENCE_NODE:
        return value_of_list(reading, node);
    case YAML_MAPPING_NODE:
        return value_of_dict(reading, node);
    default:
        return no_value(reading);
    }
}

/* ---- Life ---- */

static plugin_document *create(const char *file, cordon_plugin_status failed_status, cordon_plugin_error *error)
{
    plugin_document *document = calloc(1, sizeof *document);
    if (document == NULL) {
        plugin_no_memory(error);
        return NULL;
    }
    document->file = file;
    document->failed_status = failed_status;
    return document;
}

cordon_plugin_status plugin_document_read(const void *text, size_t size, const char *file, cordon_plugin_status failed_status, plugin_document **document_out,
                                          cordon_plugin_error *error)
{
    cordon_plugin_error ours = {.status = CORDON_PLUGIN_OK}, *told = error != NULL ? error : &ours;
    *document_out = NULL;
    if (size > TEXT_BYTES_MAX)
        return plugin_failure(error, failed_status, "%.200s:1:1: larger than 1 MiB", file);
    if (utf8_check(text, size) != UTF8_PLAIN)
        return plugin_failure(error, failed_status, "%.200s:1:1: expected UTF-8 text", file);
    plugin_document *document = create(file, failed_status, told);
    if (document == NULL)
        return CORDON_PLUGIN_NO_MEMORY;
    size_t mark = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* of the byte order: editors put it there, and the parser would take it for content */
    const reading reading = {.document = document, .text = (const char *)text + mark, .size = size - mark, .error = told};
    if (check_events(&reading) && load_nodes(&reading))
        document->own = value_of(&reading, yaml_document_get_root_node(&document->nodes));
    if (document->own == NULL) {
        plugin_document_destroy(document);
        return told->status;
    }
    document->value = document->own;
    *document_out = document;
    return CORDON_PLUGIN_OK;
}

cordon_plugin_status plugin_document_of(const cordon_value *value, const char *file, cordon_plugin_status failed_status, plugin_document **document_out,
                                        cordon_plugin_error *error)
{
    *document_out = create(file, failed_status, error);
    if (*document_out == NULL)
        return CORDON_PLUGIN_NO_MEMORY;
    (*document_out)->value = value;
    return CORDON_PLUGIN_OK;
}

void plugin_document_destroy(plugin_document *document)
{
    if (document == NULL)
        return;
    if (document->has_nodes)
        yaml_document_delete(&document->nodes);
    cordon_value_destroy(document->own);
    free(document);
}

const cordon_value *plugin_document_value(const plugin_document *document)
{
    return document->value;
}
