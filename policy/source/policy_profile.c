/* Hides how profiles build on each other: which rules and limits are in force once one of them is chosen. */
#include <stdlib.h>
#include <string.h>

#include "policy/number.h"
#include "policy_internal.h"

enum { PROFILES_MAX = 256, EXTENDS_MAX = 16, DEPTH_MAX = 16 };

/* The rules of the file itself, or of one profile. */
typedef struct part {
    const document_content *content;
    const yaml_node_t *node;
    const document_profile *profile; /* NULL: the file itself */
    policy_rule *allow, *deny;
    policy_limit limits[POLICY_LIMIT_COUNT];
    enum { NOT_SEEN = 0, OPEN, DONE } state; /* of the walk along `extends` */
} part;

typedef struct choosing {
    policy_reading *reading;
    part *parts; /* the file itself, then its profiles */
    unsigned int count;
    policy_rule **rules; /* of those that were walked over */
    unsigned int rule_count;
} choosing;

static bool out_of_memory(const policy_reading *reading) { return yaml_tree_complain(&reading->tree, (policy_position){ 0, 0 }, "out of memory"); }

/* ---- Rules and limits of one part ------------------------------------------------------------------------------------------------- */

static policy_rule *make_rules(policy_reading *reading, const part *part, const char *key, const document_rule *sources, unsigned int count)
{
    const yaml_node_t *list = yaml_tree_value(&reading->tree, part->node, key);
    policy_rule *rules = policy_allocate(&reading->policy->memory, count * sizeof *rules);
    if (rules == NULL) out_of_memory(reading);
    for (unsigned int i = 0; rules != NULL && i < count; i++)
        if (!policy_rule_make(reading, &sources[i], yaml_tree_item(&reading->tree, list, i), key[0] == 'd', &rules[i])) return NULL;
    return rules;
}

typedef enum unit { BYTES, TIME, COUNT } unit;

static const char *parse_limit(unit unit, const char *text, uint64_t *value_out)
{
    static const char *(*const parsers[])(const char *, uint64_t *) = { [BYTES] = policy_parse_bytes, [TIME] = policy_parse_duration, [COUNT] = policy_parse_count };
    if (strcmp(text, "none") != 0) return parsers[unit](text, value_out);
    *value_out = UINT64_MAX;
    return NULL;
}

static const struct limit_row {
    const char *name;
    size_t offset;
    unit unit;
} limit_rows[] = {
#define LIMIT_ROW(member, name, unit) { name, offsetof(document_limits, member), unit },
    POLICY_LIMIT_TABLE(LIMIT_ROW)
#undef LIMIT_ROW
};

bool policy_limit_of(const policy *policy, const char *name, policy_limit *limit_out)
{
    for (size_t i = 0; i < POLICY_LIMIT_COUNT; i++) {
        if (strcmp(limit_rows[i].name, name) != 0 || policy->limits[i].value == 0) continue;
        *limit_out = policy->limits[i];
        return true;
    }
    return false;
}

static bool make_limits(policy_reading *reading, part *part)
{
    for (size_t i = 0; part->content->limits != NULL && i < POLICY_LIMIT_COUNT; i++) {
        const char *text;
        memcpy(&text, (const char *)part->content->limits + limit_rows[i].offset, sizeof text);
        if (text == NULL) continue;
        const yaml_node_t *node = yaml_tree_value(&reading->tree, yaml_tree_value(&reading->tree, part->node, "limits"), limit_rows[i].name);
        const char *wanted = parse_limit(limit_rows[i].unit, text, &part->limits[i].value);
        if (wanted != NULL) return yaml_tree_complain(&reading->tree, yaml_tree_position(node), "`%s` is %.60s: %s, or `none`", limit_rows[i].name, text, wanted);
        part->limits[i].place = policy_place(reading->policy, (unsigned int)yaml_tree_position(node).line);
        if (part->limits[i].place == NULL) return out_of_memory(reading);
    }
    return true;
}

static bool make_part(policy_reading *reading, part *part)
{
    part->allow = make_rules(reading, part, "allow", part->content->allow, part->content->allow_count);
    part->deny = part->allow == NULL ? NULL : make_rules(reading, part, "deny", part->content->deny, part->content->deny_count);
    return part->deny != NULL && make_limits(reading, part);
}

