/* Every function of native, on libm, which every host has. */
#include "host_env/native.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host_call.h"
#include "support/host_cases.h"

#define CALL(name) static host_status call_##name(host_case_world *world, host_env *env, host_error *error)
#define CHECK(name) static void check_##name(host_case_world *world)
static const char library[] = "libm.so.6";

static host_native_text *words(host_case_world *world)
{
    return (host_native_text *)world->bytes;
}

CALL(dlopen)
{
    return host_native_dlopen(env, library, RTLD_NOW | RTLD_LOCAL, (host_native **)&world->pointer, words(world),
                              error);
}
CHECK(dlopen)
{
    assert_string_equal(words(world)->words, "");
    assert_non_null(dlsym(world->pointer, "cos"));
    dlclose(world->pointer);
}
CALL(dlopen_missing)
{
    return host_native_dlopen(env, "/nonexistent/x.so", RTLD_NOW, (host_native **)&world->pointer, words(world), error);
}
CALL(dlopen_program)
{
    return host_native_dlopen(env, NULL, RTLD_NOW, (host_native **)&world->pointer, words(world), error);
}
CHECK(dlopen_program)
{
    assert_non_null(dlsym(world->pointer, "malloc"));
    dlclose(world->pointer);
}

static void open_library(host_case_world *world)
{
    world->pointer = dlopen(library, RTLD_NOW | RTLD_LOCAL);
}
static void close_library(host_case_world *world)
{
    if (world->pointer != NULL) {
        dlclose(world->pointer);
    }
}
CALL(dlsym)
{
    return host_native_dlsym(env, world->pointer, "cos", (void **)(world->bytes + 1024), words(world), error);
}
CHECK(dlsym)
{
    double (*cosine)(double);
    memcpy(&cosine, world->bytes + 1024, sizeof(cosine));
    assert_true(cosine(0.0) == 1.0);
}
CALL(dlsym_missing)
{
    return host_native_dlsym(env, world->pointer, "no_such_symbol", (void **)(world->bytes + 1024), words(world),
                             error);
}
CALL(dlclose)
{
    return host_native_dlclose(env, world->pointer, words(world), error);
}
CHECK(dlclose)
{
    world->pointer = NULL;
}

CALL(dladdr)
{
    static host_native_description description;
    world->data = &description;
    return host_native_dladdr(env, dlsym(world->pointer, "fegetround"), &description, error);
}
CHECK(dladdr)
{
    const host_native_description *description = world->data;
    assert_non_null(strstr(description->file, "libm"));
    assert_string_equal(description->symbol, "fegetround");
    assert_non_null(description->base);
}
CALL(dladdr_missing)
{
    host_native_description description;
    (void)world;
    return host_native_dladdr(env, (void *)8, &description, error);
}

#define ROW(FUNCTION, name, primitive_name, code, status)                                                              \
    .function = HOST_FUNCTION_NATIVE_##FUNCTION, .call = call_##name, .primitive = HOST_OPERATION_##primitive_name,    \
    .fail_code = code, .fail_status = HOST_##status

/* The loader tells no errno, so the codes are ours. */
static const host_case cases[] = {
    {ROW(DLOPEN, dlopen, dlopen, ENOENT, MISSING), .check = check_dlopen},
    {ROW(DLOPEN, dlopen_program, dlopen, ENOENT, MISSING), .label = "the program itself",
     .check = check_dlopen_program},
    {ROW(DLOPEN, dlopen_missing, dlopen, ENOENT, MISSING), .label = "missing", .allowed_status = HOST_MISSING},
    {.function = HOST_FUNCTION_NATIVE_DLSYM,
     .set_up = open_library,
     .call = call_dlsym,
     .check = check_dlsym,
     .tear_down = close_library,
     .infallible = "NULL may be a symbol's value; only the loader's words tell, see the next row"},
    {.function = HOST_FUNCTION_NATIVE_DLSYM,
     .label = "missing",
     .set_up = open_library,
     .call = call_dlsym_missing,
     .tear_down = close_library,
     .infallible = "it fails by itself",
     .allowed_status = HOST_MISSING},
    {ROW(DLCLOSE, dlclose, dlclose, EINVAL, FAILURE), .set_up = open_library, .check = check_dlclose},
    {ROW(DLADDR, dladdr, dladdr, ENOENT, MISSING), .set_up = open_library, .check = check_dladdr,
     .tear_down = close_library},
    {ROW(DLADDR, dladdr_missing, dladdr, ENOENT, MISSING), .label = "missing", .allowed_status = HOST_MISSING},
};

