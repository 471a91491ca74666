/* Takes the place of libc's usleep, which would bring a system call along: CPython's test modules call it under its
 * plain name. */
#include <time.h>
#include <unistd.h>

int cordon_bind_nanosleep(const struct timespec *request, struct timespec *rest_out);

int usleep(useconds_t microseconds)
{
    const struct timespec request = {.tv_sec = microseconds / 1000000, .tv_nsec = microseconds % 1000000 * 1000};

    return cordon_bind_nanosleep(&request, NULL);
}