/* ---- Which parts ------------------------------------------------------------------------------------------------------------------ */

static part *find_part(const choosing *choosing, const char *name)
{
    for (unsigned int i = 1; i < choosing->count; i++)
        if (strcmp(choosing->parts[i].profile->name, name) == 0) return &choosing->parts[i];
    return NULL;
}

static bool check_names(const choosing *choosing)
{
    yaml_tree *tree = &choosing->reading->tree;
    for (unsigned int i = 1; i < choosing->count; i++) {
        const part *part = &choosing->parts[i];
        policy_position position = yaml_tree_position(yaml_tree_value(tree, part->node, "name"));
        if (strpbrk(part->profile->name, ":/ ") != NULL) return yaml_tree_complain(tree, position, "a profile's name has no colon, slash or space: %.60s", part->profile->name);
        if (find_part(choosing, part->profile->name) != part) return yaml_tree_complain(tree, position, "the profile %.60s is there twice", part->profile->name);
    }
    return true;
}

static void take_rules(choosing *choosing, part *part)
{
    for (unsigned int i = 0; i < part->content->allow_count; i++) choosing->rules[choosing->rule_count++] = &part->allow[i];
    for (unsigned int i = 0; i < part->content->deny_count; i++) choosing->rules[choosing->rule_count++] = &part->deny[i];
}

static void take_smaller_limits(policy_limit limits[POLICY_LIMIT_COUNT], const policy_limit others[POLICY_LIMIT_COUNT])
{
    for (size_t i = 0; i < POLICY_LIMIT_COUNT; i++)
        if (others[i].value != 0 && (limits[i].value == 0 || others[i].value < limits[i].value)) limits[i] = others[i];
}

/* What is said nearer counts. */
static void fill_limits(policy_limit limits[POLICY_LIMIT_COUNT], const policy_limit others[POLICY_LIMIT_COUNT])
{
    for (size_t i = 0; i < POLICY_LIMIT_COUNT; i++)
        if (limits[i].value == 0) limits[i] = others[i];
}

static bool walk(choosing *choosing, part *start, policy_limit limits_out[POLICY_LIMIT_COUNT], int depth);

static bool walk_base(choosing *choosing, const part *start, unsigned int index, policy_limit inherited[POLICY_LIMIT_COUNT], int depth)
{
    yaml_tree *tree = &choosing->reading->tree;
    policy_limit limits[POLICY_LIMIT_COUNT] = { { 0, NULL } };
    const char *name = start->profile->extends[index];
    policy_position position = yaml_tree_position(yaml_tree_item(tree, yaml_tree_value(tree, start->node, "extends"), index));
    part *base = find_part(choosing, name);
    if (base == NULL) return yaml_tree_complain(tree, position, "there is no profile %.60s to extend", name);
    if (base->state == OPEN) return yaml_tree_complain(tree, position, "a cycle: %.60s extends %.60s, which leads back to it", start->profile->name, name);
    if (depth == DEPTH_MAX) return yaml_tree_complain(tree, position, "profiles extend each other more than %d deep", DEPTH_MAX);
    if (!walk(choosing, base, limits, depth + 1)) return false;
    take_smaller_limits(inherited, limits);
    return true;
}

/* Walks over a part and all that it extends, and takes the rules of each once. */
static bool walk(choosing *choosing, part *start, policy_limit limits_out[POLICY_LIMIT_COUNT], int depth)
{
    policy_limit inherited[POLICY_LIMIT_COUNT] = { { 0, NULL } };
    bool is_new = start->state == NOT_SEEN;
    unsigned int count = start->profile == NULL ? 0 : start->profile->extends_count;
    if (count > EXTENDS_MAX) return yaml_tree_complain(&choosing->reading->tree, yaml_tree_position(start->node), "a profile extends at most %d others", EXTENDS_MAX);
    start->state = OPEN;
    for (unsigned int i = 0; i < count; i++)
        if (!walk_base(choosing, start, i, inherited, depth)) return false;
    memcpy(limits_out, start->limits, sizeof inherited);
    fill_limits(limits_out, inherited);
    if (is_new) take_rules(choosing, start);
    start->state = DONE;
    return true;
}

