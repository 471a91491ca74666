/* Hides how saved pages are kept: one block of bytes, and runs that point into it. */
#include "image_pages.h"

#include <stdlib.h>
#include <string.h>

enum { ADDRESS_BYTES = 8 };

const char *image_pages_begin(image_pages *pages, const image_file *image)
{
    elf_symbol first, end;

    *pages = (image_pages){0};
    if (!image_file_find_symbol(image, "image_variables", &first) || !image_file_find_symbol(image, "image_variables_end", &end))
        return "it does not say where its variables are, so it is no image of this project, or its symbols were taken away";
    if (first.value % IMAGE_PAGE_BYTES != 0 || end.value % IMAGE_PAGE_BYTES != 0 || first.value >= end.value)
        return "its variables are not whole pages";
    pages->first = first.value;
    pages->end = end.value;
    return NULL;
}

static bool grow(void **block, size_t *capacity, size_t wanted, size_t unit)
{
    size_t larger = *capacity ? *capacity : 64;
    void *moved;

    while (larger < wanted)
        larger *= 2;
    if (larger == *capacity)
        return true;
    moved = realloc(*block, larger * unit);
    if (moved == NULL)
        return false;
    *block = moved;
    *capacity = larger;
    return true;
}

static uint64_t address_of(const unsigned char *payload)
{
    uint64_t address = 0;

    for (int i = ADDRESS_BYTES - 1; i >= 0; i--)
        address = address << 8 | payload[i];
    return address;
}

/* Where the last run ends. */
static uint64_t saved_end(const image_pages *pages)
{
    const image_run *last;

    if (pages->run_count == 0)
        return pages->first;
    last = &pages->runs[pages->run_count - 1];
    return last->address + last->size;
}

static const char *check(const image_pages *pages, uint64_t address, size_t count)
{
    if (count == 0 || count % IMAGE_PAGE_BYTES != 0 || count > IMAGE_SAVED_RUN_BYTES_MAX || address % IMAGE_PAGE_BYTES != 0)
        return "it is not whole pages";
    if (address < pages->first || address >= pages->end || count > pages->end - address)
        return "it lies outside the memory that an image has";
    if (address < saved_end(pages))
        return "it overlaps an earlier one";
    if (count > IMAGE_SAVED_BYTES_MAX - pages->size)
        return "it makes the image larger than an image may be";
    return NULL;
}

const char *image_pages_take(image_pages *pages, const unsigned char *payload, size_t size)
{
    const char *complaint;
    uint64_t address;
    size_t count;

    if (pages->is_complete)
        return "it comes after the last";
    if (size == 0) {
        pages->is_complete = true;
        return NULL;
    }
    if (size < ADDRESS_BYTES)
        return "it has no address";
    address = address_of(payload);
    count = size - ADDRESS_BYTES;
    complaint = check(pages, address, count);
    if (complaint != NULL)
        return complaint;
    if (!grow((void **)&pages->bytes, &pages->capacity, pages->size + count, 1))
        return "there is no memory for it";
    memcpy(pages->bytes + pages->size, payload + ADDRESS_BYTES, count);
    if (pages->run_count > 0 && address == saved_end(pages)) {
        pages->runs[pages->run_count - 1].size += count;
    } else {
        if (!grow((void **)&pages->runs, &pages->run_capacity, pages->run_count + 1, sizeof *pages->runs))
            return "there is no memory for it";
        pages->runs[pages->run_count++] = (image_run){address, pages->size, count};
    }
    pages->size += count;
    return NULL;
}

void image_pages_release(image_pages *pages)
{
    free(pages->runs);
    free(pages->bytes);
    *pages = (image_pages){0};
}
