/* The POSIX cases of the sealed file system as a table of small scripts; each line is a call and what it must answer. */
#include "support/fs_cases.h"
#include "support/fs_world.h"

#include "sealed/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 8, ANSWER_BYTES = 8192 };

struct fs_case {
    const char *name;
    const char *script;
};

/* A script runs in a directory of its own, with descriptors from 3 on free. One line: command, arguments, "=>", the answer: a number, text, or the name
 * of an error. Lines without "=>" must answer 0 or more. */
static const struct fs_case cases[] = {
#include "fs_cases.inc"
};

/* ---- answers ---- */

static void answer_error(char *answer, int64_t error)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
#define ERROR_ROW(name, number) {number, #name},
        SEALED_ERROR_TABLE(ERROR_ROW)
#undef ERROR_ROW
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].number == -error) {
            strcpy(answer, names[i].name);
            return;
        }
    sprintf(answer, "unknown error %lld", (long long)error);
}

static void answer_number(char *answer, int64_t number)
{
    if (number < 0)
        answer_error(answer, number);
    else
        sprintf(answer, "%lld", (long long)number);
}

static void answer_text(char *answer, int64_t length, const char *text)
{
    if (length < 0) {
        answer_error(answer, length);
        return;
    }
    size_t used = 0;
    for (int64_t i = 0; i < length && used < ANSWER_BYTES - 8; i++)
        used += (size_t)sprintf(answer + used, text[i] ? "%c" : "\\0", text[i]);
    answer[used] = '\0';
    if (length == 0)
        strcpy(answer, "-");
}

/* ---- words ---- */

static int flags_of(const char *word)
{
    static const struct {
        const char *name;
        int flag;
    } names[] = {
        {"r", SEALED_OPEN_READ},        {"w", SEALED_OPEN_WRITE},        {"rw", SEALED_OPEN_READ_WRITE},     {"creat", SEALED_OPEN_CREATE},
        {"excl", SEALED_OPEN_EXCLUSIVE}, {"trunc", SEALED_OPEN_TRUNCATE}, {"append", SEALED_OPEN_APPEND},     {"nonblock", SEALED_OPEN_NONBLOCK},
        {"dir", SEALED_OPEN_DIRECTORY}, {"nofollow", SEALED_OPEN_NO_FOLLOW}, {"path", SEALED_OPEN_PATH},    {"cloexec", SEALED_OPEN_CLOSE_ON_EXEC},
        {"tmp", SEALED_OPEN_TEMPORARY | SEALED_OPEN_DIRECTORY},
    };
    char copy[128];
    snprintf(copy, sizeof copy, "%s", word);
    int flags = 0;
    char *rest = NULL;
    for (char *part = strtok_r(copy, ",", &rest); part; part = strtok_r(NULL, ",", &rest)) {
        size_t i = 0;
        while (i < sizeof names / sizeof names[0] && strcmp(names[i].name, part) != 0)
            i++;
        assert_true(i < sizeof names / sizeof names[0]);
        flags |= names[i].flag;
    }
    return flags;
}

/* "x*300" is 300 times x; two quotes are nothing. */
static const char *expand(const char *word)
{
    if (strcmp(word, "\"\"") == 0)
        return "";
    static char buffers[4][ANSWER_BYTES];
    static int next;
    const char *star = strchr(word, '*');
    if (!star || star == word)
        return word;
    char *to = buffers[next++ % 4];
    size_t part = (size_t)(star - word), count = (size_t)atol(star + 1);
    assert_true(part * count < ANSWER_BYTES);
    for (size_t i = 0; i < count; i++)
        memcpy(to + i * part, word, part);
    to[part * count] = '\0';
    return to;
}

static long long number_of(const char *word)
{
    return strtoll(word, NULL, 0);
}

static uint32_t mode_of(const char *word)
{
    return (uint32_t)strtoul(word, NULL, 8);
}

/* ---- commands ---- */

