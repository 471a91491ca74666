/* Profiles, limits, patterns of paths and arguments, judging by names, and files that mean harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/limits.h"
#include "policy/policy.h"
#include "policy_tables.h"
#include "text_pattern.h"

/* ---- Paths ----------------------------------------------------------------------------------------------------------------------- */

static const struct path_case {
    const char *name, *pattern, *path;
    bool fits;
} path_cases[] = {
    { "folder_itself", "/srv/a", "/srv/a", true },
    { "folder_beneath", "/srv/a", "/srv/a/b/c", true },
    { "folder_begins_alike", "/srv/a", "/srv/ab", false },
    { "folder_above", "/srv/a", "/srv", false },
    { "root_holds_all", "/", "/etc/passwd", true },
    { "star_within_component", "/srv/*.csv", "/srv/a.csv", true },
    { "star_holds_no_slash", "/srv/*.csv", "/srv/b/a.csv", false },
    { "star_needs_the_ending", "/srv/*.csv", "/srv/a.csv.gz", false },
    { "star_holds_nothing", "/srv/a*", "/srv/a", true },
    { "stars_go_back", "/srv/*a*b", "/srv/xaxab", true },
    { "pattern_is_no_folder", "/srv/*.d", "/srv/a.d/file", false },
    { "question_mark", "/srv/?", "/srv/a", true },
    { "question_mark_holds_no_slash", "/srv?a", "/srv/a", false },
    { "deep_none", "/srv/**/x", "/srv/x", true },
    { "deep_several", "/srv/**/x", "/srv/a/b/c/x", true },
    { "deep_other_end", "/srv/**/x", "/srv/a/b/c/y", false },
    { "deep_last_itself", "/srv/**", "/srv", true },
    { "deep_last_beneath", "/srv/**", "/srv/a/b", true },
    { "deep_twice", "/**/a/**/b", "/x/a/y/z/b", true },
    { "deep_twice_goes_back", "/**/a/b/**/c", "/a/x/a/b/c", true },
    { "deep_twice_missing", "/**/a/**/b", "/x/y/b", false },
    { "deep_and_star", "/srv/*/logs/**/*.log", "/srv/app/logs/2026/x.log", true },
    { "deep_and_star_other_folder", "/srv/*/logs/**/*.log", "/srv/app/data/2026/x.log", false },
    { "relative_path", "/**", "srv/a", false },
};

static void path_case_run(void **state)
{
    const struct path_case *test = *state;
    assert_int_equal(pattern_fits_path(test->pattern, test->path), test->fits);
}

static policy *read_profile(const char *text, const char *profile)
{
    policy *result = NULL;
    policy_message message = { "" };
    if (!policy_read(text, strlen(text), "p", profile, &result, &message)) fail_msg("%s", message.text);
    return result;
}

/* ---- Judging ----------------------------------------------------------------------------------------------------------------------- */

static const char judged[] = "version: 1\n"
                             "allow:\n"
                             "  - capability: fs.read, fs.list\n"
                             "    path: [/srv]\n"
                             "    reason: reports\n"
                             "  - capability: fs.write\n"
                             "    path: [/srv/out, \"/tmp/*.txt\"]\n"
                             "  - capability: process.spawn\n"
                             "    program: [/usr/bin/git]\n"
                             "    arguments: [\"status ...\", \"log --max=?\", \"\"]\n"
                             "  - capability: import\n"
                             "    name: [json, json.*]\n"
                             "    origin: [/usr/lib/python3/**, frozen]\n"
                             "  - capability: import\n"
                             "    name: [plugin]\n"
                             "    sha256: [0000000000000000000000000000000000000000000000000000000000000abc]\n"
                             "  - capability: process.signal\n"
                             "    signal: [TERM, SIGINT, 10]\n"
                             "  - capability: native.load\n"
                             "    path: [\"/usr/lib/**/*.so\"]\n"
                             "  - capability: env.read\n"
                             "    name: [HOME]\n"
                             "  - capability: net.connect\n"
                             "    port: [8000-8010]\n"
                             "  - capability: net.listen\n"
                             "    address: [\"unix:/run/*\", \"abstract:a\", \"::/0\"]\n"
                             "    port: [80]\n"
                             "  - capability: net.listen\n"
                             "    address: [\"unix:/srv/*\"]\n"
                             "deny:\n"
                             "  - capability: fs.*\n"
                             "    path: [\"/srv/**/*.key\"]\n"
                             "  - capability: net.listen\n"
                             "    address: [10.0.0.0/8]\n";

