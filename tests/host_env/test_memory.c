/* Memory mappings and shared memory. */
#include "support/host_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
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

/* ---- Another process's memory: a child that waits ---- */

/* Pages 1 and 3 of the mapping are written by the child; 2 is read only, in both senses. */
static void set_up_child(host_case_world *world)
{
    set_up_mapping(world);
    char *pages = world->pointer;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        volatile char read_only = pages[2 * PAGE];
        (void)read_only;
        memset(pages + PAGE, 'b', PAGE);
        memset(pages + 3 * PAGE, 'd', PAGE);
        mprotect(pages + 2 * PAGE, PAGE, PROT_READ);
        raise(SIGSTOP);
        _exit(memcmp(pages + 3 * PAGE, "written", 7) == 0 ? 42 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_true(WIFSTOPPED(status));
    world->number = pid;
}

static void tear_down_child(host_case_world *world)
{
    kill((pid_t)world->number, SIGKILL);
    waitpid((pid_t)world->number, NULL, 0);
    munmap(world->pointer, SIZE);
}

static host_memory_piece piece_of_child(host_case_world *world, int page, void *bytes, size_t size)
{
    return (host_memory_piece){.bytes = bytes, .address = (uintptr_t)world->pointer + (uint64_t)page * PAGE, .size = size};
}

static host_status call_process_read(host_case_world *world, host_env *env, host_error *error)
{
    const host_memory_piece pieces[] = {piece_of_child(world, 3, world->bytes, 2), piece_of_child(world, 1, world->bytes + 2, 2)};
    return host_memory_process_read(env, world->number, pieces, 2, error);
}

static void check_process_read(host_case_world *world)
{
    assert_memory_equal(world->bytes, "ddbb", 4);
    if (world->is_watched) {
        const test_access *recorded = test_recorded(world->host, HOST_FUNCTION_MEMORY_PROCESS_READ);
        assert_int_equal(test_argument_number(recorded, "pid"), world->number);
        assert_int_equal(test_argument_number(recorded, "size"), 4);
    }
}

static host_status call_process_write(host_case_world *world, host_env *env, host_error *error)
{
    char text[] = "written";
    const host_memory_piece piece = piece_of_child(world, 3, text, 7);
    return host_memory_process_write(env, world->number, &piece, 1, error);
}

/* The child itself says what it finds. */
static void check_process_write(host_case_world *world)
{
    siginfo_t end;
    assert_int_equal(kill((pid_t)world->number, SIGCONT), 0);
    assert_int_equal(waitid(P_PID, (id_t)world->number, &end, WEXITED | WNOWAIT), 0);
    assert_int_equal(end.si_code, CLD_EXITED);
    assert_int_equal(end.si_status, 42);
}

enum { RANGES = 4, NO_VIEW = -1 };

static host_status call_process_written(host_case_world *world, host_env *env, host_error *error)
{
    host_memory_range *ranges = (host_memory_range *)(void *)world->bytes;
    const host_memory_range within = {(uintptr_t)world->pointer, SIZE};
    size_t count = 5;
    uint64_t next = 5;
    host_status status = host_memory_process_written(env, world->number, NO_VIEW, &within, ranges, RANGES, &count, &next, error);
    assert_true(status == HOST_OK || (count == 0 && next == 0));
    world->fd_other = (int)count;
    return status;
}

static void check_process_written(host_case_world *world)
{
    const host_memory_range *ranges = (const host_memory_range *)(const void *)world->bytes;
    const uint64_t start = (uintptr_t)world->pointer;
    assert_int_equal(world->fd_other, 2);
    assert_int_equal(ranges[0].address, start + PAGE);
    assert_int_equal(ranges[0].size, PAGE);
    assert_int_equal(ranges[1].address, start + 3 * PAGE);
    assert_int_equal(ranges[1].size, PAGE);
}

#define CHILD .set_up = set_up_child, .tear_down = tear_down_child
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
    { .function = HOST_FUNCTION_MEMORY_PROCESS_READ, CHILD, .call = call_process_read, .check = check_process_read,
      .primitive = HOST_OPERATION_process_vm_readv, .fail_code = EPERM, .fail_status = HOST_NOT_PERMITTED },
    { .function = HOST_FUNCTION_MEMORY_PROCESS_WRITE, CHILD, .call = call_process_write, .check = check_process_write,
      .primitive = HOST_OPERATION_process_vm_writev, .fail_code = ESRCH, .fail_status = HOST_NO_SUCH_PROCESS },
    { .function = HOST_FUNCTION_MEMORY_PROCESS_WRITTEN, CHILD, .call = call_process_written, .check = check_process_written,
      .primitive = HOST_OPERATION_ioctl_argument, .fail_code = EPERM, .fail_status = HOST_NOT_PERMITTED },
    { .function = HOST_FUNCTION_MEMORY_PROCESS_WRITTEN, .label = "of a process that may not be looked at", CHILD, .call = call_process_written,
      .check = check_process_written, .primitive = HOST_OPERATION_openat_mode, .fail_code = EACCES, .fail_status = HOST_NOT_PERMITTED },
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

static void with_child(void (*test)(host_case_world *world, test_host *host))
{
    test_host host;
    host_case_world world = {.number = 0};
    test_host_create(&host, NULL);
    set_up_child(&world);
    test(&world, &host);
    tear_down_child(&world);
    test_host_destroy(&host);
}

/* What Linux before 6.7 answers. The child's page that was only read shows the kernel's zeros, and may be told as well. */
static void ask_by_entries(host_case_world *world, test_host *host)
{
    const host_memory_range within = {(uintptr_t)world->pointer, SIZE};
    host_memory_range ranges[RANGES];
    size_t count;
    uint64_t next;
    host_operations_fail(host->env, HOST_OPERATION_ioctl_argument, 1, ENOTTY);
    host_status status = host_memory_process_written(host->env, world->number, NO_VIEW, &within, ranges, RANGES, &count, &next, &host->error);
    assert_true(host_operations_failed());
    host_operations_restore(host->env);
    assert_host_status(HOST_OK, status, &host->error);
    assert_int_equal(next, within.address + SIZE);
    assert_true(count == 1 || count == 2);
    assert_int_equal(ranges[0].address, within.address + PAGE);
    assert_int_equal(ranges[count - 1].address + ranges[count - 1].size, within.address + SIZE);
}

static void written_pages_are_found_without_the_scan(void **state)
{
    (void)state;
    with_child(ask_by_entries);
}

/* One range at a time, by either way. */
static void ask_in_steps(host_case_world *world, test_host *host)
{
    for (int by_scan = 0; by_scan < 2; by_scan++) {
        uint64_t start = (uintptr_t)world->pointer, end = start + SIZE, bytes = 0;
        unsigned steps = 0;
        while (start < end) {
            const host_memory_range within = {start, end - start};
            host_memory_range range;
            size_t count;
            if (!by_scan) host_operations_fail(host->env, HOST_OPERATION_ioctl_argument, 1, ENOTTY);
            assert_host_status(HOST_OK, host_memory_process_written(host->env, world->number, NO_VIEW, &within, &range, 1, &count, &start, &host->error), &host->error);
            if (!by_scan) host_operations_restore(host->env);
            assert_true(count == 1 || start == end);
            bytes += count * range.size;
            assert_true(++steps < 5);
        }
        assert_true(bytes == 2 * PAGE || (!by_scan && bytes == 3 * PAGE));
    }
}

static void written_pages_are_told_in_steps(void **state)
{
    (void)state;
    with_child(ask_in_steps);
}

/* Beside a piece that may be written, one that may not: refused, and the page is as it was. */
static void write_to_read_only(host_case_world *world, test_host *host)
{
    char text[] = "xx";
    const host_memory_piece pieces[] = {piece_of_child(world, 1, text, 2), piece_of_child(world, 2, text, 2)};
    char *own = world->pointer;
    host_memory_piece look = piece_of_child(world, 2, text, 2);
    assert_host_status(HOST_OK, host_memory_process_write(host->env, world->number, pieces, 1, &host->error), &host->error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_memory_process_write(host->env, world->number, pieces, 2, &host->error), &host->error);
    assert_int_equal(host->error.host_code, EFAULT);
    assert_host_status(HOST_OK, host_memory_process_read(host->env, world->number, &look, 1, &host->error), &host->error);
    assert_memory_equal(text, own + 2 * PAGE, 2);
}

static void read_only_memory_is_not_written(void **state)
{
    (void)state;
    with_child(write_to_read_only);
}

/* A descriptor that was opened before tells what is so now, and nothing of a process that has ended. */
static void ask_by_view(host_case_world *world, test_host *host)
{
    const host_memory_range within = {(uintptr_t)world->pointer, SIZE};
    host_memory_range ranges[RANGES];
    size_t count;
    uint64_t next;
    char path[64], text[] = "x";
    snprintf(path, sizeof path, "/proc/%lld/pagemap", (long long)world->number);
    int view = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(view >= 0);
    assert_host_status(HOST_OK, host_memory_process_written(host->env, world->number, view, &within, ranges, RANGES, &count, &next, &host->error), &host->error);
    assert_int_equal(count, 2);
    const host_memory_piece first = piece_of_child(world, 0, text, 1);
    assert_host_status(HOST_OK, host_memory_process_write(host->env, world->number, &first, 1, &host->error), &host->error);
    assert_host_status(HOST_OK, host_memory_process_written(host->env, world->number, view, &within, ranges, RANGES, &count, &next, &host->error), &host->error);
    assert_int_equal(count, 2);
    assert_int_equal(ranges[0].address, within.address);
    assert_int_equal(ranges[0].size, 2 * PAGE);
    assert_int_equal(next, within.address + SIZE);
    assert_int_equal(kill((pid_t)world->number, SIGKILL), 0);
    siginfo_t end;
    assert_int_equal(waitid(P_PID, (id_t)world->number, &end, WEXITED | WNOWAIT), 0);
    host_status status = host_memory_process_written(host->env, world->number, view, &within, ranges, RANGES, &count, &next, &host->error);
    assert_true(status != HOST_OK || count == 0);
    close(view);
    assert_host_status(HOST_BAD_DESCRIPTOR, host_memory_process_written(host->env, world->number, view, &within, ranges, RANGES, &count, &next, &host->error), &host->error);
}

static void descriptor_that_is_kept_tells_what_is_now(void **state)
{
    (void)state;
    with_child(ask_by_view);
}

/* More pieces than the kernel takes at once; each byte of a page by itself. */
static void move_many(host_case_world *world, test_host *host)
{
    enum { COUNT = 3 * PAGE / 4 };
    static host_memory_piece pieces[COUNT];
    unsigned char sent[COUNT], got[COUNT];
    for (int i = 0; i < COUNT; i++) {
        sent[i] = (unsigned char)(i * 7);
        pieces[i] = piece_of_child(world, 3, sent + i, 1);
        pieces[i].address += (uint64_t)i;
    }
    assert_host_status(HOST_OK, host_memory_process_write(host->env, world->number, pieces, COUNT, &host->error), &host->error);
    for (int i = 0; i < COUNT; i++)
        pieces[i].bytes = got + i;
    assert_host_status(HOST_OK, host_memory_process_read(host->env, world->number, pieces, COUNT, &host->error), &host->error);
    assert_memory_equal(sent, got, COUNT);
}

static void many_pieces_are_moved_in_batches(void **state)
{
    (void)state;
    with_child(move_many);
}

static void refuse_arguments(host_case_world *world, test_host *host)
{
    char text[2] = {0};
    const host_memory_range within = {(uintptr_t)world->pointer, SIZE}, part = {within.address + 1, PAGE}, beyond = {UINT64_MAX - PAGE + 1, 2 * PAGE};
    host_memory_range range;
    host_memory_piece large = piece_of_child(world, 1, text, (size_t)HOST_MEMORY_PIECE_BYTES_MAX + 1);
    size_t count;
    uint64_t next;
    assert_host_status(HOST_INVALID_ARGUMENT, host_memory_process_read(host->env, world->number, NULL, 1, &host->error), &host->error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_memory_process_write(host->env, world->number, &large, 1, &host->error), &host->error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_memory_process_written(host->env, world->number, NO_VIEW, &part, &range, 1, &count, &next, &host->error), &host->error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_memory_process_written(host->env, world->number, NO_VIEW, &beyond, &range, 1, &count, &next, &host->error), &host->error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_memory_process_written(host->env, world->number, NO_VIEW, &within, &range, 0, &count, &next, &host->error), &host->error);
    assert_host_status(HOST_INVALID_ARGUMENT, host_memory_process_written(host->env, world->number, NO_VIEW, &within, &range, 1, NULL, &next, &host->error), &host->error);
    assert_host_status(HOST_OK, host_memory_process_written(host->env, world->number, NO_VIEW, &within, &range, 1, &count, &next, &host->error), &host->error);
}

static void pieces_and_ranges_are_checked(void **state)
{
    (void)state;
    with_child(refuse_arguments);
}

static void every_step_of_looking_at_pages_may_fail(void **state)
{
    (void)state;
    host_walk_failures(&(host_case){.function = HOST_FUNCTION_MEMORY_PROCESS_WRITTEN, CHILD, .call = call_process_written});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_must_be_given),
        cmocka_unit_test(shared_names_stay_in_their_folder),
        cmocka_unit_test(written_pages_are_found_without_the_scan),
        cmocka_unit_test(written_pages_are_told_in_steps),
        cmocka_unit_test(descriptor_that_is_kept_tells_what_is_now),
        cmocka_unit_test(read_only_memory_is_not_written),
        cmocka_unit_test(many_pieces_are_moved_in_batches),
        cmocka_unit_test(pieces_and_ranges_are_checked),
        cmocka_unit_test(every_step_of_looking_at_pages_may_fail),
    };
    int failed = host_cases_run("memory", cases, sizeof cases / sizeof cases[0]);
    return failed + cmocka_run_group_tests_name("memory arguments", tests, NULL, NULL);
}
