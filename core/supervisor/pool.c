/* Hides when workers are started from those who need one: a thread that lives as long as the engine starts them all,
 * some before they are wanted. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "engine_internal.h"
#include "failure.h"
#include "host_env/ipc.h"
#include "host_env/poll.h"
#include "moment.h"

#define RETRY_NS (SECOND_NS / 10) /* pause after a start for the pool has failed */

/* One who waits for a new worker. Lies on its own stack; in the engine's list until it is served. */
struct start_request {
    struct start_request *next;
    worker *worker; /* NULL and is_done: failed, and `error` says how */
    cordon_error error;
    bool is_done;
};

void starter_wake(cordon_engine *engine)
{
    (void)host_ipc_event_write(engine->env, engine->wake, 1, NULL);
}

/* ---- The starter; with the lock held, but for the start itself ---- */

static void serve(cordon_engine *engine)
{
    while (engine->requests != NULL) {
        struct start_request *request = engine->requests;
        engine->requests = request->next;
        pthread_mutex_unlock(&engine->lock);
        cordon_error error = {0};
        worker *started =
            worker_create(engine->env, engine->image, engine->lockdown, engine->inherited_filters, &error);
        pthread_mutex_lock(&engine->lock);
        engine->started += started != NULL;
        request->worker = started;
        request->error = error;
        request->is_done = true;
        pthread_cond_broadcast(&engine->changed);
    }
}

static uint32_t count(const worker *list)
{
    uint32_t length = 0;
    for (; list != NULL; list = list->next)
        length++;
    return length;
}

static void append(worker **list, worker *last)
{
    while (*list != NULL)
        list = &(*list)->next;
    last->next = NULL;
    *list = last;
}

/* Kills one of the pool's, without the lock: that can take a while. */
static void drop(cordon_engine *engine, worker *dropped)
{
    pthread_mutex_unlock(&engine->lock);
    worker_destroy(dropped);
    pthread_mutex_lock(&engine->lock);
    engine->alive--;
    pthread_cond_broadcast(&engine->changed);
}

/* When the idle ones end if nobody wants one before. */
static uint64_t sleeps_at(const cordon_engine *engine)
{
    return engine->pool.idle_timeout_ns == 0 ? MOMENT_NEVER : after(engine->last_taken, engine->pool.idle_timeout_ns);
}

static bool wants_more(cordon_engine *engine)
{
    bool has_room = engine->pool.max == 0 || engine->alive < engine->pool.max;
    return !engine->is_cancelled && has_room && count(engine->idle) + count(engine->greeting) < engine->pool.min_idle &&
           now_ns(engine->env) >= engine->retry_at && !engine->is_asleep;
}

static void fail_start(cordon_engine *engine)
{
    uint64_t now = now_ns(engine->env);
    engine->failed++;
    engine->retry_at = after(now, RETRY_NS);
    engine->is_asleep = now >= sleeps_at(engine);
}

/* Starts one for the pool, if one is wanted. */
static void fill(cordon_engine *engine)
{
    if (!wants_more(engine))
        return;
    engine->alive++;
    pthread_mutex_unlock(&engine->lock);
    worker *started = worker_create(engine->env, engine->image, engine->lockdown, engine->inherited_filters, NULL);
    pthread_mutex_lock(&engine->lock);
    if (started != NULL) {
        engine->started++;
        append(&engine->greeting, started);
        return;
    }
    fail_start(engine);
    engine->alive--;
    pthread_cond_broadcast(&engine->changed);
}

/* Those that have greeted become idle; those that failed, or took too long, go. */
static void collect(cordon_engine *engine)
{
    worker **link = &engine->greeting;
    while (*link != NULL) {
        worker *looked_at = *link;
        worker_greeting greeting = worker_wait(looked_at, 0, NULL);
        uint64_t now = now_ns(engine->env);
        if (greeting == WORKER_NOT_YET && now < after(looked_at->started_at, engine->start_timeout_ns)) {
            link = &looked_at->next;
            continue;
        }
        *link = looked_at->next;
        if (greeting == WORKER_READY) {
            append(&engine->idle, looked_at);
            pthread_cond_broadcast(&engine->changed);
        } else {
            fail_start(engine);
            drop(engine, looked_at);
            link = &engine->greeting; /* the list may have changed meanwhile */
        }
    }
}

