/* Hides how callbacks are kept, described to a worker, and held against what a worker claims to call them with. */
#include "callbacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "settings.h"
#include "utf8.h"
#include "value_pack.h"

enum { NAME_SIZE_MAX = 255, CALLBACKS_MAX = 4096 };

#define KIND(kind) (1u << CORDON_VALUE_##kind)
#define KINDS_ALL UINT32_MAX

/* Names of types in a schema, and the values that fit. */
static const struct type_name {
    const char *name;
    uint32_t kinds;
} type_names[] = {
    {"any", KINDS_ALL},
    {"none", KIND(NONE)},
    {"bool", KIND(BOOL)},
    {"int", KIND(INT) | KIND(BIG_INT)},
    {"float", KIND(FLOAT) | KIND(INT) | KIND(BIG_INT)},
    {"str", KIND(TEXT)},
    {"bytes", KIND(BYTES)},
    {"list", KIND(LIST)},
    {"tuple", KIND(TUPLE)},
    {"dict", KIND(DICT)},
    {"set", KIND(SET) | KIND(FROZEN_SET)},
    {"datetime", KIND(DATETIME)},
    {"date", KIND(DATE)},
    {"time", KIND(TIME)},
    {"timedelta", KIND(DURATION)},
    {"complex", KIND(COMPLEX)},
};

static uint32_t kinds_of_word(const char *word, size_t size)
{
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
        if (strlen(type_names[i].name) == size && memcmp(type_names[i].name, word, size) == 0)
            return type_names[i].kinds;
    return 0;
}

/* Several words joined by "|". 0: one of them is no type. */
static uint32_t kinds_of(const char *type)
{
    uint32_t kinds = 0;
    for (;;) {
        size_t size = strcspn(type, "|");
        uint32_t found = kinds_of_word(type, size);
        if (found == 0)
            return 0;
        kinds |= found;
        if (type[size] == '\0')
            return kinds;
        type += size + 1;
    }
}

bool callbacks_is_type(const char *text)
{
    return kinds_of(text) != 0;
}

static bool is_letter(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_';
}

bool callback_is_name(const char *text, bool may_have_dots)
{
    bool is_start = true;
    if (text == NULL || strlen(text) > NAME_SIZE_MAX)
        return false;
    for (; *text != '\0'; text++) {
        bool is_digit = *text >= '0' && *text <= '9';
        if (is_start ? !is_letter(*text) : !is_letter(*text) && !is_digit && !(*text == '.' && may_have_dots))
            return false;
        is_start = *text == '.';
    }
    return !is_start;
}

static bool is_text_or_null(const char *text)
{
    return text == NULL || utf8_check(text, strlen(text)) == UTF8_PLAIN;
}

/* NULL, or why `callback` cannot be registered. */
static const char *complaint_about(const cordon_callback *callback)
{
    if (!callback_is_name(callback->name, true))
        return "its name is not made of words of letters, digits and _, joined by dots";
    if (callback->is_effect ? callback->function != NULL : callback->function == NULL)
        return callback->is_effect ? "it is an effect, and has a function" : "it has no function";
    if (callback->parameter_count > CALLBACK_PARAMETERS_MAX || (callback->parameter_count > 0 && callback->parameters == NULL))
        return "it has more than 255 parameters, or none where some are counted";
    if (callback->takes_anything && callback->parameter_count > 0)
        return "it takes anything, and has parameters";
    if (!is_text_or_null(callback->description) || !is_text_or_null(callback->returns))
        return "its description is not UTF-8";
    for (size_t i = 0; i < callback->parameter_count; i++) {
        const cordon_parameter *parameter = &callback->parameters[i];
        if (!callback_is_name(parameter->name, false))
            return "a parameter's name is no word of letters, digits and _";
        if (parameter->type != NULL && kinds_of(parameter->type) == 0)
            return "a parameter's type is none of the schema's";
        if (!is_text_or_null(parameter->description))
            return "a parameter's description is not UTF-8";
        if (!parameter->is_optional && i > 0 && callback->parameters[i - 1].is_optional)
            return "a parameter that must be given follows one that may be left out";
        for (size_t other = 0; other < i; other++)
            if (strcmp(callback->parameters[other].name, parameter->name) == 0)
                return "two parameters have the same name";
    }
    return NULL;
}

