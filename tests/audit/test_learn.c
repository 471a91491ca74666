/* What is learnt from a record: what is joined, what never is, and that the policy allows what was seen and not more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/learn.h"
#include "policy/policy.h"

enum { TEXT_BYTES = 262144 };

static const char *const no_imports[] = { NULL };
static const char *const temporary[] = { "/tmp", NULL };
static const char *const arguments_of_process[] = { "/opt/cordon/bin/cordon-python", "app.py", NULL };
static const audit_process process = { .id = 1, .pid = 5, .arguments = arguments_of_process };
static const audit_site app = { .id = 1, .file = "/srv/app/app.py", .line = 7, .function = "main", .module = "__main__", .imports = no_imports };

/* The machine: these are folders, and nothing else is there. */
static audit_file_kind file_kind(void *context, const char *path)
{
    static const char *const folders[] = { "/", "/srv", "/srv/app", "/srv/app/data", "/home", "/home/ann", "/home/ann/out", "/etc", "/tmp", "/var", "/var/many", "/tmp/tmpab12cd_9", "/usr/bin" };
    (void)context;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (strcmp(path, folders[i]) == 0) return AUDIT_FILE_FOLDER;
    return strncmp(path, "/var/many/", 10) == 0 && strchr(path + 10, '/') == NULL ? AUDIT_FILE_FOLDER : AUDIT_FILE_MISSING;
}

static bool to_text(void *context, const char *bytes, size_t size)
{
    char *text = context;
    size_t used = strlen(text);
    assert_true(used + size < TEXT_BYTES);
    memcpy(text + used, bytes, size);
    text[used + size] = '\0';
    return true;
}

static audit_learner *begin(void)
{
    audit_learner *learner = audit_learner_create(file_kind, NULL);
    audit_line line = { .type = AUDIT_START, .as.start = { .cordon = "1", .python = "3.13.5", .time = "", .directory = "/srv/app", .home = "/home/ann", .command = no_imports, .temporary = temporary } };
    assert_non_null(learner);
    assert_true(audit_learner_add(learner, &line, false));
    line = (audit_line){ .type = AUDIT_PROCESS, .as.process = &process };
    assert_true(audit_learner_add(learner, &line, false));
    audit_argument name[2] = { { .name = "name", .text = "__main__" }, { .name = "origin", .text = "/srv/app/app.py" } };
    line = (audit_line){ .type = AUDIT_MODULE, .as.access = { .process = 1, .capability = "import", .operation = "source", .arguments = name, .argument_count = 2, .decision = AUDIT_ALLOWED } };
    assert_true(audit_learner_add(learner, &line, false)); /* the program begins; not learnt itself */
    return learner;
}

static void see(audit_learner *learner, const char *capability, const char *name, const char *text, int64_t number, const char *second_name, const char *second, int64_t port, const char *error)
{
    audit_argument arguments[2] = { { .name = name, .text = text, .number = number }, { .name = second_name, .text = second, .number = port } };
    audit_line line = { .type = AUDIT_ACCESS };
    line.as.access = (audit_access){ .process = 1, .capability = capability, .operation = "x", .arguments = arguments, .argument_count = name == NULL ? 0 : second_name == NULL ? 1 : 2,
                                     .error = error, .decision = AUDIT_ALLOWED, .site = &app, .count = 1 };
    assert_true(audit_learner_add(learner, &line, true));
}

static void see_text(audit_learner *learner, const char *capability, const char *name, const char *text) { see(learner, capability, name, text, 0, NULL, NULL, 0, NULL); }

/* The policy's text, freed by the caller; read by the policy's own reader, which must take it. */
static char *learnt(audit_learner *learner, policy **policy_out)
{
    char *text = calloc(1, TEXT_BYTES);
    policy_message message;
    assert_true(audit_learner_write(learner, AUDIT_LEARN_POLICY, to_text, text));
    if (!policy_read(text, strlen(text), "learnt.yaml", NULL, policy_out, &message)) fail_msg("%s in\n%s", message.text, text);
    audit_learner_destroy(learner);
    return text;
}

static policy_decision judge(const policy *policy, const char *capability, const char *name, const char *text, const char *second_name, const char *second, int64_t number)
{
    policy_argument arguments[2] = { { .name = name, .text = text }, { .name = second_name, .text = second, .number = number } };
    policy_judgement judgement;
    policy_judge(policy, capability, arguments, name == NULL ? 0 : second_name == NULL ? 1 : 2, &judgement);
    return judgement.decision;
}

