/* Stands before the built-in modules whose libraries reach a host by themselves. It does so in the interpreter's table of built-in modules,
 * which Python code can read but not change, so there is no second way in. */
#include <Python.h>
#include <string.h>

#include "bindings/openssl.h"
#include "full_native.h"
#include "native_exceptions.h" /* generated: NATIVE_MODULE_TABLE, NATIVE_EXCEPTION_TABLE */

typedef struct native_exception {
    const char *module;
    const char *library;
    const char *capability;
    const char *what;
} native_exception;

static const native_exception exceptions[] = {
#define NATIVE_EXCEPTION_ROW(module, library, capability, what) { module, library, capability, what },
    NATIVE_EXCEPTION_TABLE(NATIVE_EXCEPTION_ROW)
#undef NATIVE_EXCEPTION_ROW
};

enum native_module_number {
#define NATIVE_MODULE_NUMBER(name) NATIVE_MODULE_##name,
    NATIVE_MODULE_TABLE(NATIVE_MODULE_NUMBER)
#undef NATIVE_MODULE_NUMBER
    NATIVE_MODULE_COUNT
};

/* The interpreter's table calls initialisers without an argument, so the policy and the originals need a place of their own. */
static const full_policy *guard_policy;
static PyObject *(*original_initialisers[NATIVE_MODULE_COUNT])(void);

static PyObject *refuse(const native_exception *exception)
{
    PyErr_Format(PyExc_ImportError, "%s needs the capability %s, which the policy does not grant without limit: %s %s", exception->module,
                 exception->capability, exception->library, exception->what);
    return NULL;
}

static PyObject *initialise(const char *module, enum native_module_number number)
{
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++)
        if (strcmp(exceptions[i].module, module) == 0 && !full_policy_grants_all(guard_policy, exceptions[i].capability)) return refuse(&exceptions[i]);
    /* OpenSSL reads its configuration at its first use, unless that has been done for it. */
    if (strcmp(module, "_ssl") == 0 || strcmp(module, "_hashlib") == 0) bind_openssl_start();
    return original_initialisers[number]();
}

#define NATIVE_MODULE_INITIALISER(name)                                                                        \
    static PyObject *initialise_##name(void) { return initialise(#name, NATIVE_MODULE_##name); }
NATIVE_MODULE_TABLE(NATIVE_MODULE_INITIALISER)

static const struct guarded_module {
    const char *name;
    PyObject *(*initialiser)(void);
} guarded_modules[] = {
#define NATIVE_MODULE_ROW(name) { #name, initialise_##name },
    NATIVE_MODULE_TABLE(NATIVE_MODULE_ROW)
#undef NATIVE_MODULE_ROW
};

void full_native_guard(const full_policy *policy)
{
    guard_policy = policy;
    for (struct _inittab *entry = PyImport_Inittab; entry->name != NULL; entry++) {
        for (int i = 0; i < NATIVE_MODULE_COUNT; i++) {
            if (strcmp(entry->name, guarded_modules[i].name) != 0) continue;
            original_initialisers[i] = entry->initfunc;
            entry->initfunc = guarded_modules[i].initialiser;
        }
    }
}
