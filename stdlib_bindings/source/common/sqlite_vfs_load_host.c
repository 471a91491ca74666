/* Extensions of SQLite, for the full interpreter: shared objects are loaded through the host boundary like any other. */
#include "sqlite_vfs_internal.h"

#include <dlfcn.h>

static void *load_open(sqlite3_vfs *vfs, const char *path)
{
    (void)vfs;
    return dlopen(path, RTLD_NOW | RTLD_GLOBAL);
}

static void load_error(sqlite3_vfs *vfs, int size_bytes, char *text_out)
{
    const char *text = dlerror();
    (void)vfs;
    if (text)
        sqlite3_snprintf(size_bytes, text_out, "%s", text);
}

static void (*load_symbol(sqlite3_vfs *vfs, void *handle, const char *name))(void)
{
    (void)vfs;
    return (void (*)(void))dlsym(handle, name);
}

static void load_close(sqlite3_vfs *vfs, void *handle)
{
    (void)vfs;
    dlclose(handle);
}

void vfs_add_loading(sqlite3_vfs *vfs)
{
    vfs->xDlOpen = load_open;
    vfs->xDlError = load_error;
    vfs->xDlSym = load_symbol;
    vfs->xDlClose = load_close;
}
