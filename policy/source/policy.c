/* Decides by the rules of a policy that was read. */
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"
#include "policy_shape.h"
#include "rule_index.h"
#include "text_pattern.h"

enum { FACTS_MAX = 16 };

/* Facts that may be absent without reaching anything: a socket has no address before it is connected, paths are held by roots, a fork starts no other
 * program, and an open descriptor was judged when it was opened. An access that names no variable, host or user where a rule is limited to some may
 * concern all of them, so it does not fit. */
enum {
    MAY_BE_ABSENT = POLICY_FIELD_PATH | POLICY_FIELD_ADDRESS | POLICY_FIELD_PORT | POLICY_FIELD_PROGRAM | POLICY_FIELD_ARGUMENTS | POLICY_FIELD_SIGNAL
};

/* A question, prepared for being compared with many rules. */
typedef struct inquiry {
    policy_known known[FACTS_MAX];
    size_t count;
    bool has_address;
} inquiry;

/* Bits of the bytes of `word` that are `letter`; a byte behind one that is may be told too. */
static uint64_t bytes_equal(uint64_t word, char letter)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t rest = word ^ ones * (unsigned char)letter;
    return (rest - ones) & ~rest & ones << 7;
}

/* Whether a slash may be followed by a slash or a dot: eight letters at a time, since every path is looked at. */
static bool may_have_dots(const char *path, size_t length)
{
    uint64_t here, next;
    size_t i = 0;
    for (; i + 9 <= length; i += 8) {
        memcpy(&here, path + i, sizeof here);
        memcpy(&next, path + i + 1, sizeof next);
        if (bytes_equal(here, '/') & (bytes_equal(next, '/') | bytes_equal(next, '.'))) return true;
    }
    for (; i < length; i++)
        if (path[i] == '/' && (path[i + 1] == '/' || path[i + 1] == '.')) return true;
    return false;
}

/* Patterns are compared with texts, so a path with dots or double slashes, which is another file than it looks like, must fit none. */
static bool is_normal(const char *path, size_t length)
{
    if (path[0] != '/') return false;
    if (!may_have_dots(path, length)) return true;
    for (const char *next = path; *next != '\0'; next++) {
        if (next[0] != '/' || (next[1] != '/' && next[1] != '.')) continue;
        size_t component = strcspn(next + 1, "/");
        if (component == 0 || component == 1 || (component == 2 && next[2] == '.')) return false;
    }
    return true;
}

enum { PATHS = POLICY_FIELD_PATH | POLICY_FIELD_PROGRAM };

static void know(const policy_fact *fact, policy_known *known_out)
{
    size_t length = fact->text == NULL ? 0 : strlen(fact->text);
    *known_out = (policy_known){ .field = (enum policy_field_number)__builtin_ctz((unsigned int)fact->field), .fact = fact };
    known_out->length = length;
    known_out->last = length == 0 ? '\0' : fact->text[length - 1];
    known_out->is_unfit = (fact->field & PATHS) != 0 && (fact->text == NULL || !is_normal(fact->text, length));
    /* An origin may be a word, too. */
    if (fact->field == POLICY_FIELD_ORIGIN && length > 0 && fact->text[0] == '/') known_out->is_unfit = !is_normal(fact->text, length);
    if (fact->field == POLICY_FIELD_ADDRESS && fact->text != NULL) known_out->is_address = address_parse(fact->text, &known_out->address);
}

static bool any_pattern_fits(const policy_rule *rule, const policy_known *known)
{
    const policy_patterns *patterns = &rule->patterns[known->field];
    for (unsigned int i = 0; i < patterns->count && !known->is_unfit; i++)
        if (policy_pattern_fits(&patterns->items[i], known, 0)) return true;
    return false;
}

/* Of several facts of one field, to allow, a rule must fit all; to deny, one is enough. `sure`: a fact that is known to fit; NULL: none. */
static bool rule_fits(const policy_rule *rule, const inquiry *inquiry, const policy_known *sure)
{
    unsigned int fits = 0, misses = 0;
    for (size_t i = 0; i < inquiry->count; i++) {
        const policy_known *known = &inquiry->known[i];
        unsigned int flag = 1u << known->field;
        if (rule->fields & flag) *(known == sure || any_pattern_fits(rule, known) ? &fits : &misses) |= flag;
    }
    if (rule->is_deny) return (rule->fields & ~fits) == 0;
    /* An address without a port (a unix socket's) is one that a rule about ports alone says nothing about; one that names the address means it. */
    unsigned int absent = MAY_BE_ABSENT;
    if (inquiry->has_address && (rule->fields & POLICY_FIELD_ADDRESS) == 0) absent &= ~(unsigned int)POLICY_FIELD_PORT;
    return misses == 0 && (rule->fields & ~fits & ~absent) == 0;
}

