/* Hides how each field's patterns are written: the table of fields, what is no pattern of each, and how it is compared. */
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"
#include "text_pattern.h"

/* Linux's numbers, on every architecture that Cordon runs on. */
static const char *const signals[] = { NULL,   "HUP",  "INT",  "QUIT", "ILL",    "TRAP", "ABRT", "BUS",  "FPE",  "KILL", "USR1",   "SEGV", "USR2", "PIPE", "ALRM", "TERM",
                                       "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS" };
enum { SIGNAL_COUNT = sizeof signals / sizeof *signals, SIGNAL_MAX = 64 };

/* ---- Texts ----------------------------------------------------------------------------------------------------------------------- */

static const char *make_text(policy_memory **memory, const char *text, policy_pattern *pattern)
{
    (void)memory;
    pattern->kind = PATTERN_TEXT;
    return text[0] == '\0' ? "a text that is not empty" : NULL;
}

static const char *make_host(policy_memory **memory, const char *text, policy_pattern *pattern)
{
    for (const char *next = text; *next != '\0'; next++)
        if (*next >= 'A' && *next <= 'Z') return "a host name in lower case, as it is judged";
    if (text[0] != '\0' && text[strlen(text) - 1] == '.') return "a host name without a trailing dot, as it is judged";
    return make_text(memory, text, pattern);
}

static const char *make_digest(policy_memory **memory, const char *text, policy_pattern *pattern)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64 ? make_text(memory, text, pattern) : "64 hexadecimal digits in lower case";
}

/* ---- Paths ----------------------------------------------------------------------------------------------------------------------- */

/* A path that is judged has no such component, so a pattern with one never fits. */
static const char *check_component(const char *component, size_t length)
{
    if (length == 0) return "a path without double slashes or one at its end";
    if ((length == 1 && component[0] == '.') || (length == 2 && memcmp(component, "..", 2) == 0)) return "a path without . and .., as it is judged";
    for (size_t i = 1; i < length && length != 2; i++)
        if (component[i - 1] == '*' && component[i] == '*') return "** as a whole component, for any number of folders";
    return NULL;
}

static const char *make_path(policy_memory **memory, const char *text, policy_pattern *pattern)
{
    (void)memory;
    pattern->kind = PATTERN_PATH;
    if (text[0] != '/') return "an absolute path";
    for (const char *next = text; *next != '\0' && text[1] != '\0';) {
        size_t length = strcspn(next + 1, "/");
        const char *why = check_component(next + 1, length);
        if (why != NULL) return why;
        next += length + 1;
    }
    return NULL;
}

static const char *make_origin(policy_memory **memory, const char *text, policy_pattern *pattern)
{
    if (strcmp(text, "built-in") == 0 || strcmp(text, "frozen") == 0) return make_text(memory, text, pattern);
    return make_path(memory, text, pattern) == NULL ? NULL : "an absolute path or a pattern of one, built-in or frozen";
}

/* ---- Addresses and numbers --------------------------------------------------------------------------------------------------------- */

static const char *make_address(policy_memory **memory, const char *text, policy_pattern *pattern)
{
    static const char *const families[] = { "abstract:", "alg:", "bluetooth:", "can:", "netlink:", "other:", "packet:", "qipcrtr:", "raw:", "rds:", "tipc:", "vsock:" };
    if (strncmp(text, "unix:", 5) == 0) return text[5] == '\0' || strchr("/*?", text[5]) != NULL ? make_text(memory, text, pattern) : "an absolute path behind unix:";
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strncmp(text, families[i], strlen(families[i])) == 0) return make_text(memory, text, pattern);
    pattern->kind = PATTERN_ADDRESS;
    return address_range_parse(text, &pattern->as.range) ? NULL : "an address, a range such as 10.0.0.0/8 with no bits below its prefix, or unix:PATH";
}

/* A number up to `most` and what follows it; NULL if there is none. */
static const char *take_number(const char *text, int64_t most, int64_t *number_out)
{
    if (*text < '0' || *text > '9') return NULL;
    for (*number_out = 0; *text >= '0' && *text <= '9'; text++) {
        *number_out = *number_out * 10 + (*text - '0');
        if (*number_out > most) return NULL;
    }
    return text;
}

static const char *make_port(policy_memory **memory, const char *text, policy_pattern *pattern)
{
    (void)memory;
    static const char wanted[] = "a port from 0 to 65535, or a range such as 8000-8010";
    pattern->kind = PATTERN_NUMBER;
    const char *end = take_number(text, 65535, &pattern->as.number.low);
    pattern->as.number.high = pattern->as.number.low;
    if (end != NULL && *end == '-') end = take_number(end + 1, 65535, &pattern->as.number.high);
    return end != NULL && *end == '\0' && pattern->as.number.low <= pattern->as.number.high ? NULL : wanted;
}

