/* Hides how the arguments of a record become facts that rules speak about. */
#include <string.h>

#include "policy_internal.h"

enum { ARGUMENTS_MAX = 16 };

/* What an argument's name means for a capability that can be limited by these fields. */
static const struct meaning {
    const char *name;
    policy_field field;
} meanings[] = {
    { "path", POLICY_FIELD_PATH },       { "new_path", POLICY_FIELD_PATH }, { "name", POLICY_FIELD_NAME },       { "host", POLICY_FIELD_HOST },
    { "address", POLICY_FIELD_ADDRESS }, { "port", POLICY_FIELD_PORT },     { "program", POLICY_FIELD_PROGRAM }, { "arguments", POLICY_FIELD_ARGUMENTS },
    { "signal", POLICY_FIELD_SIGNAL },   { "origin", POLICY_FIELD_ORIGIN }, { "sha256", POLICY_FIELD_DIGEST }, { "embedded", POLICY_FIELD_ADDRESS },
    { "real", POLICY_FIELD_ADDRESS },
};

unsigned int policy_argument_field(int capability, const char *name)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (strcmp(meanings[i].name, name) == 0) return meanings[i].field & policy_capability_fields(capability);
    return 0;
}

bool policy_capability_takes(int capability, const char *argument) { return policy_argument_field(capability, argument) != 0; }

/* `real` belongs to `path`, NAME_real to NAME: where its links lead. */
static bool is_real_of(const char *name, const char *path_name)
{
    size_t length = strlen(path_name);
    if (strcmp(name, "real") == 0) return strcmp(path_name, "path") == 0;
    return strncmp(name, path_name, length) == 0 && strcmp(name + length, "_real") == 0;
}

static const policy_argument *real_of(const policy_argument *arguments, size_t count, const policy_argument *path)
{
    for (size_t i = 0; i < count; i++)
        if (arguments[i].text != NULL && is_real_of(arguments[i].name, path->name)) return &arguments[i];
    return path;
}

/* The first argument of a program is its own name. */
static const char *const *behind_first(const char *const *list) { return list == NULL || *list == NULL ? list : list + 1; }

static policy_fact fact_of(const policy_argument *argument, policy_field field)
{
    return (policy_fact){ .field = field, .text = argument->text, .number = argument->number,
                          .list = field == POLICY_FIELD_ARGUMENTS ? behind_first(argument->list) : argument->list };
}

policy_decision policy_judge_by(const policy *policy, int capability, const policy_argument *arguments, size_t count, const policy_rule_origin **rule_out)
{
    policy_fact facts[ARGUMENTS_MAX];
    policy_question question = { .capability = capability, .facts = facts };
    for (size_t i = 0; i < count && question.fact_count < ARGUMENTS_MAX; i++) {
        unsigned int field = policy_argument_field(capability, arguments[i].name);
        if (field == 0) continue;
        const policy_argument *argument = field == POLICY_FIELD_PATH ? real_of(arguments, count, &arguments[i]) : &arguments[i];
        facts[question.fact_count++] = fact_of(argument, (policy_field)field);
    }
    return policy_rules_decide(policy, &question, rule_out);
}

void policy_judge(const policy *policy, const char *capability, const policy_argument *arguments, size_t count, policy_judgement *judgement_out)
{
    const policy_rule_origin *rule;
    policy_decision decision = policy_judge_by(policy, policy_capability_number(capability), arguments, count, &rule);
    *judgement_out = (policy_judgement){ decision, rule == NULL ? NULL : rule->place, rule == NULL ? NULL : rule->reason };
}