static const char *const git_status[] = { "git", "status", "-s", "--long", NULL }, *const git_log[] = { "git", "log", "--max=5", NULL }, *const git_push[] = { "git", "push", NULL },
                         *const git_alone[] = { "git", NULL }, *const git_log_more[] = { "git", "log", "--max=5", "x", NULL }, *const git_spaces[] = { "git", "log --max=5", NULL };
#define NUMBERS "0000000000000000000000000000000000000000000000000000000000000abc"

static const struct judge_case {
    const char *name, *capability;
    policy_argument arguments[4];
    size_t count;
    policy_decision decision;
    const char *rule; /* NULL: none */
} judge_cases[] = {
    { "path", "fs.read", { { .name = "path", .text = "/srv/a" }, { .name = "flags", .number = 1 } }, 2, POLICY_ALLOW, "p:3" },
    { "second_capability_of_a_rule", "fs.list", { { .name = "path", .text = "/srv/a" } }, 1, POLICY_ALLOW, "p:3" },
    { "real_path_counts", "fs.read", { { .name = "path", .text = "/srv/link" }, { .name = "real", .text = "/etc/passwd" } }, 2, POLICY_DENY, NULL },
    { "real_path_counts_both_ways", "fs.read", { { .name = "path", .text = "/home/link" }, { .name = "real", .text = "/srv/a" } }, 2, POLICY_ALLOW, "p:3" },
    { "denied_by_rule", "fs.read", { { .name = "path", .text = "/srv/a/server.key" } }, 1, POLICY_DENY, "p:31" },
    { "rename_within", "fs.write", { { .name = "path", .text = "/srv/out/a" }, { .name = "new_path", .text = "/tmp/b.txt" } }, 2, POLICY_ALLOW, "p:6" },
    { "rename_to_elsewhere", "fs.write", { { .name = "path", .text = "/srv/out/a" }, { .name = "new_path", .text = "/tmp/b.sh" } }, 2, POLICY_DENY, NULL },
    { "rename_to_denied", "fs.write", { { .name = "path", .text = "/srv/out/a" }, { .name = "new_path", .text = "/srv/out/b.key" } }, 2, POLICY_DENY, "p:31" },
    { "new_path_leads_elsewhere", "fs.write", { { .name = "path", .text = "/srv/out/a" }, { .name = "new_path", .text = "/tmp/b.txt" }, { .name = "new_path_real", .text = "/etc/b.txt" } }, 3, POLICY_DENY, NULL },
    { "arguments_more", "process.spawn", { { .name = "program", .text = "/usr/bin/git" }, { .name = "arguments", .list = git_status } }, 2, POLICY_ALLOW, "p:8" },
    { "arguments_pattern", "process.spawn", { { .name = "program", .text = "/usr/bin/git" }, { .name = "arguments", .list = git_log } }, 2, POLICY_ALLOW, "p:8" },
    { "arguments_none", "process.spawn", { { .name = "program", .text = "/usr/bin/git" }, { .name = "arguments", .list = git_alone } }, 2, POLICY_ALLOW, "p:8" },
    { "arguments_other", "process.spawn", { { .name = "program", .text = "/usr/bin/git" }, { .name = "arguments", .list = git_push } }, 2, POLICY_DENY, NULL },
    { "arguments_too_many", "process.spawn", { { .name = "program", .text = "/usr/bin/git" }, { .name = "arguments", .list = git_log_more } }, 2, POLICY_DENY, NULL },
    { "a_space_makes_no_two_arguments", "process.spawn", { { .name = "program", .text = "/usr/bin/git" }, { .name = "arguments", .list = git_spaces } }, 2, POLICY_DENY, NULL },
    { "program_other", "process.spawn", { { .name = "program", .text = "/usr/bin/sh" }, { .name = "arguments", .list = git_status } }, 2, POLICY_DENY, NULL },
    { "program_by_dots", "process.spawn", { { .name = "program", .text = "/usr/bin/../bin/git" }, { .name = "arguments", .list = git_status } }, 2, POLICY_DENY, NULL },
    { "fork_names_no_program", "process.spawn", { { 0 } }, 0, POLICY_ALLOW, "p:8" },
    { "module_and_origin", "import", { { .name = "name", .text = "json.decoder" }, { .name = "origin", .text = "/usr/lib/python3/json/decoder.py" } }, 2, POLICY_ALLOW, "p:11" },
    { "module_frozen", "import", { { .name = "name", .text = "json" }, { .name = "origin", .text = "frozen" } }, 2, POLICY_ALLOW, "p:11" },
    { "module_from_elsewhere", "import", { { .name = "name", .text = "json" }, { .name = "origin", .text = "/tmp/json.py" } }, 2, POLICY_DENY, NULL },
    { "module_by_dots", "import", { { .name = "name", .text = "json" }, { .name = "origin", .text = "/usr/lib/python3/../../../tmp/json.py" } }, 2, POLICY_DENY, NULL },
    { "module_of_unknown_origin", "import", { { .name = "name", .text = "json" } }, 1, POLICY_DENY, NULL },
    { "module_by_digest", "import", { { .name = "name", .text = "plugin" }, { .name = "sha256", .text = NUMBERS } }, 2, POLICY_ALLOW, "p:14" },
    { "module_with_other_digest", "import", { { .name = "name", .text = "plugin" }, { .name = "sha256", .text = "1" NUMBERS } }, 2, POLICY_DENY, NULL },
    { "module_without_digest", "import", { { .name = "name", .text = "plugin" }, { .name = "origin", .text = "/srv/plugin.py" } }, 2, POLICY_DENY, NULL },
    { "signal_by_name", "process.signal", { { .name = "pid", .number = 9 }, { .name = "signal", .number = 2 } }, 2, POLICY_ALLOW, "p:17" },
    { "signal_by_number", "process.signal", { { .name = "signal", .number = 10 } }, 1, POLICY_ALLOW, "p:17" },
    { "signal_other", "process.signal", { { .name = "signal", .number = 9 } }, 1, POLICY_DENY, NULL },
    { "library", "native.load", { { .name = "path", .text = "/usr/lib/x86_64/libm.so" } }, 1, POLICY_ALLOW, "p:19" },
    { "library_elsewhere", "native.load", { { .name = "path", .text = "/tmp/libm.so" } }, 1, POLICY_DENY, NULL },
    { "library_to_be_searched", "native.load", { { .name = "path", .text = "libm.so" } }, 1, POLICY_DENY, NULL },
    { "port_in_range", "net.connect", { { .name = "address", .text = "192.0.2.1" }, { .name = "port", .number = 8010 } }, 2, POLICY_ALLOW, "p:23" },
    { "port_beyond_range", "net.connect", { { .name = "address", .text = "192.0.2.1" }, { .name = "port", .number = 8011 } }, 2, POLICY_DENY, NULL },
    { "port_alone_says_nothing_of_a_unix_socket", "net.connect", { { .name = "address", .text = "unix:/run/docker.sock" } }, 1, POLICY_DENY, NULL },
    { "port_alone_says_nothing_of_raw_sockets", "net.connect", { { .name = "address", .text = "raw:ipv4" } }, 1, POLICY_DENY, NULL },
    { "socket_without_address_yet", "net.connect", { { .name = "family", .text = "ipv4" } }, 1, POLICY_ALLOW, "p:23" },
    { "unix_socket_by_a_rule_with_ports", "net.listen", { { .name = "address", .text = "unix:/run/a" } }, 1, POLICY_ALLOW, "p:25" },
    { "other_family_by_name", "net.listen", { { .name = "address", .text = "abstract:a" } }, 1, POLICY_ALLOW, "p:25" },
    { "other_family_of_another_name", "net.listen", { { .name = "address", .text = "abstract:b" } }, 1, POLICY_DENY, NULL },
    { "address_that_leads_elsewhere", "net.listen", { { .name = "address", .text = "unix:/run/a" }, { .name = "real", .text = "unix:/etc/b" } }, 2, POLICY_DENY, NULL },
    { "address_that_leads_to_what_another_rule_allows", "net.listen", { { .name = "address", .text = "unix:/run/a" }, { .name = "real", .text = "unix:/srv/a" } }, 2, POLICY_ALLOW, "p:25" },
    { "address_within_an_address", "net.listen", { { .name = "address", .text = "64:ff9b::a00:1" }, { .name = "port", .number = 80 }, { .name = "embedded", .text = "10.0.0.1" } }, 3, POLICY_DENY, "p:33" },
    { "address_without_one_within", "net.listen", { { .name = "address", .text = "64:ff9b::a00:1" }, { .name = "port", .number = 80 } }, 2, POLICY_ALLOW, "p:25" },
    { "unknown_capability", "fs.fly", { { .name = "path", .text = "/srv/a" } }, 1, POLICY_DENY, NULL },
    { "arguments_of_others_say_nothing", "env.read", { { .name = "name", .text = "HOME" }, { .name = "path", .text = "/etc" } }, 2, POLICY_ALLOW, "p:21" },
};

