/* What a plugin is made of, without running any: names in archives, manifests told by line and column, digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin_manifest.h"
#include "plugin_package.h"

/* ---- Manifests ---- */

#define GOOD "name: p\nversion: \"1\"\napi_version: 1\nentry: main:run\n"

static const struct manifest_case {
    const char *name, *text, *says; /* says NULL: it is good */
} manifest_cases[] = {
    {"smallest", GOOD, NULL},
    {"everything",
     GOOD "description: d\ncommands:\n  run-it:\n    parameters: [{name: a, type: int|none, default: ~, description: x}]\n    returns: str\ncontracts:\n  a.b:\n    entry: m\n    functions: {f: {}}\n"
          "capabilities: [{capability: net.connect, arguments: {address: 127.0.0.0/8, port: [443, 80-90]}}, {capability: random}]\n",
     NULL},
    {"json", "{\"name\": \"p\", \"version\": \"1\", \"api_version\": \"1\", \"entry\": \"m\"}", NULL},
    {"with_byte_order_mark", "\xef\xbb\xbf" GOOD, NULL},
    {"mistake_behind_byte_order_mark", "\xef\xbb\xbf" "nam: p\n", "p.yaml:1:6: `nam` is no key of a manifest"},
    {"byte_order_mark_alone", "\xef\xbb\xbf", "p.yaml:1:1: it is empty"},
    {"byte_order_mark_in_the_middle", "name: p\n\xef\xbb\xbfversion: \"1\"\n", "p.yaml:2:"},
    {"utf16", "\xff\xfe" "n", "p.yaml:1:1: expected UTF-8"},
    {"empty", "", "p.yaml:1:1: it is empty"},
    {"no_yaml", "name: [", "p.yaml:2:1: this is no YAML"},
    {"not_utf8", "name: \xff\n", "p.yaml:1:1: expected UTF-8"},
    {"a_list", "- name\n", "p.yaml:1:1: `the document` is a list, expected a manifest"},
    {"name_missing", "version: \"1\"\napi_version: 1\nentry: m\n", "p.yaml:1:1: `name` is missing: expected a name of letters"},
    {"unknown_key", GOOD "colour: red\n", "p.yaml:5:9: `colour` is no key of a manifest: expected one of name, version, api_version, entry, description, commands, contracts, capabilities"},
    {"key_twice", GOOD "name: q\n", "p.yaml:5:1: a key that was there before: name"},
    {"version_as_number", "name: p\nversion: 1.0\napi_version: 1\nentry: m\n", "p.yaml:2:10: `version` is a number, expected a version as text, such as \"1.0\""},
    {"name_with_slash", "name: a/b\nversion: \"1\"\napi_version: 1\nentry: m\n", "p.yaml:1:7: `a/b` does not fit: expected a name of letters"},
    {"name_with_dots", "name: ..\nversion: \"1\"\napi_version: 1\nentry: m\n", "p.yaml:1:7: `..` does not fit"},
    {"entry_is_no_name", "name: p\nversion: \"1\"\napi_version: 1\nentry: a b\n", "p.yaml:4:8: `a b` does not fit: expected \"module:attribute\" or \"module\""},
    {"entry_is_a_path", "name: p\nversion: \"1\"\napi_version: 1\nentry: ../m\n", "p.yaml:4:8: "},
    {"parameter_of_no_type", GOOD "commands:\n  c:\n    parameters:\n      - name: a\n        type: integer\n", "p.yaml:9:15: `integer` does not fit: expected a type such as"},
    {"parameter_without_name", GOOD "commands:\n  c:\n    parameters:\n      - type: int\n", "p.yaml:8:9: `name` is missing"},
    {"parameter_twice", GOOD "commands:\n  c:\n    parameters: [{name: a}, {name: a}]\n", "p.yaml:7:29: two parameters are called `a`"},
    {"required_behind_optional", GOOD "commands:\n  c:\n    parameters: [{name: a, default: 1}, {name: b}]\n", "p.yaml:7:41: `b` is required and comes behind one that is not"},
    {"required_with_default", GOOD "contracts:\n  c:\n    functions:\n      f: {parameters: [{name: a, default: 1, required: true}]}\n", "p.yaml:8:24: `a` is required and has a default"},
    {"command_with_blank", GOOD "commands:\n  a b: {}\n", "p.yaml:6:8: the name `a b` does not fit"},
    {"capability_unknown", GOOD "capabilities:\n  - capability: fs.red\n", "p.yaml:6:17: `fs.red` does not fit: expected the name of one capability"},
    {"capability_group", GOOD "capabilities:\n  - capability: fs.*\n", "p.yaml:6:17: `fs.*` does not fit"},
    {"capability_with_wrong_argument", GOOD "capabilities:\n  - capability: random\n    arguments: {path: /srv}\n", "p.yaml:6:5: "},
    {"path_relative", GOOD "capabilities:\n  - capability: fs.read\n    arguments: {path: [srv]}\n", "p.yaml:6:5: `srv` never fits: expected an absolute path"},
    {"path_with_dots", GOOD "capabilities:\n  - {capability: fs.read, arguments: {path: /srv/../etc}}\n", "p.yaml:6:5: `/srv/../etc` never fits"},
    {"anchors", GOOD "description: &a x\n", "p.yaml:5:14: anchors, aliases and tags have no place here"},
    {"tags", GOOD "description: !!str x\n", "p.yaml:5:14: anchors"},
    {"two_documents", GOOD "---\n" GOOD, "p.yaml:5:1: a second document"},
    {"too_deep", GOOD "commands: [[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]\n", "nested too deeply"},
    {"wrong_api_version", "name: p\nversion: \"1\"\napi_version: 2\nentry: m\n", "plugin p 1 was made for version 2 of the host's interface, this host has version 1"},
    {"api_version_is_exact", "name: p\nversion: \"1\"\napi_version: \"1.0\"\nentry: m\n", "made for version 1.0 of"},
};

