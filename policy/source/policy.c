/* Decides by the rules of a policy that was read. */
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

static bool any_text_fits(const char *const *patterns, unsigned int count, const char *text)
{
    for (unsigned int i = 0; text != NULL && i < count; i++)
        if (pattern_fits(patterns[i], text)) return true;
    return false;
}

/* Whether any pattern of a rule fits one fact. The reader has made sure that every pattern can be parsed. */
static bool field_fits(const policy_rule *rule, const policy_fact *fact)
{
    address_range range;
    switch (fact->field) {
    case POLICY_FIELD_NAME: return any_text_fits(rule->name, rule->name_count, fact->text);
    case POLICY_FIELD_HOST: return any_text_fits(rule->host, rule->host_count, fact->text);
    case POLICY_FIELD_PORT:
        for (unsigned int i = 0; i < rule->port_count; i++)
            if (rule->port[i] == fact->number) return true;
        return false;
    case POLICY_FIELD_ADDRESS:
        if (fact->text == NULL) return false;
        for (unsigned int i = 0; i < rule->address_count; i++) {
            if (strncmp(rule->address[i], "unix:", 5) == 0 ? pattern_fits(rule->address[i], fact->text)
                                                           : address_range_parse(rule->address[i], &range) && address_range_contains(&range, fact->text))
                return true;
        }
        return false;
    case POLICY_FIELD_PATH: return true; /* roots hold it */
    }
    return false;
}

unsigned int policy_rule_limits(const policy_rule *rule)
{
    return (rule->path_count ? POLICY_FIELD_PATH : 0u) | (rule->name_count ? POLICY_FIELD_NAME : 0u) | (rule->host_count ? POLICY_FIELD_HOST : 0u) |
           (rule->address_count ? POLICY_FIELD_ADDRESS : 0u) | (rule->port_count ? POLICY_FIELD_PORT : 0u);
}

/* Facts that may be absent without reaching anything: a socket has no address before it is connected, and paths are held by roots.
 * An access that names no variable, host or user where a rule is limited to some may concern all of them, so it does not fit. */
enum { MAY_BE_ABSENT = POLICY_FIELD_PATH | POLICY_FIELD_ADDRESS | POLICY_FIELD_PORT };

/* Several facts of one field are several faces of one access (an IPv6 address and the IPv4 address that it carries inside): to allow, a rule
 * must fit all of them; to deny, one is enough. */
static void compare_facts(const policy_rule *rule, const policy_question *question, unsigned int *fits_out, unsigned int *misses_out)
{
    unsigned int limits = policy_rule_limits(rule);
    *fits_out = *misses_out = 0;
    for (size_t i = 0; i < question->fact_count; i++) {
        const policy_fact *fact = &question->facts[i];
        if (limits & fact->field) *(field_fits(rule, fact) ? fits_out : misses_out) |= fact->field;
    }
}

static bool denies(const policy_rule *rule, const policy_question *question)
{
    unsigned int fits, misses;
    compare_facts(rule, question, &fits, &misses);
    return (policy_rule_limits(rule) & ~fits) == 0;
}

static bool allows(const policy_rule *rule, const policy_question *question)
{
    unsigned int fits, misses;
    compare_facts(rule, question, &fits, &misses);
    return misses == 0 && (policy_rule_limits(rule) & ~fits & ~(unsigned int)MAY_BE_ABSENT) == 0;
}

policy_decision policy_decide(const policy *policy, const policy_question *question)
{
    if (policy == NULL || question->capability < 0 || question->capability >= POLICY_CAPABILITIES_MAX) return POLICY_DENY;
    uint64_t bit = UINT64_C(1) << question->capability;
    if (policy->settled & bit) return POLICY_ALLOW;
    const policy_document *document = policy->document;
    for (unsigned int i = 0; i < document->deny_count; i++)
        if ((document->deny[i].capabilities & bit) && denies(&document->deny[i], question)) return POLICY_DENY;
    for (unsigned int i = 0; i < document->allow_count; i++)
        if ((document->allow[i].capabilities & bit) && allows(&document->allow[i], question)) return POLICY_ALLOW;
    return POLICY_DENY;
}

bool policy_folder_at(const policy *policy, size_t index, policy_folder *folder_out)
{
    for (unsigned int r = 0; r < policy->document->allow_count; r++) {
        const policy_rule *rule = &policy->document->allow[r];
        for (int c = 0; c < POLICY_CAPABILITIES_MAX; c++) {
            if (!(rule->capabilities >> c & 1)) continue;
            if (index < rule->path_count) {
                *folder_out = (policy_folder){ .path = rule->path[index], .capability = c };
                return true;
            }
            index -= rule->path_count;
        }
    }
    return false;
}

bool policy_allows_anywhere(const policy *policy, int capability)
{
    for (unsigned int i = 0; i < policy->document->allow_count; i++) {
        const policy_rule *rule = &policy->document->allow[i];
        if ((rule->capabilities >> capability & 1) && policy_rule_limits(rule) == 0) return true;
    }
    return false;
}

bool policy_denies(const policy *policy, int capability)
{
    for (unsigned int i = 0; i < policy->document->deny_count; i++)
        if (policy->document->deny[i].capabilities >> capability & 1) return true;
    return false;
}

bool policy_grants_all(const policy *policy, int capability)
{
    return capability >= 0 && capability < POLICY_CAPABILITIES_MAX && (policy->settled >> capability & 1);
}

void policy_destroy(policy *policy)
{
    if (policy == NULL) return;
    policy_document_destroy(policy->document);
    free(policy);
}
