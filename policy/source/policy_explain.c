/* Hides how a decision is told to people. */
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

static void add_argument(text_buffer *text, const policy_argument *argument)
{
    if (argument->text != NULL) text_add(text, " %s", argument->text);
    if (argument->list != NULL)
        for (const char *const *word = argument->list[0] == NULL ? argument->list : argument->list + 1; *word != NULL; word++) text_add(text, " %s", *word);
    if (argument->text == NULL && argument->list == NULL) text_add(text, " %lld", (long long)argument->number);
}

void policy_tell_rule(text_buffer *text, const policy_rule *rule)
{
    text_add(text, "%s %s", rule->is_deny ? "deny" : "allow", rule->capability);
    for (int field = 0; field < POLICY_FIELD_COUNT; field++) {
        const policy_patterns *patterns = &rule->patterns[field];
        for (unsigned int i = 0; i < patterns->count; i++) {
            if (i == 0) text_add(text, ", %s [", policy_field_name((enum policy_field_number)field));
            text_add_scalar(text, patterns->items[i].text, TEXT_IN_LIST);
            text_add(text, "%s", i + 1 < patterns->count ? ", " : "]");
        }
    }
}

static void tell_deciding(text_buffer *text, const policy_rule *rule)
{
    text_add(text, "  %s: ", rule->origin.place);
    policy_tell_rule(text, rule);
    text_add(text, "\n");
    if (rule->origin.reason != NULL) text_add(text, "  reason: %s\n", rule->origin.reason);
}

/* The rule that would allow just this. */
static void tell_missing(text_buffer *text, int capability, const policy_argument *arguments, size_t count)
{
    text_add(text, "  no rule allows it; this one would:\n\n  allow:\n    - capability: %s\n", policy_capability_name(capability));
    for (int field = 0; field < POLICY_FIELD_COUNT; field++) {
        size_t told = 0;
        for (size_t i = 0; i < count; i++) {
            if (policy_argument_field(capability, arguments[i].name) != 1u << field) continue;
            if (told++ == 0)
                text_add(text, "      %s: [", policy_field_name((enum policy_field_number)field));
            else
                text_add(text, ", ");
            text_buffer value = { 0 };
            add_argument(&value, &arguments[i]);
            text_add_scalar(text, value.bytes == NULL ? "" : value.bytes + 1, TEXT_IN_LIST);
            free(value.bytes);
        }
        if (told > 0) text_add(text, "]\n");
    }
}

/* An origin is the first member that a caller sees of a rule. */
static const policy_rule *rule_of(const policy *policy, const policy_rule_origin *origin)
{
    for (unsigned int i = 0; origin != NULL && i < policy->rule_count; i++)
        if (&policy->rules[i]->origin == origin) return policy->rules[i];
    return NULL;
}

policy_decision policy_explain(const policy *policy, int capability, const policy_argument *arguments, size_t count, char **text_out)
{
    text_buffer text = { 0 };
    const policy_rule_origin *origin;
    policy_decision decision = policy_judge_by(policy, capability, arguments, count, &origin);
    const policy_rule *rule = rule_of(policy, origin);
    text_add(&text, "%s %s", decision == POLICY_ALLOW ? "allowed:" : "denied:", policy_capability_name(capability));
    for (size_t i = 0; i < count; i++) add_argument(&text, &arguments[i]);
    text_add(&text, "\n");
    if (rule != NULL) tell_deciding(&text, rule);
    if (rule == NULL) tell_missing(&text, capability, arguments, count);
    if (rule != NULL && rule->is_deny) text_add(&text, "  a deny beats every allow: to allow it, this rule must become narrower or go\n");
    if (decision == POLICY_DENY && policy->is_report_only) text_add(&text, "  report_only: it is reported and done all the same\n");
    *text_out = text_take(&text);
    return decision;
}
