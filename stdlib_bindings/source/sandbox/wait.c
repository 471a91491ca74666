/* Hides from CPython that nothing here could ever have a child: waiting for one says so, as on a host where none was
 * started. */
#include "result.h"

#include <sys/types.h>

pid_t cordon_bind_waitpid(pid_t process, int *status, int options)
{
    (void)process;
    (void)status;
    (void)options;
    return sandbox_refuse(ECHILD);
}
