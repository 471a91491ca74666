/* Shared objects: libc's signatures on host_env/native.h. */
#include "bindings/bind.h"
#include "host_env/native.h"
#include "prototypes.h"

/* What dlerror tells next; "" when nothing has failed since it was asked. */
static _Thread_local host_native_text last_words;

/* The loader has no words for what never reached it: a refusal. host_error has. */
static void keep_words(const host_error *error)
{
    if (last_words.words[0] == '\0') snprintf(last_words.words, sizeof last_words.words, "%s", error->message);
    errno = bind_code(error);
}

void *cordon_bind_dlopen(const char *path, int flags)
{
    host_error error;
    host_native *native;
    last_words.words[0] = '\0';
    if (host_native_dlopen(bind_host(), path, flags, &native, &last_words, &error) == HOST_OK) return native;
    keep_words(&error);
    return NULL;
}

void *cordon_bind_dlsym(void *restrict native, const char *restrict symbol)
{
    host_error error;
    void *address;
    last_words.words[0] = '\0';
    if (host_native_dlsym(bind_host(), native, symbol, &address, &last_words, &error) == HOST_OK) return address;
    keep_words(&error);
    return NULL;
}

int cordon_bind_dlclose(void *native)
{
    host_error error;
    last_words.words[0] = '\0';
    if (host_native_dlclose(bind_host(), native, &last_words, &error) == HOST_OK) return 0;
    keep_words(&error);
    return -1;
}

char *cordon_bind_dlerror(void)
{
    static _Thread_local host_native_text told;
    if (last_words.words[0] == '\0') return NULL;
    told = last_words;
    last_words.words[0] = '\0';
    return told.words;
}
