/* Hides the walk through a document, beside the walk through its table. */
#include "plugin_shape.h"

#include <stdio.h>
#include <string.h>

typedef struct check {
    const plugin_document *document;
    cordon_plugin_error *error;
} check;

static cordon_plugin_status walk(const check *check, const plugin_shape *shape, const cordon_value *value, const plugin_step *way);

static const char *kind_in_words(const cordon_value *value)
{
    switch (cordon_value_get_kind(value)) {
    case CORDON_VALUE_NONE:
        return "nothing";
    case CORDON_VALUE_BOOL:
        return cordon_value_is_true(value) ? "true" : "false";
    case CORDON_VALUE_INT:
    case CORDON_VALUE_BIG_INT:
    case CORDON_VALUE_FLOAT:
        return "a number";
    case CORDON_VALUE_TEXT:
        return "a text";
    case CORDON_VALUE_LIST:
        return "a list";
    case CORDON_VALUE_DICT:
        return "a mapping";
    default:
        return cordon_value_kind_name(cordon_value_get_kind(value));
    }
}

static cordon_plugin_status another_kind(const check *check, const plugin_shape *shape, const cordon_value *value, const plugin_step *way)
{
    const char *key = way != NULL && way->key != NULL ? way->key : way != NULL ? "this member" : "the document";
    return plugin_document_complain(check->document, way, check->error, "`%.60s` is %s, expected %s%s", key, kind_in_words(value), shape->expected,
                                    cordon_value_get_kind(value) == CORDON_VALUE_FLOAT ? " (put it in quotes)" : "");
}

static bool text_fits(const plugin_shape *shape, const char *text)
{
    return shape->fits != NULL ? shape->fits(text) : text[0] != '\0';
}

static cordon_plugin_status check_text(const check *check, const plugin_shape *shape, const cordon_value *value, const plugin_step *way)
{
    size_t size;
    const char *text = cordon_value_get_text(value, &size);
    if (cordon_value_get_kind(value) != CORDON_VALUE_TEXT)
        return another_kind(check, shape, value, way);
    if (strlen(text) == size && text_fits(shape, text))
        return CORDON_PLUGIN_OK;
    return plugin_document_complain(check->document, way, check->error, "`%.100s` does not fit: expected %s", text, shape->expected);
}

static cordon_plugin_status check_list(const check *check, const plugin_shape *shape, const cordon_value *value, const plugin_step *way)
{
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    if (cordon_value_get_kind(value) != CORDON_VALUE_LIST)
        return another_kind(check, shape, value, way);
    for (size_t i = 0; i < cordon_value_count(value) && status == CORDON_PLUGIN_OK; i++) {
        const plugin_step step = {.before = way, .index = i};
        status = walk(check, shape->member, cordon_value_at(value, i), &step);
    }
    return status;
}

static cordon_plugin_status check_key(const check *check, const cordon_value *dict, size_t index, const plugin_step *way, const char **key_out)
{
    size_t size;
    const cordon_value *key = cordon_value_key_at(dict, index);
    *key_out = cordon_value_get_text(key, &size);
    if (cordon_value_get_kind(key) == CORDON_VALUE_TEXT && strlen(*key_out) == size)
        return CORDON_PLUGIN_OK;
    return plugin_document_complain(check->document, way, check->error, "a key is %s, expected a text", kind_in_words(key));
}

static cordon_plugin_status check_dict(const check *check, const plugin_shape *shape, const cordon_value *value, const plugin_step *way)
{
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    if (cordon_value_get_kind(value) != CORDON_VALUE_DICT)
        return another_kind(check, shape, value, way);
    for (size_t i = 0; i < cordon_value_count(value) && status == CORDON_PLUGIN_OK; i++) {
        plugin_step step = {.before = way};
        status = check_key(check, value, i, way, &step.key);
        if (status == CORDON_PLUGIN_OK && !text_fits(shape, step.key))
            status = plugin_document_complain(check->document, &step, check->error, "the name `%.100s` does not fit: expected %s", step.key, shape->expected);
        if (status == CORDON_PLUGIN_OK)
            status = walk(check, shape->member, cordon_value_at(value, i), &step);
    }
    return status;
}

