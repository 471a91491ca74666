/* Types and fixed-parameter forms of the primitives of system. Private to host_env. */
#ifndef HOST_ENV_SOURCE_OPERATIONS_TYPES_SYSTEM_H
#define HOST_ENV_SOURCE_OPERATIONS_TYPES_SYSTEM_H

#include <libintl.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <unistd.h>

/* Never a format of the caller's: "%n" and friends would write to memory. */
static inline void syslog_text(int priority, const char *text)
{
    syslog(priority, "%s", text);
}

/* libintl.h has macros of the plain names. */
static inline char *message_translate(const char *domain, const char *message, int category)
{
    return (dcgettext)(domain, message, category);
}

#endif