static void judge_case_run(void **state)
{
    const struct judge_case *test = *state;
    policy_judgement judgement;
    policy *rules = read_profile(judged, NULL);
    policy_judge(rules, test->capability, test->arguments, test->count, &judgement);
    assert_int_equal(judgement.decision, test->decision);
    if (test->rule == NULL)
        assert_null(judgement.rule);
    else
        assert_string_equal(judgement.rule, test->rule);
    if (test->rule != NULL && strcmp(test->rule, "p:3") == 0) assert_string_equal(judgement.reason, "reports");
    policy_destroy(rules);
}

/* ---- Profiles ------------------------------------------------------------------------------------------------------------------------ */

static const char profiles[] = "version: 1\n"
                               "default: middle\n"
                               "limits: {memory: 64M, calls: 5}\n"
                               "allow:\n"
                               "  - capability: time.read\n"
                               "profiles:\n"
                               "  - name: base\n"
                               "    limits: {memory: 32M, time: 5s}\n"
                               "    allow:\n"
                               "      - capability: random\n"
                               "  - name: other\n"
                               "    limits: {time: 2s, cpu: 1.5s}\n"
                               "    allow:\n"
                               "      - capability: tty\n"
                               "  - name: middle\n"
                               "    extends: [base, other]\n"
                               "    allow:\n"
                               "      - capability: ipc\n"
                               "  - name: strict\n"
                               "    extends: [middle, base]\n"
                               "    limits: {memory: none, time: 7s}\n"
                               "    deny:\n"
                               "      - capability: random\n"
                               "  - name: watching\n"
                               "    extends: [strict]\n"
                               "    report_only: true\n";