/* A copy, or NULL for NULL; clears *is_done without memory. */
static char *copy_text(const char *text, bool *is_done)
{
    char *copy = text ? malloc(strlen(text) + 1) : NULL;
    if (copy != NULL)
        memcpy(copy, text, strlen(text) + 1);
    else if (text != NULL)
        *is_done = false;
    return copy;
}

static void copy_parameter(registered_parameter *to, const cordon_parameter *from, bool *is_done)
{
    to->name = copy_text(from->name, is_done);
    to->type = copy_text(from->type, is_done);
    to->description = copy_text(from->description, is_done);
    to->kinds = from->type ? kinds_of(from->type) : KINDS_ALL;
    to->is_optional = from->is_optional;
    to->initial_value = cordon_value_copy(from->initial_value);
    if (to->initial_value == NULL && from->initial_value != NULL)
        *is_done = false;
}

static registered *registered_new(const cordon_callback *from)
{
    bool is_done = true;
    registered *callback = calloc(1, sizeof *callback);
    if (callback == NULL)
        return NULL;
    callback->references = 1;
    callback->function = from->function;
    callback->context = from->context;
    callback->takes_anything = from->takes_anything;
    callback->is_effect = from->is_effect;
    callback->name = copy_text(from->name, &is_done);
    callback->description = copy_text(from->description, &is_done);
    callback->returns = copy_text(from->returns, &is_done);
    callback->parameters = calloc(from->parameter_count + 1, sizeof *callback->parameters);
    if (callback->parameters == NULL)
        is_done = false;
    for (; is_done && callback->parameter_count < from->parameter_count; callback->parameter_count++)
        copy_parameter(&callback->parameters[callback->parameter_count], &from->parameters[callback->parameter_count],
                       &is_done);
    if (is_done)
        return callback;
    registered_release(callback);
    return NULL;
}

registered *registered_hold(registered *callback)
{
    __atomic_add_fetch(&callback->references, 1, __ATOMIC_RELAXED);
    return callback;
}

void registered_release(registered *callback)
{
    if (callback == NULL || __atomic_sub_fetch(&callback->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (size_t i = 0; callback->parameters != NULL && i < callback->parameter_count; i++) {
        free(callback->parameters[i].name);
        free(callback->parameters[i].type);
        free(callback->parameters[i].description);
        cordon_value_destroy(callback->parameters[i].initial_value);
    }
    free(callback->parameters);
    free(callback->name);
    free(callback->description);
    free(callback->returns);
    free(callback);
}

/* ---- Sets ---- */

static bool add_entry(callback_set *set, registered *callback)
{
    registered **entries = realloc(set->entries, (set->count + 1) * sizeof(*entries));
    if (entries == NULL)
        return false;
    entries[set->count++] = callback;
    set->entries = entries;
    return true;
}

cordon_status callbacks_add(callback_set *set, const cordon_callback *callback, const char *operation,
                            cordon_error *error)
{
    cordon_callback taken;
    if (!SETTINGS_TAKE(&taken, cordon_callback, context, callback))
        return failure(error, operation, CORDON_INVALID_ARGUMENT,
                       "the callback was not set up by CORDON_CALLBACK_INIT");
    callback = &taken;
    const char *complaint = complaint_about(callback);
    if (complaint != NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "callback %s: %s",
                       callback->name ? callback->name : "without name", complaint);
    registered *entry = registered_new(callback);
    if (entry == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "callback %s: no memory", callback->name);
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->entries[i]->name, entry->name) == 0) {
            registered_release(set->entries[i]);
            set->entries[i] = entry;
            return CORDON_OK;
        }
    if (set->count < CALLBACKS_MAX && add_entry(set, entry))
        return CORDON_OK;
    registered_release(entry);
    return failure(error, operation, CORDON_TOO_LARGE, "callback %s: there are too many, or no memory", callback->name);
}

bool callbacks_copy(callback_set *to, const callback_set *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (!add_entry(to, from->entries[i]))
            return false;
        else
            registered_hold(from->entries[i]);
    return true;
}

