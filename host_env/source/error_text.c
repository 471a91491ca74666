/* Hides how an access becomes a sentence: "file_open: path '/x', flags 0: no such file ... (errno 2)". */
#include "error_text.h"

#include <stdbool.h>
#include <string.h>

typedef struct text_buffer {
    char *at;
    char *end; /* one before the last byte, which is for the NUL */
} text_buffer;

static void append_bytes(text_buffer *buffer, const char *bytes, size_t size)
{
    size_t room = (size_t)(buffer->end - buffer->at);
    if (size > room) { /* nothing half: neither a character nor an escape may be cut, and what follows it would mislead */
        buffer->end = buffer->at;
        return;
    }
    memcpy(buffer->at, bytes, size);
    buffer->at += size;
}

/* ASCII may be cut anywhere. */
static void append_ascii(text_buffer *buffer, const char *text, size_t size)
{
    size_t room = (size_t)(buffer->end - buffer->at);
    append_bytes(buffer, text, size < room ? size : room);
}

/* Text of ours. */
static void append_static(text_buffer *buffer, const char *text)
{
    append_ascii(buffer, text, strlen(text));
}

static void append_number(text_buffer *buffer, int64_t number)
{
    char digits[24];
    char *at = digits + sizeof(digits);
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (number < 0) {
        *--at = '-';
    }
    append_bytes(buffer, at, (size_t)(digits + sizeof(digits) - at));
}

/* The length of the well-formed UTF-8 character at `text`, or 0 (RFC 3629: no overlong forms, no surrogates). */
static size_t utf8_length(const unsigned char *text)
{
    unsigned char first = text[0];
    size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    for (size_t i = 1; i < length; i++, low = 0x80, high = 0xBF) {
        if (text[i] < low || text[i] > high) {
            return 0;
        }
    }
    return length;
}

/* A caller's text: control characters and stray bytes appear as \xNN, so that a log line stays one line. */
static void append_quoted(text_buffer *buffer, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    append_bytes(buffer, "'", 1);
    while (*text != '\0' && buffer->at < buffer->end) {
        size_t plain = 0; /* nearly every path is nothing else */
        while (text[plain] >= 0x20 && text[plain] < 0x7F) {
            plain++;
        }
        append_ascii(buffer, text, plain);
        text += plain;
        if (*text == '\0') {
            break;
        }
        size_t length = utf8_length((const unsigned char *)text);
        unsigned char byte = (unsigned char)*text;
        if (length == 0 || byte < 0x20 || byte == 0x7F) {
            append_bytes(buffer, (const char[]){ '\\', 'x', hex[byte >> 4], hex[byte & 15] }, 4);
            text++;
        } else {
            append_bytes(buffer, text, length);
            text += length;
        }
    }
    append_bytes(buffer, "'", 1);
}

static void append_argument(text_buffer *buffer, const host_argument *argument)
{
    append_static(buffer, argument->label);
    append_static(buffer, " ");
    switch (argument->kind) {
    case HOST_ARGUMENT_FD:
    case HOST_ARGUMENT_NUMBER:
        append_number(buffer, argument->value.number);
        break;
    case HOST_ARGUMENT_PATH:
    case HOST_ARGUMENT_NAME:
    case HOST_ARGUMENT_ADDRESS:
        if (argument->value.text != NULL) {
            append_quoted(buffer, argument->value.text);
        } else {
            append_static(buffer, "none");
        }
        break;
    case HOST_ARGUMENT_LIST: /* the first is the program; the rest could hold passwords */
        if (argument->value.list != NULL && argument->value.list[0] != NULL) {
            append_quoted(buffer, argument->value.list[0]);
            append_static(buffer, " ...");
        } else {
            append_static(buffer, "none");
        }
        break;
    case HOST_ARGUMENT_SECRET:
    case HOST_ARGUMENT_NONE:
        append_static(buffer, "(not shown)");
        break;
    }
}

void host_error_describe(host_error *error, const host_access *access, const char *why)
{
    text_buffer buffer = { error->message, error->message + sizeof(error->message) - 1 };
    error->status = access->status;
    error->operation = host_function_describe(access->function)->name;
    error->host_code = access->host_code;
    append_static(&buffer, error->operation);
    append_static(&buffer, ": ");
    for (uint32_t i = 0; i < access->argument_count; i++) {
        append_argument(&buffer, &access->arguments[i]);
        append_static(&buffer, i + 1 < access->argument_count ? ", " : ": ");
    }
    append_static(&buffer, why != NULL ? why : host_status_text(access->status));
    if (access->status == HOST_DENIED_BY_POLICY) {
        append_static(&buffer, ", capability ");
        append_static(&buffer, host_capability_name(access->capability));
    } else if (access->host_code != 0) {
        append_static(&buffer, " (errno ");
        append_number(&buffer, access->host_code);
        append_static(&buffer, ")");
    }
    *buffer.at = '\0';
}
