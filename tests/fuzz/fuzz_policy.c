/* The reader of policies: whatever the bytes are, it refuses them with a place, or makes a policy that can be asked, and that says the same once it is laid out anew. */
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

static policy *read_again(const char *text)
{
    policy *result;
    policy_message message;
    check(policy_read(text, strlen(text), "again", NULL, &result, &message));
    return result;
}

static void ask(const policy *rules)
{
    static const char *const list[] = {"x", "status", NULL};
    static const policy_argument arguments[] = {
        {.name = "path", .text = "/srv/data/a.csv"}, {.name = "name", .text = "LC_ALL"},     {.name = "host", .text = "www.example.com"}, {.name = "address", .text = "10.1.2.3"},
        {.name = "port", .number = 443},             {.name = "program", .text = "/bin/ls"}, {.name = "arguments", .list = list},         {.name = "signal", .number = 15},
        {.name = "origin", .text = "frozen"},
    };
    for (int capability = 0; policy_capability_name(capability) != NULL; capability++) {
        policy_judgement judgement;
        char *text;
        policy_judge(rules, policy_capability_name(capability), arguments, sizeof arguments / sizeof *arguments, &judgement);
        check(policy_explain(rules, capability, arguments, sizeof arguments / sizeof *arguments, &text) == judgement.decision);
        check(!policy_grants_all(rules, capability) || policy_is_report_only(rules) || judgement.decision == POLICY_ALLOW);
        free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    policy *rules, *again;
    policy_message message = {""};
    char *text, *laid_out, *twice;
    if (!policy_read((const char *)data, size, "file", NULL, &rules, &message)) {
        check(strncmp(message.text, "file:", 5) == 0);
        return 0;
    }
    ask(rules);
    (void)policy_warn(rules, &text);
    free(text);
    check(policy_format((const char *)data, size, "file", &laid_out, &message));
    again = read_again(laid_out);
    check(!policy_diff(rules, again, &text));
    free(text);
    check(policy_format(laid_out, strlen(laid_out), "again", &twice, &message) && strcmp(laid_out, twice) == 0);
    free(laid_out);
    free(twice);
    policy_destroy(again);
    policy_destroy(rules);
    return 0;
}
