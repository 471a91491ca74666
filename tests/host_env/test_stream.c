/* Buffered streams. */
#include "support/host_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host_env/stream.h"

static const char content[] = "first line\nsecond";

static void set_up_file(host_case_world *world)
{
    FILE *file = fopen(world->path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void set_up_reading(host_case_world *world)
{
    set_up_file(world);
    world->pointer = fopen(world->path, "r");
    assert_non_null(world->pointer);
}

static void set_up_writing(host_case_world *world)
{
    world->pointer = fopen(world->path, "w");
    assert_non_null(world->pointer);
}

static void tear_down_stream(host_case_world *world)
{
    if (world->pointer != NULL) fclose(world->pointer);
}

static void assert_file_is(host_case_world *world, const char *text)
{
    char bytes[64] = "";
    int fd = open(world->path, O_RDONLY);
    assert_true(read(fd, bytes, sizeof bytes - 1) >= 0);
    close(fd);
    assert_string_equal(bytes, text);
}

static host_status call_open(host_case_world *world, host_env *env, host_error *error)
{
    host_stream *stream = (host_stream *)world;
    host_status status = host_stream_open(env, world->path, world->data, &stream, error);
    world->pointer = stream;
    return status;
}

static void check_open_reads(host_case_world *world)
{
    assert_int_equal(getc(world->pointer), 'f');
    assert_int_equal(fputc('x', world->pointer), EOF);
}

static void check_open_writes(host_case_world *world)
{
    assert_true(fputs("new", world->pointer) >= 0);
    assert_int_equal(fflush(world->pointer), 0);
    assert_file_is(world, "new");
}

static void check_open_appends(host_case_world *world)
{
    assert_true(fputs("!", world->pointer) >= 0);
    assert_int_equal(fflush(world->pointer), 0);
    assert_file_is(world, "first line\nsecond!");
    assert_int_equal(fcntl(fileno(world->pointer), F_GETFD), FD_CLOEXEC);
}

static host_status call_open_temporary(host_case_world *world, host_env *env, host_error *error)
{
    host_stream *stream = (host_stream *)world;
    host_status status = host_stream_open_temporary(env, &stream, error);
    world->pointer = stream;
    return status;
}

static void check_reads_and_writes(host_case_world *world)
{
    assert_true(fputs("x", world->pointer) >= 0);
    rewind(world->pointer);
    assert_int_equal(getc(world->pointer), 'x');
}

static void set_up_descriptor(host_case_world *world)
{
    set_up_file(world);
    world->fd = open(world->path, O_RDONLY);
}

static host_status call_adopt(host_case_world *world, host_env *env, host_error *error)
{
    host_stream *stream = (host_stream *)world;
    host_status status = host_stream_adopt_fd(env, world->fd, "r", &stream, error);
    world->pointer = stream;
    return status;
}

static void check_adopted(host_case_world *world)
{
    assert_int_equal(fileno(world->pointer), world->fd);
    assert_int_equal(getc(world->pointer), 'f');
}

static void tear_down_adopted(host_case_world *world)
{
    if (world->pointer != NULL) fclose(world->pointer);
    else close(world->fd);
}

static host_status call_close(host_case_world *world, host_env *env, host_error *error)
{
    host_status status = host_stream_close(env, world->pointer, error);
    if (status != HOST_DENIED_BY_POLICY) world->pointer = NULL;
    return status;
}

static void set_up_unwritten(host_case_world *world)
{
    set_up_writing(world);
    fputs("held back", world->pointer);
}

static void check_written(host_case_world *world)
{
    assert_file_is(world, "held back");
}

static host_status call_standard(host_case_world *world, host_env *env, host_error *error)
{
    host_stream *stream = (host_stream *)world;
    host_status status = host_stream_standard(env, 2, &stream, error);
    world->pointer = stream;
    return status;
}

static void check_standard(host_case_world *world)
{
    assert_ptr_equal(world->pointer, stderr);
}

static host_status call_read(host_case_world *world, host_env *env, host_error *error)
{
    size_t count = 99;
    host_status status = host_stream_read(env, world->pointer, world->bytes, 5, 100, &count, error);
    world->number = (int64_t)count;
    return status;
}

static void check_read(host_case_world *world)
{
    assert_int_equal(world->number, 3); /* whole items of 5 */
    assert_memory_equal(world->bytes, content, 15);
    assert_true(feof((FILE *)world->pointer));
}

static host_status call_write(host_case_world *world, host_env *env, host_error *error)
{
    size_t count = 99;
    host_status status = host_stream_write(env, world->pointer, "held back", 3, 3, &count, error);
    world->number = (int64_t)count;
    return status;
}

static void check_write(host_case_world *world)
{
    assert_int_equal(world->number, 3);
    assert_int_equal(fflush(world->pointer), 0);
    assert_file_is(world, "held back");
}

static host_status call_get(host_case_world *world, host_env *env, host_error *error)
{
    int byte = 99;
    host_status status = host_stream_get(env, world->pointer, &byte, error);
    world->number = byte;
    return status;
}

static void check_is_f(host_case_world *world)
{
    assert_int_equal(world->number, 'f');
}

static void set_up_empty(host_case_world *world)
{
    set_up_writing(world);
    fclose(world->pointer);
    world->pointer = fopen(world->path, "r");
}

static void check_is_end(host_case_world *world)
{
    assert_int_equal(world->number, HOST_STREAM_END);
}

static host_status call_put_back(host_case_world *world, host_env *env, host_error *error)
{
    return host_stream_put_back(env, world->pointer, 'Z', error);
}

static void check_put_back(host_case_world *world)
{
    assert_int_equal(getc(world->pointer), 'Z');
    assert_int_equal(getc(world->pointer), 'f');
}

static host_status call_put(host_case_world *world, host_env *env, host_error *error)
{
    return host_stream_put(env, world->pointer, 'Z', error);
}

static void check_put(host_case_world *world)
{
    assert_int_equal(fflush(world->pointer), 0);
    assert_file_is(world, "Z");
}

static host_status call_read_line(host_case_world *world, host_env *env, host_error *error)
{
    char *line = (char *)1;
    host_status status = host_stream_read_line(env, world->pointer, (char *)world->bytes, 100, &line, error);
    world->number = line == (char *)world->bytes ? 1 : line == NULL ? 0 : -1;
    return status;
}

static void check_read_line(host_case_world *world)
{
    assert_int_equal(world->number, 1);
    assert_string_equal((char *)world->bytes, "first line\n");
}

static void check_no_line(host_case_world *world)
{
    assert_int_equal(world->number, 0);
}

static host_status call_write_text(host_case_world *world, host_env *env, host_error *error)
{
    return host_stream_write_text(env, world->pointer, "held back", error);
}

static host_status print(host_env *env, host_stream *stream, int *count_out, host_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    host_status status = host_stream_print(env, stream, format, arguments, count_out, error);
    va_end(arguments);
    return status;
}

static host_status call_print(host_case_world *world, host_env *env, host_error *error)
{
    int count = 99;
    host_status status = print(env, world->pointer, &count, error, "%s %s", "held", "back");
    world->number = count;
    return status;
}

static void check_print(host_case_world *world)
{
    assert_int_equal(world->number, 9);
    assert_int_equal(fflush(world->pointer), 0);
    assert_file_is(world, "held back");
}

static host_status call_flush(host_case_world *world, host_env *env, host_error *error)
{
    return host_stream_flush(env, world->pointer, error);
}

static host_status call_seek(host_case_world *world, host_env *env, host_error *error)
{
    return host_stream_seek(env, world->pointer, 6, SEEK_SET, error);
}

static void check_seek(host_case_world *world)
{
    assert_int_equal(getc(world->pointer), 'l');
}

static void set_up_inside(host_case_world *world)
{
    set_up_reading(world);
    fseek(world->pointer, 6, SEEK_SET);
}

static host_status call_position(host_case_world *world, host_env *env, host_error *error)
{
    return host_stream_position(env, world->pointer, &world->number, error);
}

static void check_position(host_case_world *world)
{
    assert_int_equal(world->number, 6);
}

static host_status call_set_buffer(host_case_world *world, host_env *env, host_error *error)
{
    return host_stream_set_buffer(env, world->pointer, NULL, _IONBF, 0, error);
}

static void check_unbuffered(host_case_world *world)
{
    fputs("at once", world->pointer);
    assert_file_is(world, "at once");
}

static host_status call_fd(host_case_world *world, host_env *env, host_error *error)
{
    int fd = 99;
    host_status status = host_stream_fd(env, world->pointer, &fd, error);
    world->number = fd;
    return status;
}

static void check_fd(host_case_world *world)
{
    assert_int_equal(world->number, fileno(world->pointer));
}

static void set_up_at_end(host_case_world *world)
{
    set_up_empty(world);
    assert_int_equal(getc(world->pointer), EOF);
}

static host_status call_is_at_end(host_case_world *world, host_env *env, host_error *error)
{
    bool is_at_end = true;
    host_status status = host_stream_is_at_end(env, world->pointer, &is_at_end, error);
    world->number = is_at_end;
    return status;
}

static void check_yes(host_case_world *world)
{
    assert_int_equal(world->number, 1);
}

static void check_no(host_case_world *world)
{
    assert_int_equal(world->number, 0);
}

/* Writing to a stream that reads leaves the mark of an error. */
static void set_up_marked(host_case_world *world)
{
    set_up_reading(world);
    fputc('x', world->pointer);
    assert_true(ferror((FILE *)world->pointer));
}

static host_status call_has_error(host_case_world *world, host_env *env, host_error *error)
{
    bool has_error = true;
    host_status status = host_stream_has_error(env, world->pointer, &has_error, error);
    world->number = has_error;
    return status;
}

static host_status call_clear_error(host_case_world *world, host_env *env, host_error *error)
{
    return host_stream_clear_error(env, world->pointer, error);
}

static void check_unmarked(host_case_world *world)
{
    assert_false(ferror((FILE *)world->pointer));
}

static host_status call_lock(host_case_world *world, host_env *env, host_error *error)
{
    return host_stream_lock(env, world->pointer, error);
}

static void check_locked(host_case_world *world)
{
    funlockfile(world->pointer);
}

static void set_up_locked(host_case_world *world)
{
    set_up_reading(world);
    flockfile(world->pointer);
}

static host_status call_unlock(host_case_world *world, host_env *env, host_error *error)
{
    host_status status = host_stream_unlock(env, world->pointer, error);
    if (status != HOST_OK) funlockfile(world->pointer);
    return status;
}

#define READING .set_up = set_up_reading, .tear_down = tear_down_stream
#define WRITING .set_up = set_up_writing, .tear_down = tear_down_stream
#define MARKS_ONLY .infallible = "it looks at the stream in memory"
#define NO_SPACE .fail_code = ENOSPC, .fail_status = HOST_NO_SPACE
#define BROKEN .fail_code = EIO, .fail_status = HOST_FAILURE
static const host_case cases[] = {
    { .function = HOST_FUNCTION_STREAM_OPEN, .set_up = set_up_file, .call = call_open, .check = check_open_reads, .tear_down = tear_down_stream,
      .data = "rb", .primitive = HOST_OPERATION_openat_mode, .fail_code = ENOENT, .fail_status = HOST_MISSING },
    { .function = HOST_FUNCTION_STREAM_OPEN, .label = "w", .set_up = set_up_file, .call = call_open, .check = check_open_writes,
      .tear_down = tear_down_stream, .data = "w", .capability = HOST_CAPABILITY_FS_WRITE,
      .primitive = HOST_OPERATION_fdopen, .fail_code = ENOMEM, .fail_status = HOST_NO_MEMORY },
    { .function = HOST_FUNCTION_STREAM_OPEN, .label = "ae", .set_up = set_up_file, .call = call_open, .check = check_open_appends,
      .tear_down = tear_down_stream, .data = "ae", .capability = HOST_CAPABILITY_FS_WRITE, .primitive = HOST_OPERATION_openat_mode, NO_SPACE },
    { .function = HOST_FUNCTION_STREAM_OPEN, .label = "w+x", .call = call_open, .check = check_reads_and_writes,
      .tear_down = tear_down_stream, .data = "w+x", .capability = HOST_CAPABILITY_FS_WRITE,
      .primitive = HOST_OPERATION_openat_mode, .fail_code = EEXIST, .fail_status = HOST_EXISTS },
    { .function = HOST_FUNCTION_STREAM_OPEN_TEMPORARY, .call = call_open_temporary, .check = check_reads_and_writes, .tear_down = tear_down_stream,
      .primitive = HOST_OPERATION_openat_mode, NO_SPACE },
    { .function = HOST_FUNCTION_STREAM_ADOPT_FD, .set_up = set_up_descriptor, .call = call_adopt, .check = check_adopted,
      .tear_down = tear_down_adopted, .primitive = HOST_OPERATION_fdopen, .fail_code = EINVAL, .fail_status = HOST_INVALID_ARGUMENT },
    { .function = HOST_FUNCTION_STREAM_CLOSE, .set_up = set_up_unwritten, .call = call_close, .check = check_written, .tear_down = tear_down_stream,
      .primitive = HOST_OPERATION_fclose, NO_SPACE },
    { .function = HOST_FUNCTION_STREAM_STANDARD, .call = call_standard, .check = check_standard, .infallible = "libc's streams stand ready" },
    { .function = HOST_FUNCTION_STREAM_READ, READING, .call = call_read, .check = check_read, .primitive = HOST_OPERATION_fread, BROKEN },
    { .function = HOST_FUNCTION_STREAM_WRITE, WRITING, .call = call_write, .check = check_write, .primitive = HOST_OPERATION_fwrite, NO_SPACE },
    { .function = HOST_FUNCTION_STREAM_GET, READING, .call = call_get, .check = check_is_f, .primitive = HOST_OPERATION_fgetc, BROKEN },
    { .function = HOST_FUNCTION_STREAM_GET, .label = "at the end", .set_up = set_up_empty, .call = call_get, .check = check_is_end,
      .tear_down = tear_down_stream, .primitive = HOST_OPERATION_fgetc, BROKEN },
    { .function = HOST_FUNCTION_STREAM_PUT_BACK, READING, .call = call_put_back, .check = check_put_back,
      .primitive = HOST_OPERATION_ungetc, .fail_code = ENOMEM, .fail_status = HOST_NO_MEMORY },
    { .function = HOST_FUNCTION_STREAM_PUT, WRITING, .call = call_put, .check = check_put, .primitive = HOST_OPERATION_fputc, NO_SPACE },
    { .function = HOST_FUNCTION_STREAM_READ_LINE, READING, .call = call_read_line, .check = check_read_line,
      .primitive = HOST_OPERATION_fgets, BROKEN },
    { .function = HOST_FUNCTION_STREAM_READ_LINE, .label = "at the end", .set_up = set_up_empty, .call = call_read_line, .check = check_no_line,
      .tear_down = tear_down_stream, .primitive = HOST_OPERATION_fgets, BROKEN },
    { .function = HOST_FUNCTION_STREAM_WRITE_TEXT, WRITING, .call = call_write_text, .check = NULL, .primitive = HOST_OPERATION_fputs, NO_SPACE },
    { .function = HOST_FUNCTION_STREAM_PRINT, WRITING, .call = call_print, .check = check_print, .primitive = HOST_OPERATION_vfprintf, NO_SPACE },
    { .function = HOST_FUNCTION_STREAM_FLUSH, .set_up = set_up_unwritten, .call = call_flush, .check = check_written,
      .tear_down = tear_down_stream, .primitive = HOST_OPERATION_fflush, NO_SPACE },
    { .function = HOST_FUNCTION_STREAM_SEEK, READING, .call = call_seek, .check = check_seek,
      .primitive = HOST_OPERATION_fseeko, .fail_code = ESPIPE, .fail_status = HOST_BAD_DESCRIPTOR },
    { .function = HOST_FUNCTION_STREAM_POSITION, .set_up = set_up_inside, .tear_down = tear_down_stream, .call = call_position,
      .check = check_position, .primitive = HOST_OPERATION_ftello, .fail_code = ESPIPE, .fail_status = HOST_BAD_DESCRIPTOR },
    { .function = HOST_FUNCTION_STREAM_SET_BUFFER, WRITING, .call = call_set_buffer, .check = check_unbuffered,
      .primitive = HOST_OPERATION_setvbuf, .fail_code = ENOMEM, .fail_status = HOST_NO_MEMORY },
    { .function = HOST_FUNCTION_STREAM_FD, READING, .call = call_fd, .check = check_fd,
      .primitive = HOST_OPERATION_fileno, .fail_code = EBADF, .fail_status = HOST_BAD_DESCRIPTOR },
    { .function = HOST_FUNCTION_STREAM_IS_AT_END, .set_up = set_up_at_end, .tear_down = tear_down_stream, .call = call_is_at_end,
      .check = check_yes, MARKS_ONLY },
    { .function = HOST_FUNCTION_STREAM_IS_AT_END, .label = "before it", READING, .call = call_is_at_end, .check = check_no, MARKS_ONLY },
    { .function = HOST_FUNCTION_STREAM_HAS_ERROR, .set_up = set_up_marked, .tear_down = tear_down_stream, .call = call_has_error,
      .check = check_yes, MARKS_ONLY },
    { .function = HOST_FUNCTION_STREAM_HAS_ERROR, .label = "without one", READING, .call = call_has_error, .check = check_no, MARKS_ONLY },
    { .function = HOST_FUNCTION_STREAM_CLEAR_ERROR, .set_up = set_up_marked, .tear_down = tear_down_stream, .call = call_clear_error,
      .check = check_unmarked, MARKS_ONLY },
    { .function = HOST_FUNCTION_STREAM_LOCK, READING, .call = call_lock, .check = check_locked, MARKS_ONLY },
    { .function = HOST_FUNCTION_STREAM_UNLOCK, .set_up = set_up_locked, .tear_down = tear_down_stream, .call = call_unlock, MARKS_ONLY },
};

static void opening_leaves_nothing_behind(void **state)
{
    (void)state;
    static const char *const modes[] = { "r", "w", "a+" };
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        host_walk_failures(&(host_case){ .function = HOST_FUNCTION_STREAM_OPEN, .set_up = set_up_file, .call = call_open,
                                         .tear_down = tear_down_stream, .data = modes[i] });
    host_walk_failures(&(host_case){ .function = HOST_FUNCTION_STREAM_OPEN_TEMPORARY, .call = call_open_temporary,
                                     .tear_down = tear_down_stream });
}

/* The mode, and what must be granted for it. */
static const struct mode_case {
    const char *mode;
    bool is_valid, reads, writes;
} mode_cases[] = {
    { "r", true, true, false },   { "rb", true, true, false },  { "re", true, true, false },  { "r+", true, true, true },
    { "rb+", true, true, true },  { "w", true, false, true },   { "w+", true, true, true },   { "wx", true, false, true },
    { "a", true, false, true },   { "a+b", true, true, true },  { "", false, false, false },  { "q", false, false, false },
    { "rx", false, false, false }, { "r,ccs=UTF-8", false, false, false }, { "+r", false, false, false }, { NULL, false, false, false },
};

static host_status open_and_close(test_host *host, const char *path, const char *mode)
{
    host_stream *stream = NULL;
    host_status status = host_stream_open(host->env, path, mode, &stream, &host->error);
    assert_true((status == HOST_OK) == (stream != NULL));
    if (stream != NULL) fclose((FILE *)stream);
    return status;
}

static void modes_ask_for_what_they_allow(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mode_cases / sizeof mode_cases[0]; i++) {
        const struct mode_case *row = &mode_cases[i];
        char folder[64], path[80];
        test_host host;
        test_host_create(&host, NULL);
        test_folder_create(folder);
        snprintf(path, sizeof path, "%s/file", folder);
        bool must_exist = row->mode != NULL && row->mode[0] == 'r';
        if (must_exist) close(open(path, O_CREAT | O_WRONLY, 0600));
        test_host_policy(&host, TEST_POLICY_DENY_CAPABILITY, HOST_CAPABILITY_FS_READ);
        host_status expected = !row->is_valid ? HOST_INVALID_ARGUMENT : row->reads ? HOST_DENIED_BY_POLICY : HOST_OK;
        assert_host_status(expected, open_and_close(&host, path, row->mode), &host.error);
        if (!must_exist) unlink(path);
        test_host_policy(&host, TEST_POLICY_DENY_CAPABILITY, HOST_CAPABILITY_FS_WRITE);
        expected = !row->is_valid ? HOST_INVALID_ARGUMENT : row->writes ? HOST_DENIED_BY_POLICY : HOST_OK;
        assert_host_status(expected, open_and_close(&host, path, row->mode), &host.error);
        if (!must_exist) assert_int_equal(access(path, F_OK), -1);
        test_host_policy(&host, TEST_POLICY_ALLOW_ALL, HOST_CAPABILITY_NONE);
        expected = row->is_valid ? HOST_OK : HOST_INVALID_ARGUMENT;
        assert_host_status(expected, open_and_close(&host, path, row->mode), &host.error);
        test_folder_remove(folder);
        test_host_destroy(&host);
    }
}

static void paths_are_held_beneath_the_roots(void **state)
{
    (void)state;
    char folder[64], inside[80], outside[80], link[80];
    test_host host;
    test_folder_create(folder);
    snprintf(inside, sizeof inside, "%s/in", folder);
    snprintf(outside, sizeof outside, "%s/../outside-%d", folder, (int)getpid());
    snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    host_root root = { folder, HOST_ROOT_READ | HOST_ROOT_WRITE };
    host_env_config config = HOST_ENV_CONFIG_INIT;
    config.path_mode = HOST_PATHS_BENEATH_ROOTS;
    config.roots = &root;
    config.root_count = 1;
    test_host_create(&host, &config);
    assert_host_status(HOST_OUTSIDE_ROOT, open_and_close(&host, outside, "w"), &host.error);
    assert_host_status(HOST_OUTSIDE_ROOT, open_and_close(&host, link, "r"), &host.error);
    assert_host_status(HOST_OUTSIDE_ROOT, open_and_close(&host, "/etc/passwd", "r"), &host.error);
    assert_host_ok(open_and_close(&host, inside, "w"), &host.error);
    assert_host_ok(open_and_close(&host, inside, "r+"), &host.error);
    test_host_destroy(&host);
    test_folder_remove(folder);
}

static void a_real_failure_of_the_host_is_told(void **state)
{
    (void)state;
    test_host host;
    host_stream *stream;
    size_t count = 9;
    int byte = 9;
    char *line, bytes[16];
    test_host_create(&host, NULL);
    assert_host_ok(host_stream_open(host.env, "/proc/self/mem", "r", &stream, &host.error), &host.error); /* nothing is mapped at 0 */
    assert_host_status(HOST_FAILURE, host_stream_read(host.env, stream, bytes, 1, 8, &count, &host.error), &host.error);
    assert_int_equal(host.error.host_code, EIO);
    assert_int_equal(count, 0);
    assert_host_status(HOST_FAILURE, host_stream_get(host.env, stream, &byte, &host.error), &host.error);
    assert_host_status(HOST_FAILURE, host_stream_read_line(host.env, stream, bytes, 8, &line, &host.error), &host.error);
    assert_host_ok(host_stream_close(host.env, stream, &host.error), &host.error);

    assert_host_ok(host_stream_open(host.env, "/dev/full", "w", &stream, &host.error), &host.error);
    assert_host_ok(host_stream_put(host.env, stream, 'x', &host.error), &host.error); /* held back */
    assert_host_status(HOST_NO_SPACE, host_stream_flush(host.env, stream, &host.error), &host.error);
    assert_host_ok(host_stream_put(host.env, stream, 'x', &host.error), &host.error);
    assert_host_status(HOST_NO_SPACE, host_stream_close(host.env, stream, &host.error), &host.error);
    test_host_destroy(&host);
}

/* libc promises that its functions never set errno to zero, and printf's %m shows it. */
static void success_leaves_errno_alone(void **state)
{
    (void)state;
    test_host host;
    host_stream *stream;
    int count = 0, byte;
    char text[32] = "";
    size_t read;
    FILE *file = tmpfile();
    test_host_create(&host, NULL);
    assert_host_ok(host_stream_open(host.env, "/dev/zero", "r", &stream, &host.error), &host.error);
    errno = EXDEV;
    assert_host_ok(host_stream_read(host.env, stream, text, 1, 8, &read, &host.error), &host.error);
    assert_host_ok(host_stream_get(host.env, stream, &byte, &host.error), &host.error);
    assert_host_ok(host_stream_put_back(host.env, stream, byte, &host.error), &host.error);
    assert_int_equal(errno, EXDEV);
    errno = ENOENT;
    assert_host_ok(print(host.env, (host_stream *)file, &count, &host.error, "%m"), &host.error);
    rewind(file);
    assert_non_null(fgets(text, sizeof text, file));
    assert_string_equal(text, strerror(ENOENT));
    fclose(file);
    fclose((FILE *)stream);
    test_host_destroy(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_leaves_errno_alone),
        cmocka_unit_test(opening_leaves_nothing_behind),
        cmocka_unit_test(modes_ask_for_what_they_allow),
        cmocka_unit_test(paths_are_held_beneath_the_roots),
        cmocka_unit_test(a_real_failure_of_the_host_is_told),
    };
    int failed = host_cases_run("stream", cases, sizeof cases / sizeof cases[0]);
    return failed + cmocka_run_group_tests_name("stream details", tests, NULL, NULL);
}
