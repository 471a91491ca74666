/* Hides how what a manifest asks for becomes rules of a policy. Each wish is read by itself first, so that what is wrong with it is told at its place in the manifest. */
#include "plugin_wishes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

/* ---- Shape: the keys of a policy's rule ---- */

static bool is_text(const char *text)
{
    return text[0] != '\0';
}

static bool is_plain_capability(const char *text)
{
    return policy_capability_number(text) >= 0;
}

static const plugin_shape name = {
    .kind = PLUGIN_SHAPE_TEXT, .expected = "the name of one capability, such as fs.read (`cordon policy explain` lists them)", .fits = is_plain_capability};
static const plugin_shape number_or_text = {.kind = PLUGIN_SHAPE_TEXT_OR_NUMBER, .expected = "a text or a number", .fits = is_text};
static const plugin_shape texts = {.kind = PLUGIN_SHAPE_ONE_OR_LIST, .expected = "a text or a list of texts", .member = &number_or_text};

static const plugin_field fields[] = {
    {"path", &texts, false},   {"name", &texts, false},      {"host", &texts, false},   {"address", &texts, false}, {"port", &texts, false},   {"program", &texts, false},
    {"arguments", &texts, false}, {"signal", &texts, false}, {"origin", &texts, false}, {"sha256", &texts, false},  {NULL, NULL, false},
};
static const plugin_shape arguments = {.kind = PLUGIN_SHAPE_RECORD, .expected = "the arguments of a capability", .fields = fields};
static const plugin_field wish_fields[] = {{"capability", &name, true}, {"arguments", &arguments, false}, {NULL, NULL, false}};
static const plugin_shape wish = {.kind = PLUGIN_SHAPE_RECORD, .expected = "a capability that is asked for", .fields = wish_fields};
const plugin_shape plugin_wishes_shape = {.kind = PLUGIN_SHAPE_LIST, .expected = "a list of capabilities, each with its arguments", .member = &wish};

/* ---- Writing rules ---- */

static void add(bytes *rules, const char *words)
{
    bytes_add(rules, words, strlen(words));
}

static void add_pattern(bytes *rules, const cordon_value *value)
{
    int64_t number;
    size_t size = 0;
    char digits[24];
    if (cordon_value_get_int(value, &number)) {
        snprintf(digits, sizeof digits, "\"%lld\"", (long long)number);
        add(rules, digits);
    } else {
        const char *pattern = cordon_value_get_text(value, &size);
        json_text(rules, pattern, size);
    }
}

static void add_patterns(bytes *rules, const char *key, const cordon_value *value)
{
    bool is_list = cordon_value_get_kind(value) == CORDON_VALUE_LIST;
    add(rules, "    ");
    add(rules, key);
    add(rules, ": [");
    for (size_t i = 0; i < (is_list ? cordon_value_count(value) : 1); i++) {
        if (i > 0)
            add(rules, ", ");
        add_pattern(rules, is_list ? cordon_value_at(value, i) : value);
    }
    add(rules, "]\n");
}

static void add_rule(bytes *rules, const char *capability, const cordon_value *one)
{
    add(rules, "  - capability: ");
    add(rules, capability);
    add(rules, "\n");
    for (const plugin_field *field = fields; field->key != NULL; field++) {
        const cordon_value *value = cordon_value_get(cordon_value_get(one, "arguments"), field->key);
        if (value != NULL && cordon_value_get_kind(value) != CORDON_VALUE_NONE)
            add_patterns(rules, field->key, value);
    }
}

/* A folder is given as a whole: who may write it reads it too, and who reads it lists it. */
static const char *const *implied(const char *capability)
{
    static const char *const read[] = {"fs.read", "fs.list", NULL}, *const write[] = {"fs.read", "fs.list", "fs.write", NULL}, *const nothing[] = {NULL};
    return strcmp(capability, "fs.read") == 0 ? read : strcmp(capability, "fs.write") == 0 ? write : nothing;
}

static const char head[] = "version: 1\nallow:\n";

static void add_wish(bytes *rules, const cordon_value *one)
{
    const char *capability = cordon_value_get_text(cordon_value_get(one, "capability"), NULL);
    const char *const *more = implied(capability);
    if (more[0] == NULL)
        add_rule(rules, capability, one);
    for (; *more != NULL; more++)
        add_rule(rules, *more, one);
}

/* ---- Reading them ---- */

/* "FILE:LINE:COLUMN: what" without its place, which is one in a text that nobody wrote. */
static const char *without_place(const char *message)
{
    for (int colons = 0; colons < 3; colons++) {
        const char *colon = strchr(message, ':');
        if (colon == NULL)
            break;
        message = colon + 1;
    }
    return message + strspn(message, " ");
}

static cordon_plugin_status try_wish(const plugin_document *document, const cordon_value *one, const plugin_step *way, cordon_plugin_error *error)
{
    bytes rules = {0};
    policy *read = NULL;
    policy_message message;
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    add(&rules, head);
    add_wish(&rules, one);
    if (rules.failed)
        status = plugin_no_memory(error);
    else if (!policy_read((const char *)rules.data, rules.size, "asked", NULL, &read, &message))
        status = plugin_document_complain(document, way, error, "%s", without_place(message.text));
    policy_destroy(read);
    bytes_release(&rules);
    return status;
}

cordon_plugin_status plugin_wishes_parse(const char *rules, plugin_wishes *wishes_out, cordon_plugin_error *error)
{
    policy_message message;
    *wishes_out = (plugin_wishes){0};
    if (rules == NULL || rules[0] == '\0')
        return CORDON_PLUGIN_OK;
    plugin_wishes made = {.rules = strdup(rules)};
    if (made.rules == NULL)
        return plugin_no_memory(error);
    if (!policy_read(made.rules, strlen(made.rules), "granted", NULL, &made.asked, &message)) {
        plugin_wishes_release(&made);
        return plugin_failure(error, CORDON_PLUGIN_BAD_MANIFEST, "%s", without_place(message.text));
    }
    *wishes_out = made;
    return CORDON_PLUGIN_OK;
}

cordon_plugin_status plugin_wishes_read(const plugin_document *document, plugin_wishes *wishes_out, cordon_plugin_error *error)
{
    const cordon_value *list = cordon_value_get(plugin_document_value(document), "capabilities");
    const plugin_step list_step = {.key = "capabilities"};
    bytes rules = {0};
    cordon_plugin_status status = CORDON_PLUGIN_OK;
    *wishes_out = (plugin_wishes){0};
    if (cordon_value_count(list) == 0)
        return CORDON_PLUGIN_OK;
    add(&rules, head);
    for (size_t i = 0; i < cordon_value_count(list) && status == CORDON_PLUGIN_OK; i++) {
        const plugin_step step = {.before = &list_step, .index = i};
        status = try_wish(document, cordon_value_at(list, i), &step, error);
        add_wish(&rules, cordon_value_at(list, i));
    }
    bytes_add(&rules, "", 1);
    if (status == CORDON_PLUGIN_OK)
        status = rules.failed ? plugin_no_memory(error) : plugin_wishes_parse((const char *)rules.data, wishes_out, error);
    bytes_release(&rules);
    return status;
}

void plugin_wishes_release(plugin_wishes *wishes)
{
    policy_destroy(wishes->asked);
    free(wishes->rules);
    *wishes = (plugin_wishes){0};
}

bool plugin_wishes_are_within(const plugin_wishes *wishes, const policy *granter, char **lacking_out)
{
    *lacking_out = NULL;
    return wishes->asked == NULL || !policy_exceeds(wishes->asked, granter, lacking_out);
}
