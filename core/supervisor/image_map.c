/* Hides how an image's file is held and looked through. */
#include "image_map.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "failure.h"
#include "host_env/fd.h"
#include "host_env/fs.h"
#include "image_elf.h"

_Static_assert((int)IMAGE_MAP_PAGE_BYTES == (int)IMAGE_PAGE_BYTES, "one size of pages");

struct image_map {
    host_env *env;
    void *bytes; /* the whole file */
    size_t size;
    host_file_status status;
    image_file file;
    host_memory_range writable[IMAGE_MAP_SEGMENTS_MAX];
    const elf_segment *segments[IMAGE_MAP_SEGMENTS_MAX]; /* of each of those, in `file` */
    size_t writable_count;
    image_rest rest;
};

static cordon_status refuse(cordon_error *error, const char *why)
{
    return failure(error, "image_map", CORDON_SETUP_FAILED, "the image's file cannot be used to reach a sandbox's memory: %s", why);
}

static cordon_status map_file(image_map *map, const char *path, cordon_error *error)
{
    host_error cause;
    int fd;
    host_status status = host_fs_open(map->env, HOST_AT_CWD, path, O_RDONLY | O_CLOEXEC, 0, &fd, &cause);
    if (status == HOST_OK) {
        status = host_fd_fstat(map->env, fd, &map->status, &cause);
        map->size = (size_t)map->status.size_bytes;
        if (status == HOST_OK) /* private and never written: the page cache's own pages */
            status = host_memory_map(map->env, NULL, map->size, PROT_READ, MAP_PRIVATE, fd, 0, &map->bytes, &cause);
        (void)host_fd_close(map->env, fd, NULL); /* only read from */
    }
    return status == HOST_OK ? CORDON_OK : failure_of_host(error, "image_map", CORDON_HOST_FAILURE, "the image's file cannot be read", &cause);
}

static uint64_t page_up(uint64_t address)
{
    return (address + IMAGE_PAGE_BYTES - 1) / IMAGE_PAGE_BYTES * IMAGE_PAGE_BYTES;
}

/* The kernel maps the file by pages; so the file's part must be whole pages too, or what lies behind it in the last one would be something else in the file than in memory. */
static const char *add_segment(image_map *map, const elf_segment *segment)
{
    const host_memory_range *last = map->writable_count > 0 ? &map->writable[map->writable_count - 1] : NULL;
    if (map->writable_count == IMAGE_MAP_SEGMENTS_MAX)
        return "it has too many segments";
    if (segment->address % IMAGE_PAGE_BYTES != 0 || (segment->file_bytes % IMAGE_PAGE_BYTES != 0 && segment->file_bytes != 0))
        return "its memory is not whole pages";
    if (last != NULL && segment->address < last->address + last->size)
        return "its segments are not in order";
    map->segments[map->writable_count] = segment;
    map->writable[map->writable_count++] = (host_memory_range){segment->address, page_up(segment->memory_bytes)};
    return NULL;
}

static const char *find_memory(image_map *map)
{
    const char *complaint = NULL;
    for (size_t i = 0; i < map->file.segment_count && complaint == NULL; i++) {
        const elf_segment *segment = &map->file.segments[i];
        if (segment->kind == ELF_SEGMENT_LOAD && (segment->flags & IMAGE_WRITE) != 0)
            complaint = add_segment(map, segment);
    }
    return complaint == NULL && map->writable_count == 0 ? "it has no writable memory" : complaint;
}

enum { CALL_READ = 0 };

/* What the kernel says of a process that waits in a system call: its number, six arguments, stack pointer and the address behind it. Of one that runs it says "running", of one that waits
 * for anything else -1. */
static void describe_rest(image_rest *rest)
{
    snprintf(rest->call_begins, sizeof rest->call_begins, "%d 0x0 0x%llx 0x%llx ", CALL_READ, (unsigned long long)rest->buffer, (unsigned long long)rest->buffer_bytes);
    snprintf(rest->call_ends, sizeof rest->call_ends, " 0x%llx\n", (unsigned long long)rest->behind_call);
}

