/* Policy files: what is read, what is told about mistakes, and what is decided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "address_range.h"
#include "policy/policy.h"
#include "text_pattern.h"

/* ---- Texts and addresses --------------------------------------------------------------------------------------------------------- */

static const struct pattern_case {
    const char *name, *pattern, *text;
    bool fits;
} pattern_cases[] = {
    { "text_fits_itself", "HOME", "HOME", true },
    { "text_fits_no_longer_one", "HOME", "HOMEDIR", false },
    { "star_fits_nothing", "A*", "A", true },
    { "star_fits_much", "*SECRET*", "MY_SECRET_KEY", true },
    { "star_goes_back", "*ab", "aab", true },
    { "stars_go_back_in_turn", "a*b*c", "axbxbxc", true },
    { "question_mark_fits_one_byte", "A?C", "ABC", true },
    { "question_mark_fits_not_none", "A?", "A", false },
    { "empty_fits_empty", "", "", true },
    { "empty_fits_no_text", "", "A", false },
    { "case_counts", "home", "HOME", false },
};

static void pattern_case_run(void **state)
{
    const struct pattern_case *test = *state;
    assert_int_equal(pattern_fits(test->pattern, test->text), test->fits);
}

static const struct address_case {
    const char *name, *range, *address;
    int contains; /* -1: the range itself is refused */
} address_cases[] = {
    { "one_address", "192.0.2.1", "192.0.2.1", 1 },
    { "another_address", "192.0.2.1", "192.0.2.2", 0 },
    { "within_prefix", "10.0.0.0/8", "10.255.1.2", 1 },
    { "outside_prefix", "10.0.0.0/8", "11.0.0.0", 0 },
    { "odd_prefix_within", "172.16.0.0/12", "172.31.255.255", 1 },
    { "odd_prefix_outside", "172.16.0.0/12", "172.32.0.0", 0 },
    { "everything", "0.0.0.0/0", "203.0.113.9", 1 },
    { "ipv4_range_holds_no_ipv6", "0.0.0.0/0", "2001:db8::1", 0 },
    { "ipv6_address", "::1", "::1", 1 },
    { "ipv6_short_and_long", "2001:db8:0:0:0:0:0:1", "2001:db8::1", 1 },
    { "ipv6_prefix", "fe80::/10", "febf::1", 1 },
    { "ipv6_prefix_outside", "fe80::/10", "fec0::1", 0 },
    { "ipv6_zone_is_ignored", "fe80::/10", "fe80::1%eth0", 1 },
    { "ipv6_range_of_all_holds_ipv4", "::/0", "192.0.2.1", 1 },
    { "name_is_no_address", "::/0", "localhost", 0 },
    { "octal_is_refused", "010.0.0.1", "10.0.0.1", -1 },
    { "bits_below_prefix_are_refused", "10.0.0.1/8", "10.0.0.1", -1 },
    { "prefix_too_long", "10.0.0.0/33", "10.0.0.0", -1 },
    { "too_few_parts", "10.0.0", "10.0.0.0", -1 },
    { "too_large_part", "256.0.0.1", "0.0.0.1", -1 },
    { "two_gaps", "1::2::3", "1::3", -1 },
    { "too_many_groups", "1:2:3:4:5:6:7:8:9", "::1", -1 },
    { "trailing_text", "10.0.0.0/8x", "10.0.0.0", -1 },
    { "empty", "", "10.0.0.0", -1 },
};

static void address_case_run(void **state)
{
    const struct address_case *test = *state;
    address_range range;
    bool is_range = address_range_parse(test->range, &range);
    assert_int_equal(is_range, test->contains >= 0);
    address_bits address;
    if (is_range) assert_int_equal(address_parse(test->address, &address) && address_range_contains(&range, address), test->contains);
}

/* ---- Decisions ------------------------------------------------------------------------------------------------------------------- */

static const char decision_file[] = "version: 1\n"
                                    "allow:\n"
                                    "  - capability: time.read\n"
                                    "  - capability: env.read\n"
                                    "    name: [LANG, \"LC_*\"]\n"
                                    "  - capability: net.connect\n"
                                    "    address: [\"127.0.0.0/8\", \"unix:/run/app/*\"]\n"
                                    "    port: [80, 443]\n"
                                    "    reason: the local proxy\n"
                                    "  - capability: net.resolve\n"
                                    "    host: [\"*.example.com\"]\n"
                                    "  - capability: fs.read\n"
                                    "    path: [/srv]\n"
                                    "  - capability: process.*\n"
                                    "deny:\n"
                                    "  - capability: env.read\n"
                                    "    name: [LC_SECRET]\n"
                                    "  - capability: process.spawn\n";