void callbacks_release(callback_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        registered_release(set->entries[i]);
    free(set->entries);
    *set = (callback_set){0};
}

registered *callbacks_find(const callback_set *set, const char *name, size_t size)
{
    for (size_t i = 0; i < set->count; i++)
        if (strlen(set->entries[i]->name) == size && memcmp(set->entries[i]->name, name, size) == 0)
            return set->entries[i];
    return NULL;
}

/* ---- To the worker ---- */

static void pack_parameter(bytes *to, const registered_parameter *parameter)
{
    pack_map(to, 4 + (parameter->initial_value != NULL));
    pack_text(to, "name");
    pack_text(to, parameter->name);
    pack_text(to, "type");
    pack_text(to, parameter->type ? parameter->type : "any");
    pack_text(to, "required");
    pack_bool(to, !parameter->is_optional);
    pack_text(to, "description");
    pack_text(to, parameter->description ? parameter->description : "");
    if (parameter->initial_value != NULL) {
        pack_text(to, "default");
        to->failed |= !pack_value(to, parameter->initial_value);
    }
}

static void pack_callback(bytes *to, const registered *callback)
{
    pack_map(to, 5);
    pack_text(to, "name");
    pack_text(to, callback->name);
    pack_text(to, "description");
    pack_text(to, callback->description ? callback->description : "");
    pack_text(to, "parameters");
    if (callback->takes_anything)
        pack_nil(to);
    else
        pack_array(to, callback->parameter_count);
    for (size_t i = 0; i < callback->parameter_count; i++)
        pack_parameter(to, &callback->parameters[i]);
    pack_text(to, "returns");
    pack_text(to, callback->returns ? callback->returns : "any");
    pack_text(to, "kind");
    pack_text(to, callback->is_effect ? "effect" : "call");
}

void callbacks_pack(const callback_set *set, bytes *to)
{
    pack_array(to, set->count);
    for (size_t i = 0; i < set->count; i++)
        pack_callback(to, set->entries[i]);
}

/* ---- A call's arguments ---- */

static size_t find_parameter(const registered *callback, const char *name)
{
    size_t i = 0;
    while (i < callback->parameter_count && (name == NULL || strcmp(callback->parameters[i].name, name) != 0))
        i++;
    return i;
}

bool registered_bind(const registered *callback, const cordon_value *positional, const cordon_value *named,
                     const cordon_value **bound_out, char *text, size_t text_size)
{
    if (callback->takes_anything)
        return true;
    for (size_t i = 0; i < callback->parameter_count; i++)
        bound_out[i] = cordon_value_at(positional, i);
    if (cordon_value_count(positional) > callback->parameter_count) {
        snprintf(text, text_size, "%s() takes %zu arguments, not %zu", callback->name, callback->parameter_count,
                 cordon_value_count(positional));
        return false;
    }
    for (size_t i = 0; i < cordon_value_count(named); i++) {
        const char *name = cordon_value_get_text(cordon_value_key_at(named, i), NULL);
        size_t at = find_parameter(callback, name);
        if (at == callback->parameter_count || bound_out[at] != NULL) {
            snprintf(text, text_size, "%s() %s '%.100s'", callback->name,
                     at == callback->parameter_count ? "has no parameter" : "got two values for parameter",
                     name ? name : "");
            return false;
        }
        bound_out[at] = cordon_value_at(named, i);
    }
    for (size_t i = 0; i < callback->parameter_count; i++) {
        const registered_parameter *parameter = &callback->parameters[i];
        if (bound_out[i] == NULL && !parameter->is_optional) {
            snprintf(text, text_size, "%s() misses '%s'", callback->name, parameter->name);
            return false;
        }
        if (bound_out[i] != NULL && !(parameter->kinds & 1u << cordon_value_get_kind(bound_out[i]))) {
            snprintf(text, text_size, "%s() '%s' must be %s, not %s", callback->name, parameter->name, parameter->type,
                     cordon_value_kind_name(cordon_value_get_kind(bound_out[i])));
            return false;
        }
        if (bound_out[i] == NULL)
            bound_out[i] = parameter->initial_value;
    }
    return true;
}