static const char *find_rest(image_map *map)
{
    uint64_t unused;
    bool is_found = image_map_find(map, "worker_frame_read_ahead", &map->rest.buffer, &map->rest.buffer_bytes) &&
                    image_map_find(map, "image_behind_system_call", &map->rest.behind_call, NULL) &&
                    image_map_find(map, "image_must_renew", &map->rest.must_renew, NULL) && map->rest.buffer_bytes > 0;
    map->rest.has_small_pages = image_map_find(map, "image_small_pages", &unused, NULL);
    (void)image_map_find(map, "image_resting_position", &map->rest.registers, NULL);
    (void)image_map_find(map, "sealed_random_state", &map->rest.random.address, &map->rest.random.size);
    describe_rest(&map->rest);
    return is_found ? NULL : "it does not say where its workers wait, so it is no image of this project, or its symbols were taken away";
}

cordon_status image_map_create(host_env *env, const char *path, image_map **map_out, cordon_error *error)
{
    image_map *map = calloc(1, sizeof *map);
    *map_out = NULL;
    if (map == NULL)
        return failure(error, "image_map", CORDON_NO_MEMORY, "no memory for a description of the image");
    map->env = env;
    cordon_status status = map_file(map, path, error);
    if (status == CORDON_OK) {
        const char *complaint = image_file_read(map->bytes, map->size, &map->file);
        if (complaint == NULL)
            complaint = find_memory(map);
        if (complaint == NULL)
            complaint = find_rest(map);
        if (complaint != NULL)
            status = refuse(error, complaint);
    }
    if (status == CORDON_OK)
        *map_out = map;
    else
        image_map_destroy(map);
    return status;
}

void image_map_destroy(image_map *map)
{
    if (map == NULL)
        return;
    if (map->bytes != NULL)
        (void)host_memory_unmap(map->env, map->bytes, map->size, NULL); /* a mapping of our own always goes */
    free(map);
}

const host_memory_range *image_map_writable(const image_map *map, size_t *count_out)
{
    *count_out = map->writable_count;
    return map->writable;
}

/* Which of the writable segments has it; -1: none. */
static int segment_of(const image_map *map, uint64_t page)
{
    for (size_t i = 0; i < map->writable_count; i++)
        if (page >= map->writable[i].address && page - map->writable[i].address < map->writable[i].size)
            return (int)i;
    return -1;
}

bool image_map_is_writable(const image_map *map, uint64_t page)
{
    return segment_of(map, page) >= 0;
}

const unsigned char *image_map_page(const image_map *map, uint64_t page)
{
    int index = segment_of(map, page);
    if (index < 0 || page - map->writable[index].address >= map->segments[index]->file_bytes)
        return NULL;
    return (const unsigned char *)map->bytes + map->segments[index]->offset + (page - map->writable[index].address);
}

bool image_map_find(const image_map *map, const char *name, uint64_t *address_out, uint64_t *size_out)
{
    elf_symbol symbol;
    if (!image_file_find_symbol(&map->file, name, &symbol))
        return false;
    *address_out = symbol.value;
    if (size_out != NULL)
        *size_out = symbol.bytes;
    return true;
}

const unsigned char *image_map_bytes(const image_map *map, size_t *size_out)
{
    *size_out = map->size;
    return map->bytes;
}

bool image_map_is_of_process(const image_map *map, host_env *env, int64_t pid)
{
    char path[64];
    host_file_status now;
    snprintf(path, sizeof path, "/proc/%lld/exe", (long long)pid);
    return host_fs_stat(env, HOST_AT_CWD, path, 0, &now, NULL) == HOST_OK && now.device == map->status.device && now.inode == map->status.inode &&
           now.size_bytes == map->status.size_bytes && now.modify_time_s == map->status.modify_time_s && now.modify_time_ns == map->status.modify_time_ns;
}

const image_rest *image_map_rest(const image_map *map)
{
    return &map->rest;
}
