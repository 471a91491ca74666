/* Hides how patterns are compared with each other: which of two says more. */
#include <string.h>

#include "policy_internal.h"

/* ---- Texts ------------------------------------------------------------------------------------------------------------------------------ */

/* A star of the narrow one is met by a star of the wide one only. Neither is ended by NUL. */
static bool letters_cover(const char *wide, const char *wide_end, const char *narrow, const char *narrow_end)
{
    const char *star = NULL, *retry = NULL;
    while (narrow < narrow_end) {
        if (wide < wide_end && *wide == '*') {
            star = wide++;
            retry = narrow;
        } else if (wide < wide_end && *narrow != '*' && (*wide == '?' || *wide == *narrow)) {
            wide++;
            narrow++;
        } else if (star != NULL) {
            wide = star + 1;
            narrow = ++retry;
        } else {
            return false;
        }
    }
    while (wide < wide_end && *wide == '*') wide++;
    return wide == wide_end;
}

static bool text_covers(const char *wide, const char *narrow) { return letters_cover(wide, wide + strlen(wide), narrow, narrow + strlen(narrow)); }

/* ---- Paths ------------------------------------------------------------------------------------------------------------------------------ */

static const char *component_end(const char *text) { return text + strcspn(text, "/"); }
static bool is_deep(const char *at_slash) { return strncmp(at_slash, "/**", 3) == 0; }

/* Both point at a slash or at the end. `steps` bounds the work: patterns with many ** are told apart no further. */
static bool components_cover(const char *wide, const char *narrow, int *steps)
{
    if (--*steps < 0) return false;
    if (*wide == '\0') return *narrow == '\0';
    if (is_deep(wide)) {
        if (components_cover(component_end(wide + 1), narrow, steps)) return true;
        return *narrow != '\0' && components_cover(wide, component_end(narrow + 1), steps);
    }
    if (*narrow == '\0' || is_deep(narrow)) return false;
    const char *wide_end = component_end(wide + 1), *narrow_end = component_end(narrow + 1);
    return letters_cover(wide + 1, wide_end, narrow + 1, narrow_end) && components_cover(wide_end, narrow_end, steps);
}

/* A folder without wildcards is the pattern FOLDER/ **. */
static bool path_covers(const policy_pattern *wide, const policy_pattern *narrow)
{
    enum { STEPS_MAX = 10000, PATH_BYTES_MAX = 4096 };
    static const char deep[] = "/**";
    char first[PATH_BYTES_MAX], second[PATH_BYTES_MAX];
    size_t first_length = strlen(wide->text), second_length = strlen(narrow->text);
    int steps = STEPS_MAX;
    if (first_length + sizeof deep > sizeof first || second_length + sizeof deep > sizeof second) return strcmp(wide->text, narrow->text) == 0;
    memcpy(first, wide->text, first_length + 1);
    memcpy(second, narrow->text, second_length + 1);
    if (!wide->is_wild) memcpy(first + (first_length == 1 ? 0 : first_length), deep, sizeof deep);
    if (!narrow->is_wild) memcpy(second + (second_length == 1 ? 0 : second_length), deep, sizeof deep);
    return components_cover(first, second, &steps);
}

/* ---- Patterns --------------------------------------------------------------------------------------------------------------------------- */

static bool arguments_cover(const char *const *wide, const char *const *narrow)
{
    for (; *wide != NULL; wide++, narrow++) {
        if (strcmp(*wide, "...") == 0 && wide[1] == NULL) return true;
        if (*narrow == NULL || (strcmp(*narrow, "...") == 0 && narrow[1] == NULL) || !text_covers(*wide, *narrow)) return false;
    }
    return *narrow == NULL;
}

bool policy_pattern_covers(const policy_pattern *wide, const policy_pattern *narrow)
{
    if (wide->kind != narrow->kind) return false;
    switch (wide->kind) {
    case PATTERN_TEXT: return text_covers(wide->text, narrow->text);
    case PATTERN_PATH: return path_covers(wide, narrow);
    case PATTERN_ADDRESS: return wide->as.range.prefix_bits <= narrow->as.range.prefix_bits && address_range_contains(&wide->as.range, narrow->as.range.first);
    case PATTERN_NUMBER: return wide->as.number.low <= narrow->as.number.low && narrow->as.number.high <= wide->as.number.high;
    case PATTERN_ARGUMENTS: return arguments_cover(wide->as.words, narrow->as.words);
    }
    return false;
}

/* How much of two patterns' beginnings is plain letters, in which they must agree to meet. */
static bool beginnings_agree(const policy_pattern *one, const policy_pattern *other)
{
    size_t first = strcspn(one->text, "*?"), second = strcspn(other->text, "*?");
    size_t shorter = first < second ? first : second;
    if (memcmp(one->text, other->text, shorter) != 0) return false;
    /* A text that ends before the other has its letters together is another text; a folder goes on beneath itself. */
    const policy_pattern *short_one = first <= second ? one : other, *long_one = first <= second ? other : one;
    if (short_one->is_wild || first == second) return true;
    return short_one->kind == PATTERN_PATH && (shorter <= 1 || long_one->text[shorter] == '/');
}

static bool patterns_meet(const policy_pattern *one, const policy_pattern *other)
{
    if (one->kind != other->kind) return false;
    switch (one->kind) {
    case PATTERN_TEXT:
    case PATTERN_PATH: return beginnings_agree(one, other);
    case PATTERN_ADDRESS: return policy_pattern_covers(one, other) || policy_pattern_covers(other, one);
    case PATTERN_NUMBER: return one->as.number.low <= other->as.number.high && other->as.number.low <= one->as.number.high;
    case PATTERN_ARGUMENTS: return true;
    }
    return true;
}

/* ---- Rules ------------------------------------------------------------------------------------------------------------------------------ */

static bool any_covers(const policy_patterns *wide, const policy_pattern *narrow)
{
    for (unsigned int i = 0; i < wide->count; i++)
        if (policy_pattern_covers(&wide->items[i], narrow)) return true;
    return false;
}

bool policy_rule_covers(const policy_rule *wide, const policy_rule *narrow, int capability)
{
    if (!(wide->capabilities >> capability & 1)) return false;
    for (int field = 0; field < POLICY_FIELD_COUNT; field++) {
        if (wide->patterns[field].count == 0) continue;
        if (narrow->patterns[field].count == 0) return false;
        for (unsigned int i = 0; i < narrow->patterns[field].count; i++)
            if (!any_covers(&wide->patterns[field], &narrow->patterns[field].items[i])) return false;
    }
    return true;
}

static bool any_meet(const policy_patterns *one, const policy_patterns *other)
{
    for (unsigned int i = 0; i < one->count; i++)
        for (unsigned int j = 0; j < other->count; j++)
            if (patterns_meet(&one->items[i], &other->items[j])) return true;
    return false;
}

bool policy_rules_meet(const policy_rule *one, const policy_rule *other)
{
    if ((one->capabilities & other->capabilities) == 0) return false;
    for (int field = 0; field < POLICY_FIELD_COUNT; field++)
        if (one->patterns[field].count > 0 && other->patterns[field].count > 0 && !any_meet(&one->patterns[field], &other->patterns[field])) return false;
    return true;
}
