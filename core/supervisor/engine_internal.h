/* What an engine is made of, for its own files and its sandboxes. */
#ifndef CORDON_SUPERVISOR_ENGINE_INTERNAL_H
#define CORDON_SUPERVISOR_ENGINE_INTERNAL_H

#include <pthread.h>

#include "callbacks.h"
#include "cordon/engine.h"
#include "image_map.h"
#include "pristine.h"
#include "worker.h"

enum { ENGINE_DIGEST_BYTES = 32 }; /* SHA-256 */

struct cordon_engine {
    host_env *env;
    host_env *own_env;        /* NULL: the host brought its own */
    char *image;
    host_lockdown *lockdown;
    uint64_t inherited_filters; /* process_inherited_filters, when the engine was made */
    cordon_limits limits;     /* none of them 0 */
    cordon_pool_config pool;
    uint64_t start_timeout_ns;

    int wake;                 /* event descriptor that the starter waits on */
    uint64_t starter;         /* thread; it starts all workers, because a worker's life is bound to the thread that started it */
    pthread_mutex_t lock;     /* over all that follows */
    pthread_mutex_t image_lock; /* over the making of these two, which never change once they were made: */
    image_map *image_map;       /* NULL: not wanted yet */
    bool has_image_digest;
    unsigned char image_digest[ENGINE_DIGEST_BYTES];
    pristine *pristine;         /* likewise, once a new worker was looked at; under image_lock */
    pthread_cond_t changed;   /* a request was served, a worker became idle, or room came free; monotonic clock */
    struct start_request *requests; /* oldest first */
    worker *idle;             /* greeted; the longest idle first */
    worker *greeting;         /* started for the pool */
    uint32_t alive;           /* workers of all kinds, those promised to a request included */
    uint64_t started, failed;
    uint64_t last_taken;      /* moment: when a worker was wanted last, or the engine made */
    bool is_asleep;           /* nobody has wanted one for idle_timeout_ns: the pool is not filled */
    uint64_t retry_at;        /* moment: not to be filled before, because a start failed */
    bool is_cancelled, is_ending;
    callback_set callbacks;
    cordon_sandbox *sandboxes; /* all, in any order */
};

/* What its image's file says, made when it is first wanted; borrowed from the engine. From any thread. Fails as image_map_create. */
cordon_status engine_image_map(cordon_engine *engine, const image_map **map_out, cordon_error *error);
/* What a new worker's memory is, once one was looked at; NULL: none was. Borrowed from the engine. From any thread. */
const pristine *engine_pristine(cordon_engine *engine);
/* Looks at one that has greeted and got no frame, if none was looked at before. */
void engine_learn_pristine(cordon_engine *engine, worker *fresh);
/* SHA-256 of that file. False: the library for it fails. */
bool engine_image_digest(cordon_engine *engine, const image_map *map, unsigned char digest_out[ENGINE_DIGEST_BYTES]);

/* The starter's thread; `context` is the engine. */
void *starter_main(void *context);
void starter_wake(cordon_engine *engine);

/* A worker for a sandbox: an idle one, or a new one. Waits as the pool's settings and the start timeout allow. NULL: failed. */
worker *pool_take(cordon_engine *engine, cordon_error *error);
/* A worker that was taken has gone. */
void pool_forget(cordon_engine *engine);

#endif
