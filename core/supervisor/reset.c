/* Hides how the files of a sandbox outlive its clearing: they are fetched before and put back after. */
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "files_internal.h"

static const char operation[] = "sandbox_reset";

#define MODE_TYPE 0170000u /* the guest's numbers, which are Linux's */
#define MODE_FOLDER 0040000u
#define MODE_FILE 0100000u
#define MODE_PERMISSIONS 07777u
enum { PATH_SIZE_MAX = 4096 };

/* All that the guest's own answer says is the guest's word: held against the quota that it has, and against what a path is. */
typedef struct kept_file {
    const char *path; /* lies in the answer */
    uint64_t mode, size, modified_ns;
    bytes content;
} kept_file;

typedef struct kept_files {
    cordon_value *answer;
    kept_file *files;
    size_t count;
} kept_files;

static void release(kept_files *kept)
{
    for (size_t i = 0; i < kept->count; i++)
        bytes_release(&kept->files[i].content);
    free(kept->files);
    cordon_value_destroy(kept->answer);
    *kept = (kept_files){0};
}

static bool read_entry(const cordon_value *entry, kept_file *file_out)
{
    size_t size = 0;
    const cordon_value *path = cordon_value_at(entry, 0);
    cordon_value_kind kind = cordon_value_get_kind(path);
    file_out->path = cordon_value_get_text(path, &size);
    bool is_whole = cordon_value_count(entry) == 4 && (kind == CORDON_VALUE_TEXT || kind == CORDON_VALUE_BYTES) &&
                    cordon_value_get_unsigned(cordon_value_at(entry, 1), &file_out->mode) && cordon_value_get_unsigned(cordon_value_at(entry, 2), &file_out->size) &&
                    cordon_value_get_unsigned(cordon_value_at(entry, 3), &file_out->modified_ns);
    if (!is_whole)
        return false;
    uint64_t type = file_out->mode & MODE_TYPE;
    return size > 1 && size < PATH_SIZE_MAX && file_out->path[0] == '/' && memchr(file_out->path, '\0', size) == NULL && file_out->modified_ns <= INT64_MAX &&
           (type == MODE_FILE || type == MODE_FOLDER) && (file_out->mode & ~(uint64_t)(MODE_TYPE | MODE_PERMISSIONS)) == 0;
}

static cordon_status broke_rules(cordon_sandbox *sandbox, cordon_error *error)
{
    sandbox_end_with(sandbox, PROCESS_KILL, CORDON_OUTCOME_VIOLATION, "the sandbox broke the protocol: what it says of its files is none of what files are");
    return sandbox_fail_ended(sandbox, operation, error);
}

/* Sparse files may be longer than all that the sandbox holds; as they cannot be put back so, nothing is done at all. */
static cordon_status check_quota(const cordon_sandbox *sandbox, const kept_files *kept, cordon_error *error)
{
    uint64_t left = sandbox->limits.value[CORDON_LIMIT_FS_BYTES];
    for (size_t i = 0; i < kept->count; i++) {
        uint64_t size = (kept->files[i].mode & MODE_TYPE) == MODE_FILE ? kept->files[i].size : 0;
        if (size > left)
            return failure(error, operation, CORDON_TOO_LARGE, "%.150s: with this file the sandbox's files are longer than all that it may hold", kept->files[i].path);
        left -= size;
    }
    return CORDON_OK;
}

static cordon_status list(cordon_sandbox *sandbox, kept_files *kept, cordon_error *error)
{
    cordon_status status = files_ask(sandbox, operation, "kept", "/", NULL, &kept->answer, error);
    if (status != CORDON_OK)
        return status;
    const cordon_value *entries = cordon_value_at(kept->answer, 1);
    size_t count = cordon_value_count(entries);
    if (cordon_value_count(kept->answer) != 2 || cordon_value_get_kind(entries) != CORDON_VALUE_LIST)
        return broke_rules(sandbox, error);
    kept->files = calloc(count > 0 ? count : 1, sizeof *kept->files);
    if (kept->files == NULL)
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for a list of files");
    for (; kept->count < count; kept->count++)
        if (!read_entry(cordon_value_at(entries, kept->count), &kept->files[kept->count]))
            return broke_rules(sandbox, error);
    return check_quota(sandbox, kept, error);
}

static cordon_status fetch(cordon_sandbox *sandbox, kept_files *kept, cordon_error *error)
{
    cordon_status status = list(sandbox, kept, error);
    for (size_t i = 0; i < kept->count && status == CORDON_OK; i++)
        if ((kept->files[i].mode & MODE_TYPE) == MODE_FILE)
            status = files_read(sandbox, kept->files[i].path, kept->files[i].size, &kept->files[i].content, error);
    return status;
}

static cordon_status put(cordon_sandbox *sandbox, const kept_file *file, cordon_error *error)
{
    return files_put(sandbox, operation, file->path, (uint32_t)file->mode, file->modified_ns, (const char *)file->content.data, file->content.size, error);
}

/* Folders come before what is in them, and once more behind it, in reverse: putting a file changes its folder's time. */
static cordon_status put_back(cordon_sandbox *sandbox, const kept_files *kept, cordon_error *error)
{
    cordon_status status = CORDON_OK;
    for (size_t i = 0; i < kept->count && status == CORDON_OK; i++)
        status = put(sandbox, &kept->files[i], error);
    for (size_t i = kept->count; i-- > 0 && status == CORDON_OK;)
        if ((kept->files[i].mode & MODE_TYPE) == MODE_FOLDER)
            status = put(sandbox, &kept->files[i], error);
    return status;
}

cordon_status cordon_sandbox_reset(cordon_sandbox *sandbox, cordon_error *error)
{
    kept_files kept = {0};
    cordon_status status = sandbox_enter(sandbox, operation, error);
    if (status != CORDON_OK)
        return status;
    status = fetch(sandbox, &kept, error);
    if (status == CORDON_OK)
        status = sandbox_make_new(sandbox, error);
    if (status == CORDON_OK)
        status = put_back(sandbox, &kept, error);
    release(&kept);
    sandbox_leave(sandbox);
    return status;
}
