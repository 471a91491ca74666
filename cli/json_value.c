/* Hides which library reads JSON. */
#include "json_value.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static cordon_value *convert(const json_t *from);

static cordon_value *convert_array(const json_t *from)
{
    cordon_value *list = cordon_value_list();
    for (size_t i = 0; list != NULL && i < json_array_size(from); i++)
        if (!cordon_value_append(list, convert(json_array_get(from, i)))) {
            cordon_value_destroy(list);
            return NULL;
        }
    return list;
}

static cordon_value *convert_object(json_t *from)
{
    const char *key;
    json_t *member;
    cordon_value *dict = cordon_value_dict();
    json_object_foreach(from, key, member)
        if (dict != NULL && !cordon_value_dict_set(dict, key, convert(member))) {
            cordon_value_destroy(dict);
            dict = NULL;
        }
    return dict;
}

static cordon_value *convert(const json_t *from)
{
    switch (json_typeof(from)) {
    case JSON_OBJECT:
        return convert_object((json_t *)from); /* whose iterator is not const */
    case JSON_ARRAY:
        return convert_array(from);
    case JSON_STRING:
        return cordon_value_text_sized(json_string_value(from), json_string_length(from));
    case JSON_INTEGER:
        return cordon_value_int(json_integer_value(from));
    case JSON_REAL:
        return cordon_value_float(json_real_value(from));
    case JSON_TRUE:
    case JSON_FALSE:
        return cordon_value_bool(json_is_true(from));
    default:
        return cordon_value_none();
    }
}

cordon_value *json_value_parse(const char *text, size_t text_size, char *complaint_out, size_t size)
{
    json_error_t error;
    json_t *parsed = json_loadb(text, text_size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (parsed == NULL) {
        snprintf(complaint_out, size, "line %d, column %d: %s", error.line, error.column, error.text);
        return NULL;
    }
    cordon_value *value = convert(parsed);
    json_decref(parsed);
    if (value == NULL)
        snprintf(complaint_out, size, "it is nested too deeply, or there is no memory");
    return value;
}