static void status_field(char *answer, int error, const struct sealed_status *status, const char *field)
{
    if (error) {
        answer_error(answer, error);
        return;
    }
    if (strcmp(field, "mode") == 0)
        sprintf(answer, "%o", status->mode & SEALED_MODE_PERMISSIONS);
    else if (strcmp(field, "type") == 0)
        sprintf(answer, "%o", status->mode & SEALED_MODE_TYPE);
    else if (strcmp(field, "size") == 0)
        answer_number(answer, status->size_bytes);
    else if (strcmp(field, "links") == 0)
        answer_number(answer, (int64_t)status->links);
    else if (strcmp(field, "blocks") == 0)
        answer_number(answer, status->blocks);
    else if (strcmp(field, "user") == 0)
        answer_number(answer, status->user);
    else if (strcmp(field, "mtime") == 0)
        answer_number(answer, status->modified_ns);
    else if (strcmp(field, "atime") == 0)
        answer_number(answer, status->accessed_ns);
    else
        fail_msg("no field %s", field);
}

static void list(char *answer, const char *path)
{
    int directory = sealed_descriptor_open(SEALED_AT_CWD, path, SEALED_OPEN_DIRECTORY, 0);
    if (directory < 0) {
        answer_error(answer, directory);
        return;
    }
    struct sealed_directory_entry entry;
    answer[0] = '\0';
    int more;
    while ((more = sealed_directory_next(directory, &entry)) == 1)
        if (strcmp(entry.name, ".") != 0 && strcmp(entry.name, "..") != 0)
            sprintf(answer + strlen(answer), "%s%s", answer[0] ? "," : "", entry.name);
    assert_int_equal(more, 0);
    if (!answer[0])
        strcpy(answer, "-");
    sealed_descriptor_close(directory);
}

static void quota(const char *name, uint64_t value)
{
    struct sealed_quota wanted = {0};
    struct sealed_usage usage;
    sealed_fs_usage(&usage);
    if (strcmp(name, "bytes") == 0)
        wanted.bytes_max = usage.bytes + value;
    else if (strcmp(name, "inodes") == 0)
        wanted.inodes_max = usage.inodes + value;
    else if (strcmp(name, "size") == 0)
        wanted.file_size_max = value;
    else if (strcmp(name, "descriptors") == 0)
        wanted.descriptors_max = (uint32_t)value;
    else if (strcmp(name, "depth") == 0)
        wanted.directory_depth_max = (uint32_t)value;
    else
        assert_string_equal(name, "none");
    sealed_fs_set_quota(&wanted);
}

typedef void (*command_function)(char *answer, const char *const *w);

