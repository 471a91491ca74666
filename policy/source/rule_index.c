/* Hides by which of its fields each rule is found, and how each kind of pattern is. */
#include "rule_index.h"

#include <stdlib.h>
#include <string.h>

#include "text_pattern.h"

/* ---- By which field ------------------------------------------------------------------------------------------------------------------ */

/* Patterns of one field of all rules, sorted, to count those that are alike. */
typedef struct texts {
    const char **items;
    uint32_t count;
} texts;

static int compare_texts(const void *one, const void *other) { return strcmp(*(const char *const *)one, *(const char *const *)other); }

static bool collect_texts(policy_memory **memory, const policy_rule *const *rules, uint32_t count, int field, texts *texts_out)
{
    *texts_out = (texts){ NULL, 0 };
    for (uint32_t i = 0; i < count; i++) texts_out->count += rules[i]->patterns[field].count;
    if (texts_out->count == 0) return true;
    texts_out->items = policy_allocate(memory, texts_out->count * sizeof *texts_out->items);
    if (texts_out->items == NULL) return false;
    uint32_t used = 0;
    for (uint32_t i = 0; i < count; i++)
        for (unsigned int p = 0; p < rules[i]->patterns[field].count; p++) texts_out->items[used++] = rules[i]->patterns[field].items[p].text;
    qsort(texts_out->items, used, sizeof *texts_out->items, compare_texts);
    return true;
}

