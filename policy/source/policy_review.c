/* Hides how rules that do nothing are found, and how two policies are compared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

static void tell(text_buffer *text, const char *sign, const policy_rule *rule, uint64_t capabilities)
{
    text_add(text, "%s ", sign);
    policy_tell_rule(text, rule);
    text_add(text, "  (%s)\n", rule->origin.place);
    if (capabilities == rule->capabilities) return;
    text_add(text, "%*s as far as it is about:", (int)strlen(sign), "");
    for (int capability = 0; policy_capability_name(capability) != NULL; capability++)
        if (capabilities >> capability & 1) text_add(text, " %s", policy_capability_name(capability));
    text_add(text, "\n");
}

/* ---- Rules that do nothing ------------------------------------------------------------------------------------------------------------- */

/* The capabilities of `rule` for which some rule in `policy` of the kind covers it; *by_out is the last one found. */
static uint64_t covered(const policy *policy, const policy_rule *rule, bool by_denial, const policy_rule **by_out)
{
    uint64_t capabilities = 0;
    for (unsigned int i = 0; i < policy->rule_count; i++) {
        const policy_rule *other = policy->rules[i];
        if (other == rule || other->is_deny != by_denial) continue;
        for (int capability = 0; policy_capability_name(capability) != NULL; capability++) {
            if (!(rule->capabilities >> capability & 1) || !policy_rule_covers(other, rule, capability)) continue;
            /* Of two that say the same, the later one does nothing. */
            if (other->is_deny == rule->is_deny && policy_rule_covers(rule, other, capability) && other->number > rule->number) continue;
            capabilities |= UINT64_C(1) << capability;
            if (by_out != NULL) *by_out = other;
        }
    }
    return capabilities;
}

static bool meets_an_allow(const policy *policy, const policy_rule *denial)
{
    for (unsigned int i = 0; i < policy->rule_count; i++)
        if (!policy->rules[i]->is_deny && policy_rules_meet(policy->rules[i], denial)) return true;
    return false;
}

static void warn(text_buffer *text, const policy_rule *rule, const char *what, const policy_rule *other)
{
    text_add(text, "%s: warning: ", rule->origin.place);
    policy_tell_rule(text, rule);
    text_add(text, " %s", what);
    if (other != NULL) text_add(text, " (%s)", other->origin.place);
    text_add(text, "\n");
}

bool policy_warn(const policy *policy, char **text_out)
{
    text_buffer text = { 0 };
    enum { RULES_MAX = 2000 }; /* beyond that, comparing each with each takes too long to be waited for */
    for (unsigned int i = 0; i < policy->rule_count && policy->rule_count <= RULES_MAX; i++) {
        const policy_rule *rule = policy->rules[i], *by = NULL;
        if (!rule->is_deny && covered(policy, rule, true, &by) == rule->capabilities)
            warn(&text, rule, "allows nothing: all of it is denied", by);
        else if (covered(policy, rule, rule->is_deny, &by) == rule->capabilities)
            warn(&text, rule, rule->is_deny ? "adds nothing: another rule denies all of it" : "adds nothing: another rule allows all of it", by);
        else if (rule->is_deny && !meets_an_allow(policy, rule))
            warn(&text, rule, "denies nothing that any rule allows", NULL);
    }
    bool has_any = text.used > 0;
    *text_out = text_take(&text);
    return has_any;
}

/* ---- Two policies ---------------------------------------------------------------------------------------------------------------------- */

/* What `more` allows and `less` does not: its allow rules that none of the other covers, and denials of the other that it lacks. */
static void tell_more(text_buffer *text, const policy *less, const policy *more, const char *sign)
{
    for (unsigned int i = 0; i < more->rule_count; i++) {
        const policy_rule *rule = more->rules[i];
        if (rule->is_deny) continue;
        /* What its own policy denies, it does not allow. */
        uint64_t news = rule->capabilities & ~covered(less, rule, false, NULL) & ~covered(more, rule, true, NULL);
        if (news != 0) tell(text, sign, rule, news);
    }
    for (unsigned int i = 0; i < less->rule_count; i++) {
        const policy_rule *rule = less->rules[i];
        if (!rule->is_deny) continue;
        uint64_t missing = rule->capabilities & ~covered(more, rule, true, NULL);
        if (missing == 0 || !meets_an_allow(more, rule)) continue;
        char without[32];
        snprintf(without, sizeof without, "%s without:", sign);
        tell(text, without, rule, missing);
    }
}

static void tell_limits(text_buffer *text, const policy *from, const policy *to)
{
    static const char *const names[] = {
#define LIMIT_NAME(member, name, unit) name,
        POLICY_LIMIT_TABLE(LIMIT_NAME)
#undef LIMIT_NAME
    };
    for (size_t i = 0; i < POLICY_LIMIT_COUNT; i++) {
        uint64_t before = from->limits[i].value, after = to->limits[i].value;
        if (before == after) continue;
        /* Not set: the engine's own limit, which is neither more nor less. */
        text_add(text, "%s limit %s: ", before == 0 || after == 0 ? "~" : after > before ? "+" : "-", names[i]);
        for (int side = 0; side < 2; side++) {
            uint64_t value = side == 0 ? before : after;
            if (value == 0) text_add(text, "%s", "not set");
            if (value == UINT64_MAX) text_add(text, "%s", "none");
            if (value != 0 && value != UINT64_MAX) text_add(text, "%llu", (unsigned long long)value);
            text_add(text, "%s", side == 0 ? " -> " : "\n");
        }
    }
    if (from->is_report_only != to->is_report_only) text_add(text, "%s report_only: %s\n", to->is_report_only ? "+" : "-", to->is_report_only ? "true" : "false");
}

bool policy_diff(const policy *from, const policy *to, char **text_out)
{
    text_buffer text = { 0 };
    tell_more(&text, to, from, "-");
    tell_more(&text, from, to, "+");
    tell_limits(&text, from, to);
    bool differ = text.used > 0 || text.has_failed;
    *text_out = text_take(&text);
    return differ;
}

/* ---- One within another ---------------------------------------------------------------------------------------------------------------- */

static void tell_exceeding(text_buffer *text, const policy_rule *rule, uint64_t capabilities, const policy_rule *denial)
{
    if (text->used > 0) text_add(text, "; ");
    policy_tell_rule(text, rule);
    if (capabilities != rule->capabilities) {
        text_add(text, ", as far as it is about");
        for (int capability = 0; policy_capability_name(capability) != NULL; capability++)
            if (capabilities >> capability & 1) text_add(text, " %s", policy_capability_name(capability));
    }
    if (denial != NULL) text_add(text, " (denied by %s)", denial->origin.place);
}

bool policy_exceeds(const policy *asked, const policy *granter, char **text_out)
{
    text_buffer text = { 0 };
    for (unsigned int i = 0; i < asked->rule_count; i++) {
        const policy_rule *rule = asked->rules[i], *denial = NULL;
        if (rule->is_deny) continue;
        uint64_t news = granter != NULL ? rule->capabilities & ~covered(granter, rule, false, NULL) : rule->capabilities;
        for (unsigned int j = 0; granter != NULL && j < granter->rule_count && denial == NULL; j++)
            if (granter->rules[j]->is_deny && policy_rules_meet(granter->rules[j], rule)) denial = granter->rules[j];
        if (news != 0 || denial != NULL) tell_exceeding(&text, rule, news != 0 ? news : rule->capabilities, denial);
    }
    bool exceeds = text.used > 0 || text.has_failed;
    *text_out = text_take(&text);
    return exceeds;
}
