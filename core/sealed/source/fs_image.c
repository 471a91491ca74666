/* Finds files of the image by binary search in their sorted paths; hides that its directories exist only as common
 * beginnings. */
#include "fs_internal.h"

#include "sealed/image_files.h"

struct fs_image_range fs_image_root(void)
{
    return (struct fs_image_range){0, sealed_image_file_count, 1};
}

/* Compares what follows the directory's part of a path with `name` and then `ending`, as strcmp would. */
static int compare_rest(const char *rest, const char *name, size_t name_length, char ending)
{
    int order = strncmp(rest, name, name_length);
    if (order != 0)
        return order;
    return (unsigned char)rest[name_length] - (unsigned char)ending;
}

/* The first row of `in` whose rest is not before name + ending. A rest that goes on behind `ending` is not before it.
 */
static size_t first_not_before(struct fs_image_range in, const char *name, size_t name_length, char ending)
{
    size_t low = in.first, high = in.end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_rest(sealed_image_files[middle].path + in.prefix_length, name, name_length, ending) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_directory_row(size_t row)
{
    return (sealed_image_files[row].mode & SEALED_MODE_TYPE) == SEALED_MODE_DIRECTORY;
}

enum fs_image_kind fs_image_find(struct fs_image_range in, const char *name, size_t name_length,
                                 struct fs_image_found *found_out)
{
    if (in.prefix_length == 0 || in.first >= in.end)
        return FS_IMAGE_ABSENT;
    size_t exact = first_not_before(in, name, name_length, '\0');
    bool has_row =
        exact < in.end && compare_rest(sealed_image_files[exact].path + in.prefix_length, name, name_length, '\0') == 0;
    if (has_row && !is_directory_row(exact)) {
        found_out->row = exact;
        return FS_IMAGE_FILE;
    }
    /* '0' is the byte behind '/', so everything below the directory lies between the two. */
    size_t first = first_not_before(in, name, name_length, '/');
    size_t end = first_not_before(in, name, name_length, '0');
    if (first == end && !has_row)
        return FS_IMAGE_ABSENT;
    found_out->row = has_row ? exact : SIZE_MAX;
    found_out->range = (struct fs_image_range){first, end, in.prefix_length + (uint32_t)name_length + 1};
    return FS_IMAGE_DIRECTORY;
}

bool fs_image_next(struct fs_image_range in, size_t *row, const char **name_out, size_t *name_length_out,
                   enum fs_image_kind *kind_out, size_t *own_row_out)
{
    while (in.prefix_length > 0 && *row >= in.first && *row < in.end) {
        const char *name = sealed_image_files[*row].path + in.prefix_length;
        const char *slash = strchr(name, '/');
        *name_out = name;
        if (!slash) {
            *name_length_out = strlen(name);
            *own_row_out = *row;
            *kind_out = is_directory_row(*row) ? FS_IMAGE_DIRECTORY : FS_IMAGE_FILE;
            ++*row;
            return true;
        }
        *name_length_out = (size_t)(slash - name);
        size_t first = *row;
        *row = first_not_before(in, name, *name_length_out, '0');
        /* A directory with a row of its own was listed there. */
        size_t exact = first_not_before(in, name, *name_length_out, '\0');
        if (exact < first &&
            compare_rest(sealed_image_files[exact].path + in.prefix_length, name, *name_length_out, '\0') == 0)
            continue;
        *own_row_out = first;
        *kind_out = FS_IMAGE_DIRECTORY;
        return true;
    }
    return false;
}
