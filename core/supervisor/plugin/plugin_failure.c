/* Hides how errors of plugins are put into words, and which of them the engine's errors are. */
#include "plugin_failure.h"

#include <stdarg.h>
#include <stdio.h>

cordon_plugin_status plugin_failure(cordon_plugin_error *error, cordon_plugin_status status, const char *format, ...)
{
    va_list arguments;
    if (error == NULL)
        return status;
    error->status = status;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

cordon_plugin_status plugin_no_memory(cordon_plugin_error *error)
{
    return plugin_failure(error, CORDON_PLUGIN_NO_MEMORY, "the host has no memory for the plugin");
}

cordon_plugin_status plugin_failure_of(cordon_plugin_error *error, const cordon_error *cause)
{
    static const struct {
        cordon_status status;
        cordon_plugin_status means;
    } meanings[] = {
        {CORDON_INVALID_ARGUMENT, CORDON_PLUGIN_INVALID_ARGUMENT}, {CORDON_NO_MEMORY, CORDON_PLUGIN_NO_MEMORY},
        {CORDON_SETUP_FAILED, CORDON_PLUGIN_SETUP_FAILED},         {CORDON_TIMED_OUT, CORDON_PLUGIN_LIMIT},
        {CORDON_CANCELLED, CORDON_PLUGIN_CANCELLED},               {CORDON_BUSY, CORDON_PLUGIN_BUSY},
        {CORDON_SANDBOX_ENDED, CORDON_PLUGIN_LOST},                {CORDON_TOO_LARGE, CORDON_PLUGIN_INVALID_ARGUMENT},
        {CORDON_FILE_REFUSED, CORDON_PLUGIN_LIMIT},                {CORDON_SUSPENDED, CORDON_PLUGIN_BUSY},
        {CORDON_UNSUPPORTED, CORDON_PLUGIN_UNSUPPORTED},
    };
    cordon_plugin_status status = CORDON_PLUGIN_HOST_FAILURE;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].status == cause->status)
            status = meanings[i].means;
    return plugin_failure(error, status, "%s", cause->message);
}

const char *cordon_plugin_status_name(cordon_plugin_status status)
{
    switch (status) {
#define NAME(name, number, text)                                                                                       \
    case CORDON_PLUGIN_##name:                                                                                         \
        return #name;
        CORDON_PLUGIN_STATUS_TABLE(NAME)
#undef NAME
    }
    return "?";
}

const char *cordon_plugin_status_text(cordon_plugin_status status)
{
    switch (status) {
#define TEXT(name, number, text)                                                                                       \
    case CORDON_PLUGIN_##name:                                                                                         \
        return text;
        CORDON_PLUGIN_STATUS_TABLE(TEXT)
#undef TEXT
    }
    return "?";
}