static void manifest_case_run(void **state)
{
    const struct manifest_case *one = *state;
    cordon_plugin_error error = {.status = CORDON_PLUGIN_OK};
    plugin_document *document = NULL;
    plugin_manifest manifest = {0};
    cordon_plugin_status status = plugin_document_read(one->text, strlen(one->text), "p.yaml", CORDON_PLUGIN_BAD_MANIFEST, &document, &error);
    if (status == CORDON_PLUGIN_OK)
        status = plugin_manifest_read(document, "1", &manifest, &error);
    if (one->says == NULL && status != CORDON_PLUGIN_OK)
        fail_msg("%s", error.message);
    if (one->says != NULL && (status == CORDON_PLUGIN_OK || strstr(error.message, one->says) == NULL))
        fail_msg("\"%s\" does not say \"%s\"", error.message, one->says);
    plugin_manifest_release(&manifest);
    plugin_document_destroy(document);
}

static void values_are_judged_like_texts(void **state)
{
    cordon_value *value = cordon_value_dict();
    cordon_plugin_error error;
    plugin_document *document = NULL;
    plugin_manifest manifest;
    (void)state;
    cordon_value_dict_set(value, "name", cordon_value_text("p"));
    cordon_value_dict_set(value, "version", cordon_value_text("1"));
    cordon_value_dict_set(value, "api_version", cordon_value_int(1));
    cordon_value_dict_set(value, "entry", cordon_value_text("m"));
    cordon_value_dict_set(value, "description", cordon_value_none()); /* as if it were not there */
    assert_int_equal(plugin_document_of(value, "p", CORDON_PLUGIN_BAD_MANIFEST, &document, &error), CORDON_PLUGIN_OK);
    assert_int_equal(plugin_manifest_read(document, "1", &manifest, &error), CORDON_PLUGIN_OK);
    assert_string_equal(manifest.api_version, "1");
    plugin_manifest_release(&manifest);
    cordon_value *commands = cordon_value_dict();
    cordon_value_dict_set(commands, "run", cordon_value_int(5));
    cordon_value_dict_set(value, "commands", commands);
    assert_int_equal(plugin_manifest_read(document, "1", &manifest, &error), CORDON_PLUGIN_BAD_MANIFEST);
    assert_string_equal(error.message, "p: ['commands']['run']: `run` is a number, expected a function");
    plugin_document_destroy(document);
    cordon_value_destroy(value);
}

