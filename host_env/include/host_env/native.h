/* Machine code from outside: shared objects and the symbols in them.
 *
 * Code that was loaded is beyond host_env: it can reach the host by itself. So native.load is a grant of everything,
 * and only what is loaded can be limited. Safe from any thread. */
#ifndef HOST_ENV_NATIVE_H
#define HOST_ENV_NATIVE_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

typedef struct host_native host_native; /* what dlopen returns, void-cast: adapters may hand it through */

/* The loader's own words after a failure, such as "x.so: cannot open shared object file"; "" after a success. May be
 * NULL in every call. */
typedef struct host_native_text {
    char words[512];
} host_native_text;

/* `path` NULL is this program itself. `flags` are RTLD_* of the host. While paths are confined, a path must be beneath
 * a root with HOST_ROOT_READ and a name without slash, which the loader would search for, is refused with OUTSIDE_ROOT.
 * On HOST_OK the caller owns *native_out (host_native_dlclose). Fails with MISSING if the loader refuses. */
host_status host_native_dlopen(host_env *env, const char *path, int flags, host_native **native_out,
                               host_native_text *text, host_error *error);
/* `native` may also be RTLD_DEFAULT or RTLD_NEXT of the host. The address may be NULL on HOST_OK; MISSING if there is
 * no such symbol. */
host_status host_native_dlsym(host_env *env, host_native *native, const char *symbol, void **address_out,
                              host_native_text *text, host_error *error);
/* Accepts NULL. */
host_status host_native_dlclose(host_env *env, host_native *native, host_native_text *text, host_error *error);

typedef struct host_native_description {
    const char *file; /* borrowed from the loader until the object is closed */
    void *base;
    const char *symbol; /* NULL if no symbol is near */
    void *symbol_address;
} host_native_description;

/* MISSING if the address is in no shared object. */
host_status host_native_dladdr(host_env *env, const void *address, host_native_description *description_out,
                               host_error *error);

#endif
