/* Answers clocks and random bytes; hides which of the host's sources they come from. */
#include "broker_internal.h"

#include <time.h>

#include "host_env/random.h"
#include "host_env/time.h"

static int read_clock(broker_request *request, int clock)
{
    host_time time;
    host_error problem;
    if (host_time_clock(request->broker->clock, clock, &time, &problem) != HOST_OK)
        return broker_errno(&problem);
    cordon_broker_put_integer(request->reply, time.seconds * 1000000000 + time.nanoseconds);
    return 0;
}

int broker_clock_read(broker_request *request)
{
    if (!request->broker->config.may_read_clock)
        return -EPERM;
    int error = read_clock(request, CLOCK_REALTIME);
    return error ? error : read_clock(request, CLOCK_MONOTONIC);
}

int broker_random_bytes(broker_request *request)
{
    int64_t size = request->numbers[0];
    host_error problem;
    if (!request->broker->config.may_have_random)
        return -EPERM;
    if (size <= 0 || size > (int64_t)CORDON_BROKER_DATA_MAX)
        return -EINVAL;
    unsigned char *to = cordon_broker_reserve(request->reply, (size_t)size);
    if (!to)
        return -EIO;
    return host_random_fill(request->broker->clock, to, (size_t)size, &problem) == HOST_OK ? 0 : broker_errno(&problem);
}