static const struct profile_case {
    const char *name, *profile, *capabilities; /* those that are allowed, of time.read, random, tty, ipc, env.read */
    uint64_t memory, time, cpu, calls;
} profile_cases[] = {
    { "profile_default", NULL, "time.read random tty ipc ", 32u << 20, 2000000000, 1500000000, 5 },
    { "profile_alone", "base", "time.read random ", 32u << 20, 5000000000, 0, 5 },
    { "profile_without_the_others", "other", "time.read tty ", 64u << 20, 2000000000, 1500000000, 5 },
    { "profile_on_profiles", "strict", "time.read tty ipc ", UINT64_MAX, 7000000000, 1500000000, 5 },
    { "profile_that_only_reports", "watching", "time.read random tty ipc env.read ", UINT64_MAX, 7000000000, 1500000000, 5 },
};

static uint64_t limit(const policy *policy, const char *name)
{
    policy_limit limit;
    return policy_limit_of(policy, name, &limit) ? limit.value : 0;
}

static void profile_case_run(void **state)
{
    static const char *const capabilities[] = { "time.read", "random", "tty", "ipc", "env.read" };
    const struct profile_case *test = *state;
    policy *rules = read_profile(profiles, test->profile);
    char allowed[100] = "";
    for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++) {
        policy_question question = { .capability = policy_capability_number(capabilities[i]) };
        if (policy_decide(rules, &question) == POLICY_ALLOW) sprintf(allowed + strlen(allowed), "%s ", capabilities[i]);
    }
    assert_string_equal(allowed, test->capabilities);
    assert_int_equal(limit(rules, "memory"), test->memory);
    assert_int_equal(limit(rules, "time"), test->time);
    assert_int_equal(limit(rules, "cpu"), test->cpu);
    assert_int_equal(limit(rules, "calls"), test->calls);
    assert_int_equal(policy_is_report_only(rules), strcmp(test->name, "profile_that_only_reports") == 0);
    policy_destroy(rules);
}

static void reporting_policies_still_judge(void **state)
{
    (void)state;
    policy_judgement judgement;
    policy *rules = read_profile(profiles, "watching");
    policy_judge(rules, "random", NULL, 0, &judgement);
    assert_int_equal(judgement.decision, POLICY_DENY);
    assert_string_equal(judgement.rule, "p:23");
    policy_judge(rules, "ipc", NULL, 0, &judgement);
    assert_int_equal(judgement.decision, POLICY_ALLOW);
    policy_destroy(rules);
}

