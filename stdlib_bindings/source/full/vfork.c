/* vfork's answer in libc's words, for x86_64/vfork.S: the adapter itself cannot be C, because its frame would be gone when it returns again. */
#include "bind_internal.h"
#include "bindings/bind.h"
#include "prototypes.h"

int64_t bind_vfork_answer(host_status status, int64_t pid, const host_error *error);

int64_t bind_vfork_answer(host_status status, int64_t pid, const host_error *error)
{
    return status == HOST_OK ? pid : bind_fail(error);
}
