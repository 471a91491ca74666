/* What a host_env function can answer: one closed list for codes, Python exception classes and texts. */
#ifndef HOST_ENV_STATUS_H
#define HOST_ENV_STATUS_H

/* X(name, number, exception class for OSError's constructor or NULL, text). Append only: numbers are part of the ABI. */
#define HOST_STATUS_TABLE(X)                                                                                   \
    X(OK, 0, NULL, "operation completed")                                                                      \
    X(DENIED_BY_POLICY, 1, "PermissionError", "policy refused the operation")                                  \
    X(INVALID_ARGUMENT, 2, "OSError", "an argument is not valid for this operation")                           \
    X(MISSING, 3, "FileNotFoundError", "no such file, directory, process or name") /* NOT_FOUND is a macro of netdb.h */ \
    X(EXISTS, 4, "FileExistsError", "it exists already")                                                       \
    X(NOT_PERMITTED, 5, "PermissionError", "the operating system refused permission")                          \
    X(NOT_A_DIRECTORY, 6, "NotADirectoryError", "a component of the path is not a directory")                  \
    X(IS_A_DIRECTORY, 7, "IsADirectoryError", "it is a directory")                                             \
    X(NOT_EMPTY, 8, "OSError", "the directory is not empty")                                                   \
    X(WOULD_BLOCK, 9, "BlockingIOError", "the operation would block")                                          \
    X(INTERRUPTED, 10, "InterruptedError", "a signal interrupted the operation")                               \
    X(TIMED_OUT, 11, "TimeoutError", "the time given ran out")                                                 \
    X(BAD_DESCRIPTOR, 12, "OSError", "the descriptor is not open or not fit for this operation")               \
    X(NO_SPACE, 13, "OSError", "no space, quota or descriptor is left")                                        \
    X(NO_MEMORY, 14, "MemoryError", "memory could not be had")                                                 \
    X(TOO_LARGE, 15, "OSError", "a name, number or buffer is too large or too small")                          \
    X(BROKEN_PIPE, 16, "BrokenPipeError", "the other end is closed")                                           \
    X(CONNECTION_REFUSED, 17, "ConnectionRefusedError", "the other side refused the connection")               \
    X(CONNECTION_LOST, 18, "ConnectionResetError", "the connection was reset or aborted")                      \
    X(NOT_CONNECTED, 19, "OSError", "the socket is not connected, or connected already")                       \
    X(ADDRESS_IN_USE, 20, "OSError", "the address is in use or not available")                                 \
    X(UNREACHABLE, 21, "OSError", "the network or host cannot be reached")                                     \
    X(NO_SUCH_PROCESS, 22, "ProcessLookupError", "no such process or thread")                                  \
    X(NO_CHILD, 23, "ChildProcessError", "there is no such child process")                                     \
    X(OUTSIDE_ROOT, 24, "PermissionError", "the path leaves every granted root")                               \
    X(UNSUPPORTED, 25, "OSError", "this host has no such operation")                                           \
    X(FAILURE, 26, "OSError", "the operating system reported another error; see host_code")

typedef enum host_status {
#define HOST_STATUS_ENUM(name, number, exception, text) HOST_##name = number,
    HOST_STATUS_TABLE(HOST_STATUS_ENUM)
#undef HOST_STATUS_ENUM
} host_status;

/* The name of a status such as "NOT_FOUND", and its sentence. Static text, never NULL; an unknown number is "UNKNOWN". */
const char *host_status_name(host_status status);
const char *host_status_text(host_status status);
/* The Python exception class that fits, or NULL for HOST_OK. Static text. */
const char *host_status_exception(host_status status);

#endif
