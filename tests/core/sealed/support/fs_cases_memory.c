/* Runs the file system's cases in memory. */
#include "fs_cases.h"
#include "fs_world.h"

int fs_cases_start(void **state)
{
    return fs_world_start(state);
}

int fs_cases_end(void **state)
{
    (void)state;
    return 0;
}

int fs_cases_make_home(const char *home)
{
    return sealed_fs_make_directory(SEALED_AT_CWD, home, 0777);
}

void fs_cases_remove_home(const char *home)
{
    fs_world_remove_tree(home);
}

const char *fs_cases_script(const char *name, const char *script)
{
    (void)name;
    return script;
}

bool fs_cases_is_clean(void)
{
    return true;
}
