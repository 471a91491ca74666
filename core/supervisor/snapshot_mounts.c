/* Hides from those who look at a stored snapshot where in it the folders are named that were mounted. */
#include "cordon/snapshot.h"

#include "failure.h"
#include "sandbox_state.h"
#include "snapshot_internal.h"

static bool add_mount(cordon_value *list, const sandbox_state_mount *mount)
{
    cordon_value *row = cordon_value_dict();
    bool is_whole = cordon_value_dict_set(row, "path", cordon_value_text(mount->path)) &&
                    cordon_value_dict_set(row, "mode", cordon_value_text(sandbox_state_mount_mode(mount->mode)));
    return cordon_value_append(list, row) && is_whole;
}

cordon_status cordon_snapshot_mounts(const cordon_snapshot *snapshot, cordon_value **mounts_out, cordon_error *error)
{
    static const char operation[] = "snapshot_mounts";
    sandbox_state state;
    if (snapshot == NULL || mounts_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no snapshot, or no place for the mounts");
    *mounts_out = NULL;
    const char *complaint = sandbox_state_unpack(snapshot->host_part.data, snapshot->host_part.size, &state);
    if (complaint != NULL)
        return snapshot_refuse(error, operation, CORDON_SNAPSHOT_DAMAGED, complaint);
    cordon_value *list = cordon_value_list();
    bool is_whole = list != NULL;
    for (size_t i = 0; i < state.mount_count && is_whole; i++)
        is_whole = add_mount(list, &state.mounts[i]);
    sandbox_state_release(&state);
    if (is_whole) {
        *mounts_out = list;
        return CORDON_OK;
    }
    cordon_value_destroy(list);
    return failure(error, operation, CORDON_NO_MEMORY, "no memory for the mounts of a snapshot");
}