/* ---- Finding the rule ---------------------------------------------------------------------------------------------------------------- */

typedef struct search {
    const inquiry *inquiry;
    const policy_known *known; /* by which rules are being found */
    const policy_rule *best;   /* the first in the file among those that fit */
} search;

static void consider(void *context, const index_entry *entry, bool is_sure)
{
    search *search = context;
    if (search->best != NULL && search->best->number <= entry->rule->number) return;
    if (!is_sure && !policy_pattern_fits(entry->pattern, search->known, entry->is_reversed ? 0 : entry->length)) return;
    if (rule_fits(entry->rule, search->inquiry, search->known)) search->best = entry->rule;
}

static void search_by_fact(search *search, const field_index *index, const policy_known *known)
{
    search->known = known;
    if (known->is_unfit) return;
    if (known->fact->text != NULL) {
        text_index_find(&index->beginnings, TEXT_FORWARD, known->fact->text, known->length, consider, search);
        text_index_find(&index->endings, TEXT_BACKWARD, known->fact->text, known->length, consider, search);
    }
    if (known->is_address) address_index_find(&index->addresses, known->address, consider, search);
    for (uint32_t i = 0; i < index->other_count; i++) consider(search, &index->others[i], false);
}

/* A question without the field: rules that are found by it may still allow, if nothing is reached without it. */
static void search_without_fact(search *search, const field_index *index)
{
    if (!((unsigned int)MAY_BE_ABSENT >> index->field & 1)) return;
    for (uint32_t i = 0; i < index->rule_count; i++) {
        const policy_rule *rule = index->rules[i];
        if (search->best != NULL && search->best->number <= rule->number) return;
        if (rule->is_deny || !rule_fits(rule, search->inquiry, NULL)) continue;
        search->best = rule;
        return;
    }
}

static const policy_rule *first_fitting(const rule_set *set, const inquiry *inquiry)
{
    if (set->unlimited != NULL) return set->unlimited;
    search search = { .inquiry = inquiry };
    for (uint32_t f = 0; f < set->index.field_count; f++) {
        const field_index *index = &set->index.fields[f];
        bool is_known = false;
        for (size_t i = 0; i < inquiry->count; i++) {
            if (inquiry->known[i].field != index->field) continue;
            search_by_fact(&search, index, &inquiry->known[i]);
            is_known = true;
        }
        if (!is_known) search_without_fact(&search, index);
    }
    return search.best;
}

/* NULL: no rule says anything, so it is denied. */
static const policy_rule *rule_that_decides(const policy *policy, int capability, const inquiry *inquiry)
{
    const policy_rule *rule = first_fitting(&policy->deny[capability], inquiry);
    return rule != NULL ? rule : first_fitting(&policy->allow[capability], inquiry);
}

/* Two paths are two things (what is renamed, and to what), and two addresses two faces of one (an IPv6 address, and the IPv4 address that it carries inside): each must
 * be allowed, and not by the same rule. */
enum { ASKED_ONE_BY_ONE = POLICY_FIELD_PATH | POLICY_FIELD_ADDRESS };

static const policy_rule *rule_for_facts(const policy *policy, const policy_question *question)
{
    inquiry inquiry; /* not cleared: it is large, and only what `count` covers is looked at */
    inquiry.count = 0;
    inquiry.has_address = false;
    const policy_rule *rule = NULL;
    size_t single_count = 0;
    if (question->fact_count > FACTS_MAX) return NULL;
    for (size_t i = 0; i < question->fact_count; i++) {
        bool is_single = ((unsigned int)question->facts[i].field & ASKED_ONE_BY_ONE) != 0;
        if (!is_single) know(&question->facts[i], &inquiry.known[inquiry.count++]);
        single_count += is_single;
        inquiry.has_address |= question->facts[i].field == POLICY_FIELD_ADDRESS;
    }
    if (single_count == 0) return rule_that_decides(policy, question->capability, &inquiry);
    for (size_t i = 0; i < question->fact_count; i++) {
        if (((unsigned int)question->facts[i].field & ASKED_ONE_BY_ONE) == 0) continue;
        know(&question->facts[i], &inquiry.known[inquiry.count++]);
        const policy_rule *found = rule_that_decides(policy, question->capability, &inquiry);
        inquiry.count--;
        if (found == NULL || found->is_deny) return found;
        if (rule == NULL) rule = found;
    }
    return rule;
}

static const policy_rule *find_rule(const policy *policy, const policy_question *question)
{
    if (policy == NULL || question->capability < 0 || question->capability >= POLICY_CAPABILITIES_MAX) return NULL;
    if (policy->settled >> question->capability & 1) return policy->allow[question->capability].unlimited;
    return rule_for_facts(policy, question);
}