static bool is_allowed(const policy *rules, const char *capability, const char *name)
{
    policy_fact fact = { .field = POLICY_FIELD_NAME, .text = name };
    policy_question question = { .capability = policy_capability_number(capability), .facts = &fact, .fact_count = name == NULL ? 0 : 1 };
    return policy_decide(rules, &question) == POLICY_ALLOW;
}

static void narrowing_takes_and_never_gives(void **state)
{
    (void)state;
    policy_judgement judgement;
    policy_argument argument = { .name = "name", .text = "AB" };
    policy *rules = read_profile("version: 1\nallow:\n  - {capability: env.read, name: [A*]}\n  - {capability: time.read}\n", NULL);
    assert_true(is_allowed(rules, "env.read", "AB") && is_allowed(rules, "env.read", "AC") && policy_grants_all(rules, policy_capability_number("time.read")));
    policy_narrow(rules, read_profile("version: 1\nallow:\n  - {capability: env.*, name: ['*B']}\n  - {capability: time.*}\n  - {capability: random}\n", NULL));
    assert_true(is_allowed(rules, "env.read", "AB"));
    assert_false(is_allowed(rules, "env.read", "AC") || is_allowed(rules, "env.read", "BB") || is_allowed(rules, "env.write", "AB") || is_allowed(rules, "random", NULL));
    assert_true(is_allowed(rules, "time.read", NULL) && policy_grants_all(rules, policy_capability_number("time.read")));
    assert_false(policy_allows_anywhere(rules, policy_capability_number("random")));
    policy_narrow(rules, read_profile("version: 1\nallow:\n  - {capability: '*'}\ndeny:\n  - {capability: env.read, name: [AB]}\n", NULL));
    assert_false(is_allowed(rules, "env.read", "AB"));
    assert_true(is_allowed(rules, "env.read", "AXB") && policy_denies(rules, policy_capability_number("env.read")));
    policy_judge(rules, "env.read", &argument, 1, &judgement);
    assert_string_equal(judgement.rule, "p:5");
    policy_narrow(rules, read_profile("version: 1\nreport_only: true\n", NULL));
    assert_true(is_allowed(rules, "env.read", "AXB"));
    policy_narrow(rules, read_profile("version: 1\n", NULL));
    assert_false(is_allowed(rules, "env.read", "AXB") || is_allowed(rules, "time.read", NULL));
    policy_destroy(rules);
}

static void limits_are_those_of_the_engine(void **state)
{
    (void)state;
    static const struct row {
        const char *name, *unit;
    } engine[] = {
#define ENGINE_ROW(name, text, initial, unit, outcome, who) { text, unit },
        CORDON_LIMIT_TABLE(ENGINE_ROW)
#undef ENGINE_ROW
    }, here[] = {
#define HERE_ROW(member, name, unit) { name, #unit },
        POLICY_LIMIT_TABLE(HERE_ROW)
#undef HERE_ROW
    };
    enum { ENGINE_COUNT = sizeof engine / sizeof *engine, HERE_COUNT = sizeof here / sizeof *here };
    assert_int_equal(ENGINE_COUNT, HERE_COUNT);
    for (int i = 0; i < ENGINE_COUNT; i++) {
        const char *wanted = strcmp(engine[i].unit, "bytes") == 0 ? "BYTES" : strcmp(engine[i].unit, "nanoseconds") == 0 ? "TIME" : "COUNT";
        int found = 0;
        for (int j = 0; j < HERE_COUNT; j++) found += strcmp(engine[i].name, here[j].name) == 0 && strcmp(here[j].unit, wanted) == 0;
        if (found != 1) fail_msg("%s is not there with unit %s", engine[i].name, wanted);
    }
}

static const struct choice_case {
    const char *name, *choice, *file, *profile; /* file NULL: none is named */
} choice_cases[] = {
    { "choice_file", "a.yaml", "a.yaml", NULL },          { "choice_profile", "a.yaml:strict", "a.yaml", "strict" },
    { "choice_colon_in_a_folder", "x:y/a.yaml", "x:y/a.yaml", NULL }, { "choice_last_colon", "x:y/a:b.yaml:p", "x:y/a:b.yaml", "p" },
    { "choice_colon_at_end", "a.yaml:", "a.yaml:", NULL }, { "choice_no_file", ":p", NULL, NULL },
    { "choice_empty", "", NULL, NULL },
};