#define ALLOWED(capability, name, text) assert_int_equal(judge(policy, capability, name, text, NULL, NULL, 0), POLICY_ALLOW)
#define REFUSED(capability, name, text) assert_int_equal(judge(policy, capability, name, text, NULL, NULL, 0), POLICY_DENY)

static void files_are_named_if_they_can_be(void **state)
{
    (void)state;
    policy *policy;
    audit_learner *learner = begin();
    see_text(learner, "fs.read", "path", "/srv/app/data/a.csv");
    see_text(learner, "fs.read", "path", "/srv/app/data/b.csv");
    see_text(learner, "fs.write", "path", "/home/ann/out/new/result.txt"); /* "new" is not there yet */
    see_text(learner, "fs.write", "path", "/tmp/tmpab12cd_9/x");          /* is there, and will have another name */
    see_text(learner, "fs.read", "path", "/opt/cordon/lib/python3.13/json/__init__.py");
    see(learner, "fs.read", "path", "/etc/localtime", 0, "real", "/var/many/0/UTC", 0, NULL);
    char *text = learnt(learner, &policy);
    ALLOWED("fs.read", "path", "/srv/app/data/b.csv");
    REFUSED("fs.read", "path", "/srv/app/data/c.csv");
    REFUSED("fs.list", "path", "/srv/app/data");
    ALLOWED("fs.read", "path", "/etc/localtime"); /* a link: rules about names do not follow it */
    ALLOWED("fs.read", "path", "/var/many/0/UTC");
    ALLOWED("fs.read", "path", "/var/many/0/Other");
    REFUSED("fs.read", "path", "/srv/app/app.py");
    REFUSED("fs.write", "path", "/srv/app/data/b.csv");
    ALLOWED("fs.write", "path", "/home/ann/out/new/result.txt");
    REFUSED("fs.write", "path", "/home/ann/.bashrc");
    ALLOWED("fs.write", "path", "/tmp/tmpzz99zz_9/x");
    assert_null(strstr(text, "/opt/cordon")); /* Python's own library needs no rule */
    assert_non_null(strstr(text, "      - \"/srv/app/data/a.csv\"  # /srv/app/app.py:7 __main__, 1 time\n"));
    policy_destroy(policy);
    free(text);
}

static void homes_and_the_whole_machine_are_never_granted(void **state)
{
    (void)state;
    static const char *const paths[] = { "/home/ann/.netrc", "/home/ann", "/home", "/", "/nowhere", "/srv/app/a*b/c\nd", "/srv/app/\xed\xb3\xbf" };
    policy *policy;
    audit_learner *learner = begin();
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) see_text(learner, "fs.read", "path", paths[i]);
    for (size_t i = 0; i < 20; i++) {
        char path[64];
        snprintf(path, sizeof path, "/home/ann/%sf%zu", i % 2 == 0 ? "out/" : "", i); /* half of them side by side in the home itself */
        see_text(learner, "fs.write", "path", path);
    }
    see_text(learner, "env.read", "name", "A*");
    see_text(learner, "fd.use", NULL, NULL);
    char *text = learnt(learner, &policy);
    assert_non_null(strstr(text, "# not granted: fs.read, fs.list /home/ann, since it would allow a whole home"));
    assert_non_null(strstr(text, "# not granted: fs.read, fs.list /, since it would allow the whole machine"));
    assert_non_null(strstr(text, "# not granted: env.read A*"));
    ALLOWED("fs.read", "path", "/home/ann/.netrc"); /* itself, and nothing beside it */
    REFUSED("fs.read", "path", "/home/ann/.ssh/id_rsa");
    REFUSED("fs.read", "path", "/etc/passwd");
    REFUSED("env.read", "name", "AWS_SECRET");
    REFUSED("fs.write", "path", "/home/ann/x");
    ALLOWED("fs.write", "path", "/home/ann/f3");
    ALLOWED("fs.write", "path", "/home/ann/out/f4");
    ALLOWED("fs.write", "path", "/home/ann/out/another");
    ALLOWED("fd.use", NULL, NULL);
    policy_destroy(policy);
    free(text);
}

