/* Memory mappings and shared memory. */
#include "support/host_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host_env/memory.h"

enum { PAGE = 4096, SIZE = 4 * PAGE };

static void set_up_mapping(host_case_world *world)
{
    world->number = SIZE;
    world->pointer = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(world->pointer, MAP_FAILED);
}

static void tear_down_mapping(host_case_world *world)
{
    if (world->pointer != NULL) munmap(world->pointer, (size_t)world->number);
}

static host_status call_map(host_case_world *world, host_env *env, host_error *error)
{
    world->number = SIZE;
    return host_memory_map(env, NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, &world->pointer, error);
}

static void check_map(host_case_world *world)
{
    memset(world->pointer, 7, SIZE);
    assert_int_equal(((char *)world->pointer)[SIZE - 1], 7);
    if (!world->is_watched) {
        return;
    }
    assert_int_equal(test_argument_number(test_recorded(world->host, HOST_FUNCTION_MEMORY_MAP), "size"), SIZE);
}

static host_status call_unmap(host_case_world *world, host_env *env, host_error *error)
{
    return host_memory_unmap(env, world->pointer, SIZE, error);
}

static void check_unmapped(host_case_world *world)
{
    assert_int_equal(msync(world->pointer, PAGE, MS_ASYNC), -1);
    assert_int_equal(errno, ENOMEM);
    world->pointer = NULL;
}

static host_status call_remap(host_case_world *world, host_env *env, host_error *error)
{
    void *moved = (void *)1;
    host_status status = host_memory_remap(env, world->pointer, SIZE, 2 * SIZE, MREMAP_MAYMOVE, NULL, &moved, error);
    assert_true((status == HOST_OK) == (moved != NULL)); /* NULL on failure: the old one still stands, and is torn down */
    if (moved != NULL) {
        world->pointer = moved;
        world->number = 2 * SIZE;
    }
    return status;
}

static void check_remap(host_case_world *world)
{
    memset(world->pointer, 7, 2 * SIZE);
}

static host_status call_protect(host_case_world *world, host_env *env, host_error *error)
{
    return host_memory_protect(env, world->pointer, SIZE, PROT_READ, error);
}

/* The kernel's own reading of the memory tells what may be done with it. */
static void check_protected(host_case_world *world)
{
    int fd = open("/dev/zero", O_RDONLY);
    assert_int_equal(read(fd, world->pointer, 1), -1);
    assert_int_equal(errno, EFAULT);
    assert_int_equal(mprotect(world->pointer, SIZE, PROT_READ | PROT_WRITE), 0);
    assert_int_equal(read(fd, world->pointer, 1), 1);
    close(fd);
}

static host_status call_advise(host_case_world *world, host_env *env, host_error *error)
{
    memset(world->pointer, 7, SIZE);
    return host_memory_advise(env, world->pointer, SIZE, MADV_DONTNEED, error);
}

static void check_advised(host_case_world *world)
{
    assert_int_equal(((char *)world->pointer)[0], 0);
}

static void set_up_file_mapping(host_case_world *world)
{
    world->fd = open(world->path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(ftruncate(world->fd, SIZE), 0);
    world->number = SIZE;
    world->pointer = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, world->fd, 0);
    assert_ptr_not_equal(world->pointer, MAP_FAILED);
    memcpy(world->pointer, "mapped", 6);
}

static void tear_down_file_mapping(host_case_world *world)
{
    tear_down_mapping(world);
    close(world->fd);
}

static host_status call_synchronize(host_case_world *world, host_env *env, host_error *error)
{
    return host_memory_synchronize(env, world->pointer, SIZE, MS_SYNC, error);
}

static void check_synchronized(host_case_world *world)
{
    char bytes[6];
    assert_int_equal(pread(world->fd, bytes, 6, 0), 6);
    assert_memory_equal(bytes, "mapped", 6);
}

static host_status call_file_create(host_case_world *world, host_env *env, host_error *error)
{
    return host_memory_file_create(env, "cordon-test", MFD_CLOEXEC, &world->fd, error);
}

static void check_is_open(host_case_world *world)
{
    assert_int_equal(ftruncate(world->fd, 10), 0);
    assert_int_equal(fcntl(world->fd, F_GETFD), FD_CLOEXEC);
}

static void tear_down_fd(host_case_world *world)
{
    if (world->fd >= 0) close(world->fd);
}

static void name_of(const host_case_world *world, char name[64])
{
    snprintf(name, 64, "/cordon-test-%d-%s", (int)getpid(), strrchr(world->folder, '/') + 1);
}

static host_status call_shared_open(host_case_world *world, host_env *env, host_error *error)
{
    char name[64];
    name_of(world, name);
    return host_memory_shared_open(env, name, O_RDWR | O_CREAT | O_EXCL, 0600, &world->fd, error);
}

