/* Hides how a rule's texts become what is compared, and which rules make no sense. */
#include <stdio.h>
#include <string.h>

#include "policy_internal.h"

/* What is being made, and where it stands. */
typedef struct making {
    policy_reading *reading;
    const document_rule *source;
    const yaml_node_t *node;
    policy_rule *rule;
} making;

static policy_position position_of(const making *making, const char *key, int item)
{
    yaml_node_t *node = yaml_tree_value(&making->reading->tree, making->node, key);
    if (item >= 0) node = yaml_tree_item(&making->reading->tree, node, (size_t)item);
    return yaml_tree_position(node);
}

static bool out_of_memory(const making *making) { return yaml_tree_complain(&making->reading->tree, (policy_position){ 0, 0 }, "out of memory"); }

/* A text may name several, with commas between them: "fs.read, fs.list". */
static bool make_capabilities(const making *making)
{
    char name[64];
    const char *next = making->source->capability;
    while (*next != '\0') {
        size_t length = strcspn(next, ",");
        snprintf(name, sizeof name, "%.*s", (int)length, next);
        uint64_t named = length < sizeof name ? policy_capabilities_named(name) : 0;
        if (named == 0)
            return yaml_tree_complain(&making->reading->tree, position_of(making, "capability", -1),
                                      "no such capability: %.100s, expected one of docs/policy.md's, a group such as fs.*, or *", name);
        if ((named & ~making->rule->capabilities) == 0)
            return yaml_tree_complain(&making->reading->tree, position_of(making, "capability", -1), "%.100s is there already: expected each capability once", name);
        making->rule->capabilities |= named;
        next += length;
        if (*next == ',') next += 1 + strspn(next + 1, " ");
    }
    return true;
}

/* A limit must mean something for every capability that the rule names; else it would seem to limit what it does not. */
static bool check_field(const making *making, enum policy_field_number field)
{
    for (int capability = 0; policy_capability_name(capability) != NULL; capability++)
        if ((making->rule->capabilities >> capability & 1) && !(policy_capability_fields(capability) >> field & 1))
            return yaml_tree_complain(&making->reading->tree, position_of(making, policy_field_name(field), -1), "%s cannot limit this capability: %s is not limited by it",
                                      policy_field_name(field), policy_capability_name(capability));
    return true;
}

static bool make_field(const making *making, enum policy_field_number field)
{
    document_texts texts = document_rule_texts(making->source, field);
    if (texts.count == 0) return true;
    policy_pattern *patterns = policy_allocate(&making->reading->policy->memory, texts.count * sizeof *patterns);
    if (patterns == NULL) return out_of_memory(making);
    for (unsigned int i = 0; i < texts.count; i++) {
        const char *wanted = policy_pattern_make(&making->reading->policy->memory, field, texts.items[i], &patterns[i]);
        if (wanted != NULL)
            return yaml_tree_complain(&making->reading->tree, position_of(making, policy_field_name(field), (int)i), "`%.100s` never fits: expected %s", texts.items[i], wanted);
    }
    making->rule->fields |= 1u << field;
    making->rule->patterns[field] = (policy_patterns){ patterns, texts.count };
    return check_field(making, field);
}

const char *policy_place(policy *policy, unsigned int line)
{
    char place[512];
    snprintf(place, sizeof place, "%.480s:%u", policy->file_name, line);
    return policy_copy_text(&policy->memory, place, strlen(place));
}

static bool make_origin(const making *making)
{
    making->rule->line = (unsigned int)yaml_tree_position(making->node).line;
    making->rule->origin = (policy_rule_origin){ policy_place(making->reading->policy, making->rule->line), making->source->reason };
    return making->rule->origin.place != NULL || out_of_memory(making);
}

bool policy_rule_make(policy_reading *reading, const document_rule *source, const yaml_node_t *node, bool is_deny, policy_rule *rule_out)
{
    making making = { reading, source, node, rule_out };
    *rule_out = (policy_rule){ .is_deny = is_deny, .capability = source->capability };
    if (!make_capabilities(&making) || !make_origin(&making)) return false;
    for (int field = 0; field < POLICY_FIELD_COUNT; field++)
        if (!make_field(&making, (enum policy_field_number)field)) return false;
    return true;
}
