/* Hides that locales and message catalogues are files of the host which libc opens by itself. */
#include "host_env/system.h"

#include "host_call.h"

host_status host_system_setlocale(host_env *env, int category, const char *locale, const char **locale_out,
                                  host_error *error)
{
    HOST_CALL(call, env, SYSTEM_SETLOCALE, error);
    host_call_number(&call, "category", category);
    host_call_name(&call, "locale", locale);
    if (locale_out == NULL) {
        return host_call_invalid(&call, "locale_out is NULL");
    }
    *locale_out = NULL;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *locale_out = env->operations.setlocale(category, locale);
    if (*locale_out == NULL) { /* C leaves errno alone here */
        return host_call_finish_status(&call, HOST_MISSING, ENOENT, 0, "the host has no such locale");
    }
    return host_call_finish(&call, 0, 0);
}

host_status host_system_dcgettext(host_env *env, const char *domain, const char *message, int category,
                                  const char **text_out, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_DCGETTEXT, error);
    host_call_name(&call, "domain", domain);
    host_call_number(&call, "category", category);
    if (text_out == NULL || message == NULL) {
        return host_call_invalid(&call, "message or text_out is NULL");
    }
    *text_out = NULL;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    *text_out = env->operations.message_translate(domain, message, category);
    return host_call_finish(&call, *text_out == NULL ? ENOMEM : 0, 0);
}

/* The functions below answer NULL for lack of memory, and some of them for "none was chosen", which leaves errno alone.
 */
static host_status chosen_finish(host_call *call, const char *chosen)
{
    return host_call_finish(call, chosen == NULL ? errno : 0, 0);
}

host_status host_system_textdomain(host_env *env, const char *domain, const char **domain_out, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_TEXTDOMAIN, error);
    host_call_name(&call, "domain", domain);
    if (domain_out == NULL) {
        return host_call_invalid(&call, "domain_out is NULL");
    }
    *domain_out = NULL;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    errno = 0;
    *domain_out = env->operations.textdomain(domain);
    return chosen_finish(&call, *domain_out);
}

host_status host_system_bindtextdomain(host_env *env, const char *domain, const char *directory,
                                       const char **directory_out, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_BINDTEXTDOMAIN, error);
    host_call_name(&call, "domain", domain);
    host_call_path(&call, "directory", directory);
    if (domain == NULL || directory_out == NULL) {
        return host_call_invalid(&call, "domain or directory_out is NULL");
    }
    *directory_out = NULL;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    if (directory != NULL && env->path_mode != HOST_PATHS_ANY) {
        return host_call_finish_status(&call, HOST_OUTSIDE_ROOT, EACCES, 0,
                                       "libc opens message catalogues by itself, beneath no root");
    }
    errno = 0;
    *directory_out = env->operations.bindtextdomain(domain, directory);
    return chosen_finish(&call, *directory_out);
}

host_status host_system_bind_textdomain_codeset(host_env *env, const char *domain, const char *codeset,
                                                const char **codeset_out, host_error *error)
{
    HOST_CALL(call, env, SYSTEM_BIND_TEXTDOMAIN_CODESET, error);
    host_call_name(&call, "domain", domain);
    host_call_name(&call, "codeset", codeset);
    if (domain == NULL || codeset_out == NULL) {
        return host_call_invalid(&call, "domain or codeset_out is NULL");
    }
    *codeset_out = NULL;
    if (!host_call_permitted(&call)) {
        return call.access.status;
    }
    errno = 0;
    *codeset_out = env->operations.bind_textdomain_codeset(domain, codeset);
    return chosen_finish(&call, *codeset_out);
}
