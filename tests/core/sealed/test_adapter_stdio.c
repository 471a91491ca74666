/* C streams over the memory file system: buffering is invisible, positions are right, errors are kept. */
#include "sealed/descriptor.h"
#include "sealed/fs.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

FILE *cordon_bind_fopen(const char *path, const char *mode);
FILE *cordon_bind_fdopen(int descriptor, const char *mode);
FILE *cordon_bind_freopen(const char *path, const char *mode, FILE *file);
FILE *cordon_bind_tmpfile(void);
int cordon_bind_fclose(FILE *file);
size_t cordon_bind_fread(void *data, size_t size, size_t count, FILE *file);
size_t cordon_bind_fwrite(const void *data, size_t size, size_t count, FILE *file);
int cordon_bind_fputs(const char *text, FILE *file);
int cordon_bind_fgetc(FILE *file);
int cordon_bind_ungetc(int byte, FILE *file);
char *cordon_bind_fgets(char *text, int size, FILE *file);
int cordon_bind_fprintf(FILE *file, const char *format, ...);
int cordon_bind_fflush(FILE *file);
int cordon_bind_fseek(FILE *file, long offset, int whence);
long cordon_bind_ftell(FILE *file);
int cordon_bind_feof(FILE *file);
int cordon_bind_ferror(FILE *file);
void cordon_bind_clearerr(FILE *file);
int cordon_bind_fileno(FILE *file);
int cordon_bind_setvbuf(FILE *file, char *buffer, int buffering, size_t size);
extern FILE *const cordon_bind_stderr;
extern FILE *const cordon_bind_stdout;

static char output[64];

static int64_t keep_output(int stream, const void *data, size_t size_bytes)
{
    (void)stream;
    strncat(output, data, size_bytes);
    return (int64_t)size_bytes;
}

static void what_is_written_is_read_back(void **state)
{
    FILE *file = cordon_bind_fopen("/tmp/lines", "w+");
    char line[100];
    (void)state;

    assert_non_null(file);
    for (int i = 0; i < 5000; i++)
        assert_true(cordon_bind_fprintf(file, "line %d\n", i) > 0);
    assert_int_equal(cordon_bind_fseek(file, 0, SEEK_SET), 0);
    for (int i = 0; i < 5000; i++) {
        char expected[100];
        snprintf(expected, sizeof expected, "line %d\n", i);
        assert_non_null(cordon_bind_fgets(line, sizeof line, file));
        assert_string_equal(line, expected);
    }
    assert_null(cordon_bind_fgets(line, sizeof line, file));
    assert_true(cordon_bind_feof(file));
    assert_false(cordon_bind_ferror(file));
    cordon_bind_clearerr(file);
    assert_false(cordon_bind_feof(file));
    assert_int_equal(cordon_bind_fclose(file), 0);
}

static void positions_count_what_is_buffered(void **state)
{
    FILE *file = cordon_bind_fopen("/tmp/positions", "w+");
    char text[8] = "";
    (void)state;

    cordon_bind_fputs("0123456789", file);
    assert_int_equal(cordon_bind_ftell(file), 10);
    assert_int_equal(cordon_bind_fseek(file, 2, SEEK_SET), 0);
    assert_int_equal(cordon_bind_fgetc(file), '2');
    assert_int_equal(cordon_bind_ftell(file), 3);
    assert_int_equal(cordon_bind_ungetc('x', file), 'x');
    assert_int_equal(cordon_bind_ftell(file), 2);
    assert_int_equal(cordon_bind_fgetc(file), 'x');
    assert_int_equal(cordon_bind_fseek(file, 2, SEEK_CUR), 0);
    assert_int_equal(cordon_bind_fgetc(file), '5');
    cordon_bind_fseek(file, 0, SEEK_CUR); /* as the standard asks between reading and writing */
    cordon_bind_fputs("AB", file);
    assert_int_equal(cordon_bind_fseek(file, 4, SEEK_SET), 0);
    assert_int_equal(cordon_bind_fread(text, 2, 3, file), 3);
    assert_memory_equal(text, "45AB89", 6);
    assert_int_equal(cordon_bind_fseek(file, -1, SEEK_SET), -1);
    assert_int_equal(errno, EINVAL);
    cordon_bind_fclose(file);
}

static void writing_waits_in_the_buffer_until_flushed(void **state)
{
    FILE *file = cordon_bind_fopen("/tmp/buffered", "w"), *other = cordon_bind_fopen("/tmp/buffered", "r");
    (void)state;

    cordon_bind_fputs("abc", file);
    assert_int_equal(cordon_bind_fgetc(other), EOF);
    cordon_bind_clearerr(other);
    assert_int_equal(cordon_bind_fflush(NULL), 0);
    assert_int_equal(cordon_bind_fgetc(other), 'a');
    assert_int_equal(cordon_bind_setvbuf(file, NULL, _IONBF, 0), 0);
    cordon_bind_fputs("d", file);
    cordon_bind_fseek(other, 3, SEEK_SET);
    assert_int_equal(cordon_bind_fgetc(other), 'd');
    assert_int_equal(cordon_bind_setvbuf(file, NULL, _IOLBF, 0), 0);
    cordon_bind_fputs("e", file);
    assert_int_equal(cordon_bind_fgetc(other), EOF);
    cordon_bind_clearerr(other);
    cordon_bind_fputs("\n", file);
    assert_int_equal(cordon_bind_fgetc(other), 'e');
    cordon_bind_fclose(file);
    cordon_bind_fclose(other);
}

