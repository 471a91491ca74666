/* What a hostile worker can ask of a broker, as scripts of requests and answers; the folder outside is looked at from outside after each. */
#define _GNU_SOURCE /* nftw */
#include "broker.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

enum { REQUEST_BYTES = 256 * 1024, TEXT_BYTES = 4096 };

struct attack {
    const char *name;
    const char *script;
};

static const struct attack attacks[] = {
#include "broker_attacks.inc"
};

static char world[64];
static broker *asked;
static unsigned char request[REQUEST_BYTES], reply[CORDON_BROKER_MESSAGE_MAX];
static size_t request_size, reply_size;

/* ---- The world: three folders that look alike, and one beside them that nobody may reach ---- */

static void path_in_world(char *path, const char *name)
{
    snprintf(path, TEXT_BYTES, "%s/%.3000s", world, name);
}

static void put(const char *name, const char *content)
{
    char path[TEXT_BYTES];
    path_in_world(path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void put_socket(const char *folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%.40s/%.10s/s", world, folder);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void make_folder(const char *name)
{
    char path[TEXT_BYTES];
    path_in_world(path, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static void make_link(const char *name, const char *target)
{
    char path[TEXT_BYTES];
    path_in_world(path, name);
    assert_int_equal(symlink(target, path), 0);
}

static void make_mounted(const char *folder)
{
    static const char *const links[][2] = {{"in", "f"}, {"out", "../outside/secret"}, {"abs", "/etc/passwd"}, {"up", ".."}, {"dir", "d"}};
    char name[TEXT_BYTES];
    make_folder(folder);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        snprintf(name, sizeof name, "%s/%s", folder, links[i][0]);
        make_link(name, links[i][1]);
    }
    snprintf(name, sizeof name, "%s/f", folder);
    put(name, "hello");
    snprintf(name, sizeof name, "%s/e", folder);
    make_folder(name);
    snprintf(name, sizeof name, "%s/d", folder);
    make_folder(name);
    snprintf(name, sizeof name, "%s/d/x", folder);
    put(name, "x");
    char path[TEXT_BYTES];
    snprintf(name, sizeof name, "%s/p", folder);
    path_in_world(path, name);
    assert_int_equal(mkfifo(path, 0644), 0);
    put_socket(folder);
}

static uint64_t witnessed;

static void witness_bytes(const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        witnessed = (witnessed ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3ull;
}

/* Everything of a file but when it was read; sums commute, so the order of a walk does not matter. */
static int witness_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    static uint64_t sum;
    char buffer[4096];
    (void)type;
    if (where->level == 0)
        sum = 0;
    witnessed = 0xcbf29ce484222325ull;
    witness_bytes(path, strlen(path));
    witness_bytes(&status->st_mode, sizeof status->st_mode);
    witness_bytes(&status->st_size, sizeof status->st_size);
    witness_bytes(&status->st_mtim, sizeof status->st_mtim);
    witness_bytes(&status->st_ino, sizeof status->st_ino);
    FILE *file = S_ISREG(status->st_mode) ? fopen(path, "r") : NULL;
    for (size_t size = 1; file && size > 0;) {
        size = fread(buffer, 1, sizeof buffer, file);
        witness_bytes(buffer, size);
    }
    if (file)
        fclose(file);
    witnessed = sum += witnessed;
    return 0;
}

static uint64_t witness(const char *name)
{
    char path[TEXT_BYTES];
    path_in_world(path, name);
    witnessed = 0;
    assert_int_equal(nftw(path, witness_one, 16, FTW_PHYS), 0);
    return witnessed;
}

static uint64_t outside_before, read_only_before, overlay_before;

static void create_broker(const broker_config *base)
{
    char paths[3][TEXT_BYTES];
    static const char *const names[] = {"ro", "rw", "ov"};
    host_error error;
    for (int i = 0; i < 3; i++)
        path_in_world(paths[i], names[i]);
    const broker_mount_config mounts[] = {
        {paths[0], BROKER_MOUNT_READ_ONLY},
        {paths[1], BROKER_MOUNT_READ_WRITE},
        {paths[2], BROKER_MOUNT_OVERLAY},
        {"/proc/self", BROKER_MOUNT_READ_ONLY},
    };
    broker_config config = base ? *base : (broker_config){0};
    char private[TEXT_BYTES];
    path_in_world(private, "private");
    config.mounts = mounts;
    config.mount_count = 4;
    config.overlay_folder = private;
    if (broker_create(&config, &asked, &error) != HOST_OK)
        fail_msg("%s", error.message);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(world, "/tmp/cordon-broker-XXXXXX");
    if (!mkdtemp(world))
        return -1;
    make_folder("private");
    make_folder("outside");
    put("outside/secret", "nobody may read this");
    make_mounted("ro");
    make_mounted("rw");
    make_mounted("ov");
    outside_before = witness("outside");
    read_only_before = witness("ro");
    overlay_before = witness("ov");
    create_broker(NULL);
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status, (void)type, (void)where;
    return remove(path);
}

static int tear_down(void **state)
{
    char private[TEXT_BYTES];
    (void)state;
    bool is_unharmed = witness("outside") == outside_before && witness("ro") == read_only_before && witness("ov") == overlay_before;
    broker_destroy(asked);
    asked = NULL;
    path_in_world(private, "private");
    bool is_clean = rmdir(private) == 0; /* nothing is left in it */
    if (!is_unharmed || !is_clean)
        print_error("%s\n", is_unharmed ? "the private folder was left" : "a folder was changed that must not change");
    return nftw(world, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 && is_unharmed && is_clean ? 0 : -1;
}

/* ---- Requests from text ---- */

static int hex_digit(char digit)
{
    return isdigit((unsigned char)digit) ? digit - '0' : isxdigit((unsigned char)digit) ? tolower(digit) - 'a' + 10 : -1;
}

/* "%XX" is a byte, "%N*{TEXT}" N times TEXT; with `is_hex` all other text is pairs of digits. Returns the size. */
static size_t expand(const char *text, size_t length, bool is_hex, unsigned char *bytes)
{
    size_t size = 0;
    for (size_t i = 0; i < length;) {
        size_t digits = 0;
        while (text[i] == '%' && i + 1 + digits < length && isdigit((unsigned char)text[i + 1 + digits]))
            digits++;
        if (digits > 0 && i + 1 + digits < length && text[i + 1 + digits] == '*') {
            const char *inner = text + i + digits + 3, *end = memchr(inner, '}', length - (size_t)(inner - text));
            assert_non_null(end);
            for (long count = strtol(text + i + 1, NULL, 10); count > 0; count--) {
                size += expand(inner, (size_t)(end - inner), is_hex, bytes + size);
                assert_true(size < REQUEST_BYTES / 2);
            }
            i = (size_t)(end + 1 - text);
        } else if (text[i] == '%' || is_hex) {
            const char *pair = text + i + (text[i] == '%');
            assert_true(hex_digit(pair[0]) >= 0 && hex_digit(pair[1]) >= 0);
            bytes[size++] = (unsigned char)(hex_digit(pair[0]) << 4 | hex_digit(pair[1]));
            i = (size_t)(pair + 2 - text);
        } else {
            bytes[size++] = (unsigned char)text[i++];
        }
    }
    return size;
}

static void put_text(cordon_broker_writer *writer, const unsigned char *text, size_t size)
{
    cordon_broker_put_raw(writer, 0xda, size, 2);
    for (size_t i = 0; i < size; i++)
        cordon_broker_put_raw(writer, text[i], 0, 0);
    writer->count++;
}

static void build(char *text)
{
    static unsigned char bytes[REQUEST_BYTES];
    cordon_broker_writer writer;
    char *rest = NULL;
    if (text[0] == 'x') {
        request_size = expand(text + 1, strlen(text + 1), true, request);
        return;
    }
    cordon_broker_start(&writer, request, sizeof request);
    char *word = strtok_r(text, " ", &rest);
    put_text(&writer, bytes, expand(word, strlen(word), false, bytes));
    while ((word = strtok_r(NULL, " ", &rest))) {
        if (word[0] == '!') {
            writer.count--; /* one value more than the header says */
            cordon_broker_put_integer(&writer, 0);
            continue;
        }
        size_t size = expand(word + 1, strlen(word + 1), false, bytes);
        if (word[0] == 'i')
            cordon_broker_put_integer(&writer, strtoll(word + 1, NULL, 10));
        else if (word[0] == 'b')
            cordon_broker_put_bytes(&writer, bytes, size);
        else
            put_text(&writer, bytes, size);
    }
    assert_true(cordon_broker_finish(&writer));
    request_size = writer.size;
}

/* ---- Answers as text ---- */

static void show_bytes(cordon_broker_reader *reader, size_t count, char *answer)
{
    cordon_broker_value value;
    strcpy(answer, "-");
    for (size_t i = 0, used = 0; i < count; i++) {
        assert_true(cordon_broker_read(reader, &value));
        if (value.kind != CORDON_BROKER_BYTES || value.size == 0 || used + value.size + 2 > TEXT_BYTES)
            continue;
        used += (size_t)sprintf(answer + used, "%s%.*s", used ? "," : "", (int)value.size, (const char *)value.bytes);
    }
}

static void show(broker_verdict verdict, const char *operation, char *answer)
{
    cordon_broker_reader reader = {reply, reply_size};
    cordon_broker_value value;
    size_t count = 0;
    if (verdict != BROKER_ANSWERED) {
        assert_int_equal(reply_size, 0);
        strcpy(answer, verdict == BROKER_VIOLATION ? "violation" : "limit");
        return;
    }
    assert_true(cordon_broker_read_count(&reader, &count) && count > 0 && cordon_broker_read(&reader, &value));
    assert_int_equal(value.kind, CORDON_BROKER_INTEGER);
    if (value.number < 0) {
        assert_int_equal(count, 1);
        strcpy(answer, strerrorname_np((int)-value.number));
    } else if (strcmp(operation, "fs.read") == 0 || strcmp(operation, "fs.list") == 0) {
        show_bytes(&reader, count - 1, answer);
    } else if (strcmp(operation, "fs.write") == 0) {
        assert_true(cordon_broker_read(&reader, &value));
        sprintf(answer, "%lld", (long long)value.number);
    } else {
        strcpy(answer, "ok");
    }
}

static void ask(const char *text, char *answer)
{
    char copy[TEXT_BYTES], operation[32];
    snprintf(copy, sizeof copy, "%s", text);
    snprintf(operation, sizeof operation, "%.*s", (int)strcspn(copy, " "), copy);
    build(copy);
    show(broker_answer(asked, request, request_size, reply, &reply_size), operation, answer);
    if (strcmp(answer, "violation") == 0)
        assert_true(broker_message(asked)[0] != '\0');
}

static void expect(const char *text, const char *expected)
{
    static char answer[TEXT_BYTES];
    ask(text, answer);
    if (strcmp(answer, expected) != 0)
        fail_msg("\"%s\" answered %s instead of %s", text, answer, expected);
}

/* "mode N NAME": as the host sees it, with no broker between. */
static void look(const char *text, char *answer)
{
    static const char *const folders[] = {"ro", "rw"};
    char name[TEXT_BYTES], path[TEXT_BYTES];
    struct stat status;
    snprintf(name, sizeof name, "%s/%.80s", folders[text[5] - '0'], text + 7);
    path_in_world(path, name);
    assert_int_equal(lstat(path, &status), 0);
    sprintf(answer, "%o", status.st_mode & 07777);
}

/* Folders in folders, deeper than any path can say: each step moves the tree into a new one. */
static void deepen(int mount, int times)
{
    char text[TEXT_BYTES];
    for (int i = 0; i < times; i++) {
        snprintf(text, sizeof text, "fs.make_folder i%d bnext%d i493", mount, i);
        expect(text, "ok");
        if (i == 0)
            continue;
        snprintf(text, sizeof text, "fs.rename i%d bnext%d bnext%d/inner-folder-with-a-name i0", mount, i - 1, i);
        expect(text, "ok");
    }
}

static void run_line(const char *name, char *line)
{
    static char answer[TEXT_BYTES];
    char *expected = strstr(line, " => ");
    long times = 1;
    int mount;
    if (sscanf(line, "deepen %d %ld", &mount, &times) == 2) {
        deepen(mount, (int)times);
        return;
    }
    assert_non_null(expected);
    *expected = '\0';
    expected += 4;
    if (sscanf(line, "repeat %ld", &times) == 1)
        line = strchr(line + strlen("repeat "), ' ') + 1;
    for (; times > 0; times--) {
        if (strncmp(line, "mode ", 5) == 0)
            look(line, answer);
        else
            ask(line, answer);
        if (strcmp(answer, expected) != 0)
            fail_msg("%s: \"%s\" answered %s instead of %s", name, line, answer, expected);
    }
}

static void attack_run(void **state)
{
    const struct attack *attack = *state;
    char script[TEXT_BYTES], *rest = NULL;
    assert_true(strlen(attack->script) < sizeof script);
    strcpy(script, attack->script);
    for (char *line = strtok_r(script, ";", &rest); line; line = strtok_r(NULL, ";", &rest))
        run_line(attack->name, line + strspn(line, " "));
}

/* ---- What needs more than a script ---- */

static void restart(const broker_config *config)
{
    broker_destroy(asked);
    create_broker(config);
}

static void brokered_bytes_end_it(void **state)
{
    (void)state;
    const broker_config config = {.bytes_max = 1000};
    restart(&config);
    broker_figures figures;
    expect("fs.status i0 bf", "ok");
    for (int i = 0; i < 100; i++) {
        char answer[TEXT_BYTES];
        ask("fs.status i0 bf", answer);
        broker_figures_get(asked, &figures);
        if (strcmp(answer, "ok") != 0) {
            assert_string_equal(answer, "limit");
            assert_true(figures.bytes > 1000 && figures.bytes < 2000);
            return;
        }
    }
    fail_msg("it never ended");
}

static void made_names_are_bounded_and_given_back(void **state)
{
    (void)state;
    const broker_config config = {.made_max = 2};
    restart(&config);
    expect("fs.make_folder i1 ba i493", "ok");
    expect("fs.symlink i1 bb bx", "ok");
    expect("fs.make_folder i1 bc i493", "ENOSPC");
    expect("fs.open i1 bc i65 i420", "ENOSPC");
    expect("fs.link i1 bf bc", "ENOSPC");
    expect("fs.open i2 bf i1 i0", "ENOSPC"); /* a copy would be made */
    expect("fs.remove i1 bb", "ok");
    expect("fs.make_folder i1 bc i493", "ok");
}

struct swap {
    char folder[TEXT_BYTES], away[TEXT_BYTES], evil[TEXT_BYTES];
    volatile bool is_over;
};

/* d is a folder, then a link to outside, then a folder ... */
static void *swap_folder(void *context)
{
    struct swap *swap = context;
    while (!swap->is_over) {
        (void)renameat2(AT_FDCWD, swap->folder, AT_FDCWD, swap->evil, RENAME_EXCHANGE);
    }
    return NULL;
}

static void folder_that_is_replaced_by_a_link_leads_nowhere(void **state)
{
    (void)state;
    struct swap swap = {.is_over = false};
    pthread_t thread;
    char answer[TEXT_BYTES];
    int reached = 0, refused = 0;
    put("outside/x", "x");
    outside_before = witness("outside");
    make_link("rw/evil", "../outside");
    path_in_world(swap.folder, "rw/d");
    path_in_world(swap.evil, "rw/evil");
    assert_int_equal(pthread_create(&thread, NULL, swap_folder, &swap), 0);
    for (int i = 0; i < 20000; i++) {
        ask("fs.open i1 bd/x i2 i0", answer);
        if (strcmp(answer, "ok") != 0) {
            refused++;
            continue;
        }
        reached++;
        expect("fs.write i0 i0 bX", "1");
        expect("fs.close i0", "ok");
        ask("fs.make_folder i1 bd/new i493", answer);
        ask("fs.remove_folder i1 bd/new", answer);
        ask("fs.mode i1 bd/x i0", answer);
        ask("fs.mode i1 bd/x i420", answer);
    }
    swap.is_over = true;
    pthread_join(thread, NULL);
    assert_true(reached > 0);
    assert_true(refused > 0); /* both were met; tear_down looks at outside */
}

static int count_names(int mount, const char *folder)
{
    char text[TEXT_BYTES];
    cordon_broker_value value;
    size_t count = 0;
    int total = 0;
    snprintf(text, sizeof text, "fs.list_open i%d b%s", mount, folder);
    expect(text, "ok");
    for (bool is_end = false; !is_end;) {
        char list[] = "fs.list i0";
        build(list);
        assert_int_equal(broker_answer(asked, request, request_size, reply, &reply_size), BROKER_ANSWERED);
        cordon_broker_reader reader = {reply, reply_size};
        assert_true(cordon_broker_read_count(&reader, &count) && cordon_broker_read(&reader, &value));
        assert_int_equal(value.number, 0);
        assert_true(cordon_broker_read(&reader, &value));
        is_end = value.number != 0;
        assert_int_equal((count - 2) % 3, 0);
        total += (int)((count - 2) / 3);
    }
    expect("fs.close i0", "ok");
    return total;
}

static void folder_of_ten_thousand(void **state)
{
    (void)state;
    char name[TEXT_BYTES];
    make_folder("ov/many");
    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "ov/many/a-name-that-is-rather-long-so-that-a-reply-does-not-hold-many-%05d", i);
        put(name, "");
    }
    overlay_before = witness("ov");
    assert_int_equal(count_names(2, "many"), 10000);
    expect("fs.remove i2 bmany/a-name-that-is-rather-long-so-that-a-reply-does-not-hold-many-05000", "ok");
    expect("fs.open i2 bmany/new i65 i420", "ok");
    expect("fs.close i0", "ok");
    expect("fs.mode i2 bmany/a-name-that-is-rather-long-so-that-a-reply-does-not-hold-many-00001 i384", "ok");
    assert_int_equal(count_names(2, "many"), 10000);
}

/* ---- Deciding and recording ---- */

struct record {
    int asked, told, refused;
    host_capability refuses;
};

static host_decision decide(void *context, const host_access *access)
{
    struct record *record = context;
    record->asked++;
    return access->capability == record->refuses ? HOST_DECISION_DENY : HOST_DECISION_ALLOW;
}

static void tell(void *context, const host_access *access)
{
    struct record *record = context;
    record->told++;
    record->refused += access->status == HOST_DENIED_BY_POLICY;
}

static void each_access_is_asked_and_told(void **state)
{
    static const struct {
        host_capability refuses;
        const char *request;
    } rows[] = {
        {HOST_CAPABILITY_FS_READ, "fs.open i0 bf i0 i0"},        {HOST_CAPABILITY_FS_READ, "fs.status i0 bf"},
        {HOST_CAPABILITY_FS_WRITE, "fs.open i1 bf i1 i0"},       {HOST_CAPABILITY_FS_WRITE, "fs.make_folder i1 bnew i493"},
        {HOST_CAPABILITY_FS_LIST, "fs.list_open i0 bd"},         {HOST_CAPABILITY_TIME_READ, "clock.read"},
        {HOST_CAPABILITY_RANDOM, "random.bytes i16"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct record record = {.refuses = rows[i].refuses};
        const broker_config config = {
            .decide = decide, .decide_context = &record, .record = tell, .record_context = &record, .may_read_clock = true, .may_have_random = true};
        restart(&config);
        record = (struct record){.refuses = rows[i].refuses};
        expect(rows[i].request, "EACCES");
        assert_int_equal(record.refused, 1);
        assert_int_equal(record.asked, record.told);
        record.refuses = HOST_CAPABILITY_NATIVE_LOAD;
        record.told = record.asked = 0;
        expect(rows[i].request, "ok");
        assert_true(record.told > 0);
        assert_int_equal(record.asked, record.told);
        restart(NULL);
    }
}

/* ---- What an overlay tells ---- */

struct report {
    char text[TEXT_BYTES];
};

static bool note(void *context, const broker_change *change)
{
    struct report *report = context;
    size_t used = strlen(report->text);
    snprintf(report->text + used, sizeof report->text - used, "%c%s:%lld ", "ACR"[change->kind], change->path, (long long)change->size);
    return true;
}

static void assert_report(const char *expected)
{
    struct report report = {""};
    host_error error;
    if (broker_changes(asked, 2, note, &report, &error) != HOST_OK)
        fail_msg("%s", error.message);
    assert_string_equal(report.text, expected);
}

static void overlay_tells_what_changed(void **state)
{
    (void)state;
    char buffer[32];
    size_t count;
    host_error error;
    assert_report("");
    expect("fs.open i2 bf i1 i0", "ok"); /* opened, and nothing done */
    expect("fs.close i0", "ok");
    assert_report("");
    expect("fs.open i2 bf i1 i0", "ok");
    expect("fs.write i0 i5 b!", "1");
    expect("fs.close i0", "ok");
    expect("fs.remove i2 bd/x", "ok");
    expect("fs.open i2 bd/y i65 i420", "ok");
    expect("fs.write i0 i0 bnew", "3");
    expect("fs.close i0", "ok");
    expect("fs.rename i2 be be2 i0", "ok");
    expect("fs.symlink i2 bl btarget", "ok");
    expect("fs.mode i2 bd i448", "ok");
    char folder_size[64];
    struct stat status;
    assert_int_equal(stat(world, &status), 0);
    snprintf(folder_size, sizeof folder_size, "%lld", (long long)status.st_size);
    char expected[TEXT_BYTES];
    snprintf(expected, sizeof expected, "Cd:%s Rd/x:0 Ad/y:3 Re:0 Ae2:%s Cf:6 Al:6 ", folder_size, folder_size);
    assert_report(expected);
    assert_int_equal(broker_read_file(asked, 2, "f", 0, buffer, sizeof buffer, &count, &error), HOST_OK);
    assert_int_equal(count, 6);
    assert_memory_equal(buffer, "hello!", 6);
    assert_int_equal(broker_read_link(asked, 2, "l", buffer, sizeof buffer, &error), HOST_OK);
    assert_string_equal(buffer, "target");
    assert_int_not_equal(broker_read_file(asked, 2, "d/x", 0, buffer, sizeof buffer, &count, &error), HOST_OK);
    assert_int_not_equal(broker_read_file(asked, 2, "../outside/secret", 0, buffer, sizeof buffer, &count, &error), HOST_OK);
    assert_int_not_equal(broker_changes(asked, 1, note, NULL, &error), HOST_OK);
}

static void overlay_put_back_is_no_change(void **state)
{
    (void)state;
    expect("fs.rename i2 bd bdd i0", "ok");
    expect("fs.rename i2 bdd bd i0", "ok");
    expect("fs.status i2 bd/x", "ok");
    assert_report("");
    expect("fs.remove i2 bd/x", "ok");
    assert_report("Rd/x:0 ");
}

static void overlay_folder_is_private(void **state)
{
    char text[TEXT_BYTES];
    struct stat status;
    (void)state;
    expect("fs.make_folder i2 bnew i511", "ok");
    path_in_world(text, "private");
    FILE *list = NULL;
    snprintf(text, sizeof text, "ls -A %s/private", world);
    list = popen(text, "r");
    assert_non_null(list);
    char name[256] = "";
    assert_non_null(fgets(name, sizeof name, list));
    pclose(list);
    name[strcspn(name, "\n")] = '\0';
    snprintf(text, sizeof text, "%s/private/%s", world, name);
    assert_int_equal(stat(text, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
}

/* ---- Noise ---- */

static uint64_t noise_state = 0x9e3779b97f4a7c15ull;

static uint64_t noise(void)
{
    noise_state ^= noise_state << 13;
    noise_state ^= noise_state >> 7;
    return noise_state ^= noise_state << 17;
}

/* Whole requests with some bytes changed, cut or added: never anything but a verdict, and nothing outside is touched. */
static void noise_is_answered(void **state)
{
    static const char *const seeds[] = {"fs.open i1 bd/x i66 i420", "fs.rename i2 bd/x be/y i0", "fs.write i0 i0 bhello", "fs.status i3 bstatus", "fs.list_open i2 bd",
                                        "fs.symlink i1 bl b../outside", "fs.link i1 bf bup/g", "fs.times i1 bf i0 i5 i1 i0", "fs.remove i2 bup/outside/secret"};
    int violations = 0, answered = 0;
    (void)state;
    for (int i = 0; i < 60000; i++) {
        char text[TEXT_BYTES];
        snprintf(text, sizeof text, "%s", seeds[noise() % (sizeof seeds / sizeof *seeds)]);
        build(text);
        for (uint64_t changes = noise() % 4; changes > 0; changes--)
            request[noise() % request_size] = (unsigned char)noise();
        size_t size = noise() % 8 == 0 ? noise() % (request_size + 1) : request_size;
        broker_verdict verdict = broker_answer(asked, request, size, reply, &reply_size);
        assert_true(verdict == BROKER_VIOLATION || verdict == BROKER_ANSWERED);
        assert_true(reply_size <= sizeof reply);
        violations += verdict == BROKER_VIOLATION;
        answered += verdict == BROKER_ANSWERED;
    }
    assert_true(violations > 1000 && answered > 1000);
}

int main(void)
{
    enum { ATTACKS = sizeof attacks / sizeof *attacks };
    static struct CMUnitTest tests[ATTACKS];
    for (size_t i = 0; i < ATTACKS; i++)
        tests[i] = (struct CMUnitTest){.name = attacks[i].name,
                                      .test_func = attack_run,
                                      .setup_func = set_up,
                                      .teardown_func = tear_down,
                                      .initial_state = (void *)(uintptr_t)&attacks[i]};
    const struct CMUnitTest others[] = {
        cmocka_unit_test_setup_teardown(brokered_bytes_end_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(made_names_are_bounded_and_given_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folder_that_is_replaced_by_a_link_leads_nowhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folder_of_ten_thousand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_access_is_asked_and_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(overlay_tells_what_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(overlay_put_back_is_no_change, set_up, tear_down),
        cmocka_unit_test_setup_teardown(overlay_folder_is_private, set_up, tear_down),
        cmocka_unit_test_setup_teardown(noise_is_answered, set_up, tear_down),
    };
    /* 1,024 handles besides what the tests have open. */
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < 4096 ? files.rlim_max : 4096;
    setrlimit(RLIMIT_NOFILE, &files);
    int failed = cmocka_run_group_tests_name("attacks", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("broker", others, NULL, NULL);
}