/* What the rules of one policy say, whatever narrows it. */
static policy_decision decide_alone(const policy *policy, const policy_question *question, const policy_rule_origin **rule_out)
{
    const policy_rule *rule = find_rule(policy, question);
    *rule_out = rule == NULL ? NULL : &rule->origin;
    return rule != NULL && !rule->is_deny ? POLICY_ALLOW : POLICY_DENY;
}

static const policy *first_narrower(const policy *policy) { return policy == NULL ? NULL : atomic_load_explicit(&policy->narrower, memory_order_acquire); }

/* Those that narrow it are asked once it allows; the first refusal is the answer. `heeds_reports`: a policy that only reports refuses nothing. */
static policy_decision decide_narrowed(const policy *policy, const policy_question *question, bool heeds_reports, const policy_rule_origin **rule_out)
{
    policy_decision decision = decide_alone(policy, question, rule_out);
    if (decision == POLICY_DENY && !(heeds_reports && policy != NULL && policy->is_report_only)) return POLICY_DENY;
    for (const struct policy *narrower = first_narrower(policy); narrower != NULL; narrower = narrower->next) {
        const policy_rule_origin *rule;
        if (decide_alone(narrower, question, &rule) == POLICY_ALLOW || (heeds_reports && narrower->is_report_only)) continue;
        *rule_out = rule;
        return POLICY_DENY;
    }
    return POLICY_ALLOW;
}

policy_decision policy_rules_decide(const policy *policy, const policy_question *question, const policy_rule_origin **rule_out)
{
    return decide_narrowed(policy, question, false, rule_out);
}

policy_decision policy_decide_by(const policy *policy, const policy_question *question, const policy_rule_origin **rule_out)
{
    return decide_narrowed(policy, question, true, rule_out);
}

void policy_narrow(policy *policy, struct policy *narrower)
{
    struct policy *first = atomic_load(&policy->narrower);
    do
        narrower->next = first;
    while (!atomic_compare_exchange_weak(&policy->narrower, &first, narrower));
}

policy_decision policy_decide(const policy *policy, const policy_question *question)
{
    const policy_rule_origin *rule;
    return policy_decide_by(policy, question, &rule);
}

/* ---- What it grants as a whole ------------------------------------------------------------------------------------------------------ */

static bool folder_in_set(const rule_set *set, int capability, size_t *index, policy_folder *folder_out)
{
    for (unsigned int i = 0; i < set->count; i++) {
        const policy_rule *rule = set->rules[i];
        const policy_patterns *paths = &rule->patterns[POLICY_NUMBER_PATH];
        if (*index < paths->count) {
            const char *path = paths->items[*index].text;
            *folder_out = (policy_folder){ path, capability, pattern_is_wild(path), rule->is_deny, rule->origin.place };
            return true;
        }
        *index -= paths->count;
    }
    return false;
}

bool policy_folder_at(const policy *policy, size_t index, policy_folder *folder_out)
{
    static const char *const files[] = { "fs.list", "fs.read", "fs.write" };
    for (size_t i = 0; i < sizeof files / sizeof *files && !policy->is_report_only; i++) {
        int capability = policy_capability_number(files[i]);
        if (folder_in_set(&policy->allow[capability], capability, &index, folder_out) || folder_in_set(&policy->deny[capability], capability, &index, folder_out)) return true;
    }
    return false;
}

static bool allows_anywhere_alone(const policy *policy, int capability) { return policy->is_report_only || policy->allow[capability].unlimited != NULL; }
static bool denies_alone(const policy *policy, int capability) { return !policy->is_report_only && policy->deny[capability].count > 0; }
static bool grants_all_alone(const policy *policy, int capability) { return policy->is_report_only || (policy->settled >> capability & 1); }

static bool is_capability(int capability) { return capability >= 0 && capability < POLICY_CAPABILITIES_MAX; }

/* Whether all of them do. */
static bool all_do(const policy *policy, int capability, bool (*does)(const struct policy *, int))
{
    bool answer = does(policy, capability);
    for (const struct policy *narrower = first_narrower(policy); narrower != NULL && answer; narrower = narrower->next) answer = does(narrower, capability);
    return answer;
}

static bool denies_not_alone(const policy *policy, int capability) { return !denies_alone(policy, capability); }

bool policy_allows_anywhere(const policy *policy, int capability) { return is_capability(capability) && all_do(policy, capability, allows_anywhere_alone); }
bool policy_denies(const policy *policy, int capability) { return is_capability(capability) && !all_do(policy, capability, denies_not_alone); }
bool policy_grants_all(const policy *policy, int capability) { return is_capability(capability) && all_do(policy, capability, grants_all_alone); }

