/* Images made of snapshots, through the command and the library: sandboxes start in that state, have nothing of each other, and share what none of them changes.
 * usage: test_snapshot_image IMAGE CORDON */
#include "engine_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *command;
static const char key[] = "a key for these snapshots";
static char folder[64], snapshot_path[100], key_path[100], image_path[100];

static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int run(const char *format, ...)
{
    char line[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void store(cordon_sandbox *sandbox, const char *path)
{
    cordon_error error;
    cordon_snapshot *snapshot = NULL;
    void *data = NULL;
    size_t size = 0;
    check_status(cordon_sandbox_snapshot(sandbox, NULL, &snapshot, &error), &error);
    check_status(cordon_snapshot_encode(snapshot, key, sizeof key, &data, &size, &error), &error);
    write_file(path, data, size);
    cordon_snapshot_bytes_release(data);
    cordon_snapshot_destroy(snapshot);
}

/* A session of the engine `base`, stored, and an image of it: the caller's engine. */
static cordon_engine *engine_from(cordon_engine *base, const char *base_image, const char *source)
{
    cordon_sandbox *sandbox = test_sandbox(base);
    cordon_result *result = test_execute(sandbox, source);
    assert_outcome(result, CORDON_OUTCOME_OK);
    cordon_result_destroy(result);
    store(sandbox, snapshot_path);
    cordon_sandbox_destroy(sandbox);
    assert_int_equal(run("'%s' image build --from-snapshot '%s' --key-file '%s' --base '%s' -o '%s'", command, snapshot_path, key_path, base_image, image_path), 0);
    const char *before = test_image;
    test_image = image_path;
    cordon_engine *engine = test_engine(NULL);
    test_image = before;
    return engine;
}

static int64_t memory_of(cordon_sandbox *sandbox, const char *line_name)
{
    char path[64], line[256];
    int64_t found = -1;
    snprintf(path, sizeof path, "/proc/%lld/smaps_rollup", (long long)cordon_sandbox_process_id(sandbox));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, line_name, strlen(line_name)) == 0)
            found = atoll(line + strlen(line_name));
    (void)fclose(file);
    assert_true(found >= 0);
    return found;
}

static void sandboxes_start_in_its_state(void **state)
{
    cordon_engine *base = test_engine(NULL);
    cordon_engine *engine = engine_from(base, test_image,
                                        "import threading, asyncio, os\n"
                                        "def count():\n    for i in range(5): yield i\n"
                                        "g = count()\nnext(g)\n"
                                        "open('kept.txt', 'w').write('content')\n"
                                        "lock = threading.RLock()\nlock.acquire()\n"
                                        "import queue\nq, out = queue.Queue(), []\n"
                                        "t = threading.Thread(target=lambda: out.append(q.get()))\nt.start()\n"
                                        "os.environ['OLD'] = 'stays'");
    const char *const environment[] = {"NEW=given", NULL}, *const arguments[] = {"one", NULL};
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    (void)state;
    config.environment = environment;
    config.arguments = arguments;
    config.directory = "/elsewhere";
    for (int i = 0; i < 3; i++) {
        cordon_error error;
        cordon_sandbox *sandbox = NULL;
        check_status(cordon_sandbox_create(engine, &config, &sandbox, &error), &error);
        assert_value(sandbox, "[next(g), list(g)]", "[1,[2,3,4]]");
        assert_value(sandbox, "open('/work/kept.txt').read()", "\"content\"");
        assert_value(sandbox, "q.put('woken')\nt.join()\n[out, lock._is_owned()]", "[[\"woken\"],true]");
        assert_value(sandbox, "import sys\n[os.environ['NEW'], sys.argv, os.getcwd()]", "[\"given\",[\"\",\"one\"],\"/elsewhere\"]");
        cordon_sandbox_destroy(sandbox);
    }
    assert_int_equal(run("'%s' image info '%s' > '%s/info'", command, image_path, folder), 0); /* and its boundary holds */
    assert_int_equal(run("grep -q '^boundary *holds$' '%s/info'", folder), 0);
    cordon_engine_destroy(engine);
    cordon_engine_destroy(base);
}