static const struct decision_case {
    const char *name, *capability;
    policy_fact facts[3];
    size_t fact_count;
    policy_decision decision;
} decision_cases[] = {
    { "unlimited_is_allowed", "time.read", { { 0 } }, 0, POLICY_ALLOW },
    { "unnamed_is_denied", "time.set", { { 0 } }, 0, POLICY_DENY },
    { "name_is_allowed", "env.read", { { .field = POLICY_FIELD_NAME, .text = "LANG" } }, 1, POLICY_ALLOW },
    { "name_by_pattern_is_allowed", "env.read", { { .field = POLICY_FIELD_NAME, .text = "LC_ALL" } }, 1, POLICY_ALLOW },
    { "other_name_is_denied", "env.read", { { .field = POLICY_FIELD_NAME, .text = "HOME" } }, 1, POLICY_DENY },
    { "deny_beats_allow", "env.read", { { .field = POLICY_FIELD_NAME, .text = "LC_SECRET" } }, 1, POLICY_DENY },
    { "all_names_at_once_are_denied", "env.read", { { 0 } }, 0, POLICY_DENY },
    { "address_and_port_are_allowed", "net.connect", { { .field = POLICY_FIELD_ADDRESS, .text = "127.0.0.1" }, { .field = POLICY_FIELD_PORT, .number = 443 } }, 2, POLICY_ALLOW },
    { "other_port_is_denied", "net.connect", { { .field = POLICY_FIELD_ADDRESS, .text = "127.0.0.1" }, { .field = POLICY_FIELD_PORT, .number = 22 } }, 2, POLICY_DENY },
    { "other_address_is_denied", "net.connect", { { .field = POLICY_FIELD_ADDRESS, .text = "192.0.2.1" }, { .field = POLICY_FIELD_PORT, .number = 443 } }, 2, POLICY_DENY },
    { "unix_path_is_allowed", "net.connect", { { .field = POLICY_FIELD_ADDRESS, .text = "unix:/run/app/socket" } }, 1, POLICY_ALLOW },
    { "other_unix_path_is_denied", "net.connect", { { .field = POLICY_FIELD_ADDRESS, .text = "unix:/run/other" } }, 1, POLICY_DENY },
    { "socket_without_address_is_allowed", "net.connect", { { 0 } }, 0, POLICY_ALLOW },
    { "host_is_allowed", "net.resolve", { { .field = POLICY_FIELD_HOST, .text = "www.example.com" } }, 1, POLICY_ALLOW },
    { "other_host_is_denied", "net.resolve", { { .field = POLICY_FIELD_HOST, .text = "example.org" } }, 1, POLICY_DENY },
    { "path_beneath_is_allowed", "fs.read", { { .field = POLICY_FIELD_PATH, .text = "/srv/a" } }, 1, POLICY_ALLOW },
    { "path_that_begins_alike_is_denied", "fs.read", { { .field = POLICY_FIELD_PATH, .text = "/srv2/a" } }, 1, POLICY_DENY },
    { "path_with_dots_is_denied", "fs.read", { { .field = POLICY_FIELD_PATH, .text = "/srv/../etc/passwd" } }, 1, POLICY_DENY },
    { "path_that_may_not_be_known_is_allowed", "fs.read", { { 0 } }, 0, POLICY_ALLOW },
    { "group_allows_its_members", "process.info", { { 0 } }, 0, POLICY_ALLOW },
    { "deny_narrows_a_group", "process.spawn", { { 0 } }, 0, POLICY_DENY },
};

static policy *read_or_fail(const char *text)
{
    policy *result = NULL;
    policy_message message = { "" };
    if (!policy_read(text, strlen(text), "policy.yaml", NULL, &result, &message)) fail_msg("%s", message.text);
    return result;
}

static void decision_case_run(void **state)
{
    const struct decision_case *test = *state;
    policy *rules = read_or_fail(decision_file);
    policy_question question = { policy_capability_number(test->capability), test->facts, test->fact_count };
    policy_decision decision = policy_decide(rules, &question);
    policy_destroy(rules);
    assert_int_equal(decision, test->decision);
}

/* ---- Mistakes -------------------------------------------------------------------------------------------------------------------- */