static void modes_mean_what_they_say(void **state)
{
    FILE *file = cordon_bind_fopen("/tmp/modes", "w");
    char text[8] = "";
    (void)state;

    cordon_bind_fputs("one", file);
    assert_int_equal(cordon_bind_fgetc(file), EOF);
    assert_true(cordon_bind_ferror(file));
    cordon_bind_fclose(file);

    file = cordon_bind_fopen("/tmp/modes", "a");
    cordon_bind_fputs("two", file);
    cordon_bind_fclose(file);

    file = cordon_bind_fopen("/tmp/modes", "r");
    assert_int_equal(cordon_bind_fread(text, 1, 6, file), 6);
    assert_memory_equal(text, "onetwo", 6);
    assert_int_equal(cordon_bind_fputs("x", file), EOF);
    assert_int_equal(errno, EBADF);
    cordon_bind_fclose(file);

    assert_null(cordon_bind_fopen("/tmp/modes", "wx"));
    assert_int_equal(errno, EEXIST);
    assert_null(cordon_bind_fopen("/tmp/absent", "r"));
    assert_int_equal(errno, ENOENT);
    assert_null(cordon_bind_fopen("/tmp/modes", "q"));
    assert_int_equal(errno, EINVAL);
    assert_null(cordon_bind_fdopen(99, "r"));
    assert_int_equal(errno, EBADF);
}

static void long_formats_are_not_cut(void **state)
{
    FILE *file = cordon_bind_tmpfile();
    char text[4000];
    (void)state;

    assert_non_null(file);
    assert_int_equal(cordon_bind_fprintf(file, "%3000d|%s", 7, "end"), 3004);
    cordon_bind_fseek(file, 0, SEEK_SET);
    assert_int_equal(cordon_bind_fread(text, 1, sizeof text, file), 3004);
    assert_memory_equal(text + 2999, "7|end", 5);
    cordon_bind_fclose(file);
}

static void large_transfers_go_past_the_buffer(void **state)
{
    static unsigned char data[100000], back[100000];
    FILE *file = cordon_bind_fopen("/tmp/large", "w+");
    (void)state;

    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 31 + i / 256);
    assert_int_equal(cordon_bind_fwrite(data, 1, 5, file), 5);
    assert_int_equal(cordon_bind_fwrite(data + 5, 1, sizeof data - 5, file), sizeof data - 5);
    cordon_bind_fseek(file, 0, SEEK_SET);
    assert_int_equal(cordon_bind_fread(back, 1, 3, file), 3);
    assert_int_equal(cordon_bind_fread(back + 3, 1, sizeof back, file), sizeof back - 3);
    assert_memory_equal(data, back, sizeof data);
    assert_true(cordon_bind_feof(file));
    cordon_bind_fclose(file);
}

static void standard_streams_end_in_the_sandbox(void **state)
{
    (void)state;
    sealed_stream_set(NULL, keep_output);
    output[0] = 0;
    cordon_bind_fputs("out", cordon_bind_stdout);
    cordon_bind_fputs("err", cordon_bind_stderr);
    assert_string_equal(output, "err");
    cordon_bind_fflush(cordon_bind_stdout);
    assert_string_equal(output, "errout");
    assert_int_equal(cordon_bind_fileno(cordon_bind_stderr), 2);
    sealed_stream_set(NULL, NULL);
    assert_int_equal(cordon_bind_fputs("lost", cordon_bind_stderr), EOF);
    assert_true(cordon_bind_ferror(cordon_bind_stderr));
    cordon_bind_clearerr(cordon_bind_stderr);
}

static void reopening_keeps_the_number(void **state)
{
    FILE *file = cordon_bind_fopen("/tmp/first", "w");
    int descriptor = cordon_bind_fileno(file);
    (void)state;

    cordon_bind_fputs("first", file);
    assert_ptr_equal(cordon_bind_freopen("/tmp/second", "w+", file), file);
    assert_int_equal(cordon_bind_fileno(file), descriptor);
    cordon_bind_fputs("second", file);
    cordon_bind_fclose(file);
    file = cordon_bind_fopen("/tmp/first", "r");
    char text[10] = "";
    assert_int_equal(cordon_bind_fread(text, 1, 9, file), 5);
    assert_string_equal(text, "first");
    cordon_bind_fclose(file);
}

static int start_files(void **state)
{
    (void)state;
    return sealed_fs_start();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(positions_count_what_is_buffered),
        cmocka_unit_test(writing_waits_in_the_buffer_until_flushed),
        cmocka_unit_test(modes_mean_what_they_say),
        cmocka_unit_test(long_formats_are_not_cut),
        cmocka_unit_test(large_transfers_go_past_the_buffer),
        cmocka_unit_test(standard_streams_end_in_the_sandbox),
        cmocka_unit_test(reopening_keeps_the_number),
    };
    return cmocka_run_group_tests(tests, start_files, NULL);
}
