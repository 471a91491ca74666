/* Where the cases of test_fs_cases.c run: in memory, or in a mounted host folder. One of fs_cases_memory.c and tests/core/mount/fs_cases_mount.c is linked. */
#ifndef FS_CASES_H
#define FS_CASES_H

#include <stdbool.h>

int fs_cases_start(void **state);
int fs_cases_end(void **state);
int fs_cases_make_home(const char *home);
void fs_cases_remove_home(const char *home);
/* What a case is to answer here: mostly its own script. */
const char *fs_cases_script(const char *name, const char *script);
/* Nothing is left open but what the sealed layer itself counts. */
bool fs_cases_is_clean(void);

#endif
