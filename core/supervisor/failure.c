/* Hides how statuses get their names and errors their text. */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>

#include "cordon/outcome.h"

cordon_status failure(cordon_error *error, const char *operation, cordon_status status, const char *format, ...)
{
    va_list arguments;
    if (error == NULL)
        return status;
    *error = (cordon_error){.status = status, .operation = operation};
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

cordon_status failure_of_host(cordon_error *error, const char *operation, cordon_status status, const char *what,
                              const host_error *cause)
{
    failure(error, operation, status, "%s: %s", what, cause->message);
    if (error != NULL)
        error->host_code = cause->host_code;
    return status;
}

static const struct named {
    const char *name, *text;
} statuses[] =
    {
#define STATUS_ROW(name, number, text) [number] = {#name, text},
        CORDON_STATUS_TABLE(STATUS_ROW)
#undef STATUS_ROW
},
  outcomes[] = {
#define OUTCOME_ROW(name, number, text, after) [number] = {#name, text},
      CORDON_OUTCOME_TABLE(OUTCOME_ROW)
#undef OUTCOME_ROW
};

static const struct named *find(const struct named *names, size_t count, unsigned number)
{
    static const struct named unknown = {"?", "?"};
    return number < count ? &names[number] : &unknown;
}

const char *cordon_status_name(cordon_status status)
{
    return find(statuses, sizeof statuses / sizeof *statuses, (unsigned)status)->name;
}

const char *cordon_status_text(cordon_status status)
{
    return find(statuses, sizeof statuses / sizeof *statuses, (unsigned)status)->text;
}

const char *cordon_outcome_name(cordon_outcome outcome)
{
    return find(outcomes, sizeof outcomes / sizeof *outcomes, (unsigned)outcome)->name;
}

const char *cordon_outcome_text(cordon_outcome outcome)
{
    return find(outcomes, sizeof outcomes / sizeof *outcomes, (unsigned)outcome)->text;
}
