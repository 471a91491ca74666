/* Hides how one sees what a call left behind in the process. Uses libc alone, never host_env: a judge is no party. */
#include "support/process_state.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static int walk_descriptors(bool print)
{
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL) {
        abort(); /* without it no test could tell */
    }
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char target[256] = "";
        if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(directory)) {
            continue;
        }
        count++;
        if (print && readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1) > 0) {
            fprintf(stderr, "    descriptor %s -> %s\n", entry->d_name, target);
        }
    }
    closedir(directory);
    return count;
}

int test_descriptor_count(void)
{
    return walk_descriptors(false);
}

void test_descriptors_print(void)
{
    walk_descriptors(true);
}

bool test_has_child(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

bool test_leaks_memory(void)
{
    return __lsan_do_recoverable_leak_check != NULL && __lsan_do_recoverable_leak_check() != 0;
}

void test_folder_create(char folder_out[64])
{
    const char *base = getenv("TMPDIR");
    if (base == NULL || base[0] != '/' || strlen(base) > 40) {
        base = "/tmp";
    }
    snprintf(folder_out, 64, "%s/host-env-XXXXXX", base);
    if (mkdtemp(folder_out) == NULL) {
        perror(folder_out);
        abort();
    }
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status;
    (void)type;
    (void)position;
    return remove(path);
}

static int make_searchable(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status;
    (void)position;
    return type == FTW_D || type == FTW_DNR ? chmod(path, 0700) : 0;
}

void test_folder_remove(const char *folder)
{
    nftw(folder, make_searchable, 16, FTW_PHYS);
    if (nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0) {
        fprintf(stderr, "could not remove %s: %s\n", folder, strerror(errno));
        abort();
    }
}
