/* Hides what a manifest may say, key by key. */
#include "plugin_manifest.h"

#include <stdio.h>
#include <string.h>

#include "callbacks.h"
#include "plugin_shape.h"

enum { VERSION_BYTES_MAX = 64 };

/* ---- Texts ---- */

static bool is_letter(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_';
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

bool plugin_manifest_is_name(const char *text)
{
    if (!is_letter(text[0]) && !is_digit(text[0]))
        return false;
    for (const char *at = text; *at != '\0'; at++)
        if (!is_letter(*at) && !is_digit(*at) && *at != '-' && *at != '.')
            return false;
    return strlen(text) <= PLUGIN_NAME_BYTES_MAX;
}

/* Python's identifiers, in ASCII; with dots between them if `may_have_dots`. The end of the text that is one. */
static const char *identifier_end(const char *text, bool may_have_dots)
{
    if (!is_letter(*text))
        return text;
    while (is_letter(*text) || is_digit(*text))
        text++;
    return may_have_dots && *text == '.' && is_letter(text[1]) ? identifier_end(text + 1, true) : text;
}

static bool is_identifier(const char *text)
{
    return text[0] != '\0' && *identifier_end(text, false) == '\0';
}

static bool is_dotted(const char *text)
{
    return text[0] != '\0' && *identifier_end(text, true) == '\0';
}

static bool is_entry(const char *text)
{
    const char *end = identifier_end(text, true);
    return end > text && (*end == '\0' || (*end == ':' && is_dotted(end + 1)));
}

/* As an identifier, but dashes may stand for underscores. */
static bool is_command(const char *text)
{
    if (!is_letter(text[0]))
        return false;
    while (is_letter(*text) || is_digit(*text) || *text == '-')
        text++;
    return *text == '\0';
}

static bool is_version(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at <= 0x20 || (unsigned char)*at >= 0x7f)
            return false;
    return text[0] != '\0' && strlen(text) <= VERSION_BYTES_MAX;
}

static bool is_any(const char *text)
{
    (void)text;
    return true;
}

/* ---- Shapes ---- */

#define TYPE_NAMES "a type such as `str`, `int|none` or `any`"

static const plugin_shape any = {.kind = PLUGIN_SHAPE_ANY, .expected = "any value"};
static const plugin_shape text = {.kind = PLUGIN_SHAPE_TEXT, .expected = "a text", .fits = is_any};
static const plugin_shape flag = {.kind = PLUGIN_SHAPE_BOOL, .expected = "true or false"};
static const plugin_shape plugin_name = {
    .kind = PLUGIN_SHAPE_TEXT, .expected = "a name of letters, digits, _, - and ., at most 64", .fits = plugin_manifest_is_name};
static const plugin_shape version = {
    .kind = PLUGIN_SHAPE_TEXT, .expected = "a version as text, such as \"1.0\", without blanks, at most 64 characters", .fits = is_version};
static const plugin_shape api_version = {
    .kind = PLUGIN_SHAPE_TEXT_OR_NUMBER, .expected = "the version of the host's interface, a text or a whole number", .fits = is_version};
static const plugin_shape entry = {.kind = PLUGIN_SHAPE_TEXT, .expected = "\"module:attribute\" or \"module\"", .fits = is_entry};
static const plugin_shape type = {.kind = PLUGIN_SHAPE_TEXT, .expected = TYPE_NAMES, .fits = callbacks_is_type};
static const plugin_shape parameter_name = {.kind = PLUGIN_SHAPE_TEXT, .expected = "a Python identifier", .fits = is_identifier};

static const plugin_field parameter_fields[] = {
    {"name", &parameter_name, true}, {"type", &type, false}, {"required", &flag, false}, {"default", &any, false}, {"description", &text, false}, {NULL, NULL, false},
};
static const plugin_shape parameter = {.kind = PLUGIN_SHAPE_RECORD, .expected = "a parameter", .fields = parameter_fields};
static const plugin_shape parameters = {.kind = PLUGIN_SHAPE_LIST, .expected = "a list of parameters", .member = &parameter};

static const plugin_field function_fields[] = {
    {"parameters", &parameters, false}, {"returns", &type, false}, {"description", &text, false}, {NULL, NULL, false}};
static const plugin_shape function = {.kind = PLUGIN_SHAPE_RECORD, .expected = "a function", .fields = function_fields};
static const plugin_shape commands = {.kind = PLUGIN_SHAPE_DICT, .expected = "commands by their names, of letters, digits, _ and -", .fits = is_command, .member = &function};
static const plugin_shape functions = {.kind = PLUGIN_SHAPE_DICT, .expected = "functions by their names, Python identifiers", .fits = is_identifier, .member = &function};
static const plugin_field contract_fields[] = {{"functions", &functions, false}, {"entry", &entry, false}, {"description", &text, false}, {NULL, NULL, false}};
static const plugin_shape contract = {.kind = PLUGIN_SHAPE_RECORD, .expected = "a contract", .fields = contract_fields};
static const plugin_shape contracts = {.kind = PLUGIN_SHAPE_DICT, .expected = "contracts by their names, Python identifiers joined by dots", .fits = is_dotted,
                                       .member = &contract};

static const plugin_field manifest_fields[] = {
    {"name", &plugin_name, true},     {"version", &version, true},     {"api_version", &api_version, true},
    {"entry", &entry, true},          {"description", &text, false},   {"commands", &commands, false},
    {"contracts", &contracts, false}, {"capabilities", &plugin_wishes_shape, false}, {NULL, NULL, false},
};
static const plugin_shape manifest = {.kind = PLUGIN_SHAPE_RECORD, .expected = "a manifest", .fields = manifest_fields};

/* ---- What tables do not say ---- */