static void what_is_asked_is_held_against_policy(void **state)
{
    static const struct {
        const char *asked, *granted;
        bool is_within;
    } cases[] = {
        {"", "version: 1\n", true},
        {"capabilities: [{capability: random}]\n", "version: 1\n", false},
        {"capabilities: [{capability: random}]\n", "version: 1\nallow: [{capability: random}]\n", true},
        {"capabilities: [{capability: random}]\n", "version: 1\nallow: [{capability: '*'}]\n", true},
        {"capabilities: [{capability: random}]\n", "version: 1\nallow: [{capability: '*'}]\ndeny: [{capability: random}]\n", false},
        {"capabilities: [{capability: fs.read, arguments: {path: /srv/a}}]\n", "version: 1\nallow: [{capability: fs.*, path: [/srv]}]\n", true},
        {"capabilities: [{capability: fs.read, arguments: {path: /srvx}}]\n", "version: 1\nallow: [{capability: fs.*, path: [/srv]}]\n", false},
        {"capabilities: [{capability: fs.read, arguments: {path: /srv/a}}]\n", "version: 1\nallow: [{capability: fs.read, path: [/srv]}]\n", false}, /* listing comes with it */
        {"capabilities: [{capability: fs.write, arguments: {path: /srv/a}}]\n", "version: 1\nallow: [{capability: fs.read, path: [/srv]}, {capability: fs.list, path: [/srv]}]\n", false},
        {"capabilities: [{capability: fs.read, arguments: {path: /srv/a}}]\n", "version: 1\nallow: [{capability: fs.*, path: [/srv]}]\ndeny: [{capability: fs.read, path: [/srv/a/b]}]\n", false},
        {"capabilities: [{capability: fs.read, arguments: {path: \"/srv/\\\"]\\n  - capability: '*'\"}}]\n", "version: 1\nallow: [{capability: fs.*, path: [/srv]}]\n", true}, /* a strange name, and no rule */
        {"capabilities: [{capability: fs.read}]\n", "version: 1\nallow: [{capability: fs.*, path: [/srv]}]\n", false},
        {"capabilities: [{capability: env.read, arguments: {name: HOME}}]\n", "version: 1\nallow: [{capability: env.read, name: [HOME, USER]}]\n", true},
        {"capabilities: [{capability: env.read, arguments: {name: 'H*'}}]\n", "version: 1\nallow: [{capability: env.read, name: [HOME, USER]}]\n", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1000], *lacking = NULL;
        cordon_plugin_error error;
        policy_message message;
        policy *granted = NULL;
        plugin_document *document = NULL;
        plugin_manifest manifest;
        snprintf(text, sizeof text, "%s%s", GOOD, cases[i].asked);
        assert_int_equal(plugin_document_read(text, strlen(text), "p", CORDON_PLUGIN_BAD_MANIFEST, &document, &error), CORDON_PLUGIN_OK);
        assert_int_equal(plugin_manifest_read(document, NULL, &manifest, &error), CORDON_PLUGIN_OK);
        if (!policy_read(cases[i].granted, strlen(cases[i].granted), "policy", NULL, &granted, &message))
            fail_msg("%s", message.text);
        if (plugin_wishes_are_within(&manifest.wishes, granted, &lacking) != cases[i].is_within)
            fail_msg("%s against %s: %s", cases[i].asked, cases[i].granted, lacking != NULL ? lacking : "within");
        free(lacking);
        policy_destroy(granted);
        plugin_manifest_release(&manifest);
        plugin_document_destroy(document);
    }
}