static void choice_case_run(void **state)
{
    const struct choice_case *test = *state;
    char file[64];
    const char *profile;
    assert_int_equal(policy_split_choice(test->choice, file, sizeof file, &profile), test->file != NULL);
    if (test->file == NULL) return;
    assert_string_equal(file, test->file);
    if (test->profile == NULL)
        assert_null(profile);
    else
        assert_string_equal(profile, test->profile);
}

/* ---- Mistakes ------------------------------------------------------------------------------------------------------------------------ */

#define PROFILE "version: 1\nprofiles:\n  - name: a\n    extends: [b]\n  - name: b\n    extends: "

static const struct mistake_case {
    const char *name, *text, *message;
} mistake_cases[] = {
    { "cycle", PROFILE "[a]\n", "p:6:15: a cycle: b extends a, which leads back to it" },
    { "cycle_of_one", "version: 1\nprofiles:\n  - name: a\n    extends: [a]\n", "p:4:15: a cycle: a extends a" },
    { "extends_nothing", PROFILE "[c]\n", "p:6:15: there is no profile c to extend" },
    { "default_of_nothing", "version: 1\ndefault: c\n", "p:2:10: there is no profile c to be the default" },
    { "profile_twice", "version: 1\nprofiles:\n  - name: a\n  - name: a\n", "p:4:11: the profile a is there twice" },
    { "profile_without_name", "version: 1\nprofiles:\n  - allow: []\n", "p:3:5: a profile needs `name`: expected a text" },
    { "profile_with_colon", "version: 1\nprofiles:\n  - name: a:b\n", "p:3:11: a profile's name has no colon, slash or space" },
    { "mistake_in_a_profile_that_is_not_asked_for", "version: 1\nprofiles:\n  - name: a\n    allow:\n      - capability: fs.red\n", "p:5:21: no such capability: fs.red" },
    { "no_version", "allow: []\n", "p:1:1: a policy file needs `version`: expected 1" },
    { "limit_unknown", "version: 1\nlimits: {memmory: 1M}\n", "p:2:10: `memmory` is no key of the limits: expected one of brokered-bytes, calls, cpu" },
    { "limit_wrong_unit", "version: 1\nlimits: {memory: 1s}\n", "p:2:18: `memory` is 1s: needs a size such as 64M, or `none`" },
    { "limit_negative", "version: 1\nlimits: {time: -1}\n", "p:2:16: `time` is -1: needs a time such as 1.5s" },
    { "limit_is_no_list", "version: 1\nlimits: {time: [1]}\n", "p:2:16: `time` is a list, expected a text" },
    { "limits_are_no_list", "version: 1\nlimits: [time]\n", "p:2:9: a list is no part of a policy here: expected limits, such as `memory: 64M`" },
    { "flag_is_no_text", "version: 1\nreport_only: maybe\n", "p:2:14: `report_only` is maybe, expected true or false" },
    { "rules_are_a_list", "version: 1\nallow:\n  capability: random\n", "p:3:3: `allow` is a mapping, expected a list of rules" },
    { "rules_are_missing", "version: 1\nallow:\n", "p:2:7: `allow` is nothing, expected a list of rules" },
    { "rule_without_capability", "version: 1\nallow:\n  - path: [/a]\n", "p:3:5: a rule needs `capability`: expected a text" },
    { "key_twice_in_a_rule", "version: 1\nallow:\n  - capability: fs.read\n    path: [/a]\n    path: [/b]\n", "p:5:5: `path` is there twice: expected once" },
    { "text_instead_of_list", "version: 1\nallow:\n  - capability: fs.read\n    path: /a\n", "p:4:11: `path` is /a, expected a list of texts" },
    { "path_relative", "version: 1\nallow:\n  - capability: fs.read\n    path: [srv]\n", "p:4:12: `srv` never fits: expected an absolute path" },
    { "path_with_dots", "version: 1\nallow:\n  - capability: fs.read\n    path: [/srv/../etc]\n", "p:4:12: `/srv/../etc` never fits: expected a path without . and .." },
    { "path_with_slash_behind", "version: 1\nallow:\n  - capability: fs.read\n    path: [/srv/]\n", "p:4:12: `/srv/` never fits: expected a path without double slashes" },
    { "path_with_deep_part", "version: 1\nallow:\n  - capability: fs.read\n    path: [/srv/a**]\n", "p:4:12: `/srv/a**` never fits: expected ** as a whole component" },
    { "host_in_capitals", "version: 1\nallow:\n  - capability: net.resolve\n    host: [Example.com]\n", "p:4:12: `Example.com` never fits: expected a host name in lower case" },
    { "host_with_dot", "version: 1\nallow:\n  - capability: net.resolve\n    host: [example.com.]\n", "p:4:12: `example.com.` never fits: expected a host name without a trailing dot" },
    { "port_range_backwards", "version: 1\nallow:\n  - capability: net.connect\n    port: [9-8]\n", "p:4:12: `9-8` never fits: expected a port" },
    { "signal_beyond_all", "version: 1\nallow:\n  - capability: process.signal\n    signal: [99]\n", "p:4:14: `99` never fits: expected a signal's name such as TERM, or its number up to 64" },
    { "unix_path_relative", "version: 1\nallow:\n  - capability: net.connect\n    address: [\"unix:run/x\"]\n", "p:4:15: `unix:run/x` never fits: expected an absolute path behind unix:" },
    { "text_twice_in_a_list", "version: 1\nallow:\n  - capability: fs.read\n    path: [/b, /a, \"/b\"]\n", "p:4:20: `/b` is there twice in `path`: expected once" },
    { "profile_extended_twice", PROFILE "[c, c]\n  - name: c\n", "p:6:18: `c` is there twice in `extends`: expected once" },
    { "capability_twice", "version: 1\nallow:\n  - capability: fs.*, fs.read\n", "p:3:17: fs.read is there already: expected each capability once" },
    { "version_as_text", "version: \"1\"\n", "p:1:10: `version` is \"1\", expected 1, the only version there is" },
    { "flag_as_text", "version: 1\nreport_only: 'true'\n", "p:2:14: `report_only` is \"true\", expected true or false" },
    { "signal_unknown", "version: 1\nallow:\n  - capability: process.signal\n    signal: [TREM]\n", "p:4:14: `TREM` never fits: expected a signal's name such as TERM" },
    { "digest_too_short", "version: 1\nallow:\n  - capability: import\n    sha256: [abc]\n", "p:4:14: `abc` never fits: expected 64 hexadecimal digits" },
    { "origin_relative", "version: 1\nallow:\n  - capability: import\n    origin: [lib]\n", "p:4:14: `lib` never fits: expected an absolute path" },
    { "name_empty", "version: 1\nallow:\n  - capability: env.read\n    name: [\"\"]\n", "p:4:12: `` never fits: expected a text that is not empty" },
    { "arguments_with_two_spaces", "version: 1\nallow:\n  - capability: process.spawn\n    arguments: [a  b]\n", "p:4:17: `a  b` never fits: expected words with one space" },
    { "group_without_members_in_common", "version: 1\nallow:\n  - capability: fs.read, env.read\n    path: [/a]\n", "p:4:11: path cannot limit this capability: env.read" },
    { "alias", "version: 1\nallow: &a []\ndeny: *a\n", "p:2:8: anchors and aliases have no place in a policy" },
    { "tag", "version: 1\nallow: !!python/object []\n", "p:2:8: tags have no place in a policy" },
    { "merge_key", "version: 1\n<<: {deny: []}\n", "p:2:1: `<<` is no key of a policy file" },
    { "deep", "version: 1\nallow: [[[[[[[[[[[[[[]]]]]]]]]]]]]]\n", "p:2:15: nested deeper than any policy is" },
    { "nul_in_a_text", "version: 1\nallow:\n  - capability: \"fs.read\\0\"\n", "p:3:17: a text with a NUL in it" },
    { "not_utf8", "version: 1\n# \xff\n", "p:2:1: " },
    { "control_character", "version: 1\n# \x01\n", "p:2:1: control characters are not allowed" },
    { "tab", "version: 1\nallow:\n\t- capability: x\n", "p:3:1: " },
    { "mistake_behind_byte_order_mark", "\xef\xbb\xbf" "versoin: 1\n", "p:1:1: `versoin` is no key of a policy file" },
    { "byte_order_mark_alone", "\xef\xbb\xbf", "p:1:1: the file is empty" },
    { "byte_order_mark_in_the_middle", "version: 1\n\xef\xbb\xbf" "allow: []\n", "p:2:" },
    { "only_a_comment", "# nothing\n", "p:1:1: the file is empty" },
};

