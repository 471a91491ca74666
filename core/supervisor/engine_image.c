/* Hides that an engine looks into its image's file only once, and only if somebody wants to reach a sandbox's memory. */
#include <openssl/evp.h>
#include <string.h>

#include "engine_internal.h"

cordon_status engine_image_map(cordon_engine *engine, const image_map **map_out, cordon_error *error)
{
    cordon_status status = CORDON_OK;
    pthread_mutex_lock(&engine->image_lock);
    if (engine->image_map == NULL)
        status = image_map_create(engine->env, engine->image, &engine->image_map, error);
    *map_out = engine->image_map;
    pthread_mutex_unlock(&engine->image_lock);
    return status;
}

bool engine_image_digest(cordon_engine *engine, const image_map *map, unsigned char digest_out[ENGINE_DIGEST_BYTES])
{
    pthread_mutex_lock(&engine->image_lock);
    if (!engine->has_image_digest) {
        size_t size;
        unsigned made = 0;
        const unsigned char *bytes = image_map_bytes(map, &size);
        engine->has_image_digest = EVP_Digest(bytes, size, engine->image_digest, &made, EVP_sha256(), NULL) == 1 && made == ENGINE_DIGEST_BYTES;
    }
    bool is_there = engine->has_image_digest;
    memcpy(digest_out, engine->image_digest, ENGINE_DIGEST_BYTES);
    pthread_mutex_unlock(&engine->image_lock);
    return is_there;
}