static void many_folders_of_one_are_that_one(void **state)
{
    (void)state;
    policy *policy;
    audit_learner *many = begin(), *few = begin();
    char path[64];
    for (int i = 0; i < 8; i++) {
        snprintf(path, sizeof path, "/var/many/%d", i);
        see_text(many, "fs.read", "path", path);
        if (i < 7) see_text(few, "fs.read", "path", path);
        snprintf(path, sizeof path, "/srv/app/data/%d", i);
        see_text(many, "fs.write", "path", path);
        if (i < 7) see_text(few, "fs.write", "path", path);
    }
    char *text = learnt(many, &policy);
    ALLOWED("fs.read", "path", "/var/many/99/file");
    REFUSED("fs.read", "path", "/var/other");
    ALLOWED("fs.write", "path", "/srv/app/data/99");
    assert_null(strstr(text, "/var/many/3"));
    policy_destroy(policy);
    free(text);
    text = learnt(few, &policy);
    REFUSED("fs.read", "path", "/var/many/99/file");
    ALLOWED("fs.read", "path", "/var/many/6/file");
    REFUSED("fs.write", "path", "/srv/app/data/99");
    ALLOWED("fs.write", "path", "/srv/app/data/6");
    policy_destroy(policy);
    free(text);
}

static void names_and_modules_are_joined_by_family(void **state)
{
    (void)state;
    policy *policy;
    audit_learner *learner = begin();
    see_text(learner, "env.read", "name", "LC_ALL");
    see_text(learner, "env.read", "name", "HOME");
    see_text(learner, "ipc", "name", "/psm_ab12cd34");
    see(learner, "import", "name", "json", 0, "origin", "/opt/cordon/lib/python3.13/json/__init__.py", 0, NULL);
    see(learner, "import", "name", "json.decoder", 0, "origin", "/opt/cordon/lib/python3.13/json/decoder.py", 0, NULL);
    see(learner, "import", "name", "sys2", 0, "origin", "built-in", 0, NULL);
    see(learner, "import", "name", "mine.part", 0, "origin", "/srv/app/mine/part.py", 0, NULL);
    char *text = learnt(learner, &policy);
    ALLOWED("env.read", "name", "LC_CTYPE");
    ALLOWED("env.read", "name", "HOME");
    REFUSED("env.read", "name", "HOMEX");
    REFUSED("env.read", NULL, NULL);
    assert_int_equal(judge(policy, "import", "name", "json.encoder", "origin", "/opt/cordon/lib/python3.13/json/encoder.py", 0), POLICY_ALLOW);
    assert_int_equal(judge(policy, "import", "name", "json", "origin", "/srv/app/json.py", 0), POLICY_DENY); /* another one of that name */
    assert_int_equal(judge(policy, "import", "name", "mine.other", "origin", "/srv/app/mine/other.py", 0), POLICY_ALLOW);
    assert_int_equal(judge(policy, "import", "name", "socket", "origin", "/opt/cordon/lib/python3.13/socket.py", 0), POLICY_DENY);
    assert_non_null(strstr(text, "origin: [\"/srv/app\"]"));
    policy_destroy(policy);
    free(text);
}

static policy_decision connect_to(const policy *policy, const char *address, int64_t port) { return judge(policy, "net.connect", "address", address, "port", NULL, port); }

static void ports_belong_to_their_address(void **state)
{
    (void)state;
    policy *policy;
    audit_learner *learner = begin();
    see(learner, "net.connect", "address", "192.0.2.1", 0, "port", NULL, 443, NULL);
    see(learner, "net.connect", "address", "192.0.2.1", 0, "port", NULL, 80, NULL);
    see(learner, "net.connect", "address", "192.0.2.2", 0, "port", NULL, 25, NULL);
    see(learner, "net.connect", "address", "127.0.0.1", 0, "port", NULL, 45678, NULL); /* another one next time */
    see_text(learner, "net.connect", NULL, NULL);                                       /* a socket has no address at first */
    char *text = learnt(learner, &policy);
    assert_int_equal(connect_to(policy, "192.0.2.1", 80), POLICY_ALLOW);
    assert_int_equal(connect_to(policy, "192.0.2.1", 25), POLICY_DENY);
    assert_int_equal(connect_to(policy, "192.0.2.2", 25), POLICY_ALLOW);
    assert_int_equal(connect_to(policy, "192.0.2.2", 443), POLICY_DENY);
    assert_int_equal(connect_to(policy, "127.0.0.1", 33333), POLICY_ALLOW);
    assert_int_equal(connect_to(policy, "192.0.2.3", 443), POLICY_DENY);
    ALLOWED("net.connect", NULL, NULL);
    policy_destroy(policy);
    free(text);
}

