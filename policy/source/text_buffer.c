/* Hides how texts grow, and when a YAML scalar needs quotes. */
#include "text_buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(text_buffer *buffer, size_t count)
{
    if (buffer->has_failed || count > SIZE_MAX / 4) return false;
    if (buffer->size - buffer->used > count) return true;
    size_t size = (buffer->used + count + 1) * 2;
    char *bytes = realloc(buffer->bytes, size);
    if (bytes == NULL) {
        buffer->has_failed = true;
        return false;
    }
    buffer->bytes = bytes;
    buffer->size = size;
    return true;
}

void text_add(text_buffer *buffer, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length >= 0 && make_room(buffer, (size_t)length)) {
        vsnprintf(buffer->bytes + buffer->used, buffer->size - buffer->used, format, again);
        buffer->used += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

static bool is_word(const char *text, const char *word)
{
    for (; *text != '\0' && *word != '\0'; text++, word++)
        if ((*text | 0x20) != *word) return false;
    return *text == *word;
}

/* Letters, digits and what paths, names and addresses are made of; a word that YAML takes for something else needs quotes too. */
static bool is_plain(const char *text, text_where where)
{
    static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "null", "y", "n" };
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/";
    size_t length = strlen(text);
    if (length == 0 || strchr(letters, text[0]) == NULL || text[length - 1] == ' ') return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(text, words[i])) return false;
    for (size_t i = 0; i < length; i++)
        if (strchr(letters, text[i]) == NULL && strchr("-.+@%=*? ", text[i]) == NULL && (where == TEXT_IN_LIST || strchr(",;'()!", text[i]) == NULL)) return false;
    return true;
}

void text_add_scalar(text_buffer *buffer, const char *text, text_where where)
{
    if (is_plain(text, where)) {
        text_add(buffer, "%s", text);
        return;
    }
    text_add(buffer, "\"");
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            text_add(buffer, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            text_add(buffer, "\\x%02x", byte);
        else
            text_add(buffer, "%c", byte);
    }
    text_add(buffer, "\"");
}

char *text_take(text_buffer *buffer)
{
    if (!buffer->has_failed && buffer->bytes == NULL) text_add(buffer, "%s", "");
    char *bytes = buffer->has_failed ? NULL : buffer->bytes;
    if (buffer->has_failed) free(buffer->bytes);
    *buffer = (text_buffer){ 0 };
    return bytes;
}
