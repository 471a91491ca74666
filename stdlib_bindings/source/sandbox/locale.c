/* Hides from CPython that there is one locale, C.UTF-8, under the names that programs ask for. */
#include "result.h"

#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

/* libc's own constant: the C locale with UTF-8; only handed to libc functions that take a locale argument. */
extern const struct __locale_struct __c_dot_utf8_locale;

static locale_t the_locale(void)
{
    return (locale_t)&__c_dot_utf8_locale;
}

/* --- setlocale: names are kept, behaviour is always the same --- */

enum { CATEGORIES = LC_ALL };

static const char *const category_names[CATEGORIES] = {
    [LC_CTYPE] = "LC_CTYPE",     [LC_NUMERIC] = "LC_NUMERIC",   [LC_TIME] = "LC_TIME",
    [LC_COLLATE] = "LC_COLLATE", [LC_MONETARY] = "LC_MONETARY", [LC_MESSAGES] = "LC_MESSAGES",
};

/* What may be asked for, and what it is then called. "" means the environment's choice, which is this one. */
static const struct {
    const char *asked, *called;
} locale_names[] = {
    {"", "C.UTF-8"}, {"C", "C"}, {"POSIX", "C"}, {"C.UTF-8", "C.UTF-8"}, {"C.utf8", "C.UTF-8"},
};

static const char *chosen[CATEGORIES] = {"C", "C", "C", "C", "C", "C"};

static const char *called(const char *asked, size_t length)
{
    for (size_t i = 0; i < sizeof locale_names / sizeof locale_names[0]; i++)
        if (strlen(locale_names[i].asked) == length && memcmp(locale_names[i].asked, asked, length) == 0)
            return locale_names[i].called;
    return NULL;
}

/* One name if all agree, else "LC_CTYPE=C.UTF-8;LC_NUMERIC=C;...", which may be given back to setlocale. */
static char *name_of_all(void)
{
    static char text[CATEGORIES * 24];
    bool do_agree = true;
    size_t used = 0;

    for (int category = 1; category < CATEGORIES; category++)
        do_agree = do_agree && chosen[category] == chosen[0];
    if (do_agree)
        return (char *)chosen[0];
    for (int category = 0; category < CATEGORIES; category++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s=%s", category ? ";" : "",
                                 category_names[category], chosen[category]);
    return text;
}

static int category_named(const char *name, size_t length)
{
    for (int category = 0; category < CATEGORIES; category++)
        if (strlen(category_names[category]) == length && memcmp(category_names[category], name, length) == 0)
            return category;
    return -1;
}

/* Takes a name as name_of_all makes it; changes nothing unless all of it is understood. */
static bool choose_each(const char *text)
{
    const char *wanted[CATEGORIES];

    memcpy(wanted, chosen, sizeof wanted);
    while (*text) {
        const char *equals = strchr(text, '=');
        size_t length = strcspn(text, ";");
        int category = equals ? category_named(text, (size_t)(equals - text)) : -1;
        if (category < 0 || equals > text + length ||
            !(wanted[category] = called(equals + 1, (size_t)(text + length - equals - 1))))
            return false;
        text += length + (text[length] == ';');
    }
    memcpy(chosen, wanted, sizeof wanted);
    return true;
}

static char *set_all(const char *asked)
{
    const char *name = called(asked, strlen(asked));

    if (!name)
        return strchr(asked, '=') && choose_each(asked) ? name_of_all() : NULL;
    for (int category = 0; category < CATEGORIES; category++)
        chosen[category] = name;
    return (char *)name;
}

char *cordon_bind_setlocale(int category, const char *asked)
{
    const char *name;

    if (category < 0 || category > LC_ALL)
        return NULL;
    if (category == LC_ALL)
        return asked ? set_all(asked) : name_of_all();
    if (!asked)
        return (char *)chosen[category];
    name = called(asked, strlen(asked));
    if (name)
        chosen[category] = name;
    return (char *)name;
}