/* Each face of an address is asked for; families that are none of the internet's have rules of their own. */
static void addresses_have_all_their_faces(void **state)
{
    (void)state;
    policy *policy;
    policy_judgement judgement;
    const policy_argument linked[] = { { .name = "address", .text = "unix:/run/app.sock" }, { .name = "real", .text = "unix:/srv/real.sock" } };
    const policy_argument inner[] = { { .name = "address", .text = "0.0.0.0" }, { .name = "port", .number = 80 }, { .name = "embedded", .text = "127.0.0.1" } };
    audit_learner *learner = begin();
    see(learner, "net.connect", "address", "unix:/run/app.sock", 0, "real", "unix:/srv/real.sock", 0, NULL);
    see(learner, "net.connect", "address", "127.0.0.1", 0, "port", NULL, 443, NULL);
    audit_argument seen[] = { { .name = "address", .text = "0.0.0.0" }, { .name = "port", .number = 80 }, { .name = "embedded", .text = "127.0.0.1" } };
    audit_line line = { .type = AUDIT_ACCESS };
    line.as.access = (audit_access){ .process = 1, .capability = "net.connect", .operation = "x", .arguments = seen, .argument_count = 3, .decision = AUDIT_ALLOWED, .site = &app, .count = 1 };
    assert_true(audit_learner_add(learner, &line, true));
    see_text(learner, "net.connect", "address", "abstract:app");
    see_text(learner, "net.connect", "address", "netlink:");
    char *text = learnt(learner, &policy);
    policy_judge(policy, "net.connect", linked, 2, &judgement);
    assert_int_equal(judgement.decision, POLICY_ALLOW);
    policy_judge(policy, "net.connect", inner, 3, &judgement);
    assert_int_equal(judgement.decision, POLICY_ALLOW);
    ALLOWED("net.connect", "address", "abstract:app");
    ALLOWED("net.connect", "address", "netlink:");
    REFUSED("net.connect", "address", "abstract:other");
    REFUSED("net.connect", "address", "unix:/run/other.sock");
    REFUSED("net.connect", "address", "packet:");
    policy_destroy(policy);
    free(text);
}

static void programs_that_are_not_there_are_not_granted(void **state)
{
    (void)state;
    policy *policy;
    audit_learner *learner = begin();
    see_text(learner, "process.spawn", "program", "/home/ann/bin/true"); /* told before, and again when it came back */
    see(learner, "process.spawn", "program", "/home/ann/bin/true", 0, NULL, NULL, 0, "ENOENT");
    see_text(learner, "process.spawn", "program", "/usr/bin/true");
    char *text = learnt(learner, &policy);
    REFUSED("process.spawn", "program", "/home/ann/bin/true");
    ALLOWED("process.spawn", "program", "/usr/bin/true");
    REFUSED("process.spawn", "program", "/usr/bin/false");
    ALLOWED("fs.read", "path", "/usr/bin/true"); /* without which it cannot be started */
    REFUSED("fs.read", "path", "/usr/bin/false");
    policy_destroy(policy);
    free(text);
}

static void hostile_names_do_not_become_rules(void **state)
{
    (void)state;
    static const audit_site hostile = { .id = 9, .file = "/srv/x\n  - capability: \"*\"\n#", .line = 1, .module = "m\r\n  - capability: process.spawn", .imports = no_imports };
    audit_argument name = { .name = "name", .text = "a\"]\n  - capability: net.connect\n#" }, plain = { .name = "name", .text = "q\"\\ # x" };
    audit_line line = { .type = AUDIT_ACCESS };
    policy *policy;
    audit_learner *learner = begin();
    line.as.access = (audit_access){ .process = 1, .capability = "env.read", .operation = "x", .arguments = &name, .argument_count = 1, .decision = AUDIT_ALLOWED, .site = &hostile };
    assert_true(audit_learner_add(learner, &line, true));
    line.as.access.arguments = &plain;
    assert_true(audit_learner_add(learner, &line, true));
    char *text = learnt(learner, &policy);
    REFUSED("net.connect", NULL, NULL);
    REFUSED("process.spawn", NULL, NULL);
    ALLOWED("env.read", "name", "q\"\\ # x");
    policy_destroy(policy);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_named_if_they_can_be),         cmocka_unit_test(homes_and_the_whole_machine_are_never_granted), cmocka_unit_test(many_folders_of_one_are_that_one),
        cmocka_unit_test(names_and_modules_are_joined_by_family), cmocka_unit_test(ports_belong_to_their_address),                cmocka_unit_test(programs_that_are_not_there_are_not_granted),
        cmocka_unit_test(hostile_names_do_not_become_rules),      cmocka_unit_test(addresses_have_all_their_faces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