int policy_signal_number(const char *text)
{
    int64_t number = 0;
    const char *end = take_number(text, SIGNAL_MAX, &number);
    if (end != NULL && *end == '\0') return (int)number;
    for (int i = 1; i < SIGNAL_COUNT; i++)
        if (strcmp(signals[i], strncmp(text, "SIG", 3) == 0 ? text + 3 : text) == 0) return i;
    return -1;
}

static const char *make_signal(policy_memory **memory, const char *text, policy_pattern *pattern)
{
    (void)memory;
    int64_t number = policy_signal_number(text);
    pattern->kind = PATTERN_NUMBER;
    pattern->as.number.low = pattern->as.number.high = number;
    return number >= 0 ? NULL : "a signal's name such as TERM, or its number up to 64";
}

/* ---- Arguments ------------------------------------------------------------------------------------------------------------------- */

static const char *make_arguments(policy_memory **memory, const char *text, policy_pattern *pattern)
{
    size_t length = strlen(text), count = 0;
    char *copy = policy_copy_text(memory, text, length);
    const char **words = policy_allocate(memory, (length + 2) * sizeof *words);
    if (copy == NULL || words == NULL) return "more memory than there is";
    for (char *next = copy; *next != '\0';) {
        char *end = next + strcspn(next, " ");
        if (end == next || (*end == ' ' && end[1] == '\0')) return "words with one space between them, each a pattern of one argument";
        words[count++] = next;
        next = *end == '\0' ? end : end + 1;
        *end = '\0';
    }
    pattern->kind = PATTERN_ARGUMENTS;
    pattern->as.words = words;
    return NULL;
}

/* ---- Together -------------------------------------------------------------------------------------------------------------------- */

const char *policy_pattern_make(policy_memory **memory, enum policy_field_number field, const char *text, policy_pattern *pattern_out)
{
    static const char *(*const makers[])(policy_memory **, const char *, policy_pattern *) = {
        [POLICY_NUMBER_PATH] = make_path,       [POLICY_NUMBER_NAME] = make_text,           [POLICY_NUMBER_HOST] = make_host,     [POLICY_NUMBER_ADDRESS] = make_address,
        [POLICY_NUMBER_PORT] = make_port,       [POLICY_NUMBER_PROGRAM] = make_path,        [POLICY_NUMBER_ARGUMENTS] = make_arguments,
        [POLICY_NUMBER_SIGNAL] = make_signal,   [POLICY_NUMBER_ORIGIN] = make_origin,       [POLICY_NUMBER_DIGEST] = make_digest,
    };
    _Static_assert(sizeof makers / sizeof *makers == POLICY_FIELD_COUNT, "each field has a maker");
    *pattern_out = (policy_pattern){ .text = text, .is_wild = pattern_is_wild(text) };
    const char *wanted = makers[field](memory, text, pattern_out);
    if (pattern_out->kind == PATTERN_PATH) pattern_out->as.shape = pattern_shape(text);
    bool ends_in_letter = pattern_out->is_wild && text[0] != '\0' && strchr("*?", text[strlen(text) - 1]) == NULL;
    if (wanted == NULL && ends_in_letter && (pattern_out->kind == PATTERN_TEXT || pattern_out->kind == PATTERN_PATH)) pattern_out->last = text[strlen(text) - 1];
    return wanted;
}

static bool text_fits(const policy_pattern *pattern, const policy_known *known, size_t letters)
{
    const char *text = known->fact->text;
    if (text == NULL || (pattern->last != '\0' && pattern->last != known->last)) return false;
    if (pattern->kind == PATTERN_TEXT) return pattern_fits(pattern->text + letters, text + letters);
    return pattern->is_wild ? pattern_fits_wild_path(pattern->text, &pattern->as.shape, text, known->length, letters) : pattern_fits_path(pattern->text, text);
}

bool policy_pattern_fits(const policy_pattern *pattern, const policy_known *known, size_t letters)
{
    const policy_fact *fact = known->fact;
    switch (pattern->kind) {
    case PATTERN_TEXT:
    case PATTERN_PATH: return text_fits(pattern, known, letters);
    case PATTERN_ADDRESS: return known->is_address && address_range_contains(&pattern->as.range, known->address);
    case PATTERN_NUMBER: return fact->number >= pattern->as.number.low && fact->number <= pattern->as.number.high;
    case PATTERN_ARGUMENTS: return fact->list != NULL && pattern_fits_arguments(pattern->as.words, fact->list);
    }
    return false;
}