/* An idle worker has nothing to say: one that does, or has died, goes. So do all when nobody has wanted one for long;
 * that a worker was there, and not the clock alone, sends the pool to sleep, so on a slow machine it fills once. */
static worker *unfit(cordon_engine *engine, uint64_t now)
{
    for (worker **link = &engine->idle; *link != NULL; link = &(*link)->next) {
        worker *looked_at = *link;
        host_poll_item item = {.fd = looked_at->process.from_worker, .events = POLLIN};
        int ready = 0;
        if (now >= sleeps_at(engine) || host_poll_wait(engine->env, &item, 1, 0, &ready, NULL) != HOST_OK ||
            ready > 0) {
            *link = looked_at->next;
            engine->is_asleep = now >= sleeps_at(engine);
            return looked_at;
        }
    }
    return NULL;
}

static void sweep(cordon_engine *engine)
{
    worker *found;
    while ((found = unfit(engine, now_ns(engine->env))) != NULL)
        drop(engine, found);
}

static uint64_t next_moment(const cordon_engine *engine)
{
    uint64_t moment = MOMENT_NEVER;
    for (const worker *greeting = engine->greeting; greeting != NULL; greeting = greeting->next)
        moment = least(moment, after(greeting->started_at, engine->start_timeout_ns));
    if (engine->idle != NULL)
        moment = least(moment, sleeps_at(engine));
    if (count(engine->idle) + count(engine->greeting) < engine->pool.min_idle && engine->retry_at > now_ns(engine->env))
        moment = least(moment, engine->retry_at);
    return moment;
}

/* Until something happens to a worker of the pool, somebody calls, or a moment comes. */
static void wait_for_something(cordon_engine *engine)
{
    size_t length = 1 + count(engine->idle) + count(engine->greeting), at = 1;
    uint64_t value, timeout_ns = wants_more(engine) ? 0 : left_until(next_moment(engine), now_ns(engine->env));
    host_poll_item *items = calloc(length, sizeof *items), only[1];
    if (items == NULL) { /* then without them, and again soon */
        items = only;
        length = 1;
        timeout_ns = least(timeout_ns, SECOND_NS);
    }
    items[0] = (host_poll_item){.fd = engine->wake, .events = POLLIN};
    for (const worker *idle = engine->idle; idle != NULL && at < length; idle = idle->next)
        items[at++] = (host_poll_item){.fd = idle->process.from_worker, .events = POLLIN};
    for (const worker *greeting = engine->greeting; greeting != NULL && at < length; greeting = greeting->next)
        items[at++] = (host_poll_item){.fd = greeting->process.from_worker, .events = POLLIN};
    pthread_mutex_unlock(&engine->lock);
    int ready = 0;
    (void)host_poll_wait(engine->env, items, length, timeout_ns > INT64_MAX ? -1 : (int64_t)timeout_ns, &ready, NULL);
    if (items[0].returned_events != 0)
        (void)host_ipc_event_read(engine->env, engine->wake, &value, NULL);
    pthread_mutex_lock(&engine->lock);
    if (items != only)
        free(items);
}

static void drop_all(cordon_engine *engine, worker **list)
{
    while (*list != NULL) {
        worker *first = *list;
        *list = first->next;
        drop(engine, first);
    }
}

