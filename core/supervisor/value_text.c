/* Hides how values become JSON, and whole blocks of MessagePack, for people and for other programs. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "json.h"
#include "utf8.h"
#include "value_internal.h"
#include "value_pack.h"

void cordon_text_release(char *text)
{
    free(text);
}

static void json_print(bytes *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void json_print(bytes *to, const char *format, ...)
{
    char text[64];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    bytes_add(to, text, length < 0 ? 0 : (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

void json_text(bytes *to, const char *text, size_t size)
{
    bytes_add(to, "\"", 1);
    for (size_t at = 0; at < size;) {
        size_t length;
        uint32_t character = utf8_next(text + at, &length);
        if (character == '"' || character == '\\')
            json_print(to, "\\%c", (char)character);
        else if (character < 0x20 || character == 0x7f || (character >= 0xd800 && character <= 0xdfff))
            json_print(to, "\\u%04x", character);
        else
            bytes_add(to, text + at, length);
        at += length;
    }
    bytes_add(to, "\"", 1);
}

void json_number(bytes *to, uint64_t number)
{
    json_print(to, "%llu", (unsigned long long)number);
}

static void json_base64(bytes *to, const unsigned char *data, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes_add(to, "\"", 1);
    for (size_t i = 0; i < size; i += 3) {
        uint32_t group = (uint32_t)data[i] << 16 | (i + 1 < size ? (uint32_t)data[i + 1] << 8 : 0) |
                         (i + 2 < size ? data[i + 2] : 0);
        const char quad[4] = {digits[group >> 18], digits[group >> 12 & 63],
                              i + 1 < size ? digits[group >> 6 & 63] : '=', i + 2 < size ? digits[group & 63] : '='};
        bytes_add(to, quad, 4);
    }
    bytes_add(to, "\"", 1);
}

/* Hexadecimal, because decimal digits of a number of megabytes take minutes. */
static void json_big_int(bytes *to, const unsigned char *data, size_t size)
{
    bool is_negative = data[size - 1] & 0x80, is_first = true;
    unsigned carry = is_negative;
    bytes magnitude = {0};
    for (size_t i = 0; i < size; i++) {
        unsigned digit = (is_negative ? (unsigned char)~data[i] : data[i]) + carry;
        unsigned char low = (unsigned char)digit;
        bytes_add(&magnitude, &low, 1);
        carry = digit >> 8;
    }
    json_print(to, is_negative ? "\"-0x" : "\"0x");
    for (size_t i = magnitude.failed ? 0 : magnitude.size; i-- > 0;) {
        if (is_first && magnitude.data[i] == 0 && i > 0)
            continue;
        json_print(to, is_first ? "%x" : "%02x", magnitude.data[i]);
        is_first = false;
    }
    bytes_add(to, "\"", 1);
    to->failed |= magnitude.failed;
    bytes_release(&magnitude);
}

static void json_float(bytes *to, double number)
{
    char text[40];
    if (number != number || number - number != 0) { /* nan, inf */
        bytes_add(to, "null", 4);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) { /* the shortest of them that reads back as the same */
        snprintf(text, sizeof text, "%.*g", digits, number);
        double read_back = 0;
        if (sscanf(text, "%lf", &read_back) == 1 && read_back == number)
            break;
    }
    bytes_add(to, text, strlen(text));
    if (strpbrk(text, ".en") == NULL)
        bytes_add(to, ".0", 2);
}

static void json_moment(bytes *to, cordon_value_kind kind, const cordon_moment *moment)
{
    bytes_add(to, "\"", 1);
    if (kind != CORDON_VALUE_TIME)
        json_print(to, "%04d-%02d-%02d", moment->year, moment->month, moment->day);
    if (kind == CORDON_VALUE_DATETIME)
        bytes_add(to, "T", 1);
    if (kind != CORDON_VALUE_DATE) {
        int offset = moment->offset_seconds < 0 ? -moment->offset_seconds : moment->offset_seconds;
        json_print(to, "%02d:%02d:%02d", moment->hour, moment->minute, moment->second);
        if (moment->microsecond != 0)
            json_print(to, ".%06d", moment->microsecond);
        if (moment->has_offset)
            json_print(to, "%c%02d:%02d", moment->offset_seconds < 0 ? '-' : '+', offset / 3600, offset / 60 % 60);
        if (moment->has_offset && offset % 60 != 0)
            json_print(to, ":%02d", offset % 60);
    }
    bytes_add(to, "\"", 1);
}

static void json_key(bytes *to, const cordon_value *key)
{
    bytes text = {0};
    if (key->kind == CORDON_VALUE_TEXT) {
        json_text(to, key->as.text.data, key->as.text.size);
        return;
    }
    json_value(&text, key);
    json_text(to, (const char *)text.data, text.size);
    to->failed |= text.failed;
    bytes_release(&text);
}