struct lconv *cordon_bind_localeconv(void)
{
    static const struct lconv conventions = {
        .decimal_point = ".",
        .thousands_sep = "",
        .grouping = "",
        .int_curr_symbol = "",
        .currency_symbol = "",
        .mon_decimal_point = "",
        .mon_thousands_sep = "",
        .mon_grouping = "",
        .positive_sign = "",
        .negative_sign = "",
        .int_frac_digits = CHAR_MAX,
        .frac_digits = CHAR_MAX,
        .p_cs_precedes = CHAR_MAX,
        .p_sep_by_space = CHAR_MAX,
        .n_cs_precedes = CHAR_MAX,
        .n_sep_by_space = CHAR_MAX,
        .p_sign_posn = CHAR_MAX,
        .n_sign_posn = CHAR_MAX,
        .int_p_cs_precedes = CHAR_MAX,
        .int_p_sep_by_space = CHAR_MAX,
        .int_n_cs_precedes = CHAR_MAX,
        .int_n_sep_by_space = CHAR_MAX,
        .int_p_sign_posn = CHAR_MAX,
        .int_n_sign_posn = CHAR_MAX,
    };

    return (struct lconv *)&conventions;
}

char *cordon_bind_nl_langinfo(nl_item item)
{
    return item == CODESET ? (char *)"UTF-8" : nl_langinfo_l(item, the_locale());
}

/* --- locale objects: all are the same one --- */

locale_t cordon_bind_newlocale(int mask, const char *name, locale_t base)
{
    (void)mask;
    (void)base;
    if (called(name, strlen(name)))
        return the_locale();
    errno = ENOENT;
    return NULL;
}

locale_t cordon_bind_duplocale(locale_t locale)
{
    (void)locale;
    return the_locale();
}

void cordon_bind_freelocale(locale_t locale)
{
    (void)locale;
}

locale_t cordon_bind_uselocale(locale_t locale)
{
    (void)locale;
    return the_locale();
}

/* --- collation: by code point, which UTF-8's bytes keep --- */

int cordon_bind_strcoll(const char *left, const char *right)
{
    return strcmp(left, right);
}

size_t cordon_bind_strxfrm(char *target, const char *text, size_t size)
{
    size_t length = strlen(text);

    if (length < size)
        memcpy(target, text, length + 1);
    return length;
}

int cordon_bind_wcscoll(const wchar_t *left, const wchar_t *right)
{
    return wcscmp(left, right);
}

size_t cordon_bind_wcsxfrm(wchar_t *target, const wchar_t *text, size_t count)
{
    size_t length = wcslen(text);

    if (length < count)
        wmemcpy(target, text, length + 1);
    return length;
}

/* --- dates: the C locale's names --- */

size_t cordon_bind_strftime(char *text, size_t size, const char *format, const struct tm *time)
{
    return strftime_l(text, size, format, time, the_locale());
}

size_t cordon_bind_wcsftime(wchar_t *text, size_t size, const wchar_t *format, const struct tm *time)
{
    return wcsftime_l(text, size, format, time, the_locale());
}

/* --- messages: there are no translations, so each text is its own --- */

char *cordon_bind_gettext(const char *text)
{
    return (char *)text;
}

char *cordon_bind_dgettext(const char *domain, const char *text)
{
    (void)domain;
    return (char *)text;
}

char *cordon_bind_dcgettext(const char *domain, const char *text, int category)
{
    (void)domain;
    (void)category;
    return (char *)text;
}

char *cordon_bind_textdomain(const char *domain)
{
    static char present[64] = "messages";

    if (!domain)
        return present;
    if (strlen(domain) >= sizeof present) {
        errno = ENOMEM;
        return NULL;
    }
    strcpy(present, *domain ? domain : "messages");
    return present;
}

/* Where a domain's files would be: said back for a question, taken notice of otherwise. */
char *cordon_bind_bindtextdomain(const char *domain, const char *directory)
{
    if (!domain || !*domain)
        return NULL;
    return directory ? (char *)directory : (char *)"/usr/share/locale";
}

char *cordon_bind_bind_textdomain_codeset(const char *domain, const char *codeset)
{
    (void)codeset;
    return domain && *domain ? (char *)"UTF-8" : NULL;
}
