/* Hides how modules that wait for their code are found by what is at hand: the module itself, or its namespace. Interpreters may each have a lock of
 * their own, so this has one too. */
#include "full_module_registry.h"

#include <stdint.h>
#include <stdlib.h>

enum { BUCKETS = 1024 /* a power of two */ };
enum { BY_MODULE, BY_NAMESPACE, WAYS };

typedef struct node {
    struct node *next[WAYS];
    PyObject *keys[WAYS]; /* not owned: looked at, never into */
    full_fresh_module fresh;
} node;

static PyMutex mutex;
static node *buckets[WAYS][BUCKETS];

static node **bucket_of(int way, PyObject *key) { return &buckets[way][((uintptr_t)key >> 4) & (BUCKETS - 1)]; }

static node **find(int way, PyObject *key)
{
    node **place = bucket_of(way, key);
    while (*place != NULL && (*place)->keys[way] != key) place = &(*place)->next[way];
    return place;
}

static bool take(int way, PyObject *key, full_fresh_module *module_out)
{
    PyMutex_Lock(&mutex);
    node *found = *find(way, key);
    for (int i = 0; found != NULL && i < WAYS; i++) {
        node **place = bucket_of(i, found->keys[i]);
        while (*place != found) place = &(*place)->next[i];
        *place = found->next[i];
    }
    PyMutex_Unlock(&mutex);
    if (found == NULL) return false;
    *module_out = found->fresh;
    free(found);
    return true;
}

bool full_module_registry_add(PyObject *module, PyObject *name, bool is_told)
{
    node *added = malloc(sizeof *added);
    if (added == NULL) return false;
    added->keys[BY_MODULE] = module;
    added->keys[BY_NAMESPACE] = PyModule_GetDict(module);
    added->fresh = (full_fresh_module){ name != NULL && PyUnicode_CheckExact(name) ? Py_NewRef(name) : NULL, is_told };
    PyMutex_Lock(&mutex);
    for (int i = 0; i < WAYS; i++) {
        node **bucket = bucket_of(i, added->keys[i]);
        added->next[i] = *bucket;
        *bucket = added;
    }
    PyMutex_Unlock(&mutex);
    return true;
}

bool full_module_registry_has(PyObject *module, PyObject *name)
{
    PyMutex_Lock(&mutex);
    const node *found = *find(BY_MODULE, module);
    PyObject *known = found != NULL ? Py_XNewRef(found->fresh.name) : NULL;
    PyMutex_Unlock(&mutex);
    bool is_same = known != NULL && name != NULL && PyUnicode_CheckExact(name) && PyUnicode_Compare(known, name) == 0;
    Py_XDECREF(known);
    return is_same;
}

bool full_module_registry_take(PyObject *module, full_fresh_module *module_out) { return take(BY_MODULE, module, module_out); }

bool full_module_registry_take_namespace(PyObject *namespace, full_fresh_module *module_out) { return take(BY_NAMESPACE, namespace, module_out); }

bool full_module_registry_take_any(full_fresh_module *module_out)
{
    PyObject *any = NULL;
    PyMutex_Lock(&mutex);
    for (int i = 0; any == NULL && i < BUCKETS; i++)
        if (buckets[BY_MODULE][i] != NULL) any = buckets[BY_MODULE][i]->keys[BY_MODULE];
    PyMutex_Unlock(&mutex);
    return any != NULL && take(BY_MODULE, any, module_out);
}