static cordon_plugin_status check_parameters(const plugin_document *document, const cordon_value *record, const plugin_step *way, cordon_plugin_error *error)
{
    const cordon_value *list = cordon_value_get(record, "parameters");
    const plugin_step list_step = {.before = way, .key = "parameters"};
    bool optional_came = false;
    for (size_t i = 0; i < cordon_value_count(list); i++) {
        const cordon_value *one = cordon_value_at(list, i), *required = cordon_value_get(one, "required");
        const char *name = cordon_value_get_text(cordon_value_get(one, "name"), NULL);
        const plugin_step step = {.before = &list_step, .index = i};
        bool has_default = cordon_value_get(one, "default") != NULL;
        bool is_required = cordon_value_get_kind(required) == CORDON_VALUE_BOOL ? cordon_value_is_true(required) : !has_default;
        for (size_t other = 0; other < i; other++)
            if (strcmp(name, cordon_value_get_text(cordon_value_get(cordon_value_at(list, other), "name"), NULL)) == 0)
                return plugin_document_complain(document, &step, error, "two parameters are called `%.60s`", name);
        if (has_default && is_required)
            return plugin_document_complain(document, &step, error, "`%.60s` is required and has a default: expected one of the two", name);
        if (is_required && optional_came)
            return plugin_document_complain(document, &step, error, "`%.60s` is required and comes behind one that is not", name);
        optional_came |= !is_required;
    }
    return CORDON_PLUGIN_OK;
}

static cordon_plugin_status check_all_parameters(const plugin_document *document, const cordon_value *by_name, const plugin_step *way, cordon_plugin_error *error)
{
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    for (size_t i = 0; i < cordon_value_count(by_name) && status == CORDON_PLUGIN_OK; i++) {
        const plugin_step step = {.before = way, .key = cordon_value_get_text(cordon_value_key_at(by_name, i), NULL)};
        status = check_parameters(document, cordon_value_at(by_name, i), &step, error);
    }
    return status;
}

static cordon_plugin_status check_meaning(const plugin_document *document, cordon_plugin_error *error)
{
    const cordon_value *root = plugin_document_value(document), *all = cordon_value_get(root, "contracts");
    const plugin_step commands_step = {.key = "commands"}, contracts_step = {.key = "contracts"};
    cordon_plugin_status status = check_all_parameters(document, cordon_value_get(root, "commands"), &commands_step, error);
    for (size_t i = 0; i < cordon_value_count(all) && status == CORDON_PLUGIN_OK; i++) {
        const plugin_step step = {.before = &contracts_step, .key = cordon_value_get_text(cordon_value_key_at(all, i), NULL)},
                          functions_step = {.before = &step, .key = "functions"};
        status = check_all_parameters(document, cordon_value_get(cordon_value_at(all, i), "functions"), &functions_step, error);
    }
    return status;
}

/* ---- Reading ---- */

/* A copy of what is there, or what stands for it. */
static cordon_value *normal(const cordon_value *root, const char *key)
{
    const cordon_value *given = cordon_value_get(root, key);
    int64_t number;
    char digits[24];
    if (strcmp(key, "api_version") == 0 && cordon_value_get_int(given, &number)) {
        snprintf(digits, sizeof digits, "%lld", (long long)number);
        return cordon_value_text(digits);
    }
    if (given != NULL && cordon_value_get_kind(given) != CORDON_VALUE_NONE)
        return cordon_value_copy(given);
    return strcmp(key, "capabilities") == 0  ? cordon_value_list()
           : strcmp(key, "description") == 0 ? cordon_value_none()
                                             : cordon_value_dict();
}

static cordon_value *normalise(const cordon_value *root)
{
    cordon_value *made = cordon_value_dict();
    for (const plugin_field *field = manifest_fields; made != NULL && field->key != NULL; field++)
        if (!cordon_value_dict_set(made, field->key, normal(root, field->key))) {
            cordon_value_destroy(made);
            return NULL;
        }
    return made;
}

static const char *text_at(const cordon_value *root, const char *key)
{
    return cordon_value_get_text(cordon_value_get(root, key), NULL);
}

cordon_plugin_status plugin_manifest_read(const plugin_document *document, const char *wanted_api_version, plugin_manifest *manifest_out,
                                          cordon_plugin_error *error)
{
    *manifest_out = (plugin_manifest){0};
    cordon_plugin_status status = plugin_shape_check(document, &manifest, error);
    if (status == CORDON_PLUGIN_OK)
        status = check_meaning(document, error);
    if (status != CORDON_PLUGIN_OK)
        return status;
    plugin_manifest made = {.value = normalise(plugin_document_value(document))};
    if (made.value == NULL)
        return plugin_no_memory(error);
    made.name = text_at(made.value, "name");
    made.version = text_at(made.value, "version");
    made.api_version = text_at(made.value, "api_version");
    if (error != NULL)
        snprintf(error->plugin, sizeof error->plugin, "%s", made.name);
    if (wanted_api_version != NULL && strcmp(made.api_version, wanted_api_version) != 0)
        status = plugin_failure(error, CORDON_PLUGIN_WRONG_API_VERSION, "plugin %s %s was made for version %s of the host's interface, this host has version %s", made.name,
                                made.version, made.api_version, wanted_api_version);
    if (status == CORDON_PLUGIN_OK)
        status = plugin_wishes_read(document, &made.wishes, error);
    if (status == CORDON_PLUGIN_OK)
        *manifest_out = made;
    else
        plugin_manifest_release(&made);
    return status;
}

void plugin_manifest_release(plugin_manifest *released)
{
    cordon_value_destroy(released->value);
    plugin_wishes_release(&released->wishes);
    *released = (plugin_manifest){0};
}
