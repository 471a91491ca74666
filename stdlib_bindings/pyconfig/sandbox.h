/* The sandbox's pyconfig.h: the only place where the features of that variant are chosen; hides from CPython every feature of an OS that is not there.
 *
 * It began as what configure finds for x86-64 with musl; whatever is not named is absent, and so are the Python names that depend on it
 * (os.fork, os.execv, signal.setitimer ...). Absent on purpose: processes, sockets, memory mapping, dynamic loading, users and groups, terminals, signals from outside and timers,
 * namespaces, extended attributes, epoll, perf maps, setting the clock. */
#ifndef Py_PYCONFIG_H
#define Py_PYCONFIG_H

/* Sizes, alignments and number formats of x86-64 with musl. */
#define ALIGNOF_LONG 8
#define ALIGNOF_MAX_ALIGN_T 16
#define ALIGNOF_SIZE_T 8
#define DOUBLE_IS_LITTLE_ENDIAN_IEEE754 1
#define HAVE_CLOCK_T 1
#define HAVE_GCC_ASM_FOR_X64 1
#define HAVE_GCC_ASM_FOR_X87 1
#define HAVE_GCC_UINT128_T 1
#define HAVE_LONG_DOUBLE 1
#define HAVE_PROTOTYPES 1
#define HAVE_SOCKLEN_T 1
#define HAVE_SSIZE_T 1
#define HAVE___UINT128_T 1
#define PTHREAD_KEY_T_IS_COMPATIBLE_WITH_INT 1
#define RETSIGTYPE void
#define SIZEOF_DOUBLE 8
#define SIZEOF_FLOAT 4
#define SIZEOF_FPOS_T 16
#define SIZEOF_INT 4
#define SIZEOF_LONG 8
#define SIZEOF_LONG_DOUBLE 16
#define SIZEOF_LONG_LONG 8
#define SIZEOF_OFF_T 8
#define SIZEOF_PID_T 4
#define SIZEOF_PTHREAD_KEY_T 4
#define SIZEOF_PTHREAD_T 8
#define SIZEOF_SHORT 2
#define SIZEOF_SIZE_T 8
#define SIZEOF_TIME_T 8
#define SIZEOF_UINTPTR_T 8
#define SIZEOF_VOID_P 8
#define SIZEOF_WCHAR_T 4
#define SIZEOF__BOOL 1
#define STDC_HEADERS 1

/* Feature macros that musl's headers read; no _FILE_OFFSET_BITS and no _LARGEFILE_SOURCE, since they can rename calls. */
#define _GNU_SOURCE 1
#define _POSIX_C_SOURCE 200809L
#define _REENTRANT 1
#define _XOPEN_SOURCE 700
#define _XOPEN_SOURCE_EXTENDED 1

/* The interpreter itself: pymalloc on the bounded heap, no mimalloc (it maps memory), computed gotos. */
#define HAVE_BUILTIN_ATOMIC 1
#define HAVE_COMPUTED_GOTOS 1
#define HAVE_STD_ATOMIC 1
#define PY_BUILTIN_HASHLIB_HASHES "md5,sha1,sha2,sha3,blake2"
#define PY_SSL_DEFAULT_CIPHERS 1
#define PY_SUPPORT_TIER 1
#define USE_COMPUTED_GOTOS 1
#define WITH_DECIMAL_CONTEXTVAR 1
#define WITH_DOC_STRINGS 1
#define WITH_FREELISTS 1
#define WITH_PYMALLOC 1
#define _PYTHONFRAMEWORK ""