#define AT SEALED_AT_CWD
#define COMMAND(name) static void command_##name(char *answer, const char *const *w)
COMMAND(open) { answer_number(answer, sealed_descriptor_open(AT, expand(w[0]), flags_of(w[1]), w[2] ? mode_of(w[2]) : 0666)); }
COMMAND(openat) { answer_number(answer, sealed_descriptor_open((int)number_of(w[0]), w[1], flags_of(w[2]), w[3] ? mode_of(w[3]) : 0666)); }
COMMAND(close) { answer_number(answer, sealed_descriptor_close((int)number_of(w[0]))); }
COMMAND(write) { const char *text = expand(w[1]); answer_number(answer, sealed_descriptor_write((int)number_of(w[0]), text, strlen(text))); }
COMMAND(pwrite) { answer_number(answer, sealed_descriptor_write_at((int)number_of(w[0]), w[1], strlen(w[1]), number_of(w[2]))); }
COMMAND(seek) { answer_number(answer, sealed_descriptor_seek((int)number_of(w[0]), number_of(w[1]), (int)number_of(w[2]))); }
COMMAND(ftruncate) { answer_number(answer, sealed_descriptor_truncate((int)number_of(w[0]), number_of(w[1]))); }
COMMAND(reserve) { answer_number(answer, sealed_descriptor_reserve((int)number_of(w[0]), number_of(w[1]), number_of(w[2]), false)); }
COMMAND(fsync) { answer_number(answer, sealed_descriptor_synchronise((int)number_of(w[0]))); }
COMMAND(dup) { answer_number(answer, sealed_descriptor_duplicate((int)number_of(w[0]), w[1] ? (int)number_of(w[1]) : 0, false)); }
COMMAND(dup2) { answer_number(answer, sealed_descriptor_duplicate_to((int)number_of(w[0]), (int)number_of(w[1]), false)); }
COMMAND(flags) { int flags = sealed_descriptor_flags((int)number_of(w[0])); if (flags < 0) answer_error(answer, flags); else sprintf(answer, "%o", (unsigned)flags); }
COMMAND(setflags) { answer_number(answer, sealed_descriptor_set_flags((int)number_of(w[0]), flags_of(w[1]))); }
COMMAND(cloexec) { answer_number(answer, sealed_descriptor_close_on_exec((int)number_of(w[0]))); }
COMMAND(ready) { answer_number(answer, sealed_descriptor_ready((int)number_of(w[0]), SEALED_READY_READ | SEALED_READY_WRITE)); }
COMMAND(available) { answer_number(answer, sealed_descriptor_available((int)number_of(w[0]))); }
COMMAND(fchdir) { answer_number(answer, sealed_descriptor_change_directory((int)number_of(w[0]))); }
COMMAND(fchmod) { answer_number(answer, sealed_descriptor_change_mode((int)number_of(w[0]), mode_of(w[1]))); }
COMMAND(copy) { answer_number(answer, sealed_descriptor_copy((int)number_of(w[0]), NULL, (int)number_of(w[1]), NULL, (size_t)number_of(w[2]))); }
COMMAND(mkdir) { answer_number(answer, sealed_fs_make_directory(AT, expand(w[0]), w[1] ? mode_of(w[1]) : 0777)); }
COMMAND(mknod) { answer_number(answer, sealed_fs_make_node(AT, w[0], mode_of(w[1]))); }
COMMAND(rmdir) { answer_number(answer, sealed_fs_unlink(AT, w[0], SEALED_AT_REMOVE_DIRECTORY)); }
COMMAND(unlink) { answer_number(answer, sealed_fs_unlink(AT, w[0], 0)); }
COMMAND(rename) { answer_number(answer, sealed_fs_rename(AT, w[0], AT, w[1], 0)); }
COMMAND(exchange) { answer_number(answer, sealed_fs_rename(AT, w[0], AT, w[1], SEALED_RENAME_EXCHANGE)); }
COMMAND(noreplace) { answer_number(answer, sealed_fs_rename(AT, w[0], AT, w[1], SEALED_RENAME_NO_REPLACE)); }
COMMAND(link) { answer_number(answer, sealed_fs_link(AT, w[0], AT, w[1], 0)); }
COMMAND(linkfollow) { answer_number(answer, sealed_fs_link(AT, w[0], AT, w[1], SEALED_AT_SYMLINK_FOLLOW)); }
COMMAND(symlink) { answer_number(answer, sealed_fs_make_symlink(expand(w[0]), AT, w[1])); }
COMMAND(chmod) { answer_number(answer, sealed_fs_change_mode(AT, w[0], mode_of(w[1]), 0)); }
COMMAND(lchmod) { answer_number(answer, sealed_fs_change_mode(AT, w[0], mode_of(w[1]), SEALED_AT_SYMLINK_NOFOLLOW)); }
COMMAND(chown) { answer_number(answer, sealed_fs_change_owner(AT, w[0], (uint32_t)number_of(w[1]), (uint32_t)number_of(w[2]), 0)); }
COMMAND(access) { answer_number(answer, sealed_fs_access(AT, w[0], (int)number_of(w[1]), 0)); }
COMMAND(truncate) { answer_number(answer, sealed_fs_truncate(w[0], number_of(w[1]))); }
COMMAND(chdir) { answer_number(answer, sealed_fs_change_directory(expand(w[0]))); }
COMMAND(umask) { sprintf(answer, "%o", sealed_fs_mask(mode_of(w[0]))); }
COMMAND(list) { list(answer, w[0]); }
COMMAND(quota) { quota(w[0], w[1] ? (uint64_t)number_of(w[1]) : 0); strcpy(answer, "0"); }
COMMAND(input) { fs_world_set_input(w[0]); strcpy(answer, "0"); }
COMMAND(output) { strcpy(answer, fs_world_output[number_of(w[0])]); }

COMMAND(utime)
{
    struct sealed_time accessed = {SEALED_TIME_SET, number_of(w[1])}, modified = {SEALED_TIME_SET, number_of(w[2])};
    answer_number(answer, sealed_fs_change_times(AT, w[0], accessed, modified, 0));
}

COMMAND(read)
{
    static char buffer[ANSWER_BYTES];
    answer_text(answer, sealed_descriptor_read((int)number_of(w[0]), buffer, (size_t)number_of(w[1])), buffer);
}

