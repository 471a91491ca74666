/* Effects: host calls that were left open, until the host resumes the execution that made them. A list is used by the thread that has taken its sandbox; a suspension never
 * changes and is shared by reference, since a result that tells of it may outlive the sandbox. */
#ifndef CORDON_SUPERVISOR_EFFECTS_H
#define CORDON_SUPERVISOR_EFFECTS_H

#include "cordon/execute.h"

typedef struct effect effect;

/* Those that wait for an answer, in order of their ids. All zero: none. */
typedef struct effect_list {
    effect **entries;
    size_t count, capacity;
    size_t cost; /* bytes that their arguments take */
} effect_list;

/* Whether that is what a CALL frame holds: a name, a list and a dict with text keys. */
bool effect_is_call(const cordon_value *call);
/* Whether all of it can be sent and stored: nothing OTHER is in it. */
bool effect_can_be_kept(const cordon_value *value);
/* Adopts `call`, which effect_is_call, also when it fails. No other in the list has that `id`. False without memory. */
bool effect_list_add(effect_list *list, uint32_t id, cordon_value *call, size_t cost);
/* SIZE_MAX: none of that id waits. */
size_t effect_list_find(const effect_list *list, uint32_t id);
/* Takes out those that are marked; `marked` has a place for each. */
void effect_list_remove(effect_list *list, const bool *marked);
void effect_list_release(effect_list *list);
uint32_t effect_id(const effect *effect);
const cordon_value *effect_call(const effect *effect); /* borrowed: name, positional, named */

typedef struct suspension suspension;
/* NULL without memory. */
suspension *suspension_create(const effect_list *list, uint64_t wake_ns);
suspension *suspension_hold(suspension *suspension);
void suspension_release(suspension *suspension); /* accepts NULL */
const cordon_suspension *suspension_public(const suspension *suspension);

#endif
