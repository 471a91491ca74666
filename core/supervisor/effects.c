/* Hides how effects are kept: in the order of their ids, shared by whoever tells of them. */
#include "effects.h"

#include <stdlib.h>
#include <string.h>

#include "value_internal.h"

struct effect {
    unsigned references; /* changed atomically */
    uint32_t id;
    size_t cost;
    cordon_value *call;
};

struct suspension {
    unsigned references; /* changed atomically */
    cordon_suspension public;
    effect **held;
};

bool effect_is_call(const cordon_value *call)
{
    if (call == NULL || call->kind != CORDON_VALUE_LIST || call->as.list.count != 3)
        return false;
    const cordon_value *parts = call->as.list.items, *named = &parts[2];
    if (parts[0].kind != CORDON_VALUE_TEXT || parts[1].kind != CORDON_VALUE_LIST || named->kind != CORDON_VALUE_DICT)
        return false;
    for (size_t i = 0; i < named->as.list.count; i += 2)
        if (named->as.list.items[i].kind != CORDON_VALUE_TEXT)
            return false;
    return true;
}

bool effect_can_be_kept(const cordon_value *value)
{
    cordon_value_kind kind = cordon_value_get_kind(value);
    if (!value_is_container(value))
        return kind != CORDON_VALUE_OTHER;
    for (size_t i = 0; i < cordon_value_count(value); i++)
        if (!effect_can_be_kept(cordon_value_at(value, i)) || (kind == CORDON_VALUE_DICT && !effect_can_be_kept(cordon_value_key_at(value, i))))
            return false;
    return true;
}

/* ---- One ---- */

static void effect_release(effect *effect)
{
    if (effect == NULL || __atomic_sub_fetch(&effect->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    cordon_value_destroy(effect->call);
    free(effect);
}

static effect *effect_hold(effect *effect)
{
    __atomic_add_fetch(&effect->references, 1, __ATOMIC_RELAXED);
    return effect;
}

uint32_t effect_id(const effect *effect)
{
    return effect->id;
}

const cordon_value *effect_call(const effect *effect)
{
    return effect->call;
}

/* ---- Lists ---- */

static bool has_room(effect_list *list)
{
    if (list->count < list->capacity)
        return true;
    size_t capacity = list->capacity != 0 ? list->capacity * 2 : 8;
    effect **entries = realloc(list->entries, capacity * sizeof(*entries));
    if (entries == NULL)
        return false;
    list->entries = entries;
    list->capacity = capacity;
    return true;
}

bool effect_list_add(effect_list *list, uint32_t id, cordon_value *call, size_t cost)
{
    effect *made = has_room(list) ? malloc(sizeof *made) : NULL;
    if (made == NULL) {
        cordon_value_destroy(call);
        return false;
    }
    *made = (effect){.references = 1, .id = id, .cost = cost, .call = call};
    size_t at = list->count++;
    for (; at > 0 && list->entries[at - 1]->id > id; at--) /* a journal may have held it back, and not one that was called later */
        list->entries[at] = list->entries[at - 1];
    list->entries[at] = made;
    list->cost += cost;
    return true;
}

static int compare_id(const void *id, const void *entry)
{
    uint32_t wanted = *(const uint32_t *)id, found = (*(effect *const *)entry)->id;
    return wanted < found ? -1 : wanted > found;
}

size_t effect_list_find(const effect_list *list, uint32_t id)
{
    effect *const *found = list->count > 0 ? bsearch(&id, list->entries, list->count, sizeof *list->entries, compare_id) : NULL;
    return found != NULL ? (size_t)(found - list->entries) : SIZE_MAX;
}

void effect_list_remove(effect_list *list, const bool *marked)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (marked[i]) {
            list->cost -= list->entries[i]->cost;
            effect_release(list->entries[i]);
        } else {
            list->entries[kept++] = list->entries[i];
        }
    }
    list->count = kept;
}

void effect_list_release(effect_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        effect_release(list->entries[i]);
    free(list->entries);
    *list = (effect_list){0};
}

/* ---- What a caller is told ---- */

suspension *suspension_create(const effect_list *list, uint64_t wake_ns)
{
    suspension *made = calloc(1, sizeof *made);
    effect **held = calloc(list->count + 1, sizeof(*held));
    cordon_effect *told = calloc(list->count + 1, sizeof *told);
    if (made == NULL || held == NULL || told == NULL) {
        free(made);
        free(held);
        free(told);
        return NULL;
    }
    for (size_t i = 0; i < list->count; i++) {
        const cordon_value *call = list->entries[i]->call;
        held[i] = effect_hold(list->entries[i]);
        told[i] = (cordon_effect){.id = held[i]->id,
                                  .name = cordon_value_get_text(cordon_value_at(call, 0), NULL),
                                  .positional = cordon_value_at(call, 1),
                                  .named = cordon_value_at(call, 2)};
    }
    *made = (suspension){.references = 1, .public = {.effects = told, .effect_count = list->count, .wake_ns = wake_ns}, .held = held};
    return made;
}

suspension *suspension_hold(suspension *suspension)
{
    __atomic_add_fetch(&suspension->references, 1, __ATOMIC_RELAXED);
    return suspension;
}

void suspension_release(suspension *suspension)
{
    if (suspension == NULL || __atomic_sub_fetch(&suspension->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (size_t i = 0; i < suspension->public.effect_count; i++)
        effect_release(suspension->held[i]);
    free(suspension->held);
    free((void *)suspension->public.effects);
    free(suspension);
}

const cordon_suspension *suspension_public(const suspension *suspension)
{
    return &suspension->public;
}