/* Headers that say only types and numbers, or whose functions are pure. */
#define HAVE_ALLOCA_H 1
#define HAVE_DEVICE_MACROS 1
#define HAVE_DIRENT_H 1
#define HAVE_ENDIAN_H 1
#define HAVE_ERRNO_H 1
#define HAVE_FCNTL_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_LANGINFO_H 1
#define HAVE_LIBINTL_H 1
#define HAVE_MAKEDEV 1
#define HAVE_POLL_H 1
#define HAVE_PTHREAD_H 1
#define HAVE_SCHED_H 1
#define HAVE_SETJMP_H 1
#define HAVE_SIGNAL_H 1
#define HAVE_STDINT_H 1
#define HAVE_STDIO_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STRINGS_H 1
#define HAVE_STRING_H 1
#define HAVE_SYSEXITS_H 1
#define HAVE_SYS_EVENTFD_H 1
#define HAVE_SYS_FILE_H 1
#define HAVE_SYS_IOCTL_H 1
#define HAVE_SYS_PARAM_H 1
#define HAVE_SYS_POLL_H 1
#define HAVE_SYS_RANDOM_H 1
#define HAVE_SYS_SELECT_H 1
#define HAVE_SYS_SENDFILE_H 1
#define HAVE_SYS_STATVFS_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_SYSCALL_H 1
#define HAVE_SYS_SYSMACROS_H 1
#define HAVE_SYS_TIMES_H 1
#define HAVE_SYS_TIME_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_SYS_UIO_H 1
#define HAVE_SYS_UTSNAME_H 1
#define HAVE_SYS_WAIT_H 1
#define HAVE_UNISTD_H 1
#define HAVE_UTIME_H 1
#define HAVE_WCHAR_H 1
#define MAJOR_IN_SYSMACROS 1
#define SYS_SELECT_WITH_SYS_TIME 1

/* Pure arithmetic and text; locale functions know one locale, C.UTF-8. */
#define HAVE_ACOSH 1
#define HAVE_ASINH 1
#define HAVE_ATANH 1
#define HAVE_BIND_TEXTDOMAIN_CODESET 1
#define HAVE_ERF 1
#define HAVE_ERFC 1
#define HAVE_EXPLICIT_BZERO 1
#define HAVE_EXPM1 1
#define HAVE_HTOLE64 1
#define HAVE_LOG1P 1
#define HAVE_LOG2 1
#define HAVE_MBRTOWC 1
#define HAVE_MEMRCHR 1
#define HAVE_MKTIME 1
#define HAVE_SETLOCALE 1
#define HAVE_SNPRINTF 1
#define HAVE_STRFTIME 1
#define HAVE_STRLCPY 1
#define HAVE_STRSIGNAL 1
#define HAVE_STRUCT_TM_TM_ZONE 1
#define HAVE_TIMEGM 1
#define HAVE_TM_ZONE 1
#define HAVE_WCSCOLL 1
#define HAVE_WCSFTIME 1
#define HAVE_WCSXFRM 1
#define HAVE_WMEMCMP 1
#define HAVE_WORKING_TZSET 1

/* Files, directories and descriptors: everything that the memory file system answers. */
#define HAVE_CHMOD 1
#define HAVE_CHOWN 1
#define HAVE_COPY_FILE_RANGE 1
#define HAVE_DIRENT_D_TYPE 1
#define HAVE_DIRFD 1
#define HAVE_DUP 1
#define HAVE_DUP2 1
#define HAVE_DUP3 1
#define HAVE_EVENTFD 1
#define HAVE_FACCESSAT 1
#define HAVE_FCHDIR 1
#define HAVE_FCHMOD 1
#define HAVE_FCHMODAT 1
#define HAVE_FCHOWN 1
#define HAVE_FCHOWNAT 1
#define HAVE_FDATASYNC 1
#define HAVE_FDOPENDIR 1
#define HAVE_FLOCK 1
#define HAVE_FPATHCONF 1
#define HAVE_FSEEKO 1
#define HAVE_FSTATAT 1
#define HAVE_FSTATVFS 1
#define HAVE_FSYNC 1
#define HAVE_FTELLO 1
#define HAVE_FTRUNCATE 1
#define HAVE_FUTIMENS 1
#define HAVE_GETC_UNLOCKED 1
#define HAVE_LCHOWN 1
#define HAVE_LINK 1
#define HAVE_LINKAT 1
#define HAVE_LOCKF 1
#define HAVE_LSTAT 1
#define HAVE_MKDIRAT 1
#define HAVE_MKFIFO 1
#define HAVE_MKFIFOAT 1
#define HAVE_MKNOD 1
#define HAVE_MKNODAT 1
#define HAVE_OPENAT 1
#define HAVE_OPENDIR 1
#define HAVE_PATHCONF 1
#define HAVE_PIPE 1
#define HAVE_PIPE2 1
#define HAVE_POLL 1
#define HAVE_POSIX_FADVISE 1
#define HAVE_POSIX_FALLOCATE 1
#define HAVE_PREAD 1
#define HAVE_PREADV 1
#define HAVE_PREADV2 1
#define HAVE_PWRITE 1
#define HAVE_PWRITEV 1
#define HAVE_PWRITEV2 1
#define HAVE_READLINK 1
#define HAVE_READLINKAT 1
#define HAVE_READV 1
#define HAVE_REALPATH 1
#define HAVE_RENAMEAT 1
#define HAVE_SENDFILE 1
#define HAVE_SETVBUF 1
#define HAVE_STATVFS 1
#define HAVE_STAT_TV_NSEC 1
#define HAVE_STRUCT_STAT_ST_BLKSIZE 1
#define HAVE_STRUCT_STAT_ST_BLOCKS 1
#define HAVE_STRUCT_STAT_ST_RDEV 1
#define HAVE_SYMLINK 1
#define HAVE_SYMLINKAT 1
#define HAVE_SYNC 1
#define HAVE_TRUNCATE 1
#define HAVE_UMASK 1
#define HAVE_UNLINKAT 1
#define HAVE_UTIMENSAT 1
#define HAVE_UTIMES 1
#define HAVE_WRITEV 1

