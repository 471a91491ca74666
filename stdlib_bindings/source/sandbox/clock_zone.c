/* Hides from CPython how local time is found: libc's own rules for TZ, fed from the guest's environment and files.
 * Without TZ it is UTC. */
#include "result.h"

#include "sealed/descriptor.h"
#include "sealed/heap.h"

#include <stddef.h>
#include <time.h>
#include <wchar.h>

char *cordon_bind_tzname[2] = {"UTC", "UTC"};
long cordon_bind_timezone;
int cordon_bind_daylight;

void cordon_bind_tzset(void)
{
    tzset();
    cordon_bind_tzname[0] = tzname[0];
    cordon_bind_tzname[1] = tzname[1];
    cordon_bind_timezone = timezone;
    cordon_bind_daylight = daylight;
}

struct tm *cordon_bind_localtime_r(const time_t *time, struct tm *fields_out)
{
    return localtime_r(time, fields_out);
}

struct tm *cordon_bind_gmtime_r(const time_t *time, struct tm *fields_out)
{
    return gmtime_r(time, fields_out);
}

time_t cordon_bind_mktime(struct tm *fields)
{
    return mktime(fields);
}

/* --- what libc's time zone code asks for under its own names --- */

/* The whole file in memory of our own, or NULL. Zone files are small; anything else is not one. */
const unsigned char *__map_file(const char *path, size_t *size_out)
{
    enum { ZONE_BYTES_MAX = 256 * 1024 };
    int descriptor = sealed_descriptor_open(SEALED_AT_CWD, path, SEALED_OPEN_READ, 0);
    int64_t size = descriptor < 0 ? 0 : sealed_descriptor_seek(descriptor, 0, SEALED_SEEK_END);
    unsigned char *content = size > 0 && size <= ZONE_BYTES_MAX ? sealed_allocate((size_t)size) : NULL;

    if (content && sealed_descriptor_read_at(descriptor, content, (size_t)size, 0) != size) {
        sealed_release(content);
        content = NULL;
    }
    if (descriptor >= 0)
        sealed_descriptor_close(descriptor);
    *size_out = content ? (size_t)size : 0;
    return content;
}

int __munmap(void *content, size_t size)
{
    (void)size;
    sealed_release(content);
    return 0;
}
