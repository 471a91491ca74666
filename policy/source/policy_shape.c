/* Hides what a policy file may hold: the table of keys, and how a file that strays from it is told so. */
#include "policy_shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_fields.h"
#include "policy_tables.h"

/* What has keys. */
typedef enum owner { OF_FILE = 1, OF_PROFILE = 2, OF_RULE = 4, OF_LIMITS = 8 } owner;

typedef enum kind { TEXT, TEXTS, FLAG, VERSION, RULES, LIMITS, PROFILES } kind;

static const char *const kind_names[] = {
    [TEXT] = "a text",
    [TEXTS] = "a list of texts with at least one, such as [\"a\", \"b\"]",
    [FLAG] = "true or false",
    [VERSION] = "1, the only version there is",
    [RULES] = "a list of rules, each `- capability: ...`",
    [LIMITS] = "limits, such as `memory: 64M`",
    [PROFILES] = "a list of profiles, each `- name: ...`",
};

static const struct key {
    unsigned int owners;
    const char *name;
    kind kind;
    bool is_required;
} keys[] = {
    { OF_FILE, "version", VERSION, true },
    { OF_FILE, "default", TEXT, false },
    { OF_FILE, "profiles", PROFILES, false },
    { OF_PROFILE, "name", TEXT, true },
    { OF_PROFILE, "extends", TEXTS, false },
    { OF_FILE | OF_PROFILE, "report_only", FLAG, false },
    { OF_FILE | OF_PROFILE, "limits", LIMITS, false },
    { OF_FILE | OF_PROFILE, "allow", RULES, false },
    { OF_FILE | OF_PROFILE, "deny", RULES, false },
    { OF_RULE, "capability", TEXT, true },
#define FIELD_KEY(member, flag) { OF_RULE, #member, TEXTS, false },
    POLICY_FIELDS(FIELD_KEY)
#undef FIELD_KEY
    { OF_RULE, "reason", TEXT, false },
#define LIMIT_KEY(member, name, unit) { OF_LIMITS, name, TEXT, false },
    POLICY_LIMIT_TABLE(LIMIT_KEY)
#undef LIMIT_KEY
};
enum { KEY_COUNT = sizeof keys / sizeof *keys };

static const char *owner_name(owner owner)
{
    return owner == OF_FILE ? "a policy file" : owner == OF_PROFILE ? "a profile" : owner == OF_RULE ? "a rule" : "the limits";
}

static bool check_mapping(yaml_tree *tree, const yaml_node_t *node, owner owner, const char *wanted);

/* ---- Values ---------------------------------------------------------------------------------------------------------------------- */

static const char *found_name(const yaml_node_t *node)
{
    if (node->type == YAML_SEQUENCE_NODE) return node->data.sequence.items.start == node->data.sequence.items.top ? "an empty list" : "a list";
    if (node->type == YAML_MAPPING_NODE) return "a mapping";
    return node->data.scalar.length == 0 ? "nothing" : yaml_tree_text(node);
}

/* A word of YAML, true or 1, and not a text that looks like it. */
static bool is_word(const yaml_node_t *node) { return node->type == YAML_SCALAR_NODE && node->data.scalar.length > 0 && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE; }

static bool complain_of_value(const yaml_tree *tree, const yaml_node_t *node, const char *key, const char *wanted)
{
    bool is_quoted = node->type == YAML_SCALAR_NODE && node->data.scalar.length > 0 && !is_word(node);
    return yaml_tree_complain(tree, yaml_tree_position(node), is_quoted ? "`%s` is \"%.100s\", expected %s" : "`%s` is %.100s, expected %s", key, found_name(node), wanted);
}

static bool is_text(const yaml_node_t *node) { return node->type == YAML_SCALAR_NODE && node->data.scalar.length > 0; }

static int compare_items(const void *a, const void *b)
{
    const yaml_node_t *one = *(const yaml_node_t *const *)a, *other = *(const yaml_node_t *const *)b;
    int order = strcmp(yaml_tree_text(one), yaml_tree_text(other));
    return order != 0 ? order : (one->start_mark.index > other->start_mark.index) - (one->start_mark.index < other->start_mark.index);
}

/* Sorted, since a list may be long. */
static bool check_unique(yaml_tree *tree, const yaml_node_t *list, const char *key)
{
    size_t count = (size_t)(list->data.sequence.items.top - list->data.sequence.items.start);
    const yaml_node_t **items = malloc(count * sizeof *items), *twice = NULL;
    if (items == NULL) return yaml_tree_complain(tree, (policy_position){ 0, 0 }, "out of memory");
    for (size_t i = 0; i < count; i++) items[i] = yaml_tree_item(tree, list, i);
    qsort(items, count, sizeof *items, compare_items);
    for (size_t i = 1; i < count && twice == NULL; i++)
        if (strcmp(yaml_tree_text(items[i - 1]), yaml_tree_text(items[i])) == 0) twice = items[i];
    free(items);
    return twice == NULL || yaml_tree_complain(tree, yaml_tree_position(twice), "`%.100s` is there twice in `%s`: expected once", yaml_tree_text(twice), key);
}