static void mistake_case_run(void **state)
{
    const struct mistake_case *test = *state;
    policy *rules = (policy *)1;
    policy_message message = { "" };
    assert_false(policy_read(test->text, strlen(test->text), "p", NULL, &rules, &message));
    assert_null(rules);
    if (strncmp(message.text, test->message, strlen(test->message)) != 0) fail_msg("%s\n  instead of %s", message.text, test->message);
}

/* Read, and laid out without it. */
static void byte_order_mark_says_nothing(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf# why\nversion: 1\nallow:\n  - {capability: random}\n";
    policy *rules = NULL, *plain = NULL;
    char *laid_out = NULL, *laid_out_plain = NULL;
    policy_message message = { "" };
    assert_true(policy_read(text, sizeof text - 1, "p", NULL, &rules, &message));
    assert_true(policy_read(text + 3, sizeof text - 4, "p", NULL, &plain, &message));
    assert_false(policy_diff(rules, plain, &laid_out));
    free(laid_out);
    assert_true(policy_format(text, sizeof text - 1, "p", &laid_out, &message));
    assert_true(policy_format(text + 3, sizeof text - 4, "p", &laid_out_plain, &message));
    assert_string_equal(laid_out, laid_out_plain);
    free(laid_out);
    free(laid_out_plain);
    policy_destroy(rules);
    policy_destroy(plain);
}

