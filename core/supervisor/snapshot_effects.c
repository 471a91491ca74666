/* Hides from those who look at a stored snapshot where in it the effects lie that it waits for. */
#include "cordon/snapshot.h"

#include "failure.h"
#include "sandbox_state.h"
#include "snapshot_internal.h"

static bool add_effect(cordon_value *list, const effect *pending)
{
    cordon_value *row = cordon_value_dict();
    const cordon_value *call = effect_call(pending);
    bool is_whole = cordon_value_dict_set(row, "id", cordon_value_unsigned(effect_id(pending))) && cordon_value_dict_set(row, "name", cordon_value_copy(cordon_value_at(call, 0))) &&
                    cordon_value_dict_set(row, "args", cordon_value_copy(cordon_value_at(call, 1))) &&
                    cordon_value_dict_set(row, "kwargs", cordon_value_copy(cordon_value_at(call, 2)));
    return cordon_value_append(list, row) && is_whole;
}

cordon_status cordon_snapshot_effects(const cordon_snapshot *snapshot, cordon_value **effects_out, cordon_error *error)
{
    static const char operation[] = "snapshot_effects";
    sandbox_state state;
    if (snapshot == NULL || effects_out == NULL)
        return failure(error, operation, CORDON_INVALID_ARGUMENT, "there is no snapshot, or no place for the effects");
    *effects_out = NULL;
    const char *complaint = sandbox_state_unpack(snapshot->host_part.data, snapshot->host_part.size, &state);
    if (complaint != NULL)
        return snapshot_refuse(error, operation, CORDON_SNAPSHOT_DAMAGED, complaint);
    cordon_value *list = cordon_value_list();
    bool is_whole = list != NULL;
    for (size_t i = 0; i < state.effects.count && is_whole; i++)
        is_whole = add_effect(list, state.effects.entries[i]);
    sandbox_state_release(&state);
    if (is_whole) {
        *effects_out = list;
        return CORDON_OK;
    }
    cordon_value_destroy(list);
    return failure(error, operation, CORDON_NO_MEMORY, "no memory for the effects of a snapshot");
}
