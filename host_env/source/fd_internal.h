/* Step 4 as descriptors need it. Private to host_env. */
#ifndef HOST_ENV_SOURCE_FD_INTERNAL_H
#define HOST_ENV_SOURCE_FD_INTERNAL_H

#include "host_call.h"
#include "host_env/fd.h"
#include "roots.h"

/* Call these with the primitive's result as it comes: nothing may stand between the primitive and the look at errno. */
static inline host_status fd_finish(host_call *call, int result)
{
    return host_call_finish(call, result < 0 ? errno : 0, result);
}

static inline host_status fd_finish_count(host_call *call, ssize_t count, size_t *count_out)
{
    int code = count < 0 ? errno : 0;
    *count_out = count < 0 ? 0 : (size_t)count;
    return host_call_finish(call, code, count);
}

static inline host_status fd_finish_number(host_call *call, int64_t number, int64_t *number_out)
{
    int code = number < 0 ? errno : 0;
    *number_out = number < 0 ? -1 : number;
    return host_call_finish(call, code, number);
}

#endif