/* Clocks (virtual) and random bytes (from the seed). */
#define HAVE_CLOCK 1
#define HAVE_CLOCK_GETRES 1
#define HAVE_CLOCK_GETTIME 1
#define HAVE_CLOCK_NANOSLEEP 1
/* There is no clock to set; the adapter refuses, as a host does for an ordinary user. */
#define HAVE_CLOCK_SETTIME 1
#define HAVE_GETRANDOM 1
#define HAVE_NANOSLEEP 1
#define HAVE_TIMES 1

/* Threads: cooperative, scheduled inside the image. */
#define HAVE_PTHREAD_CONDATTR_SETCLOCK 1
#define HAVE_PTHREAD_GETCPUCLOCKID 1
#define HAVE_SEM_GETVALUE 1
#define HAVE_SEM_TIMEDWAIT 1

/* What a process knows of itself: constants. No children ever exist, so waiting for one says ECHILD; a signal reaches only its own sender. */
#define HAVE_CONFSTR 1
#define HAVE_GETEGID 1
#define HAVE_GETEUID 1
#define HAVE_GETGID 1
#define HAVE_GETGROUPS 1
#define HAVE_GETPAGESIZE 1
#define HAVE_GETPGID 1
#define HAVE_GETPGRP 1
#define HAVE_GETPID 1
#define HAVE_GETPPID 1
#define HAVE_GETRESGID 1
#define HAVE_GETRESUID 1
#define HAVE_GETSID 1
#define HAVE_GETUID 1
#define HAVE_KILL 1
#define HAVE_PTHREAD_SIGMASK 1
#define HAVE_SCHED_SETAFFINITY 1
#define HAVE_SIGACTION 1
#define HAVE_SIGFILLSET 1
#define HAVE_SIGINFO_T_SI_BAND 1
#define HAVE_SIGINTERRUPT 1
#define HAVE_SIGPENDING 1
#define HAVE_SIGTIMEDWAIT 1
#define HAVE_SIGWAIT 1
#define HAVE_SIGWAITINFO 1
#define HAVE_SYSCONF 1
#define HAVE_UNAME 1
#define HAVE_WAITPID 1
/* What the libraries built for the sandbox can do; configure cannot try it out there. */
#define HAVE_ZLIB_COPY 1
#define PY_SQLITE_HAVE_SERIALIZE 1

/* One thread runs at a time and no thread pointer exists: what CPython declares thread-local is a plain variable that the scheduler keeps per thread
 * (the variables are registered in stdlib_bindings/source/sandbox/interpreter_threads.c). */
#define thread_local

#endif