static const struct mistake_case {
    const char *name, *text, *message;
} mistake_cases[] = {
    { "unknown_key", "version: 1\nallow:\n  - capability: random\n    pat: [x]\n", "policy.yaml:4:5: `pat` is no key of a rule: expected one of capability, path, name, host" },
    { "unknown_list", "version: 1\nalow: []\n", "policy.yaml:2:1: `alow` is no key of a policy file: expected one of version, default, profiles, report_only, limits, allow, deny" },
    { "unknown_capability", "version: 1\nallow:\n  - capability: fs.red\n", "policy.yaml:3:17: no such capability: fs.red" },
    { "capability_is_no_list", "version: 1\nallow:\n  - capability: [random]\n", "policy.yaml:3:17: `capability` is a list, expected a text" },
    { "port_is_a_number", "version: 1\nallow:\n  - capability: net.connect\n    port: [http]\n", "policy.yaml:4:12: `http` never fits: expected a port from 0 to 65535, or a range such as 8000-8010" },
    { "port_is_not_too_large", "version: 1\nallow:\n  - capability: net.connect\n    port: [65536]\n", "policy.yaml:4:12: `65536` never fits: " },
    { "empty_limit", "version: 1\nallow:\n  - capability: fs.read\n    path: []\n", "policy.yaml:4:11: `path` is an empty list, expected a list of texts with at least one" },
    { "address_that_is_none", "version: 1\nallow:\n  - capability: net.connect\n    address: [localhost]\n",
      "policy.yaml:4:15: `localhost` never fits: expected an address, a range such as 10.0.0.0/8" },
    { "path_for_all", "version: 1\nallow:\n  - capability: \"*\"\n    path: [/]\n", "policy.yaml:4:11: path cannot limit this capability: env.read is not limited by it" },
    { "version_two", "version: 2\n", "policy.yaml:1:10: `version` is 2, expected 1, the only version there is" },
    { "empty", "", "policy.yaml:1:1: the file is empty" },
    { "second_document", "version: 1\n---\nversion: 1\n", "policy.yaml:2:1: a second document" },
    { "twice_the_same_key", "version: 1\nversion: 1\n", "policy.yaml:2:1: `version` is there twice: expected once" },
    { "not_a_mapping", "- 1\n", "policy.yaml:1:" },
    { "unfinished", "version: 1\nallow: [\n", "policy.yaml:" },
};

static void mistake_case_run(void **state)
{
    const struct mistake_case *test = *state;
    policy *rules = (policy *)1;
    policy_message message = { "" };
    assert_false(policy_read(test->text, strlen(test->text), "policy.yaml", NULL, &rules, &message));
    assert_null(rules);
    if (strncmp(message.text, test->message, strlen(test->message)) != 0) fail_msg("%s\n  instead of %s", message.text, test->message);
}

/* ---- The rest -------------------------------------------------------------------------------------------------------------------- */

static void no_policy_denies(void **state)
{
    (void)state;
    policy_question question = { policy_capability_number("time.read"), NULL, 0 };
    policy *rules = read_or_fail("version: 1\nallow:\n  - capability: \"*\"\n");
    assert_int_equal(policy_decide(NULL, &question), POLICY_DENY);
    assert_int_equal(policy_decide(rules, &question), POLICY_ALLOW);
    question.capability = -1;
    assert_int_equal(policy_decide(rules, &question), POLICY_DENY);
    policy_destroy(rules);
    policy_destroy(NULL);
}

static void folders_are_told_in_order(void **state)
{
    (void)state;
    policy *rules = read_or_fail("version: 1\nallow:\n  - capability: fs.read\n    path: [/a, /b]\n  - capability: fs.write\n    path: [/c]\n");
    policy_folder folder;
    assert_true(policy_folder_at(rules, 1, &folder));
    assert_string_equal(folder.path, "/b");
    assert_string_equal(policy_capability_name(folder.capability), "fs.read");
    assert_true(policy_folder_at(rules, 2, &folder));
    assert_string_equal(folder.path, "/c");
    assert_false(policy_folder_at(rules, 3, &folder));
    assert_false(policy_allows_anywhere(rules, policy_capability_number("fs.read")));
    policy_destroy(rules);
}

static void grants_of_all_end_where_a_deny_begins(void **state)
{
    (void)state;
    policy *rules = read_or_fail("version: 1\nallow:\n  - capability: \"*\"\ndeny:\n  - capability: env.read\n    name: [X]\n");
    assert_true(policy_grants_all(rules, policy_capability_number("random")));
    assert_false(policy_grants_all(rules, policy_capability_number("env.read")));
    assert_true(policy_looks_at(rules, policy_capability_number("env.read"), POLICY_FIELD_NAME));
    assert_false(policy_looks_at(rules, policy_capability_number("env.read"), POLICY_FIELD_PATH));
    assert_false(policy_looks_at(rules, policy_capability_number("random"), POLICY_FIELD_NAME));
    assert_false(policy_looks_at(rules, -1, POLICY_FIELD_NAME));
    assert_true(policy_allows_anywhere(rules, policy_capability_number("env.read")));
    assert_true(policy_denies(rules, policy_capability_number("env.read")));
    assert_false(policy_grants_all(rules, -1));
    policy_destroy(rules);
}

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define ADD_TABLE(table, run)                                                                                  \
    for (size_t i = 0; i < COUNT(table); i++)                                                                  \
        tests[count++] = (struct CMUnitTest){ .name = table[i].name, .test_func = run, .initial_state = (void *)&table[i] }

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(no_policy_denies),
        cmocka_unit_test(folders_are_told_in_order),
        cmocka_unit_test(grants_of_all_end_where_a_deny_begins),
    };
    static struct CMUnitTest tests[COUNT(pattern_cases) + COUNT(address_cases) + COUNT(decision_cases) + COUNT(mistake_cases) + COUNT(others)];
    size_t count = 0;
    ADD_TABLE(pattern_cases, pattern_case_run);
    ADD_TABLE(address_cases, address_case_run);
    ADD_TABLE(decision_cases, decision_case_run);
    ADD_TABLE(mistake_cases, mistake_case_run);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
