/* Every function of user, on entries that every host has: root, and its group. */
#include "host_env/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "host_call.h"
#include "support/host_cases.h"

#define CALL(name) static host_status call_##name(host_case_world *world, host_env *env, host_error *error)
#define CHECK(name) static void check_##name(host_case_world *world)

/* Checks may use host_env too, once the record that counts has been made. */
static host_env *quiet(host_case_world *world)
{
    world->env->record = NULL;
    return world->env;
}

/* Results at the front of bytes, texts behind. */
static host_user_buffer texts(host_case_world *world)
{
    return (host_user_buffer){(char *)world->bytes + 256, sizeof(world->bytes) - 256};
}
static host_user *user(host_case_world *world)
{
    return (host_user *)world->bytes;
}
static host_user_group *group(host_case_world *world)
{
    return (host_user_group *)world->bytes;
}

CALL(getpwnam)
{
    return host_user_getpwnam(env, "root", texts(world), user(world), error);
}
CALL(getpwnam_nobody)
{
    return host_user_getpwnam(env, "no-such-user-here", texts(world), user(world), error);
}
CALL(getpwnam_cramped)
{
    return host_user_getpwnam(env, "root", (host_user_buffer){(char *)world->bytes + 256, 4}, user(world), error);
}
CALL(getpwuid)
{
    return host_user_getpwuid(env, 0, texts(world), user(world), error);
}
CALL(getpwuid_nobody)
{
    return host_user_getpwuid(env, 3999999999, texts(world), user(world), error);
}
CHECK(user_is_root)
{
    const struct passwd *root = getpwuid(0);
    assert_string_equal(user(world)->name, root->pw_name);
    assert_string_equal(user(world)->password, root->pw_passwd);
    assert_string_equal(user(world)->comment, root->pw_gecos);
    assert_string_equal(user(world)->directory, root->pw_dir);
    assert_string_equal(user(world)->shell, root->pw_shell);
    assert_int_equal(user(world)->uid, 0);
    assert_int_equal(user(world)->gid, root->pw_gid);
}
CALL(getgrnam)
{
    return host_user_getgrnam(env, "root", texts(world), group(world), error);
}
CALL(getgrgid)
{
    return host_user_getgrgid(env, 0, texts(world), group(world), error);
}
CALL(getgrgid_nobody)
{
    return host_user_getgrgid(env, 3999999999, texts(world), group(world), error);
}
CHECK(group_is_root)
{
    assert_string_equal(group(world)->name, getgrgid(0)->gr_name);
    assert_int_equal(group(world)->gid, 0);
    assert_non_null(group(world)->members);
}

static void users_rewind(host_case_world *world)
{
    (void)world;
    setpwent();
}
static void users_end(host_case_world *world)
{
    (void)world;
    endpwent();
}
CALL(getpwent)
{
    return host_user_getpwent(env, texts(world), user(world), error);
}
/* All of them, one by one, as libc's own list has them. */
CHECK(getpwent)
{
    char names[256][64];
    size_t count = 0;
    setpwent();
    while (host_user_getpwent(quiet(world), texts(world), user(world), NULL) == HOST_OK && count < 256) {
        strncpy(names[count++], user(world)->name, 63);
    }
    setpwent();
    for (size_t i = 0; i < count; i++) {
        const struct passwd *entry = getpwent();
        assert_non_null(entry);
        assert_int_equal(strncmp(names[i], entry->pw_name, 63), 0);
    }
    assert_true(count > 1);
    assert_true(count == 256 || getpwent() == NULL);
}
CALL(setpwent)
{
    (void)world;
    return host_user_setpwent(env, error);
}
static void users_advance(host_case_world *world)
{
    setpwent();
    (void)getpwent();
    (void)getpwent();
    (void)world;
}
CHECK(setpwent)
{
    char first[64];
    strncpy(first, getpwent()->pw_name, 63);
    setpwent();
    assert_int_equal(strncmp(first, getpwent()->pw_name, 63), 0);
    (void)world;
}
CALL(endpwent)
{
    (void)world;
    return host_user_endpwent(env, error);
}

static void groups_rewind(host_case_world *world)
{
    (void)world;
    setgrent();
}
static void groups_end(host_case_world *world)
{
    (void)world;
    endgrent();
}
CALL(getgrent)
{
    return host_user_getgrent(env, texts(world), group(world), error);
}
CHECK(getgrent)
{
    setgrent();
    assert_string_equal(group(world)->name, getgrent()->gr_name);
    size_t count = 1;
    host_status status;
    while ((status = host_user_getgrent(quiet(world), texts(world), group(world), NULL)) == HOST_OK) {
        count++;
    }
    assert_int_equal(status, HOST_MISSING);
    assert_true(count > 1);
}
CALL(setgrent)
{
    (void)world;
    return host_user_setgrent(env, error);
}
static void groups_advance(host_case_world *world)
{
    setgrent();
    (void)getgrent();
    (void)getgrent();
    (void)world;
}
CHECK(setgrent)
{
    char first[64];
    strncpy(first, getgrent()->gr_name, 63);
    setgrent();
    assert_int_equal(strncmp(first, getgrent()->gr_name, 63), 0);
    (void)world;
}
CALL(endgrent)
{
    (void)world;
    return host_user_endgrent(env, error);
}

