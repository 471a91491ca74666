/* Hides from the scheduler what a thread has for itself: registered bytes, since the image has no thread pointer, and
 * POSIX keys. */
#include "thread_internal.h"

#include "sealed/error.h"

#include <string.h>

enum { DESTROY_ROUNDS = 4 }; /* PTHREAD_DESTRUCTOR_ITERATIONS */

struct local {
    void *address;
    size_t size;
};

struct key {
    bool is_used;
    void (*destroy)(void *);
};

static struct local locals[SEALED_THREAD_LOCALS_MAX];
static unsigned local_count;
static size_t local_bytes;
static struct key keys[SEALED_THREAD_KEYS_MAX];

int sealed_thread_register_local(void *address, size_t size_bytes)
{
    for (unsigned i = 0; i < local_count; i++)
        if (locals[i].address == address)
            return locals[i].size == size_bytes ? 0 : -SEALED_EINVAL;
    if (local_count == SEALED_THREAD_LOCALS_MAX || size_bytes > SEALED_THREAD_LOCAL_BYTES_MAX - local_bytes)
        return -SEALED_ENOSPC;
    locals[local_count++] = (struct local){address, size_bytes};
    local_bytes += size_bytes;
    return 0;
}

void sealed_thread_locals_save(sealed_thread *thread)
{
    unsigned char *kept = thread->locals;

    for (unsigned i = 0; i < local_count; kept += locals[i].size, i++)
        memcpy(kept, locals[i].address, locals[i].size);
}

void sealed_thread_locals_load(const sealed_thread *thread)
{
    const unsigned char *kept = thread->locals;

    for (unsigned i = 0; i < local_count; kept += locals[i].size, i++)
        memcpy(locals[i].address, kept, locals[i].size);
}

int sealed_thread_key_create(unsigned *key_out, void (*destroy)(void *))
{
    for (unsigned key = 0; key < SEALED_THREAD_KEYS_MAX; key++) {
        if (keys[key].is_used)
            continue;
        keys[key] = (struct key){.is_used = true, .destroy = destroy};
        *key_out = key;
        return 0;
    }
    return -SEALED_EAGAIN;
}

int sealed_thread_key_delete(unsigned key)
{
    if (key >= SEALED_THREAD_KEYS_MAX || !keys[key].is_used)
        return -SEALED_EINVAL;
    keys[key].is_used = false;
    for (sealed_thread *thread = &sealed_thread_first; thread; thread = thread->next_of_all)
        thread->key_values[key] = NULL; /* a later key with this number starts empty */
    return 0;
}

int sealed_thread_key_set(unsigned key, const void *value)
{
    if (key >= SEALED_THREAD_KEYS_MAX || !keys[key].is_used)
        return -SEALED_EINVAL;
    sealed_thread_current->key_values[key] = value;
    return 0;
}

void *sealed_thread_key_get(unsigned key)
{
    return key < SEALED_THREAD_KEYS_MAX ? (void *)sealed_thread_current->key_values[key] : NULL;
}

static bool destroy_round(void)
{
    bool has_called = false;

    for (unsigned key = 0; key < SEALED_THREAD_KEYS_MAX; key++) {
        void *value = (void *)sealed_thread_current->key_values[key];
        if (!value || !keys[key].is_used || !keys[key].destroy)
            continue;
        sealed_thread_current->key_values[key] = NULL;
        keys[key].destroy(value);
        has_called = true;
    }
    return has_called;
}

void sealed_thread_keys_destroy(void)
{
    for (int round = 0; round < DESTROY_ROUNDS && destroy_round(); round++) {}
}
