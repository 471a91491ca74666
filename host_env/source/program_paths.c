/* Hides from exec and dlopen how a path of a program or shared object is held beneath the granted roots. */
#include "program_paths.h"

#include <string.h>

host_status program_path_open(host_call *call, const char *path, program_path *found_out)
{
    *found_out = (program_path){ .path = path, .fd = -1 };
    if (call->env->path_mode == HOST_PATHS_ANY) {
        return HOST_OK;
    }
    return host_call_finish_status(call, HOST_OUTSIDE_ROOT, EACCES, 0, "it lies beneath no root that grants reading");
}

void program_path_close(host_call *call, program_path *found)
{
    if (found->fd >= 0) {
        call->env->operations.close(found->fd);
    }
}
