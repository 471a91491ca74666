/* Hides how a result becomes a report. */
#include "run_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replace_file.h"

/* A cordon_change_function that adds to a list. */
static bool add_change(void *context, const cordon_change *change)
{
    static const char *const kinds[] = {[CORDON_CHANGE_ADDED] = "added", [CORDON_CHANGE_CHANGED] = "changed", [CORDON_CHANGE_REMOVED] = "removed"};
    cordon_value *row = cordon_value_dict();
    /* A name that is not UTF-8 is told as bytes are: see cordon_value_to_json. */
    cordon_value *path = cordon_value_text(change->path);
    if (path == NULL)
        path = cordon_value_bytes(change->path, strlen(change->path));
    bool is_whole = cordon_value_dict_set(row, "change", cordon_value_text(kinds[change->kind])) && cordon_value_dict_set(row, "path", path) &&
                    cordon_value_dict_set(row, "mode", cordon_value_unsigned(change->mode)) &&
                    cordon_value_dict_set(row, "size", cordon_value_unsigned(change->size_bytes));
    return cordon_value_append(context, row) && is_whole;
}

static bool add_overlay(cordon_value *overlays, cordon_sandbox *sandbox, size_t mount, const char *path, cordon_error *error)
{
    cordon_value *changes = cordon_value_list(), *row = cordon_value_dict();
    bool is_told = changes != NULL && cordon_sandbox_changes(sandbox, mount, add_change, changes, error) == CORDON_OK;
    bool is_whole = cordon_value_dict_set(row, "path", cordon_value_text(path)) && cordon_value_dict_set(row, "changes", changes);
    return cordon_value_append(overlays, row) && is_whole && is_told;
}

/* The overlays as JSON; NULL with `error` if they cannot be told. */
static char *describe_overlays(cordon_sandbox *sandbox, const run_mounts *mounts, size_t *size_out, cordon_error *error)
{
    char *text = NULL;
    cordon_value *overlays = cordon_value_list();
    bool is_whole = overlays != NULL;
    *error = (cordon_error){.status = CORDON_NO_MEMORY, .message = "no memory for the report"};
    for (size_t i = 0; is_whole && i < mounts->count; i++)
        if (mounts->mounts[i].mode == CORDON_MOUNT_OVERLAY)
            is_whole = add_overlay(overlays, sandbox, i, mounts->mounts[i].path, error);
    if (is_whole)
        (void)cordon_value_to_json(overlays, &text, size_out, error);
    cordon_value_destroy(overlays);
    return text;
}

/* The result's object with one member more; NULL without memory. The caller frees it. */
static char *join(const char *result, size_t result_size, const char *overlays, size_t *size_out)
{
    size_t size = result_size + strlen(overlays) + sizeof ",\"overlays\":}\n";
    char *text = malloc(size);
    if (text != NULL)
        *size_out = (size_t)snprintf(text, size, "%.*s,\"overlays\":%s}\n", (int)result_size - 1, result, overlays);
    return text;
}

int run_report_write(const command_context *context, const char *path, cordon_sandbox *sandbox, const run_mounts *mounts, const cordon_result *result)
{
    cordon_error error = {0};
    host_error host = {.message = "no memory for the report"};
    char *told = NULL, *text = NULL;
    size_t told_size = 0, size = 0;
    int code = -1;
    char *overlays = describe_overlays(sandbox, mounts, &size, &error);
    if (overlays == NULL || cordon_result_to_json(result, &told, &told_size, &error) != CORDON_OK)
        command_complain(context, "--report %s: %s", path, error.message);
    else if ((text = join(told, told_size, overlays, &size)) == NULL || replace_file(context, path, 0666, text, size, REPLACE_WHEN_THE_SYSTEM_LIKES, &host) != HOST_OK)
        command_complain(context, "--report %s: %s", path, host.message);
    else
        code = 0;
    free(text);
    cordon_text_release(told);
    cordon_text_release(overlays);
    return code;
}