static bool has_field(const rule_set *set, policy_field field)
{
    for (unsigned int i = 0; i < set->count; i++)
        if (set->rules[i]->fields & (unsigned int)field) return true;
    return false;
}

bool policy_looks_at(const policy *policy, int capability, policy_field field)
{
    if (!is_capability(capability)) return false;
    if (has_field(&policy->allow[capability], field) || has_field(&policy->deny[capability], field)) return true;
    for (const struct policy *narrower = first_narrower(policy); narrower != NULL; narrower = narrower->next)
        if (policy_looks_at(narrower, capability, field)) return true;
    return false;
}

bool policy_is_report_only(const policy *policy) { return policy->is_report_only; }
const char *policy_profile(const policy *policy) { return policy->profile; }

/* ---- Life ------------------------------------------------------------------------------------------------------------------------ */

static bool index_set(policy *policy, rule_set *set)
{
    return set->unlimited != NULL || set->count == 0 || rule_index_build(&policy->memory, set->rules, set->count, &set->index);
}

static bool add_to_set(policy *policy, rule_set *set, const policy_rule *rule)
{
    if (set->rules == NULL) set->rules = policy_allocate(&policy->memory, policy->rule_count * sizeof *set->rules);
    if (set->rules == NULL) return false;
    set->rules[set->count++] = rule;
    if (rule->fields == 0 && set->unlimited == NULL) set->unlimited = rule;
    return true;
}

bool policy_compile(policy *policy)
{
    for (unsigned int i = 0; i < policy->rule_count; i++) {
        policy_rule *rule = policy->rules[i];
        rule->number = i;
        rule_set *sets = rule->is_deny ? policy->deny : policy->allow;
        for (int capability = 0; capability < POLICY_CAPABILITIES_MAX; capability++)
            if ((rule->capabilities >> capability & 1) && !add_to_set(policy, &sets[capability], rule)) return false;
    }
    for (int capability = 0; capability < POLICY_CAPABILITIES_MAX; capability++)
        if (!index_set(policy, &policy->allow[capability]) || !index_set(policy, &policy->deny[capability])) return false;
    for (int capability = 0; capability < POLICY_CAPABILITIES_MAX; capability++)
        if (policy->allow[capability].unlimited != NULL && policy->deny[capability].count == 0) policy->settled |= UINT64_C(1) << capability;
    return true;
}

bool policy_split_choice(const char *choice, char *file_out, size_t size, const char **profile_out)
{
    const char *colon = strrchr(choice, ':');
    bool is_chosen = colon != NULL && colon[1] != '\0' && strchr(colon, '/') == NULL;
    size_t length = is_chosen ? (size_t)(colon - choice) : strlen(choice);
    *profile_out = is_chosen ? colon + 1 : NULL;
    if (length == 0 || length >= size) return false;
    memcpy(file_out, choice, length);
    file_out[length] = '\0';
    return true;
}

static bool read_file(policy_reading *reading, const char *profile)
{
    policy *policy = reading->policy;
    policy->file_name = policy_copy_text(&policy->memory, reading->tree.file_name, strlen(reading->tree.file_name));
    if (policy->file_name == NULL) return yaml_tree_complain(&reading->tree, (policy_position){ 0, 0 }, "out of memory");
    if (!policy_document_load(&reading->tree, &policy->document)) return false;
    reading->document = policy->document;
    if (!policy_profiles_choose(reading, profile)) return false;
    return policy_compile(policy) || yaml_tree_complain(&reading->tree, (policy_position){ 0, 0 }, "out of memory");
}

bool policy_read(const char *bytes, size_t size, const char *file_name, const char *profile, policy **policy_out, policy_message *message)
{
    policy_reading reading = { .tree = { .bytes = bytes, .size = size, .file_name = file_name, .message = message } };
    *policy_out = NULL;
    if (!yaml_tree_load(&reading.tree)) return false;
    reading.policy = calloc(1, sizeof *reading.policy);
    bool is_good = reading.policy != NULL || yaml_tree_complain(&reading.tree, (policy_position){ 0, 0 }, "out of memory");
    is_good = is_good && policy_shape_check(&reading.tree) && read_file(&reading, profile);
    yaml_tree_release(&reading.tree);
    if (is_good)
        *policy_out = reading.policy;
    else
        policy_destroy(reading.policy);
    return is_good;
}

void policy_destroy(policy *policy)
{
    if (policy == NULL) return;
    for (struct policy *narrower = atomic_load(&policy->narrower), *next; narrower != NULL; narrower = next) {
        next = narrower->next;
        policy_destroy(narrower);
    }
    if (policy->document != NULL) policy_document_destroy(policy->document);
    policy_memory_release(&policy->memory);
    free(policy);
}