static const plugin_field *find_field(const plugin_shape *shape, const char *key)
{
    const plugin_field *field = shape->fields;
    while (field->key != NULL && strcmp(field->key, key) != 0)
        field++;
    return field->key != NULL ? field : NULL;
}

static cordon_plugin_status unknown_key(const check *check, const plugin_shape *shape, const plugin_step *step)
{
    char known[300] = "";
    size_t used = 0;
    for (const plugin_field *field = shape->fields; field->key != NULL && used < sizeof known; field++)
        used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used > 0 ? ", " : "", field->key);
    return plugin_document_complain(check->document, step, check->error, "`%.60s` is no key of %s: expected one of %s", step->key, shape->expected, known);
}

/* `greet:` with nothing behind it, where nothing is required. */
static bool is_left_empty(const plugin_shape *shape, const cordon_value *value)
{
    if (cordon_value_get_kind(value) != CORDON_VALUE_NONE)
        return false;
    for (const plugin_field *field = shape->fields; field->key != NULL; field++)
        if (field->is_required)
            return false;
    return true;
}

static cordon_plugin_status check_record(const check *check, const plugin_shape *shape, const cordon_value *value, const plugin_step *way)
{
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    if (cordon_value_get_kind(value) != CORDON_VALUE_DICT && !is_left_empty(shape, value))
        return another_kind(check, shape, value, way);
    for (size_t i = 0; i < cordon_value_count(value) && status == CORDON_PLUGIN_OK; i++) {
        plugin_step step = {.before = way};
        status = check_key(check, value, i, way, &step.key);
        if (status != CORDON_PLUGIN_OK)
            return status;
        const plugin_field *field = find_field(shape, step.key);
        if (field != NULL && !field->is_required && cordon_value_get_kind(cordon_value_at(value, i)) == CORDON_VALUE_NONE)
            continue; /* as if it were not there */
        status = field != NULL ? walk(check, field->shape, cordon_value_at(value, i), &step) : unknown_key(check, shape, &step);
    }
    for (const plugin_field *field = shape->fields; field->key != NULL && status == CORDON_PLUGIN_OK; field++)
        if (field->is_required && cordon_value_get(value, field->key) == NULL)
            status = plugin_document_complain(check->document, way, check->error, "`%s` is missing: expected %s", field->key, field->shape->expected);
    return status;
}

static cordon_plugin_status walk(const check *check, const plugin_shape *shape, const cordon_value *value, const plugin_step *way)
{
    const cordon_value_kind kind = cordon_value_get_kind(value);
    switch (shape->kind) {
    case PLUGIN_SHAPE_ANY:
        return CORDON_PLUGIN_OK;
    case PLUGIN_SHAPE_TEXT:
        return check_text(check, shape, value, way);
    case PLUGIN_SHAPE_TEXT_OR_NUMBER:
        return kind == CORDON_VALUE_INT ? CORDON_PLUGIN_OK : check_text(check, shape, value, way);
    case PLUGIN_SHAPE_BOOL:
        return kind == CORDON_VALUE_BOOL ? CORDON_PLUGIN_OK : another_kind(check, shape, value, way);
    case PLUGIN_SHAPE_LIST:
        return check_list(check, shape, value, way);
    case PLUGIN_SHAPE_ONE_OR_LIST:
        return kind == CORDON_VALUE_LIST || kind == CORDON_VALUE_DICT ? check_list(check, shape, value, way) : walk(check, shape->member, value, way);
    case PLUGIN_SHAPE_DICT:
        return check_dict(check, shape, value, way);
    case PLUGIN_SHAPE_RECORD:
        return check_record(check, shape, value, way);
    }
    return CORDON_PLUGIN_OK;
}

cordon_plugin_status plugin_shape_check(const plugin_document *document, const plugin_shape *shape, cordon_plugin_error *error)
{
    const check check = {.document = document, .error = error};
    return walk(&check, shape, plugin_document_value(document), NULL);
}