static void random_bytes_and_time_are_each_sandboxs_own(void **state)
{
    cordon_engine *base = test_engine(NULL), *engine = engine_from(base, test_image, "import os, time, random\nos.urandom(8)");
    cordon_sandbox *one = test_sandbox(engine), *other = test_sandbox(engine);
    cordon_result *results[] = {test_execute(one, "os.urandom(16)"), test_execute(other, "os.urandom(16)"), test_execute(one, "random.random()"), test_execute(other, "random.random()")};
    (void)state;
    assert_false(cordon_value_equal(results[0]->value, results[1]->value));
    assert_false(cordon_value_equal(results[2]->value, results[3]->value));
    for (int i = 0; i < 4; i++)
        cordon_result_destroy(results[i]);
    cordon_sandbox_destroy(one);
    cordon_sandbox_destroy(other);
    cordon_engine_destroy(engine);
    cordon_engine_destroy(base);
}

static void limits_are_each_sandboxs_own(void **state)
{
    cordon_error error;
    cordon_engine *base = test_engine(NULL);
    cordon_sandbox_config config = CORDON_SANDBOX_CONFIG_INIT;
    cordon_sandbox *sandbox = NULL;
    (void)state;
    config.limits.value[CORDON_LIMIT_FUEL] = 1000;
    check_status(cordon_sandbox_create(base, &config, &sandbox, &error), &error);
    cordon_result_destroy(test_execute(sandbox, "x = 1"));
    store(sandbox, snapshot_path);
    cordon_sandbox_destroy(sandbox);
    cordon_engine *engine = engine_from(base, test_image, "x = 1");
    sandbox = test_sandbox(engine);
    assert_value(sandbox, "for i in range(100000): pass\nx", "1"); /* the fuel of the first one does not hold */
    cordon_sandbox_destroy(sandbox);
    check_status(cordon_sandbox_create(engine, &config, &sandbox, &error), &error);
    cordon_result *result = test_execute(sandbox, "for i in range(100000): pass");
    assert_outcome(result, CORDON_OUTCOME_LIMIT_FUEL);
    cordon_result_destroy(result);
    cordon_sandbox_destroy(sandbox);
    assert_int_equal(run("printf 'import time, cordon\\ntime.sleep(1)\\nprint(6 * 7, cordon.list_calls())' | '%s' > '%s/alone'", image_path, folder), 0); /* alone it speaks no frames */
    assert_int_equal(run("printf '42 []\\n' | cmp - '%s/alone'", folder), 0);
    cordon_engine_destroy(engine);
    cordon_engine_destroy(base);
}

static void images_can_be_made_of_what_runs_in_such_an_image(void **state)
{
    cordon_engine *base = test_engine(NULL), *engine = engine_from(base, test_image, "x = [1]");
    char first[120];
    (void)state;
    snprintf(first, sizeof first, "%s/first-image", folder);
    assert_int_equal(rename(image_path, first), 0);
    cordon_engine_destroy(engine);
    const char *before = test_image;
    test_image = first;
    engine = test_engine(NULL);
    cordon_engine *second = engine_from(engine, first, "x.append(2)");
    test_image = before;
    cordon_sandbox *sandbox = test_sandbox(second);
    assert_value(sandbox, "x.append(3)\nx", "[1,2,3]");
    cordon_sandbox_destroy(sandbox);
    cordon_engine_destroy(second);
    cordon_engine_destroy(engine);
    cordon_engine_destroy(base);
}

/* One snapshot with 40 MB in it, a hundred sandboxes: what none of them writes is there once. */
static void a_hundred_sandboxes_share_what_they_do_not_change(void **state)
{
    enum { COPIES = 100, SHARED_KIB = 40 << 10, OWN_KIB_MAX = 2 << 10 };
    static cordon_sandbox *copies[COPIES];
    cordon_engine *base = test_engine(NULL), *engine = engine_from(base, test_image, "data = bytes(range(256)) * (40 * 4096)\nsmall = [0]");
    (void)state;
    for (int i = 0; i < COPIES; i++) {
        char wanted[16];
        snprintf(wanted, sizeof wanted, "%d", i);
        copies[i] = test_sandbox(engine);
        assert_value(copies[i], "sum(data[::4096])", "0"); /* every page of it is looked at */
        cordon_result *result = test_execute(copies[i], "small[0] += 1\nsmall");
        assert_outcome(result, CORDON_OUTCOME_OK);
        cordon_result_destroy(result);
    }
    for (int i = 0; i < COPIES; i++) {
        assert_true(memory_of(copies[i], "Rss:") >= SHARED_KIB);
        assert_true(memory_of(copies[i], "Private_Dirty:") <= OWN_KIB_MAX);
        assert_true(memory_of(copies[i], "Pss:") <= OWN_KIB_MAX + 2 * SHARED_KIB / COPIES);
        assert_value(copies[i], "small", "[1]");
    }
    for (int i = 0; i < COPIES; i++)
        cordon_sandbox_destroy(copies[i]);
    cordon_engine_destroy(engine);
    cordon_engine_destroy(base);
}

