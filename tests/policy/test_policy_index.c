/* The compiled form decides as the rules one by one would, and names the first of them that fits: random policies, each beside one policy for each of its rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

enum { POLICIES = 150, RULES_MAX = 40, QUESTIONS = 120, TEXT_BYTES = 256 };

static uint32_t seed;
/* The same numbers in every run. */
static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)(seed >> 8) * below) >> 24);
}
#define PICK(table) table[draw(sizeof(table) / sizeof *(table))]

/* Few words, so that texts and patterns meet often. */
static const char *const path_parts[] = { "a", "ab", "abc", "b", "x.py", "y.py", "data" };
static const char *const wild_parts[] = { "*", "**", "a*", "*.py", "?", "?b*", "*b*", "**" };
static const char *const names[] = { "A", "AB", "ABC", "LC_A", "LC_AB", "MY_KEY", "KEY", "OTHER" };
static const char *const name_patterns[] = { "A", "AB", "A*", "*", "LC_*", "*KEY", "*_*", "?", "A?", "*B", "LC_?", "O*R" };
static const char *const addresses[] = { "10.0.0.1", "10.1.0.1", "10.1.2.3", "192.0.2.9", "2001:db8::1", "::1", "unix:/run/a", "unix:/run/b" };
static const char *const ranges[] = { "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3", "0.0.0.0/0", "::/0", "2001:db8::/32", "unix:/run/*", "unix:*b", "192.0.2.8/29" };
static const char *const ports[] = { "80", "443", "1-100", "400-500", "0-65535" };

static void path_text(char *out, bool is_pattern)
{
    out[0] = '\0';
    for (uint32_t i = 0, count = 1 + draw(4); i < count; i++) sprintf(out + strlen(out), "/%s", is_pattern && draw(3) == 0 ? PICK(wild_parts) : PICK(path_parts));
}

static void rule_text(char *out)
{
    char path[TEXT_BYTES];
    uint32_t name = draw(sizeof name_patterns / sizeof *name_patterns), other = (name + 1 + draw(sizeof name_patterns / sizeof *name_patterns - 1)) % (sizeof name_patterns / sizeof *name_patterns);
    switch (draw(4)) {
    case 0: path_text(path, true); sprintf(out, "  - {capability: fs.read, path: [\"%s\"]}\n", path); break;
    case 1: sprintf(out, "  - {capability: env.read, name: [\"%s\", \"%s\"]}\n", name_patterns[name], name_patterns[other]); break;
    case 2: sprintf(out, "  - {capability: net.connect, address: [\"%s\"]%s%s%s}\n", PICK(ranges), draw(2) ? ", port: [" : "", "", ""); break;
    default: sprintf(out, "  - {capability: net.*, port: [%s]}\n", PICK(ports)); break;
    }
    char *open = strstr(out, ", port: [}");
    if (open != NULL) sprintf(open, ", port: [%s]}\n", PICK(ports));
    if (strstr(out, "net.*") != NULL) sprintf(out, "  - {capability: net.listen, port: [%s]}\n", PICK(ports));
}

typedef struct asked {
    char text[TEXT_BYTES];
    policy_fact facts[2];
    policy_question question;
} asked;

static void ask(asked *asked)
{
    static const char *const capabilities[] = { "fs.read", "env.read", "net.connect", "net.listen" };
    const char *capability = PICK(capabilities);
    *asked = (struct asked){ .question = { .capability = policy_capability_number(capability), .facts = asked->facts } };
    if (draw(12) == 0) return; /* nothing is known */
    asked->question.fact_count = 1;
    if (capability[0] == 'f') path_text(asked->text, false);
    if (capability[0] == 'e') strcpy(asked->text, PICK(names));
    if (capability[0] == 'n') strcpy(asked->text, PICK(addresses));
    asked->facts[0] = (policy_fact){ .field = capability[0] == 'f' ? POLICY_FIELD_PATH : capability[0] == 'e' ? POLICY_FIELD_NAME : POLICY_FIELD_ADDRESS, .text = asked->text };
    if (capability[0] != 'n' || draw(3) == 0) return;
    asked->facts[asked->question.fact_count++] = (policy_fact){ .field = POLICY_FIELD_PORT, .number = draw(2) ? 443 : 80 };
}

static policy *read_or_fail(const char *text)
{
    policy *result = NULL;
    policy_message message = { "" };
    if (!policy_read(text, strlen(text), "p", NULL, &result, &message)) fail_msg("%s\n%s", message.text, text);
    return result;
}

/* One policy for each rule, and the line that it has in the whole. */
typedef struct single {
    policy *policy;
    bool is_deny;
    unsigned int line;
} single;

static policy *make(single *singles, size_t *count_out, char *text)
{
    char rule[TEXT_BYTES * 2], alone[TEXT_BYTES * 4];
    unsigned int line = 2;
    *count_out = 0;
    strcpy(text, "version: 1\nallow:\n");
    for (uint32_t part = 0; part < 2; part++) {
        if (part == 1) strcat(text, "deny:\n");
        line += part;
        for (uint32_t i = 0, count = 1 + draw(RULES_MAX / (part == 0 ? 2 : 6)); i < count; i++) {
            rule_text(rule);
            strcat(text, rule);
            /* Alone, a denial is seen beside a rule that allows everything. */
            sprintf(alone, "version: 1\n%s:\n%s", part == 0 ? "allow" : "allow:\n  - {capability: \"*\"}\ndeny", rule);
            singles[(*count_out)++] = (single){ read_or_fail(alone), part == 1, ++line };
        }
    }
    return read_or_fail(text);
}

static policy_decision decide_one_by_one(const single *singles, size_t count, const policy_question *question, unsigned int *line_out)
{
    *line_out = 0;
    for (size_t i = 0; i < count; i++)
        if (singles[i].is_deny && policy_decide(singles[i].policy, question) == POLICY_DENY) {
            *line_out = singles[i].line;
            return POLICY_DENY;
        }
    for (size_t i = 0; i < count; i++)
        if (!singles[i].is_deny && policy_decide(singles[i].policy, question) == POLICY_ALLOW) {
            *line_out = singles[i].line;
            return POLICY_ALLOW;
        }
    return POLICY_DENY;
}

static void random_policies_decide_as_their_rules(void **state)
{
    (void)state;
    size_t answers[2] = { 0, 0 };
    for (seed = 1; seed <= POLICIES; seed++) {
        uint32_t begin = seed;
        single singles[RULES_MAX * 2];
        static char text[RULES_MAX * 2 * TEXT_BYTES];
        size_t count;
        policy *whole = make(singles, &count, text);
        for (int i = 0; i < QUESTIONS; i++) {
            asked asked;
            unsigned int line;
            const policy_rule_origin *rule;
            ask(&asked);
            policy_decision wanted = decide_one_by_one(singles, count, &asked.question, &line), decision = policy_decide_by(whole, &asked.question, &rule);
            unsigned int told = rule == NULL ? 0 : (unsigned int)atoi(strrchr(rule->place, ':') + 1);
            if (decision != wanted || told != line)
                fail_msg("policy %u, %s %s: %d by line %u instead of %d by line %u\n%s", begin, policy_capability_name(asked.question.capability), asked.text, decision, told,
                         wanted, line, text);
            answers[decision]++;
        }
        for (size_t i = 0; i < count; i++) policy_destroy(singles[i].policy);
        policy_destroy(whole);
        seed = begin;
    }
    /* Both answers came often, so that the comparison means something. */
    assert_true(answers[POLICY_DENY] > 1000 && answers[POLICY_ALLOW] > 1000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(random_policies_decide_as_their_rules) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
