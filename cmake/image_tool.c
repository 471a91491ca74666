/* The build's half of making a pre-initialised image: files in, files out, so that it needs nothing of a host but the C library.
 *
 *     image_tool frames MODULES OUTPUT             the frames that make an image save itself; MODULES: a list, one a line
 *     image_tool make RAW SAVED MODULES OUTPUT [RANGES]
 *                                                  the image of RAW whose saved memory is in SAVED, what it wrote when given those frames; RANGES: pages that
 *                                                  a start writes, lines of `address bytes`, hexadecimal
 *
 * `cordon image build` does the same with a worker of its own. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_describe.h"
#include "image_frames.h"
#include "image_stream.h"
#include "image_write.h"

enum { MODULES_MAX = 1000 };

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "image_tool: %s: %s\n", what, why);
    exit(1);
}

static unsigned char *read_file(const char *path, size_t *size_out)
{
    FILE *file = fopen(path, "rb");
    bytes content = {0};
    static unsigned char chunk[1 << 16];
    size_t count;

    if (file == NULL)
        fail(path, strerror(errno));
    while ((count = fread(chunk, 1, sizeof chunk, file)) > 0)
        bytes_add(&content, chunk, count);
    if (ferror(file) || content.failed)
        fail(path, "cannot be read");
    fclose(file);
    bytes_add(&content, "", 1); /* so that it is a text too */
    *size_out = content.size - 1;
    return content.data;
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL)
        fail(path, strerror(errno));
    if (fwrite(data, 1, size, file) != size || fclose(file) != 0)
        fail(path, "cannot be written");
}

/* The names in a list: one a line, # begins a comment. Kept for the life of the program. */
static size_t read_modules(const char *path, const char **modules)
{
    size_t size, count = 0;
    char *text = (char *)read_file(path, &size);

    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        line[strcspn(line, "# \t\r")] = '\0';
        if (line[0] == '\0')
            continue;
        if (count == MODULES_MAX)
            fail(path, "names too many modules");
        modules[count++] = line;
    }
    return count;
}

static void make_frames(char **arguments)
{
    const char *modules[MODULES_MAX];
    size_t count = read_modules(arguments[0], modules);
    bytes frames = {0};

    if (!image_frames_add_save(&frames, modules, count, NULL, 0))
        fail(arguments[0], "is too long a list for a frame");
    write_file(arguments[1], frames.data, frames.size);
}

static size_t read_ranges(const char *path, image_range *ranges)
{
    size_t size, count = 0;
    char *text = (char *)read_file(path, &size);

    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *end;
        if (count == IMAGE_RANGES_MAX)
            fail(path, "has too many ranges");
        ranges[count].address = strtoull(line, &end, 16);
        ranges[count].bytes = strtoull(end, &end, 16);
        if (*end != '\0' || ranges[count].address % IMAGE_PAGE_BYTES != 0 || ranges[count].bytes % IMAGE_PAGE_BYTES != 0 || ranges[count].bytes == 0)
            fail(path, "has a line that is no range of whole pages");
        count++;
    }
    return count;
}

static void make_image(char **arguments)
{
    const char *modules[MODULES_MAX], *complaint;
    size_t raw_size, saved_size, size, module_count = read_modules(arguments[2], modules);
    unsigned char *raw = read_file(arguments[0], &raw_size), *saved = read_file(arguments[1], &saved_size), *made = NULL;
    image_file base;
    image_pages pages;
    image_stream stream = {.pages = &pages};
    image_description description = {.modules = modules, .module_count = module_count};

    if ((complaint = image_file_read(raw, raw_size, &base)) != NULL || (complaint = image_pages_begin(&pages, &base)) != NULL)
        fail(arguments[0], complaint);
    complaint = image_stream_take(&stream, saved, saved_size);
    if (stream.output.size > 0)
        fprintf(stderr, "%.*s", (int)stream.output.size, (const char *)stream.output.data);
    if (complaint != NULL)
        fail(arguments[1], complaint);
    if (!pages.is_complete)
        fail(arguments[0], "did not save itself");
    char *text = image_describe(&description);
    if (text == NULL)
        fail(arguments[2], "no memory");
    image_range ranges[IMAGE_RANGES_MAX];
    const image_content content = {
        .pages = &pages, .description = text, .ranges = ranges, .range_count = arguments[4] != NULL ? read_ranges(arguments[4], ranges) : 0};
    if ((complaint = image_write(&base, &content, &made, &size)) != NULL)
        fail(arguments[3], complaint);
    write_file(arguments[3], made, size);
}

int main(int argument_count, char **arguments)
{
    if (argument_count == 4 && strcmp(arguments[1], "frames") == 0)
        make_frames(arguments + 2);
    else if ((argument_count == 6 || argument_count == 7) && strcmp(arguments[1], "make") == 0)
        make_image(arguments + 2);
    else
        fail("usage", "image_tool frames MODULES OUTPUT, or image_tool make RAW SAVED MODULES OUTPUT");
    return 0;
}