CALL(getgrouplist)
{
    size_t count;
    host_status status = host_user_getgrouplist(env, "root", 4242, (uint32_t *)world->bytes, 64, &count, error);
    world->number = (int64_t)count;
    return status;
}
CHECK(getgrouplist)
{
    gid_t groups[64];
    int count = 64;
    assert_true(getgrouplist("root", 4242, groups, &count) >= 0);
    assert_int_equal(world->number, count);
    assert_memory_equal(world->bytes, groups, (size_t)count * sizeof(gid_t));
}

/* A user of more groups than there is room for; the host's list of root may be just one, so the primitive is a fake. */
static int three_groups(const char *name, gid_t gid, gid_t *groups, int *count)
{
    (void)name;
    for (int i = 0; i < 3 && i < *count; i++) {
        groups[i] = gid;
    }
    int given = *count;
    *count = 3;
    return given < 3 ? -1 : 3;
}

static void getgrouplist_tells_how_much_room_it_wants(void **state)
{
    (void)state;
    test_host host;
    uint32_t groups[3];
    size_t count = 0;
    test_host_create(&host, NULL);
    host.env->operations.getgrouplist = three_groups;
    assert_host_status(HOST_TOO_LARGE, host_user_getgrouplist(host.env, "x", 1, groups, 2, &count, &host.error),
                       &host.error);
    assert_int_equal(count, 3);
    assert_int_equal(host.error.host_code, ERANGE);
    assert_host_ok(host_user_getgrouplist(host.env, "x", 1, groups, 3, &count, &host.error), &host.error);
    assert_int_equal(count, 3);
    host_operations_restore(host.env);
    test_host_destroy(&host);
}

#define ROW(FUNCTION, name, primitive_name, code, status)                                                              \
    .function = HOST_FUNCTION_USER_##FUNCTION, .call = call_##name, .primitive = HOST_OPERATION_##primitive_name,      \
    .fail_code = code, .fail_status = HOST_##status
#define SILENT "libc gives it no way to fail"

static const host_case cases[] = {
    {ROW(GETPWNAM, getpwnam, getpwnam_r, EIO, FAILURE), .check = check_user_is_root},
    {ROW(GETPWNAM, getpwnam, getpwnam_r, EMFILE, NO_SPACE), .label = "no descriptor left"},
    {ROW(GETPWNAM, getpwnam_nobody, getpwnam_r, ENOENT, MISSING), .label = "nobody", .allowed_status = HOST_MISSING},
    {ROW(GETPWNAM, getpwnam_cramped, getpwnam_r, ERANGE, TOO_LARGE), .label = "too little room",
     .allowed_status = HOST_TOO_LARGE},
    {ROW(GETPWUID, getpwuid, getpwuid_r, EINTR, INTERRUPTED), .check = check_user_is_root},
    {ROW(GETPWUID, getpwuid_nobody, getpwuid_r, ENOENT, MISSING), .label = "nobody", .allowed_status = HOST_MISSING},
    {ROW(GETGRNAM, getgrnam, getgrnam_r, ENOMEM, NO_MEMORY), .check = check_group_is_root},
    {ROW(GETGRGID, getgrgid, getgrgid_r, ERANGE, TOO_LARGE), .check = check_group_is_root},
    {ROW(GETGRGID, getgrgid_nobody, getgrgid_r, EIO, FAILURE), .label = "nobody", .allowed_status = HOST_MISSING},
    {ROW(GETPWENT, getpwent, getpwent_r, ERANGE, TOO_LARGE), .set_up = users_rewind, .check = check_getpwent,
     .tear_down = users_end},
    {ROW(GETPWENT, getpwent, getpwent_r, ENOENT, MISSING), .label = "at the end", .set_up = users_rewind,
     .tear_down = users_end},
    {.function = HOST_FUNCTION_USER_SETPWENT,
     .call = call_setpwent,
     .set_up = users_advance,
     .check = check_setpwent,
     .tear_down = users_end,
     .infallible = SILENT},
    {.function = HOST_FUNCTION_USER_ENDPWENT,
     .call = call_endpwent,
     .set_up = users_advance,
     .tear_down = users_end,
     .infallible = SILENT},
    {ROW(GETGRENT, getgrent, getgrent_r, ERANGE, TOO_LARGE), .set_up = groups_rewind, .check = check_getgrent,
     .tear_down = groups_end},
    {.function = HOST_FUNCTION_USER_SETGRENT,
     .call = call_setgrent,
     .set_up = groups_advance,
     .check = check_setgrent,
     .tear_down = groups_end,
     .infallible = SILENT},
    {.function = HOST_FUNCTION_USER_ENDGRENT,
     .call = call_endgrent,
     .set_up = groups_advance,
     .tear_down = groups_end,
     .infallible = SILENT},
    {ROW(GETGROUPLIST, getgrouplist, getgrouplist, ENOMEM, NO_MEMORY), .check = check_getgrouplist},
};

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(getgrouplist_tells_how_much_room_it_wants)};
    int failed = host_cases_run("user", cases, sizeof(cases) / sizeof(cases[0]));
    return failed + cmocka_run_group_tests_name("user: room", tests, NULL, NULL);
}