/* The first item that is not before `text`, or, after equal ones, behind it. */
static uint32_t bound(const texts *texts, const char *text, int after_equal)
{
    uint32_t low = 0, high = texts->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (strcmp(texts->items[middle], text) < after_equal)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether there is something that a pattern can be found by. */
static bool can_be_found(const policy_pattern *pattern)
{
    if (pattern->kind == PATTERN_ARGUMENTS || pattern->kind == PATTERN_NUMBER) return false;
    if (pattern->kind == PATTERN_ADDRESS) return pattern->as.range.prefix_bits > 0;
    size_t length = strlen(pattern->text);
    return strchr("*?", pattern->text[0]) == NULL || (pattern->text[0] == '*' && strchr("*?", pattern->text[length - 1]) == NULL);
}

/* How many rules a question may find by this field of a rule at once; the fewer, the better. */
static uint32_t crowd(const policy_rule *rule, int field, const texts *texts)
{
    uint32_t most = 0;
    const policy_patterns *patterns = &rule->patterns[field];
    for (unsigned int i = 0; i < patterns->count; i++) {
        const char *text = patterns->items[i].text;
        uint32_t alike = can_be_found(&patterns->items[i]) ? bound(texts, text, 1) - bound(texts, text, 0) : UINT32_MAX - 1;
        if (alike > most) most = alike;
    }
    return most;
}

static int best_field(const policy_rule *rule, const texts texts[POLICY_FIELD_COUNT])
{
    int best = -1;
    uint32_t fewest = UINT32_MAX;
    for (int field = 0; field < POLICY_FIELD_COUNT; field++) {
        if (rule->patterns[field].count == 0) continue;
        uint32_t here = crowd(rule, field, &texts[field]);
        if (here < fewest) {
            fewest = here;
            best = field;
        }
    }
    return best;
}

/* ---- Patterns ------------------------------------------------------------------------------------------------------------------------ */

static text_rest rest_of(const policy_pattern *pattern, size_t letters)
{
    const char *rest = pattern->text + letters;
    if (*rest == '\0') return pattern->kind == PATTERN_PATH ? TEXT_REST_BENEATH : TEXT_REST_NOTHING;
    return pattern->kind == PATTERN_TEXT && strcmp(rest, "*") == 0 ? TEXT_REST_ANY : TEXT_REST_PATTERN;
}

/* The letters behind the last wildcard, last one first; "*.example.com" needs no other look. */
static bool reverse_ending(policy_memory **memory, index_entry *entry)
{
    const char *text = entry->pattern->text, *end = text + strlen(text), *next = end;
    while (next > text && strchr("*?", next[-1]) == NULL) next--;
    entry->length = (uint32_t)(end - next);
    char *letters = policy_allocate(memory, (size_t)entry->length + 1);
    if (letters == NULL) return false;
    for (uint32_t i = 0; i < entry->length; i++) letters[i] = end[-1 - (ptrdiff_t)i];
    entry->letters = letters;
    entry->is_reversed = true;
    entry->rest = next == text + 1 && text[0] == '*' ? TEXT_REST_ANY : TEXT_REST_PATTERN;
    return true;
}

typedef struct sorting {
    index_entry *beginnings, *endings, *addresses, *others;
    uint32_t beginning_count, ending_count, address_count, other_count;
} sorting;

static bool sort_pattern(policy_memory **memory, const policy_rule *rule, const policy_pattern *pattern, sorting *sorting)
{
    index_entry entry = { .rule = rule, .pattern = pattern };
    if (!can_be_found(pattern)) {
        sorting->others[sorting->other_count++] = entry;
    } else if (pattern->kind == PATTERN_ADDRESS) {
        sorting->addresses[sorting->address_count++] = entry;
    } else if (strchr("*?", pattern->text[0]) == NULL) {
        entry.letters = pattern->text;
        entry.length = (uint32_t)strcspn(pattern->text, "*?");
        entry.rest = rest_of(pattern, entry.length);
        sorting->beginnings[sorting->beginning_count++] = entry;
    } else {
        if (!reverse_ending(memory, &entry)) return false;
        sorting->endings[sorting->ending_count++] = entry;
    }
    return true;
}

static bool make_room(policy_memory **memory, const field_index *index, sorting *sorting)
{
    size_t count = 1;
    for (uint32_t i = 0; i < index->rule_count; i++) count += index->rules[i]->patterns[index->field].count;
    sorting->beginnings = policy_allocate(memory, count * sizeof(index_entry));
    sorting->endings = policy_allocate(memory, count * sizeof(index_entry));
    sorting->addresses = policy_allocate(memory, count * sizeof(index_entry));
    sorting->others = policy_allocate(memory, count * sizeof(index_entry));
    return sorting->beginnings != NULL && sorting->endings != NULL && sorting->addresses != NULL && sorting->others != NULL;
}

static bool build_field(policy_memory **memory, field_index *index)
{
    sorting sorting = { 0 };
    if (!make_room(memory, index, &sorting)) return false;
    for (uint32_t i = 0; i < index->rule_count; i++) {
        const policy_patterns *patterns = &index->rules[i]->patterns[index->field];
        for (unsigned int p = 0; p < patterns->count; p++)
            if (!sort_pattern(memory, index->rules[i], &patterns->items[p], &sorting)) return false;
    }
    index->others = sorting.others;
    index->other_count = sorting.other_count;
    return text_index_build(memory, sorting.beginnings, sorting.beginning_count, &index->beginnings) &&
           text_index_build(memory, sorting.endings, sorting.ending_count, &index->endings) &&
           address_index_build(memory, sorting.addresses, sorting.address_count, &index->addresses);
}

/* ---- Together -------------------------------------------------------------------------------------------------------------------- */

static field_index *field_of(rule_index *index, int field)
{
    for (uint32_t i = 0; i < index->field_count; i++)
        if (index->fields[i].field == (enum policy_field_number)field) return &index->fields[i];
    field_index *made = &index->fields[index->field_count++];
    made->field = (enum policy_field_number)field;
    return made;
}

bool rule_index_build(policy_memory **memory, const policy_rule *const *rules, uint32_t count, rule_index *index_out)
{
    texts texts[POLICY_FIELD_COUNT];
    *index_out = (rule_index){ policy_allocate(memory, POLICY_FIELD_COUNT * sizeof(field_index)), 0 };
    if (index_out->fields == NULL) return false;
    for (int field = 0; field < POLICY_FIELD_COUNT; field++)
        if (!collect_texts(memory, rules, count, field, &texts[field])) return false;
    for (uint32_t i = 0; i < count; i++) {
        field_index *field = field_of(index_out, best_field(rules[i], texts));
        if (field->rules == NULL) field->rules = policy_allocate(memory, count * sizeof *field->rules);
        if (field->rules == NULL) return false;
        field->rules[field->rule_count++] = rules[i];
    }
    for (uint32_t i = 0; i < index_out->field_count; i++)
        if (!build_field(memory, &index_out->fields[i])) return false;
    return true;
}