void *starter_main(void *context)
{
    cordon_engine *engine = context;
    pthread_mutex_lock(&engine->lock);
    engine->last_taken = now_ns(engine->env); /* the time counts from the beginning */
    while (!engine->is_ending) {
        serve(engine);
        collect(engine);
        sweep(engine);
        fill(engine);
        if (engine->requests == NULL && !engine->is_ending)
            wait_for_something(engine);
    }
    drop_all(engine, &engine->idle);
    drop_all(engine, &engine->greeting);
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

/* ---- Those who need a worker ---- */

/* False: the moment has passed. */
static bool wait_until(cordon_engine *engine, uint64_t moment)
{
    if (moment == MOMENT_NEVER)
        return pthread_cond_wait(&engine->changed, &engine->lock) == 0;
    const struct timespec deadline = {.tv_sec = (time_t)(moment / SECOND_NS), .tv_nsec = (long)(moment % SECOND_NS)};
    return pthread_cond_timedwait(&engine->changed, &engine->lock, &deadline) != ETIMEDOUT;
}

/* The one that became idle last: its pages are the likeliest to be in the caches. Its death, if it has died, shows at
 * its first use, so it is looked at here too. */
static worker *take_idle(cordon_engine *engine)
{
    worker **link = &engine->idle;
    if (*link == NULL)
        return NULL;
    while ((*link)->next != NULL)
        link = &(*link)->next;
    worker *taken = *link;
    *link = NULL;
    return taken;
}

static bool is_alive(worker *taken)
{
    host_poll_item item = {.fd = taken->process.from_worker, .events = POLLIN};
    int ready = 0;
    return host_poll_wait(taken->env, &item, 1, 0, &ready, NULL) == HOST_OK && ready == 0;
}

static worker *take_new(cordon_engine *engine, cordon_error *error)
{
    struct start_request request = {0}, **last = &engine->requests;
    while (*last != NULL)
        last = &(*last)->next;
    *last = &request;
    engine->alive++;
    starter_wake(engine);
    while (!request.is_done) /* bounded: the starter waits for nothing before it has served all */
        (void)wait_until(engine, MOMENT_NEVER);
    if (request.worker != NULL)
        return request.worker;
    engine->alive--;
    engine->failed++;
    pthread_cond_broadcast(&engine->changed);
    if (error != NULL)
        *error = request.error;
    return NULL;
}

/* With the lock held. Room for one more, or an idle one; false, and why. */
static bool wait_for_room(cordon_engine *engine, cordon_error *error)
{
    uint64_t start = now_ns(engine->env), wait_ns = engine->pool.wait_timeout_ns;
    for (;;) {
        /* One that is being started for the pool is as good as idle. */
        uint64_t most =
            engine->greeting != NULL && wait_ns < engine->start_timeout_ns ? engine->start_timeout_ns : wait_ns;
        if (engine->is_cancelled) {
            failure(error, "sandbox_create", CORDON_CANCELLED, "the engine was cancelled");
            return false;
        }
        if (engine->idle != NULL || engine->pool.max == 0 || engine->alive < engine->pool.max)
            return true;
        if (most == 0 || !wait_until(engine, after(start, most))) {
            failure(error, "sandbox_create", CORDON_BUSY, "%u sandboxes are alive, and none may be started beside them",
                    engine->alive);
            return false;
        }
    }
}

static worker *take(cordon_engine *engine, cordon_error *error)
{
    worker *taken;
    while ((taken = take_idle(engine)) != NULL) {
        if (is_alive(taken))
            return taken;
        drop(engine, taken);
    }
    return take_new(engine, error);
}

worker *pool_take(cordon_engine *engine, cordon_error *error)
{
    pthread_mutex_lock(&engine->lock);
    engine->last_taken = now_ns(engine->env);
    engine->is_asleep = false;
    worker *taken = wait_for_room(engine, error) ? take(engine, error) : NULL;
    bool is_missing = taken == NULL;
    pthread_mutex_unlock(&engine->lock);
    if (is_missing)
        return NULL;
    if (engine->pool.min_idle > 0)
        starter_wake(engine);
    return taken;
}

void pool_forget(cordon_engine *engine)
{
    pthread_mutex_lock(&engine->lock);
    engine->alive--;
    bool may_fill = engine->pool.min_idle > 0;
    pthread_cond_broadcast(&engine->changed);
    pthread_mutex_unlock(&engine->lock);
    if (may_fill)
        starter_wake(engine);
}
