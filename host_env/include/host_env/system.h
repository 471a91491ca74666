/* The host as a whole: its names, figures, locale, message catalogues and log.
 *
 * Names of values (`_SC_*`, `_CS_*`, `AT_*`, `LC_*`, `LOG_*`) are the host's own numbers. `error` may be NULL
 * everywhere. Safe from any thread, but setlocale changes what other threads see. */
#ifndef HOST_ENV_SYSTEM_H
#define HOST_ENV_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

#include "host_env/host_env.h"

enum { HOST_SYSTEM_NAME_SIZE = 65 };
typedef struct host_system_names {
    char system[HOST_SYSTEM_NAME_SIZE];
    char node[HOST_SYSTEM_NAME_SIZE];
    char release[HOST_SYSTEM_NAME_SIZE];
    char version[HOST_SYSTEM_NAME_SIZE];
    char machine[HOST_SYSTEM_NAME_SIZE];
    char domain[HOST_SYSTEM_NAME_SIZE];
} host_system_names;

host_status host_system_uname(host_env *env, host_system_names *names_out, host_error *error);
/* *value_out is -1, with HOST_OK, where the host sets no limit. INVALID_ARGUMENT for a name it does not know. */
host_status host_system_sysconf(host_env *env, int name, int64_t *value_out, host_error *error);
/* *size_out is the size the whole text needs, with its NUL; 0 if there is no such text. `text_out` may be NULL if
 * `size_bytes` is 0. */
host_status host_system_confstr(host_env *env, int name, char *text_out, size_t size_bytes, size_t *size_out,
                                host_error *error);
/* Over 1, 5 and 15 minutes. FAILURE if the host does not know. */
host_status host_system_getloadavg(host_env *env, double loads_out[3], host_error *error);
host_status host_system_processor_count(host_env *env, int *count_out, host_error *error);
/* NUL-terminated. TOO_LARGE if it does not fit. */
host_status host_system_gethostname(host_env *env, char *name_out, size_t size_bytes, host_error *error);
host_status host_system_sethostname(host_env *env, const char *name, size_t length_bytes, host_error *error);
/* MISSING if the kernel gave no such value. */
host_status host_system_getauxval(host_env *env, uint64_t type, uint64_t *value_out, host_error *error);

/* `locale` NULL only reads. *locale_out is borrowed from libc until the next call. MISSING if the host has no such
 * locale. */
host_status host_system_setlocale(host_env *env, int category, const char *locale, const char **locale_out,
                                  host_error *error);

/* Translated messages. Results are borrowed from libc. `domain` NULL means the domain chosen by textdomain; a message
 * without a translation is answered by itself. `category` is LC_MESSAGES and its like. */
host_status host_system_dcgettext(host_env *env, const char *domain, const char *message, int category,
                                  const char **text_out, host_error *error);
/* NULL only reads. */
host_status host_system_textdomain(host_env *env, const char *domain, const char **domain_out, host_error *error);
/* NULL only reads. A directory is refused with OUTSIDE_ROOT while paths are confined: libc opens the catalogues itself.
 */
host_status host_system_bindtextdomain(host_env *env, const char *domain, const char *directory,
                                       const char **directory_out, host_error *error);
host_status host_system_bind_textdomain_codeset(host_env *env, const char *domain, const char *codeset,
                                                const char **codeset_out, host_error *error);

/* `name` is borrowed until closelog or the next openlog; NULL uses the program's name. */
host_status host_system_openlog(host_env *env, const char *name, int options, int facility, host_error *error);
/* `text` is written as it is, never taken for a format. */
host_status host_system_syslog(host_env *env, int priority, const char *text, host_error *error);
host_status host_system_closelog(host_env *env, host_error *error);
/* `mask` 0 only reads. */
host_status host_system_setlogmask(host_env *env, int mask, int *old_out, host_error *error);

#endif