static void tear_down_shared(host_case_world *world)
{
    char name[64];
    name_of(world, name);
    tear_down_fd(world);
    shm_unlink(name);
}

static void set_up_shared(host_case_world *world)
{
    char name[64];
    name_of(world, name);
    world->fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_true(world->fd >= 0);
}

static host_status call_shared_remove(host_case_world *world, host_env *env, host_error *error)
{
    char name[64];
    name_of(world, name);
    return host_memory_shared_remove(env, name, error);
}

static void check_shared_removed(host_case_world *world)
{
    char name[64];
    name_of(world, name);
    assert_int_equal(shm_open(name, O_RDWR, 0600), -1);
    assert_int_equal(errno, ENOENT);
}

#define MAPPING .set_up = set_up_mapping, .tear_down = tear_down_mapping
static const host_case cases[] = {
    { .function = HOST_FUNCTION_MEMORY_MAP, .call = call_map, .check = check_map, .tear_down = tear_down_mapping,
      .primitive = HOST_OPERATION_mmap, .fail_code = ENOMEM, .fail_status = HOST_NO_MEMORY },
    { .function = HOST_FUNCTION_MEMORY_UNMAP, .set_up = set_up_mapping, .call = call_unmap, .check = check_unmapped, .tear_down = tear_down_mapping,
      .primitive = HOST_OPERATION_munmap, .fail_code = EINVAL, .fail_status = HOST_INVALID_ARGUMENT },
    { .function = HOST_FUNCTION_MEMORY_REMAP, MAPPING, .call = call_remap, .check = check_remap,
      .primitive = HOST_OPERATION_mremap_to, .fail_code = ENOMEM, .fail_status = HOST_NO_MEMORY },
    { .function = HOST_FUNCTION_MEMORY_PROTECT, MAPPING, .call = call_protect, .check = check_protected,
      .primitive = HOST_OPERATION_mprotect, .fail_code = EACCES, .fail_status = HOST_NOT_PERMITTED },
    { .function = HOST_FUNCTION_MEMORY_ADVISE, MAPPING, .call = call_advise, .check = check_advised,
      .primitive = HOST_OPERATION_madvise, .fail_code = EINVAL, .fail_status = HOST_INVALID_ARGUMENT },
    { .function = HOST_FUNCTION_MEMORY_SYNCHRONIZE, .set_up = set_up_file_mapping, .call = call_synchronize, .check = check_synchronized,
      .tear_down = tear_down_file_mapping, .primitive = HOST_OPERATION_msync, .fail_code = EIO, .fail_status = HOST_FAILURE },
    { .function = HOST_FUNCTION_MEMORY_FILE_CREATE, .call = call_file_create, .check = check_is_open, .tear_down = tear_down_fd,
      .primitive = HOST_OPERATION_memfd_create, .fail_code = EMFILE, .fail_status = HOST_NO_SPACE },
    { .function = HOST_FUNCTION_MEMORY_SHARED_OPEN, .call = call_shared_open, .check = check_is_open, .tear_down = tear_down_shared,
      .primitive = HOST_OPERATION_shm_open, .fail_code = EEXIST, .fail_status = HOST_EXISTS },
    { .function = HOST_FUNCTION_MEMORY_SHARED_REMOVE, .set_up = set_up_shared, .call = call_shared_remove, .check = check_shared_removed,
      .tear_down = tear_down_shared, .primitive = HOST_OPERATION_shm_unlink, .fail_code = ENOENT, .fail_status = HOST_MISSING },
};

static void outputs_must_be_given(void **state)
{
    (void)state;
    test_host host;
    int fd = 5;
    test_host_create(&host, NULL);
    assert_host_status(HOST_INVALID_ARGUMENT, host_memory_map(host.env, NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, NULL, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_memory_file_create(host.env, NULL, 0, &fd, &host.error), &host.error);
    assert_int_equal(fd, -1);
    assert_host_status(HOST_INVALID_ARGUMENT, host_memory_shared_open(host.env, NULL, 0, 0, &fd, &host.error), &host.error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_memory_shared_remove(host.env, NULL, &host.error), &host.error);
    test_host_destroy(&host);
}

static void shared_names_stay_in_their_folder(void **state)
{
    (void)state;
    static const char *const names[] = { "/../tmp/cordon", "/a/b", "/..", "/" };
    test_host host;
    test_host_create(&host, NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int fd = 5;
        assert_int_not_equal(host_memory_shared_open(host.env, names[i], O_RDWR | O_CREAT, 0600, &fd, &host.error), HOST_OK);
        assert_int_equal(fd, -1);
    }
    test_host_destroy(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(outputs_must_be_given), cmocka_unit_test(shared_names_stay_in_their_folder) };
    int failed = host_cases_run("memory", cases, sizeof cases / sizeof cases[0]);
    return failed + cmocka_run_group_tests_name("memory arguments", tests, NULL, NULL);
}
