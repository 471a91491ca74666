/* Hides from CPython how formatted output reaches a stream: libc's vsnprintf makes the text, since it needs no file. */
#include "result.h"
#include "stdio_stream.h"

#include "sealed/heap.h"

#include <stdarg.h>
#include <string.h>

enum { SHORT_TEXT_BYTES = 512 };

char *cordon_bind_strerror(int error_number);

static int write_text(FILE *file, const char *text, int length)
{
    return stream_write(stream_of(file), text, (size_t)length) == (size_t)length ? length : -1;
}

int cordon_bind_vfprintf(FILE *file, const char *format, va_list arguments)
{
    char short_text[SHORT_TEXT_BYTES];
    va_list again;
    char *text;
    int length, result;

    va_copy(again, arguments);
    length = vsnprintf(short_text, sizeof short_text, format, arguments);
    if (length < (int)sizeof short_text) {
        va_end(again);
        return length < 0 ? length : write_text(file, short_text, length);
    }
    text = sealed_allocate((size_t)length + 1);
    if (!text) {
        va_end(again);
        stream_of(file)->has_failed = true;
        return sandbox_refuse(ENOMEM);
    }
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    result = write_text(file, text, length);
    sealed_release(text);
    return result;
}

int cordon_bind_fprintf(FILE *file, const char *format, ...)
{
    va_list arguments;
    int result;

    va_start(arguments, format);
    result = cordon_bind_vfprintf(file, format, arguments);
    va_end(arguments);
    return result;
}

int cordon_bind_vprintf(const char *format, va_list arguments)
{
    return cordon_bind_vfprintf(cordon_bind_stdout, format, arguments);
}

int cordon_bind_printf(const char *format, ...)
{
    va_list arguments;
    int result;

    va_start(arguments, format);
    result = cordon_bind_vfprintf(cordon_bind_stdout, format, arguments);
    va_end(arguments);
    return result;
}

void cordon_bind_perror(const char *subject)
{
    const char *text = cordon_bind_strerror(errno);

    if (subject && *subject)
        cordon_bind_fprintf(cordon_bind_stderr, "%s: %s\n", subject, text);
    else
        cordon_bind_fprintf(cordon_bind_stderr, "%s\n", text);
}
