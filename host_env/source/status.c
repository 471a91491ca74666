/* Hides which errno stands for which status, and the texts of the closed list. */
#include "host_env/status.h"

#include <errno.h>
#include <stddef.h>

#include "host_call.h"

typedef struct status_row {
    const char *name, *exception, *text;
} status_row;

static const status_row statuses[] = {
#define STATUS_ROW(name, number, exception, text) [number] = { #name, exception, text },
    HOST_STATUS_TABLE(STATUS_ROW)
#undef STATUS_ROW
};

enum { STATUS_COUNT = sizeof(statuses) / sizeof(statuses[0]) };

const char *host_status_name(host_status status)
{
    return (unsigned)status < STATUS_COUNT ? statuses[status].name : "UNKNOWN";
}

const char *host_status_text(host_status status)
{
    return (unsigned)status < STATUS_COUNT ? statuses[status].text : "unknown status";
}

const char *host_status_exception(host_status status)
{
    return (unsigned)status < STATUS_COUNT ? statuses[status].exception : "OSError";
}

/* EWOULDBLOCK is EAGAIN, ENOTSUP is EOPNOTSUPP on Linux; a second row would be the same row. */
#define ERRNO_TABLE(X)                                                                                              \
    X(EINVAL, INVALID_ARGUMENT)                                                                                     \
    X(EFAULT, INVALID_ARGUMENT)                                                                                     \
    X(EDOM, INVALID_ARGUMENT)                                                                                       \
    X(EDESTADDRREQ, INVALID_ARGUMENT)                                                                               \
    X(ENOENT, MISSING)                                                                                              \
    X(ENODATA, MISSING)                                                                                             \
    X(ENXIO, MISSING)                                                                                               \
    X(ENODEV, MISSING)                                                                                              \
    X(EEXIST, EXISTS)                                                                                               \
    X(EPERM, NOT_PERMITTED)                                                                                         \
    X(EACCES, NOT_PERMITTED)                                                                                        \
    X(EROFS, NOT_PERMITTED)                                                                                         \
    X(ENOTDIR, NOT_A_DIRECTORY)                                                                                     \
    X(EISDIR, IS_A_DIRECTORY)                                                                                       \
    X(ENOTEMPTY, NOT_EMPTY)                                                                                         \
    X(EAGAIN, WOULD_BLOCK)                                                                                          \
    X(EINPROGRESS, WOULD_BLOCK)                                                                                     \
    X(EALREADY, WOULD_BLOCK)                                                                                        \
    X(EINTR, INTERRUPTED)                                                                                           \
    X(ETIMEDOUT, TIMED_OUT)                                                                                         \
    X(EBADF, BAD_DESCRIPTOR)                                                                                        \
    X(ENOTTY, BAD_DESCRIPTOR)                                                                                       \
    X(ENOTSOCK, BAD_DESCRIPTOR)                                                                                     \
    X(ESPIPE, BAD_DESCRIPTOR)                                                                                       \
    X(ENOSPC, NO_SPACE)                                                                                             \
    X(EDQUOT, NO_SPACE)                                                                                             \
    X(EMFILE, NO_SPACE)                                                                                             \
    X(ENFILE, NO_SPACE)                                                                                             \
    X(EMLINK, NO_SPACE)                                                                                             \
    X(ENOBUFS, NO_SPACE)                                                                                            \
    X(ENOMEM, NO_MEMORY)                                                                                            \
    X(E2BIG, TOO_LARGE)                                                                                             \
    X(EFBIG, TOO_LARGE)                                                                                             \
    X(ENAMETOOLONG, TOO_LARGE)                                                                                      \
    X(EOVERFLOW, TOO_LARGE)                                                                                         \
    X(ERANGE, TOO_LARGE)                                                                                            \
    X(EMSGSIZE, TOO_LARGE)                                                                                          \
    X(EPIPE, BROKEN_PIPE)                                                                                           \
    X(ESHUTDOWN, BROKEN_PIPE)                                                                                       \
    X(ECONNREFUSED, CONNECTION_REFUSED)                                                                             \
    X(ECONNRESET, CONNECTION_LOST)                                                                                  \
    X(ECONNABORTED, CONNECTION_LOST)                                                                                \
    X(ENETRESET, CONNECTION_LOST)                                                                                   \
    X(ENOTCONN, NOT_CONNECTED)                                                                                      \
    X(EISCONN, NOT_CONNECTED)                                                                                       \
    X(EADDRINUSE, ADDRESS_IN_USE)                                                                                   \
    X(EADDRNOTAVAIL, ADDRESS_IN_USE)                                                                                \
    X(ENETUNREACH, UNREACHABLE)                                                                                     \
    X(EHOSTUNREACH, UNREACHABLE)                                                                                    \
    X(ENETDOWN, UNREACHABLE)                                                                                        \
    X(EHOSTDOWN, UNREACHABLE)                                                                                       \
    X(ESRCH, NO_SUCH_PROCESS)                                                                                       \
    X(ECHILD, NO_CHILD)                                                                                             \
    X(ENOSYS, UNSUPPORTED)                                                                                          \
    X(EOPNOTSUPP, UNSUPPORTED)                                                                                      \
    X(EAFNOSUPPORT, UNSUPPORTED)                                                                                    \
    X(EPFNOSUPPORT, UNSUPPORTED)                                                                                    \
    X(EPROTONOSUPPORT, UNSUPPORTED)                                                                                 \
    X(ESOCKTNOSUPPORT, UNSUPPORTED)                                                                                 \
    X(ENOPROTOOPT, UNSUPPORTED)

host_status host_status_from_errno(int code)
{
    switch (code) {
    case 0:
        return HOST_OK;
#define ERRNO_CASE(error_number, status)                                                                            \
    case error_number:                                                                                              \
        return HOST_##status;
        ERRNO_TABLE(ERRNO_CASE)
#undef ERRNO_CASE
    default:
        return HOST_FAILURE;
    }
}