static bool check_texts(yaml_tree *tree, const yaml_node_t *node, const char *key)
{
    if (node->type != YAML_SEQUENCE_NODE || yaml_tree_item(tree, node, 0) == NULL) return complain_of_value(tree, node, key, kind_names[TEXTS]);
    const yaml_node_t *item;
    for (size_t i = 0; (item = yaml_tree_item(tree, node, i)) != NULL; i++) {
        /* An empty text can be a list of no arguments, and is no pattern of anything else; its reader says so. */
        if (item->type != YAML_SCALAR_NODE) return complain_of_value(tree, item, key, "a text");
        if (item->data.scalar.length == 0 && item->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) return complain_of_value(tree, item, key, "a text");
    }
    return check_unique(tree, node, key);
}

static bool check_list(yaml_tree *tree, const yaml_node_t *node, const char *key, owner owner, kind kind)
{
    if (node->type != YAML_SEQUENCE_NODE) return complain_of_value(tree, node, key, kind_names[kind]);
    const yaml_node_t *item;
    for (size_t i = 0; (item = yaml_tree_item(tree, node, i)) != NULL; i++)
        if (!check_mapping(tree, item, owner, kind_names[kind])) return false;
    return true;
}

static bool is_flag(const yaml_node_t *node) { return is_word(node) && (strcmp(yaml_tree_text(node), "true") == 0 || strcmp(yaml_tree_text(node), "false") == 0); }

static bool check_value(yaml_tree *tree, const yaml_node_t *node, const struct key *key)
{
    switch (key->kind) {
    case TEXT: return is_text(node) || complain_of_value(tree, node, key->name, kind_names[TEXT]);
    case TEXTS: return check_texts(tree, node, key->name);
    case FLAG: return is_flag(node) || complain_of_value(tree, node, key->name, kind_names[FLAG]);
    case VERSION: return (is_word(node) && strcmp(yaml_tree_text(node), "1") == 0) || complain_of_value(tree, node, key->name, kind_names[VERSION]);
    case RULES: return check_list(tree, node, key->name, OF_RULE, RULES);
    case LIMITS: return check_mapping(tree, node, OF_LIMITS, kind_names[LIMITS]);
    case PROFILES: return check_list(tree, node, key->name, OF_PROFILE, PROFILES);
    }
    return false;
}

/* ---- Keys ------------------------------------------------------------------------------------------------------------------------ */

static const struct key *find_key(owner owner, const char *name)
{
    for (int i = 0; i < KEY_COUNT; i++)
        if ((keys[i].owners & (unsigned int)owner) != 0 && strcmp(keys[i].name, name) == 0) return &keys[i];
    return NULL;
}

static bool complain_of_key(const yaml_tree *tree, const yaml_node_t *name, owner owner)
{
    char expected[400] = "";
    for (int i = 0; i < KEY_COUNT; i++) {
        size_t used = strlen(expected);
        if (keys[i].owners & (unsigned int)owner) snprintf(expected + used, sizeof expected - used, "%s%s", used == 0 ? "" : ", ", keys[i].name);
    }
    return yaml_tree_complain(tree, yaml_tree_position(name), "`%.60s` is no key of %s: expected one of %s", found_name(name), owner_name(owner), expected);
}

static bool check_required(const yaml_tree *tree, const yaml_node_t *node, owner owner, uint64_t seen)
{
    for (int i = 0; i < KEY_COUNT; i++)
        if (keys[i].is_required && (keys[i].owners & (unsigned int)owner) != 0 && !(seen >> i & 1))
            return yaml_tree_complain(tree, yaml_tree_position(node), "%s needs `%s`: expected %s", owner_name(owner), keys[i].name, kind_names[keys[i].kind]);
    return true;
}

static bool check_mapping(yaml_tree *tree, const yaml_node_t *node, owner owner, const char *wanted)
{
    _Static_assert((int)KEY_COUNT <= 64, "the keys that were seen are bits of a word");
    uint64_t seen = 0;
    if (node->type != YAML_MAPPING_NODE) return yaml_tree_complain(tree, yaml_tree_position(node), "%.100s is no part of a policy here: expected %s", found_name(node), wanted);
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_tree_node(tree, pair->key);
        const struct key *key = is_text(name) ? find_key(owner, yaml_tree_text(name)) : NULL;
        if (key == NULL) return complain_of_key(tree, name, owner);
        if (seen >> (key - keys) & 1) return yaml_tree_complain(tree, yaml_tree_position(name), "`%s` is there twice: expected once", key->name);
        seen |= UINT64_C(1) << (key - keys);
        if (!check_value(tree, yaml_tree_node(tree, pair->value), key)) return false;
    }
    return check_required(tree, node, owner, seen);
}

bool policy_shape_check(yaml_tree *tree) { return check_mapping(tree, yaml_tree_root(tree), OF_FILE, "`version: 1` and rules"); }