/* ---- Together -------------------------------------------------------------------------------------------------------------------- */

static bool make_parts(choosing *choosing)
{
    policy_reading *reading = choosing->reading;
    policy_document *document = reading->document;
    size_t rule_count = 0;
    yaml_node_t *root = yaml_tree_root(&reading->tree), *profiles = yaml_tree_value(&reading->tree, root, "profiles");
    if (document->profiles_count > PROFILES_MAX)
        return yaml_tree_complain(&reading->tree, yaml_tree_position(profiles), "a file has at most %d profiles", PROFILES_MAX);
    choosing->count = document->profiles_count + 1;
    choosing->parts = policy_allocate(&reading->policy->memory, choosing->count * sizeof *choosing->parts);
    if (choosing->parts == NULL) return out_of_memory(reading);
    for (unsigned int i = 0; i < choosing->count; i++) {
        const document_profile *profile = i == 0 ? NULL : &document->profiles[i - 1];
        choosing->parts[i] = (part){ .content = i == 0 ? &document->content : &profile->content, .node = i == 0 ? root : yaml_tree_item(&reading->tree, profiles, i - 1), .profile = profile };
        if (!make_part(reading, &choosing->parts[i])) return false;
        rule_count += choosing->parts[i].content->allow_count + choosing->parts[i].content->deny_count;
    }
    choosing->rules = policy_allocate(&reading->policy->memory, rule_count * sizeof *choosing->rules);
    return (choosing->rules != NULL || out_of_memory(reading)) && check_names(choosing);
}

static void begin_walk(choosing *choosing)
{
    for (unsigned int i = 0; i < choosing->count; i++) choosing->parts[i].state = NOT_SEEN;
    choosing->rule_count = 0;
}

/* A profile that is not asked for may still be wrong. */
static bool check_all(choosing *choosing)
{
    policy_limit limits[POLICY_LIMIT_COUNT];
    for (unsigned int i = 1; i < choosing->count; i++) {
        begin_walk(choosing);
        if (!walk(choosing, &choosing->parts[i], limits, 0)) return false;
    }
    return true;
}

static bool find_chosen(const choosing *choosing, const char *profile, part **chosen_out)
{
    policy_reading *reading = choosing->reading;
    const char *initial = reading->document->initial;
    *chosen_out = profile != NULL ? find_part(choosing, profile) : initial != NULL ? find_part(choosing, initial) : NULL;
    if (initial != NULL && find_part(choosing, initial) == NULL)
        return yaml_tree_complain(&reading->tree, yaml_tree_position(yaml_tree_value(&reading->tree, yaml_tree_root(&reading->tree), "default")),
                                  "there is no profile %.60s to be the default", initial);
    if (profile != NULL && *chosen_out == NULL) return yaml_tree_complain(&reading->tree, (policy_position){ 0, 0 }, "there is no profile %.60s in this file", profile);
    return true;
}

static int compare_lines(const void *one, const void *other)
{
    unsigned int first = (*(policy_rule *const *)one)->line, second = (*(policy_rule *const *)other)->line;
    return first < second ? -1 : first > second;
}

bool policy_profiles_choose(policy_reading *reading, const char *profile)
{
    choosing choosing = { .reading = reading };
    policy *policy = reading->policy;
    part *chosen;
    policy_limit own[POLICY_LIMIT_COUNT];
    if (!make_parts(&choosing) || !find_chosen(&choosing, profile, &chosen) || !check_all(&choosing)) return false;
    begin_walk(&choosing);
    if (!walk(&choosing, &choosing.parts[0], own, 0) || (chosen != NULL && !walk(&choosing, chosen, policy->limits, 0))) return false;
    fill_limits(policy->limits, own);
    const bool *said = chosen != NULL && chosen->content->report_only != NULL ? chosen->content->report_only : reading->document->content.report_only;
    policy->is_report_only = said != NULL && *said;
    policy->profile = chosen == NULL ? NULL : chosen->profile->name;
    policy->rules = choosing.rules;
    policy->rule_count = choosing.rule_count;
    if (policy->rule_count > 0) qsort(policy->rules, policy->rule_count, sizeof(policy_rule *), compare_lines);
    return true;
}
