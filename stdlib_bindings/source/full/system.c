/* The host as a whole, its limits, locale, messages and log: libc's signatures on host_env/system.h and host_env/resource.h. */
#include "bindings/bind.h"
#include "host_env/resource.h"
#include "host_env/system.h"
#include "prototypes.h"

static void copy_name(char *to, size_t size, const char *from) { snprintf(to, size, "%s", from); }

int cordon_bind_uname(struct utsname *names_out)
{
    host_system_names names;
    if (BIND(system_uname, &names) != 0) return -1;
    copy_name(names_out->sysname, sizeof names_out->sysname, names.system);
    copy_name(names_out->nodename, sizeof names_out->nodename, names.node);
    copy_name(names_out->release, sizeof names_out->release, names.release);
    copy_name(names_out->version, sizeof names_out->version, names.version);
    copy_name(names_out->machine, sizeof names_out->machine, names.machine);
    copy_name(names_out->domainname, sizeof names_out->domainname, names.domain);
    return 0;
}

long cordon_bind_sysconf(int name)
{
    int64_t value;
    return BIND(system_sysconf, name, &value) == 0 ? value : -1;
}

/* What PTHREAD_STACK_MIN expands to. */
long cordon_bind___sysconf(int name) { return cordon_bind_sysconf(name); }

int cordon_bind_getpagesize(void)
{
    int64_t size;
    return BIND(resource_getpagesize, &size) == 0 ? (int)size : -1;
}

size_t cordon_bind_confstr(int name, char *text_out, size_t size)
{
    size_t needed;
    return BIND(system_confstr, name, text_out, size, &needed) == 0 ? needed : 0;
}

int cordon_bind_getloadavg(double loads_out[], int count)
{
    double loads[3];
    if (BIND(system_getloadavg, loads) != 0) return -1;
    int known = count < 3 ? count : 3;
    for (int i = 0; i < known; i++) loads_out[i] = loads[i];
    return known;
}

int cordon_bind_gethostname(char *name_out, size_t size) { return BIND(system_gethostname, name_out, size); }
int cordon_bind_sethostname(const char *name, size_t length) { return BIND(system_sethostname, name, length); }

unsigned long cordon_bind_getauxval(unsigned long type)
{
    uint64_t value;
    return BIND(system_getauxval, type, &value) == 0 ? value : 0;
}

char *cordon_bind_setlocale(int category, const char *locale)
{
    const char *result;
    return BIND_POINTER(result, system_setlocale, category, locale, &result);
}

/* A refused message is shown untranslated. */
char *cordon_bind_dcgettext(const char *domain, const char *message, int category)
{
    const char *text;
    return (char *)(BIND(system_dcgettext, domain, message, category, &text) == 0 ? text : message);
}

char *cordon_bind_dgettext(const char *domain, const char *message) { return cordon_bind_dcgettext(domain, message, LC_MESSAGES); }
char *cordon_bind_gettext(const char *message) { return cordon_bind_dcgettext(NULL, message, LC_MESSAGES); }

char *cordon_bind_textdomain(const char *domain)
{
    const char *result;
    return BIND_POINTER(result, system_textdomain, domain, &result);
}

char *cordon_bind_bindtextdomain(const char *domain, const char *directory)
{
    const char *result;
    return BIND_POINTER(result, system_bindtextdomain, domain, directory, &result);
}

char *cordon_bind_bind_textdomain_codeset(const char *domain, const char *codeset)
{
    const char *result;
    return BIND_POINTER(result, system_bind_textdomain_codeset, domain, codeset, &result);
}

void cordon_bind_openlog(const char *name, int options, int facility) { (void)BIND(system_openlog, name, options, facility); }
void cordon_bind_closelog(void) { (void)BIND_PLAIN(system_closelog); }

void cordon_bind_syslog(int priority, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    if (vasprintf(&text, format, arguments) >= 0) {
        (void)BIND(system_syslog, priority, text);
        free(text);
    }
    va_end(arguments);
}

int cordon_bind_setlogmask(int mask)
{
    int old;
    return BIND(system_setlogmask, mask, &old) == 0 ? old : 0;
}

static struct rlimit rlimit_of(const host_resource_limit *limit) { return (struct rlimit){ .rlim_cur = limit->soft, .rlim_max = limit->hard }; }

_Static_assert(RLIM_INFINITY == HOST_RESOURCE_UNLIMITED, "limits pass through unchanged");

int cordon_bind_prlimit(__pid_t pid, enum __rlimit_resource resource, const struct rlimit *limit, struct rlimit *old_out)
{
    host_resource_limit wanted, old;
    int result;
    if (limit == NULL) {
        result = BIND(resource_getrlimit, pid, resource, &old);
    } else {
        wanted = (host_resource_limit){ .soft = limit->rlim_cur, .hard = limit->rlim_max };
        result = BIND(resource_setrlimit, pid, resource, &wanted, &old);
    }
    if (result == 0 && old_out != NULL) *old_out = rlimit_of(&old);
    return result;
}

int cordon_bind_getrlimit(__rlimit_resource_t resource, struct rlimit *limit_out) { return cordon_bind_prlimit(0, resource, NULL, limit_out); }
int cordon_bind_setrlimit(__rlimit_resource_t resource, const struct rlimit *limit) { return cordon_bind_prlimit(0, resource, limit, NULL); }