static void what_is_no_good_is_refused(void **state)
{
    cordon_error error;
    cordon_engine *base = test_engine(NULL), *engine = engine_from(base, test_image, "x = 1"); /* the files are good: this made an image */
    cordon_callback callback = CORDON_CALLBACK_INIT;
    char other[120];
    (void)state;
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(run("'%s' image build --from-snapshot '%s' -o '%s' 2> '%s/said'", command, snapshot_path, other, folder), 121); /* no key */
    assert_int_equal(run("grep -q 'sealed, and no key' '%s/said'", folder), 0);
    assert_int_equal(run("'%s' image build --from-snapshot '%s' --key-file '%s' --base '%s' -o '%s' 2> '%s/said'", command, snapshot_path, key_path, image_path, other, folder), 121);
    assert_int_equal(run("grep -q 'another image' '%s/said'", folder), 0);
    assert_int_equal(run("'%s' image build --from-snapshot '%s' --import json -o '%s' 2> '%s/said'", command, snapshot_path, other, folder), 120);
    assert_int_equal(run("'%s' image build --key-file '%s' -o '%s' 2> '%s/said'", command, key_path, other, folder), 120);
    callback.name = "ask";
    callback.takes_anything = true;
    callback.is_effect = true;
    check_status(cordon_engine_register(base, &callback, &error), &error);
    cordon_sandbox *waiting = test_sandbox(base);
    cordon_result_destroy(test_execute(waiting, "import cordon\ncordon.call('ask')"));
    store(waiting, snapshot_path);
    cordon_sandbox_destroy(waiting);
    assert_int_equal(run("'%s' image build --from-snapshot '%s' --key-file '%s' --base '%s' -o '%s' 2> '%s/said'", command, snapshot_path, key_path, test_image, other, folder), 121);
    assert_int_equal(run("grep -q 'in the middle of an execution' '%s/said'", folder), 0);
    const cordon_mount mount = {.source = "/tmp", .path = "/mnt"};
    cordon_sandbox_config mounting = CORDON_SANDBOX_CONFIG_INIT;
    cordon_sandbox *mounted = NULL;
    mounting.mounts = &mount;
    mounting.mount_count = 1;
    check_status(cordon_sandbox_create(base, &mounting, &mounted, &error), &error);
    store(mounted, snapshot_path);
    cordon_sandbox_destroy(mounted);
    assert_int_equal(run("'%s' image build --from-snapshot '%s' --key-file '%s' --base '%s' -o '%s' 2> '%s/said'", command, snapshot_path, key_path, test_image, other, folder), 121);
    assert_int_equal(run("grep -q 'has mounted folders' '%s/said'", folder), 0);
    assert_int_equal(access(other, F_OK), -1); /* none of these has made a file */
    cordon_engine_destroy(engine);
    cordon_engine_destroy(base);
}

int main(int count, char **arguments)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sandboxes_start_in_its_state),
        cmocka_unit_test(random_bytes_and_time_are_each_sandboxs_own),
        cmocka_unit_test(limits_are_each_sandboxs_own),
        cmocka_unit_test(images_can_be_made_of_what_runs_in_such_an_image),
        cmocka_unit_test(a_hundred_sandboxes_share_what_they_do_not_change),
        cmocka_unit_test(what_is_no_good_is_refused),
    };
    if (count != 3)
        return 2;
    test_image = arguments[1];
    command = arguments[2];
    strcpy(folder, "/tmp/cordon-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 2;
    snprintf(snapshot_path, sizeof snapshot_path, "%s/snapshot", folder);
    snprintf(key_path, sizeof key_path, "%s/key", folder);
    snprintf(image_path, sizeof image_path, "%s/image", folder);
    write_file(key_path, key, sizeof key);
    int failed = cmocka_run_group_tests_name("snapshot_image", tests, NULL, NULL);
    (void)run("rm -r '%s'", folder);
    return failed;
}