static void profile_that_is_not_there(void **state)
{
    (void)state;
    policy *rules;
    policy_message message;
    assert_false(policy_read(profiles, strlen(profiles), "p", "none", &rules, &message));
    assert_string_equal(message.text, "p:1:1: there is no profile none in this file");
}

/* Each of these would cost much, were it believed. */
static void large_files_end_at_once(void **state)
{
    (void)state;
    enum { BYTES = 10 << 20 };
    static const char *const units[] = { "a: &a [", "[", "- ", "? ", "{a: ", "\"", "allow: [x]\n", "#", " ", "- &a b\n" };
    char *text = malloc(BYTES + 1);
    policy *rules;
    policy_message message;
    assert_non_null(text);
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        static const size_t sizes[] = { 1000, (1 << 20) - 1, BYTES };
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            for (size_t i = 0; i < sizes[s]; i++) text[i] = units[u][i % strlen(units[u])];
            text[sizes[s]] = '\0';
            assert_false(policy_read(text, sizes[s], "p", NULL, &rules, &message));
            assert_null(rules);
        }
    }
    free(text);
}

/* Cut off and changed anywhere, a file is read or refused, and never half of it. */
static void damaged_files_are_read_or_refused(void **state)
{
    (void)state;
    char *copy = malloc(sizeof profiles);
    assert_non_null(copy);
    size_t refused = 0;
    for (size_t size = 0; size < sizeof profiles; size++) {
        for (int change = 0; change < 3; change++) {
            policy *rules = (policy *)1;
            policy_message message = { "" };
            memcpy(copy, profiles, sizeof profiles);
            if (change > 0) copy[size] = (char)(change == 1 ? copy[size] ^ 0x11 : '[');
            bool is_read = policy_read(copy, change == 0 ? size : sizeof profiles - 1, "p", NULL, &rules, &message);
            assert_int_equal(is_read, rules != NULL);
            assert_int_equal(is_read, message.text[0] == '\0');
            refused += !is_read;
            policy_destroy(rules);
        }
    }
    assert_true(refused > sizeof profiles);
    free(copy);
}

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define ADD_TABLE(table, run)                                                                                  \
    for (size_t i = 0; i < COUNT(table); i++)                                                                  \
        tests[count++] = (struct CMUnitTest){ .name = table[i].name, .test_func = run, .initial_state = (void *)&table[i] }

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(narrowing_takes_and_never_gives), cmocka_unit_test(reporting_policies_still_judge), cmocka_unit_test(limits_are_those_of_the_engine),      cmocka_unit_test(profile_that_is_not_there),
        cmocka_unit_test(byte_order_mark_says_nothing),     cmocka_unit_test(large_files_end_at_once),        cmocka_unit_test(damaged_files_are_read_or_refused),
    };
    static struct CMUnitTest tests[COUNT(path_cases) + COUNT(judge_cases) + COUNT(profile_cases) + COUNT(choice_cases) + COUNT(mistake_cases) + COUNT(others)];
    size_t count = 0;
    ADD_TABLE(path_cases, path_case_run);
    ADD_TABLE(judge_cases, judge_case_run);
    ADD_TABLE(profile_cases, profile_case_run);
    ADD_TABLE(choice_cases, choice_case_run);
    ADD_TABLE(mistake_cases, mistake_case_run);
    memcpy(tests + count, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