static void failures_come_with_the_loaders_words(void **state)
{
    (void)state;
    test_host host;
    host_native *native;
    host_native_text text;
    void *address;
    test_host_create(&host, NULL);

    assert_host_status(HOST_MISSING,
                       host_native_dlopen(host.env, "/nonexistent/x.so", RTLD_NOW, &native, &text, &host.error),
                       &host.error);
    assert_null(native);
    assert_non_null(strstr(text.words, "/nonexistent/x.so: cannot open shared object file"));
    assert_non_null(strstr(host.error.message, "cannot open shared object file"));

    assert_host_ok(host_native_dlopen(host.env, library, RTLD_NOW, &native, &text, &host.error), &host.error);
    assert_host_status(
        HOST_MISSING, host_native_dlsym(host.env, native, "no_such_symbol", &address, &text, &host.error), &host.error);
    assert_non_null(strstr(text.words, "undefined symbol: no_such_symbol"));
    assert_host_ok(host_native_dlclose(host.env, native, NULL, &host.error), &host.error);
    assert_host_ok(host_native_dlclose(host.env, NULL, NULL, &host.error), &host.error);
    test_host_destroy(&host);
}

/* The file that a path of libm leads to, from where this program's own loader found it. */
static void library_path(char *path_out, size_t size)
{
    Dl_info info;
    double (*cosine)(double);
    void *handle = dlopen(library, RTLD_NOW), *address = dlsym(handle, "cos");
    memcpy(&cosine, &address, sizeof(cosine));
    assert_int_equal(dladdr(address, &info) != 0, 1);
    assert_non_null(realpath(info.dli_fname, path_out));
    assert_true(strlen(path_out) < size);
    dlclose(handle);
}

static void confined_loading_stays_beneath_a_root(void **state)
{
    (void)state;
    static const host_root usr = {"/usr", HOST_ROOT_READ}, etc = {"/etc", HOST_ROOT_READ},
                           written = {"/usr", HOST_ROOT_WRITE};
    char path[4096];
    library_path(path, sizeof(path));
    const struct {
        const char *path;
        const host_root *root;
        host_status status;
    } rows[] = {
        {path, &usr, strncmp(path, "/usr/", 5) == 0 ? HOST_OK : HOST_OUTSIDE_ROOT},
        {path, &etc, HOST_OUTSIDE_ROOT},
        {path, &written, HOST_OUTSIDE_ROOT}, /* writing there is no leave to run what lies there */
        {library, &usr, HOST_OUTSIDE_ROOT},  /* the loader would search for it, nobody knows where */
        {NULL, &etc, HOST_OK},               /* this program itself */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        test_host host;
        host_native *native;
        host_env_config config = HOST_ENV_CONFIG_INIT;
        config.path_mode = HOST_PATHS_BENEATH_ROOTS;
        config.roots = rows[i].root;
        config.root_count = 1;
        test_host_create(&host, &config);
        int before = test_descriptor_count();
        assert_host_status(rows[i].status,
                           host_native_dlopen(host.env, rows[i].path, RTLD_NOW, &native, NULL, &host.error),
                           &host.error);
        assert_int_equal(native != NULL, rows[i].status == HOST_OK);
        assert_int_equal(test_descriptor_count(), before);
        host_native_dlclose(host.env, native, NULL, NULL);
        test_host_destroy(&host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_come_with_the_loaders_words),
        cmocka_unit_test(confined_loading_stays_beneath_a_root),
    };
    int failed = host_cases_run("native", cases, sizeof(cases) / sizeof(cases[0]));
    return failed + cmocka_run_group_tests_name("native: words and roots", tests, NULL, NULL);
}
