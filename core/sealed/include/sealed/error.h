/* The numbers with which the sealed layer says why it refused; hides that no operating system stands behind it.
 *
 * Functions of the sealed layer return 0 (or a count) or one of these negated. The numbers are those of Linux, so that
 * an adapter sets errno without a table; the adapters assert that at compile time, row by row. */
#ifndef SEALED_ERROR_H
#define SEALED_ERROR_H

/* X(name, number) */
#define SEALED_ERROR_TABLE(X)                                                                                          \
    X(EPERM, 1)                                                                                                        \
    X(ENOENT, 2)                                                                                                       \
    X(ESRCH, 3)                                                                                                        \
    X(EINTR, 4)                                                                                                        \
    X(EIO, 5)                                                                                                          \
    X(ENXIO, 6)                                                                                                        \
    X(E2BIG, 7)                                                                                                        \
    X(EBADF, 9)                                                                                                        \
    X(ECHILD, 10)                                                                                                      \
    X(EAGAIN, 11)                                                                                                      \
    X(ENOMEM, 12)                                                                                                      \
    X(EACCES, 13)                                                                                                      \
    X(EFAULT, 14)                                                                                                      \
    X(EBUSY, 16)                                                                                                       \
    X(EEXIST, 17)                                                                                                      \
    X(EXDEV, 18)                                                                                                       \
    X(ENODEV, 19)                                                                                                      \
    X(ENOTDIR, 20)                                                                                                     \
    X(EISDIR, 21)                                                                                                      \
    X(EINVAL, 22)                                                                                                      \
    X(ENFILE, 23)                                                                                                      \
    X(EMFILE, 24)                                                                                                      \
    X(ENOTTY, 25)                                                                                                      \
    X(EFBIG, 27)                                                                                                       \
    X(ENOSPC, 28)                                                                                                      \
    X(ESPIPE, 29)                                                                                                      \
    X(EROFS, 30)                                                                                                       \
    X(EMLINK, 31)                                                                                                      \
    X(EPIPE, 32)                                                                                                       \
    X(EDOM, 33)                                                                                                        \
    X(ERANGE, 34)                                                                                                      \
    X(EDEADLK, 35)                                                                                                     \
    X(ENAMETOOLONG, 36)                                                                                                \
    X(ENOLCK, 37)                                                                                                      \
    X(ENOSYS, 38)                                                                                                      \
    X(ENOTEMPTY, 39)                                                                                                   \
    X(ELOOP, 40)                                                                                                       \
    X(ENODATA, 61)                                                                                                     \
    X(EOVERFLOW, 75)                                                                                                   \
    X(EILSEQ, 84)                                                                                                      \
    X(ENOTSOCK, 88)                                                                                                    \
    X(EOPNOTSUPP, 95)                                                                                                  \
    X(ETIMEDOUT, 110)                                                                                                  \
    X(EDQUOT, 122)                                                                                                     \
    X(ECANCELED, 125)                                                                                                  \
    X(EOWNERDEAD, 130)

enum sealed_error {
#define SEALED_ERROR_ENUM(name, number) SEALED_##name = number,
    SEALED_ERROR_TABLE(SEALED_ERROR_ENUM)
#undef SEALED_ERROR_ENUM
};

#endif
