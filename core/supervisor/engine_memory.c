/* Hides when an engine learns what the memory of its workers is while they are new. */
#include "engine_internal.h"

const pristine *engine_pristine(cordon_engine *engine)
{
    pthread_mutex_lock(&engine->image_lock);
    const pristine *pristine = engine->pristine;
    pthread_mutex_unlock(&engine->image_lock);
    return pristine;
}

void engine_learn_pristine(cordon_engine *engine, worker *fresh)
{
    const image_map *map;
    if (engine_pristine(engine) != NULL || engine_image_map(engine, &map, NULL) != CORDON_OK)
        return;
    pristine *learned = pristine_read(fresh, map);
    pthread_mutex_lock(&engine->image_lock);
    bool is_first = engine->pristine == NULL;
    if (is_first)
        engine->pristine = learned;
    pthread_mutex_unlock(&engine->image_lock);
    if (!is_first)
        pristine_destroy(learned);
}