COMMAND(pread)
{
    static char buffer[ANSWER_BYTES];
    answer_text(answer, sealed_descriptor_read_at((int)number_of(w[0]), buffer, (size_t)number_of(w[1]), number_of(w[2])), buffer);
}

COMMAND(stat)
{
    struct sealed_status status;
    int error = sealed_fs_status(AT, w[0], 0, &status);
    status_field(answer, error, &status, w[1]);
}

COMMAND(lstat)
{
    struct sealed_status status;
    int error = sealed_fs_status(AT, w[0], SEALED_AT_SYMLINK_NOFOLLOW, &status);
    status_field(answer, error, &status, w[1]);
}

COMMAND(fstat)
{
    struct sealed_status status;
    int error = sealed_descriptor_status((int)number_of(w[0]), &status);
    status_field(answer, error, &status, w[1]);
}

COMMAND(same)
{
    struct sealed_status one = {0}, two = {0};
    int error = sealed_fs_status(AT, w[0], 0, &one);
    assert_int_equal(error ? error : sealed_fs_status(AT, w[1], 0, &two), 0);
    strcpy(answer, one.inode == two.inode ? "yes" : "no");
}

COMMAND(readlink)
{
    char buffer[ANSWER_BYTES];
    answer_text(answer, sealed_fs_read_link(AT, w[0], buffer, w[1] ? (size_t)number_of(w[1]) : sizeof buffer), buffer);
}

COMMAND(cwd)
{
    (void)w;
    int error = sealed_fs_current_directory(answer, SEALED_PATH_MAX);
    if (error)
        answer_error(answer, error);
}

COMMAND(real)
{
    int error = sealed_fs_real_path(w[0], answer);
    if (error)
        answer_error(answer, error);
}

COMMAND(pipe)
{
    int ends[2];
    int error = sealed_pipe_open(ends, w[0] ? flags_of(w[0]) : 0);
    if (error)
        answer_error(answer, error);
    else
        sprintf(answer, "%d,%d", ends[0], ends[1]);
}

COMMAND(pair)
{
    int ends[2];
    int error = sealed_pair_open(ends, w[0] ? flags_of(w[0]) : 0);
    if (error)
        answer_error(answer, error);
    else
        sprintf(answer, "%d,%d", ends[0], ends[1]);
}

/* A file with content, in one line. */
COMMAND(file)
{
    const char *text = w[1] ? expand(w[1]) : "";
    int descriptor = sealed_descriptor_open(AT, w[0], flags_of("w,creat,trunc"), 0644);
    answer_number(answer, descriptor < 0 ? descriptor : sealed_descriptor_write(descriptor, text, strlen(text)));
    if (descriptor >= 0)
        sealed_descriptor_close(descriptor);
}

COMMAND(content)
{
    static char buffer[ANSWER_BYTES];
    int descriptor = sealed_descriptor_open(AT, w[0], SEALED_OPEN_READ, 0);
    answer_text(answer, descriptor < 0 ? descriptor : sealed_descriptor_read(descriptor, buffer, sizeof buffer), buffer);
    if (descriptor >= 0)
        sealed_descriptor_close(descriptor);
}

COMMAND(install)
{
    answer_number(answer, sealed_fs_install(w[0], mode_of(w[1]), 5, w[2] ? w[2] : "", w[2] ? strlen(w[2]) : 0, w[3] != NULL));
}

COMMAND(event) { answer_number(answer, sealed_event_open((uint32_t)number_of(w[0]), w[1] != NULL, SEALED_OPEN_NONBLOCK)); }

COMMAND(readevent)
{
    uint64_t value = 0;
    int64_t done = sealed_descriptor_read((int)number_of(w[0]), &value, sizeof value);
    answer_number(answer, done < 0 ? done : (int64_t)value);
}

COMMAND(writeevent)
{
    uint64_t value = (uint64_t)number_of(w[1]);
    answer_number(answer, sealed_descriptor_write((int)number_of(w[0]), &value, sizeof value));
}

