/* Hides the dynamic loader and its habit of telling errors as text. */
#include "host_env/native.h"

#include <string.h>

#include "host_call.h"
#include "program_paths.h"

static void text_clear(host_native_text *text)
{
    if (text != NULL) {
        text->words[0] = '\0';
    }
}

/* dlerror() forgets what it has told, so the words go to the caller and into the error at once. */
static host_status loader_finish(host_call *call, host_status status, int code, const char *words,
                                 host_native_text *text)
{
    if (words == NULL) {
        words = host_status_text(status);
    }
    if (text != NULL) {
        size_t length = strnlen(words, sizeof(text->words) - 1);
        memcpy(text->words, words, length);
        text->words[length] = '\0';
    }
    return host_call_finish_status(call, status, code, 0, words);
}

host_status host_native_dlopen(host_env *env, const char *path, int flags, host_native **native_out,
                               host_native_text *text, host_error *error)
{
    HOST_CALL(call, env, NATIVE_DLOPEN, error);
    host_call_path(&call, "path", path);
    host_call_number(&call, "flags", flags);
    text_clear(text);
    if (native_out == NULL) {
        return host_call_invalid(&call, "native_out is NULL");
    }
    *native_out = NULL;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    program_path found;
    if (path != NULL && path[0] != '\0' && program_path_open(&call, path, PROGRAM_PATH_SEARCHED, &found) != HOST_OK) {
        return call.access.status;
    }
    bool is_program = path == NULL || path[0] == '\0';
    *native_out = env->operations.dlopen(is_program ? path : found.path, flags);
    if (!is_program) {
        program_path_close(&call, &found); /* what is mapped stays mapped */
    }
    return *native_out != NULL ? host_call_finish(&call, 0, 0)
                               : loader_finish(&call, HOST_MISSING, ENOENT, env->operations.dlerror(), text);
}

host_status host_native_dlsym(host_env *env, host_native *native, const char *symbol, void **address_out,
                              host_native_text *text, host_error *error)
{
    HOST_CALL(call, env, NATIVE_DLSYM, error);
    host_call_name(&call, "symbol", symbol);
    text_clear(text);
    if (symbol == NULL || address_out == NULL) {
        return host_call_invalid(&call, "symbol or address_out is NULL");
    }
    *address_out = NULL;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    env->operations.dlerror(); /* NULL can be a symbol's value: only the text tells the two apart */
    *address_out = env->operations.dlsym(native, symbol);
    if (*address_out != NULL) {
        return host_call_finish(&call, 0, 0);
    }
    const char *words = env->operations.dlerror();
    if (words == NULL) {
        return host_call_finish(&call, 0, 0);
    }
    return loader_finish(&call, HOST_MISSING, ENOENT, words, text);
}

host_status host_native_dlclose(host_env *env, host_native *native, host_native_text *text, host_error *error)
{
    HOST_CALL(call, env, NATIVE_DLCLOSE, error);
    text_clear(text);
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    int failed = native != NULL ? env->operations.dlclose(native) : 0;
    return failed == 0 ? host_call_finish(&call, 0, 0)
                       : loader_finish(&call, HOST_FAILURE, EINVAL, env->operations.dlerror(), text);
}

host_status host_native_dladdr(host_env *env, const void *address, host_native_description *description_out,
                               host_error *error)
{
    HOST_CALL(call, env, NATIVE_DLADDR, error);
    if (description_out == NULL) {
        return host_call_invalid(&call, "description_out is NULL");
    }
    *description_out = (host_native_description){0};
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    Dl_info info;
    if (env->operations.dladdr(address, &info) == 0) {
        return host_call_finish_status(&call, HOST_MISSING, ENOENT, 0, "the address lies in no shared object");
    }
    *description_out = (host_native_description){info.dli_fname, info.dli_fbase, info.dli_sname, info.dli_saddr};
    return host_call_finish(&call, 0, 0);
}
