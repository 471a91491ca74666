/* What a policy file says to mounts: which folders may be mounted, and which accesses are refused in them. */
#include "broker_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEXT_BYTES = 1024 };

static char world[64];

static int set_up(void **state)
{
    char path[TEXT_BYTES];
    static const char *const folders[] = {"data", "data/in", "database"};
    (void)state;
    strcpy(world, "/tmp/cordon-policy-XXXXXX");
    if (!mkdtemp(world))
        return -1;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/%s", world, folders[i]);
        if (mkdir(path, 0755) != 0)
            return -1;
    }
    snprintf(path, sizeof path, "%s/data/link", world);
    return symlink("../database", path);
}

static int tear_down(void **state)
{
    char command[TEXT_BYTES];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", world);
    return system(command);
}

/* '@' in a policy or a path is the world's folder. */
static void expand(const char *text, char *expanded)
{
    size_t used = 0;
    for (; *text; text++)
        used += (size_t)snprintf(expanded + used, TEXT_BYTES - used, *text == '@' ? "%s" : "%.1s", *text == '@' ? world : text);
    expanded[used] = '\0';
}

static policy *read_policy(const char *text)
{
    char expanded[TEXT_BYTES];
    policy_message message;
    policy *made;
    expand(text, expanded);
    if (!policy_read(expanded, strlen(expanded), "test", NULL, &made, &message))
        fail_msg("%s", message.text);
    return made;
}

#define READS "version: 1\nallow:\n  - capability: fs.read\n    path: [@/data]\n    reason: test\n  - capability: fs.list\n    path: [@/data]\n    reason: test\n"
#define WRITES READS "  - capability: fs.write\n    path: [@/data/in]\n    reason: test\n"

static const struct row {
    const char *name, *policy, *folder;
    broker_mount_mode mode;
    host_status status;
} rows[] = {
    {"folder_itself", READS, "@/data", BROKER_MOUNT_READ_ONLY, HOST_OK},
    {"folder_beneath", READS, "@/data/in", BROKER_MOUNT_READ_ONLY, HOST_OK},
    {"folder_above", READS, "@", BROKER_MOUNT_READ_ONLY, HOST_DENIED_BY_POLICY},
    {"folder_that_begins_alike", READS, "@/database", BROKER_MOUNT_READ_ONLY, HOST_DENIED_BY_POLICY},
    {"folder_by_dots", READS, "@/data/../database", BROKER_MOUNT_READ_ONLY, HOST_DENIED_BY_POLICY},
    {"folder_by_dots_and_back", READS, "@/database/../data", BROKER_MOUNT_READ_ONLY, HOST_OK},
    {"folder_by_a_link", READS, "@/data/link", BROKER_MOUNT_READ_ONLY, HOST_DENIED_BY_POLICY},
    {"folder_that_is_not_there", READS, "@/data/none", BROKER_MOUNT_READ_ONLY, HOST_DENIED_BY_POLICY},
    {"overlay_needs_no_writing", READS, "@/data", BROKER_MOUNT_OVERLAY, HOST_OK},
    {"writing_needs_fs_write", READS, "@/data", BROKER_MOUNT_READ_WRITE, HOST_DENIED_BY_POLICY},
    {"writing_granted_beneath", WRITES, "@/data/in", BROKER_MOUNT_READ_WRITE, HOST_OK},
    {"writing_granted_elsewhere", WRITES, "@/data", BROKER_MOUNT_READ_WRITE, HOST_DENIED_BY_POLICY},
    {"nothing_allowed", "version: 1\nallow: []\n", "@/data", BROKER_MOUNT_READ_ONLY, HOST_DENIED_BY_POLICY},
    {"everything_allowed", "version: 1\nallow:\n  - capability: fs.*\n    reason: test\n", "@/database", BROKER_MOUNT_READ_WRITE, HOST_OK},
};

static void row_run(void **state)
{
    const struct row *row = *state;
    char folder[TEXT_BYTES];
    host_error error = {.status = HOST_OK};
    broker_policy rules;
    policy *policy = read_policy(row->policy);
    expand(row->folder, folder);
    const broker_mount_config mount = {folder, row->mode};

    broker_policy_init(&rules, policy);
    assert_int_equal(broker_policy_check(&rules, &mount, 1, &error), row->status);
    if (row->status != HOST_OK)
        assert_non_null(strstr(error.message, folder));
    policy_destroy(policy);
}

static int64_t answer_to(broker *broker, const char *name, int64_t mount, const char *path, int64_t number)
{
    unsigned char request[TEXT_BYTES], reply[CORDON_BROKER_MESSAGE_MAX];
    size_t size, count;
    cordon_broker_writer writer;
    cordon_broker_value value = {0};
    cordon_broker_start(&writer, request, sizeof request);
    cordon_broker_put_name(&writer, name);
    cordon_broker_put_integer(&writer, mount);
    cordon_broker_put_bytes(&writer, path, strlen(path));
    if (number >= 0)
        cordon_broker_put_integer(&writer, number);
    assert_true(cordon_broker_finish(&writer));
    assert_int_equal(broker_answer(broker, request, writer.size, reply, &size), BROKER_ANSWERED);
    cordon_broker_reader reader = {reply, size};
    assert_true(cordon_broker_read_count(&reader, &count) && cordon_broker_read(&reader, &value));
    return value.number;
}

static void deny_rule_refuses_in_a_mount(void **state)
{
    char folder[TEXT_BYTES];
    static const struct {
        const char *policy;
        int64_t status, make;
    } cases[] = {
        {"version: 1\nallow:\n  - capability: fs.*\n    reason: test\n", 0, 0},
        {"version: 1\nallow:\n  - capability: fs.*\n    reason: test\ndeny:\n  - capability: fs.write\n    reason: test\n", 0, -13},
        {"version: 1\nallow:\n  - capability: fs.*\n    reason: test\ndeny:\n  - capability: fs.read\n    reason: test\n", -13, -13},
    };
    static const char *const names[] = {"a", "b", "c"};
    (void)state;
    expand("@/data", folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        policy *policy = read_policy(cases[i].policy);
        broker_policy rules;
        broker *made;
        const broker_mount_config mount = {folder, BROKER_MOUNT_READ_WRITE};
        broker_policy_init(&rules, policy);
        const broker_config config = {.mounts = &mount, .mount_count = 1, .decide = broker_policy_decide, .decide_context = &rules};
        assert_int_equal(broker_create(&config, &made, NULL), HOST_OK);
        assert_int_equal(answer_to(made, "fs.status", 0, "in", -1), cases[i].status);
        assert_int_equal(answer_to(made, "fs.make_folder", 0, names[i], 0755), cases[i].make);
        broker_destroy(made);
        policy_destroy(policy);
    }
}

int main(void)
{
    enum { ROWS = sizeof rows / sizeof *rows };
    struct CMUnitTest tests[ROWS + 1];
    for (size_t i = 0; i < ROWS; i++)
        tests[i] = (struct CMUnitTest){.name = rows[i].name, .test_func = row_run, .initial_state = (void *)(uintptr_t)&rows[i]};
    tests[ROWS] = (struct CMUnitTest)cmocka_unit_test(deny_rule_refuses_in_a_mount);
    return cmocka_run_group_tests_name("broker_policy", tests, set_up, tear_down);
}