static const struct {
    const char *name;
    command_function run;
} commands[] = {
#define ROW(name) {#name, command_##name}
    ROW(open), ROW(openat), ROW(close), ROW(write), ROW(pwrite), ROW(seek), ROW(ftruncate), ROW(reserve), ROW(fsync), ROW(dup), ROW(dup2),
    ROW(flags), ROW(setflags), ROW(cloexec), ROW(ready), ROW(available), ROW(fchdir), ROW(fchmod), ROW(copy), ROW(mkdir), ROW(mknod),
    ROW(rmdir), ROW(unlink), ROW(rename), ROW(exchange), ROW(noreplace), ROW(link), ROW(linkfollow), ROW(symlink), ROW(chmod), ROW(lchmod),
    ROW(chown), ROW(access), ROW(truncate), ROW(chdir), ROW(umask), ROW(list), ROW(quota), ROW(input), ROW(output), ROW(utime), ROW(read),
    ROW(pread), ROW(stat), ROW(lstat), ROW(fstat), ROW(same), ROW(readlink), ROW(cwd), ROW(real), ROW(pipe), ROW(pair), ROW(file),
    ROW(content), ROW(install), ROW(event), ROW(readevent), ROW(writeevent),
#undef ROW
};

/* ---- running ---- */

static void run_line(const char *case_name, char *line)
{
    char shown[512];
    snprintf(shown, sizeof shown, "%s", line);
    char *expected = strstr(line, "=>");
    if (expected) {
        *expected = '\0';
        expected += 2 + strspn(expected + 2, " ");
    }
    const char *words[WORDS_MAX] = {0};
    char *rest = NULL;
    int count = 0;
    for (char *word = strtok_r(line, " ", &rest); word && count < WORDS_MAX; word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    if (count == 0)
        return;
    size_t i = 0;
    while (i < sizeof commands / sizeof commands[0] && strcmp(commands[i].name, words[0]) != 0)
        i++;
    if (i == sizeof commands / sizeof commands[0])
        fail_msg("%s: no command %s", case_name, words[0]);
    char answer[ANSWER_BYTES] = "";
    commands[i].run(answer, words + 1);
    if (expected ? strcmp(answer, expected) != 0 : answer[0] == 'E')
        fail_msg("%s: \"%s\" answered %s", case_name, shown, answer);
}

static struct sealed_usage before;
static const char home[] = "/tmp/case";

static int case_set_up(void **state)
{
    (void)state;
    sealed_fs_usage(&before);
    int error = fs_cases_make_home(home);
    return error ? error : sealed_fs_change_directory(home);
}

static void case_run(void **state)
{
    const struct fs_case *test = *state;
    static char script[ANSWER_BYTES];
    const char *text = fs_cases_script(test->name, test->script);
    if (text[0] == '\0')
        skip(); /* nothing of it can be asked here */
    assert_true(strlen(text) < sizeof script);
    strcpy(script, text);
    char *rest = NULL;
    for (char *line = strtok_r(script, ";\n", &rest); line; line = strtok_r(NULL, ";\n", &rest))
        run_line(test->name, line + strspn(line, " "));
}

/* Nothing may be left behind but what the script made. */
static int case_tear_down(void **state)
{
    (void)state;
    struct sealed_usage after;
    sealed_fs_set_quota(&(struct sealed_quota){0});
    sealed_fs_mask(022);
    sealed_descriptor_close_range(3, UINT32_MAX);
    sealed_fs_change_directory("/");
    fs_cases_remove_home(home);
    sealed_fs_usage(&after);
    bool is_clean = fs_cases_is_clean() && after.bytes == before.bytes && after.inodes == before.inodes && after.descriptors == before.descriptors;
    if (!is_clean)
        print_error("left behind: %lld bytes, %lld inodes, %d descriptors\n", (long long)(after.bytes - before.bytes),
                    (long long)(after.inodes - before.inodes), (int)(after.descriptors - before.descriptors));
    return is_clean ? 0 : -1;
}

int main(void)
{
    enum { COUNT = sizeof cases / sizeof cases[0] };
    static struct CMUnitTest tests[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){.name = cases[i].name, 
                                      .test_func = case_run,
                                      .setup_func = case_set_up,
                                      .teardown_func = case_tear_down,
                                      .initial_state = (void *)&cases[i]};
    return cmocka_run_group_tests_name("fs_cases", tests, fs_cases_start, fs_cases_end);
}