/* ---- Names of files ---- */

static void names_are_checked(void **state)
{
    static const struct {
        const char *path;
        bool is_good;
    } cases[] = {
        {"a.py", true},      {"a/b/c.py", true},   {"a b.py", true},      {"\xc3\xa4.py", true}, {"...", true},        {"..a/b", true},    {"/a", false},
        {"../a", false},     {"a/../b", false},    {"a/..", false},       {"./a", false},        {"a//b", false},      {"a/", false},      {"", false},
        {"a\\b", false},     {"a\nb", false},      {"a\x7f", false},      {"\xff", false},       {"..", false},        {".", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        plugin_package package = {.bytes_max = 10, .files_max = 10};
        cordon_plugin_error error;
        bytes content = {0};
        bytes_add(&content, "x", 1);
        bool is_taken = plugin_package_add(&package, cases[i].path, &content, &error) == CORDON_PLUGIN_OK;
        if (is_taken != cases[i].is_good)
            fail_msg("%s", cases[i].path);
        plugin_package_release(&package);
    }
}

static void bounds_hold(void **state)
{
    plugin_package package = {.bytes_max = 10, .files_max = 2};
    cordon_plugin_error error;
    bytes content = {0};
    (void)state;
    bytes_add(&content, "0123456789", 10);
    assert_int_equal(plugin_package_add(&package, "a", &content, &error), CORDON_PLUGIN_OK);
    bytes_add(&content, "x", 1);
    assert_int_equal(plugin_package_add(&package, "b", &content, &error), CORDON_PLUGIN_BAD_PACKAGE);
    assert_int_equal(plugin_package_add(&package, "c", &content, &error), CORDON_PLUGIN_OK); /* an empty one */
    assert_int_equal(plugin_package_add(&package, "d", &content, &error), CORDON_PLUGIN_BAD_PACKAGE);
    plugin_package_release(&package);
    assert_true(plugin_package_wants("a/b.py") && plugin_package_wants("pyc") && plugin_package_wants("x__pycache__/a"));
    assert_false(plugin_package_wants("a/__pycache__/b.py") || plugin_package_wants("__pycache__/b") || plugin_package_wants("a/b.pyc"));
}

/* For check_schema.py: 0 if the file is a manifest, else 1 and why. */
static int judge_file(const char *path)
{
    static char text[1 << 20];
    cordon_plugin_error error;
    plugin_document *document = NULL;
    plugin_manifest manifest = {0};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 2;
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    cordon_plugin_status status = plugin_document_read(text, size, path, CORDON_PLUGIN_BAD_MANIFEST, &document, &error);
    if (status == CORDON_PLUGIN_OK)
        status = plugin_manifest_read(document, NULL, &manifest, &error);
    if (status != CORDON_PLUGIN_OK)
        puts(error.message);
    plugin_manifest_release(&manifest);
    plugin_document_destroy(document);
    return status != CORDON_PLUGIN_OK;
}

int main(int argument_count, char **arguments)
{
    if (argument_count > 1)
        return judge_file(arguments[1]);
    enum { MANIFESTS = sizeof manifest_cases / sizeof *manifest_cases, OTHERS = 4 };
    struct CMUnitTest tests[MANIFESTS + OTHERS] = {
        cmocka_unit_test(values_are_judged_like_texts),
        cmocka_unit_test(what_is_asked_is_held_against_policy),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(bounds_hold),
    };
    for (size_t i = 0; i < MANIFESTS; i++)
        tests[OTHERS + i] = (struct CMUnitTest){.name = manifest_cases[i].name, .test_func = manifest_case_run, .initial_state = (void *)&manifest_cases[i]};
    return cmocka_run_group_tests_name("plugin files", tests, NULL, NULL);
}