static void json_members(bytes *to, const cordon_value *value)
{
    bool is_dict = value->kind == CORDON_VALUE_DICT;
    bytes_add(to, is_dict ? "{" : "[", 1);
    for (size_t i = 0; i < value->as.list.count && !to->failed; i++) {
        bool is_key = is_dict && i % 2 == 0;
        if (i > 0)
            bytes_add(to, is_dict && !is_key ? ":" : ",", 1);
        if (is_key)
            json_key(to, &value->as.list.items[i]);
        else
            json_value(to, &value->as.list.items[i]);
    }
    bytes_add(to, is_dict ? "}" : "]", 1);
}

void json_value(bytes *to, const cordon_value *value)
{
    switch (cordon_value_get_kind(value)) {
    case CORDON_VALUE_NONE:
        bytes_add(to, "null", 4);
        break;
    case CORDON_VALUE_BOOL:
        json_print(to, value->as.is_true ? "true" : "false");
        break;
    case CORDON_VALUE_INT:
        if (value->is_unsigned)
            json_number(to, (uint64_t)value->as.number);
        else
            json_print(to, "%lld", (long long)value->as.number);
        break;
    case CORDON_VALUE_BIG_INT:
        json_big_int(to, (const unsigned char *)value->as.text.data, value->as.text.size);
        break;
    case CORDON_VALUE_FLOAT:
        json_float(to, value->as.real[0]);
        break;
    case CORDON_VALUE_COMPLEX:
        bytes_add(to, "[", 1);
        json_float(to, value->as.real[0]);
        bytes_add(to, ",", 1);
        json_float(to, value->as.real[1]);
        bytes_add(to, "]", 1);
        break;
    case CORDON_VALUE_TEXT:
    case CORDON_VALUE_OTHER:
        json_text(to, value->as.text.data, value->as.text.size);
        break;
    case CORDON_VALUE_BYTES:
        json_base64(to, (const unsigned char *)value->as.text.data, value->as.text.size);
        break;
    case CORDON_VALUE_LIST:
    case CORDON_VALUE_TUPLE:
    case CORDON_VALUE_SET:
    case CORDON_VALUE_FROZEN_SET:
    case CORDON_VALUE_DICT:
        json_members(to, value);
        break;
    case CORDON_VALUE_DATETIME:
    case CORDON_VALUE_DATE:
    case CORDON_VALUE_TIME:
        json_moment(to, (cordon_value_kind)value->kind, value->as.moment);
        break;
    case CORDON_VALUE_DURATION:
        json_print(to, "\"%lldd %d.%06ds\"", (long long)value->as.duration.days, value->as.duration.seconds,
                   value->as.duration.microseconds);
        break;
    }
}

/* The block becomes the caller's text, with a NUL behind it. */
cordon_status text_from_bytes(bytes *from, char **text_out, size_t *size_out, const char *operation,
                              cordon_error *error)
{
    bytes_add(from, "", 1);
    if (from->failed) {
        bytes_release(from);
        return failure(error, operation, CORDON_NO_MEMORY, "no memory for the text");
    }
    *text_out = (char *)from->data;
    if (size_out != NULL)
        *size_out = from->size - 1;
    *from = (bytes){0};
    return CORDON_OK;
}

cordon_status cordon_value_to_json(const cordon_value *value, char **text_out, size_t *size_out, cordon_error *error)
{
    bytes text = {0};
    *text_out = NULL;
    json_value(&text, value);
    return text_from_bytes(&text, text_out, size_out, "value_to_json", error);
}

cordon_status cordon_value_to_messagepack(const cordon_value *value, char **data_out, size_t *size_out,
                                          cordon_error *error)
{
    bytes data = {0};
    *data_out = NULL;
    if (!pack_value(&data, value)) {
        bytes_release(&data);
        return failure(error, "value_to_messagepack", CORDON_INVALID_ARGUMENT,
                       "an object of no basic type is only ever received");
    }
    if (data.size > CORDON_VALUE_BYTES_MAX) {
        bytes_release(&data);
        return failure(error, "value_to_messagepack", CORDON_TOO_LARGE, "the value takes more than %u bytes",
                       CORDON_VALUE_BYTES_MAX);
    }
    return text_from_bytes(&data, data_out, size_out, "value_to_messagepack", error);
}

cordon_status cordon_value_from_messagepack(const void *data, size_t size, cordon_value **value_out,
                                            cordon_error *error)
{
    return value_decode(data, size, CORDON_VALUE_DEPTH_MAX, value_out, error);
}
