/* Hides how MessagePack becomes a value. The bytes are an attacker's: one pass, every length held against the bytes
 * that are left before it is believed, memory taken for members as they are found. msgpack-c's own parser takes memory
 * for as many members as a header claims, so it is not used here; the tests hold the two against each other. */
#include "value_internal.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"

typedef struct reader {
    const unsigned char *next, *end;
    unsigned depth_left;
    size_t nodes_left;
    const char *complaint; /* why it is refused; static */
} reader;

static bool refuse(reader *from, const char *complaint)
{
    if (from->complaint == NULL)
        from->complaint = complaint;
    return false;
}

static bool take_number(reader *from, size_t size, uint64_t *number_out)
{
    if ((size_t)(from->end - from->next) < size)
        return refuse(from, "it ends too early");
    *number_out = 0;
    for (size_t i = 0; i < size; i++)
        *number_out = *number_out << 8 | *from->next++;
    return true;
}

static bool take_data(reader *from, uint64_t size, const unsigned char **data_out)
{
    if ((uint64_t)(from->end - from->next) < size)
        return refuse(from, "a length goes beyond the end");
    *data_out = from->next;
    from->next += size;
    return true;
}

static bool read_value(reader *from, cordon_value *value);

/* `count` members into *value, a container with nothing in it. Each takes a byte at least. */
static bool read_members(reader *from, uint64_t count, cordon_value *value)
{
    if (count > (uint64_t)(from->end - from->next))
        return refuse(from, "it claims more members than bytes");
    if (from->depth_left == 0)
        return refuse(from, "it is nested too deeply");
    from->depth_left--;
    bool is_set = value->kind == CORDON_VALUE_SET || value->kind == CORDON_VALUE_FROZEN_SET;
    for (uint64_t i = 0; i < count; i++) {
        cordon_value item = {.kind = CORDON_VALUE_NONE};
        if (!read_value(from, &item)) {
            value_release(&item);
            return false;
        }
        if ((is_set || (value->kind == CORDON_VALUE_DICT && i % 2 == 0)) && !value_is_hashable(&item)) {
            value_release(&item);
            return refuse(from, "a key or a member of a set cannot be hashed");
        }
        if (!value_adopt(value, &item))
            return refuse(from, "there is no memory for it");
    }
    from->depth_left++;
    return true;
}

static bool read_text(reader *from, cordon_value_kind kind, uint64_t size, cordon_value *value)
{
    const unsigned char *data;
    if (!take_data(from, size, &data))
        return false;
    if (!value_set_text(value, kind, (const char *)data, (size_t)size) || value->has_surrogates)
        return refuse(from, "a text is not UTF-8, or there is no memory for it");
    return true;
}

/* ---- Extensions: a payload of its own, which is read by a reader that ends with it ---- */

static bool take_array_count(reader *from, uint64_t *count_out)
{
    uint64_t first;
    if (!take_number(from, 1, &first))
        return false;
    if (first >= 0x90 && first <= 0x9f) {
        *count_out = first & 0x0f;
        return true;
    }
    if (first != 0xdc && first != 0xdd)
        return refuse(from, "an extension holds no array");
    return take_number(from, first == 0xdc ? 2 : 4, count_out);
}

static bool read_set_or_tuple(reader *from, cordon_value_kind kind, cordon_value *value)
{
    uint64_t count;
    *value = (cordon_value){.kind = (uint8_t)kind, .depth = 1};
    return take_array_count(from, &count) && read_members(from, count, value);
}

enum { NUMBERS_MAX = 9 };

/* An array of `count` small numbers, the last of which may be nil. */
static bool take_small_numbers(reader *from, size_t count, int32_t numbers[NUMBERS_MAX], bool *last_is_there_out)
{
    uint64_t found;
    if (!take_array_count(from, &found) || found != count)
        return refuse(from, "a date or time has another number of parts");
    *last_is_there_out = true;
    for (size_t i = 0; i < count; i++) {
        cordon_value item = {.kind = CORDON_VALUE_NONE};
        int64_t number = 0;
        bool is_read = read_value(from, &item);
        bool is_number = is_read && cordon_value_get_int(&item, &number) && number >= INT32_MIN && number <= INT32_MAX;
        bool is_nil = is_read && item.kind == CORDON_VALUE_NONE && i + 1 == count;
        value_release(&item);
        if (!is_number && !is_nil)
            return refuse(from, "a part of a date or time is no number");
        *last_is_there_out = is_number;
        numbers[i] = (int32_t)number;
    }
    return true;
}

static bool read_moment(reader *from, cordon_value_kind kind, cordon_value *value)
{
    int32_t numbers[NUMBERS_MAX];
    bool has_last;
    size_t date = kind == CORDON_VALUE_TIME ? 0 : 3, time = kind == CORDON_VALUE_DATE ? 0 : 6;
    cordon_moment moment = {0};
    if (!take_small_numbers(from, date + time, numbers, &has_last))
        return false;
    if (time == 0 && !has_last)
        return refuse(from, "a date has no day");
    if (date > 0) {
        moment.year = numbers[0];
        moment.month = numbers[1];
        moment.day = numbers[2];
    }
    if (time > 0) {
        const int32_t *at = numbers + date;
        moment.hour = at[0];
        moment.minute = at[1];
        moment.second = at[2];
        moment.microsecond = at[3];
        moment.fold = at[4];
        moment.has_offset = has_last;
        moment.offset_seconds = has_last ? at[5] : 0;
    }
    return value_set_moment(value, kind, &moment) || refuse(from, "there is no such date or time");
}

static bool read_duration(reader *from, cordon_value *value)
{
    int32_t numbers[NUMBERS_MAX];
    bool has_last;
    if (!take_small_numbers(from, 3, numbers, &has_last))
        return false;
    return (has_last && value_set_duration(value, &(cordon_duration){numbers[0], numbers[1], numbers[2]})) ||
           refuse(from, "there is no such duration");
}

static bool read_complex(reader *from, cordon_value *value)
{
    uint64_t count;
    double parts[2] = {0, 0};
    if (!take_array_count(from, &count) || count != 2)
        return refuse(from, "a complex number has two parts");
    for (size_t i = 0; i < 2; i++) {
        cordon_value item = {.kind = CORDON_VALUE_NONE};
        bool is_float = read_value(from, &item) && item.kind == CORDON_VALUE_FLOAT;
        if (is_float)
            parts[i] = item.as.real[0];
        value_release(&item);
        if (!is_float)
            return refuse(from, "a part of a complex number is no float");
    }
    *value = (cordon_value){.kind = CORDON_VALUE_COMPLEX, .as.real = {parts[0], parts[1]}};
    return true;
}

static bool read_other(reader *from, cordon_value *value)
{
    uint64_t count;
    cordon_value type = {.kind = CORDON_VALUE_NONE}, repr = {.kind = CORDON_VALUE_NONE};
    bool is_read = take_array_count(from, &count) && count == 2 && read_value(from, &type) && read_value(from, &repr) &&
                   type.kind == CORDON_VALUE_TEXT && repr.kind == CORDON_VALUE_TEXT &&
                   value_set_other(value, type.as.text.data, type.as.text.size, repr.as.text.data, repr.as.text.size);
    value_release(&type);
    value_release(&repr);
    return is_read || refuse(from, "an object is no type and repr");
}

static bool read_payload(reader *from, int type, cordon_value *value)
{
    size_t size = (size_t)(from->end - from->next);
    switch (type) {
    case VALUE_EXT_BIG_INT: {
        bool is_set = size > 0 && value_set_big_int(value, from->next, size);
        from->next = from->end;
        return is_set || refuse(from, "a number has no bytes, or there is no memory for it");
    }
    case VALUE_EXT_SURROGATES: {
        bool is_set = value_set_text(value, CORDON_VALUE_TEXT, (const char *)from->next, size);
        from->next = from->end;
        return is_set || refuse(from, "a text is not UTF-8 with surrogates, or there is no memory for it");
    }
    case VALUE_EXT_TUPLE:
        return read_set_or_tuple(from, CORDON_VALUE_TUPLE, value);
    case VALUE_EXT_SET:
        return read_set_or_tuple(from, CORDON_VALUE_SET, value);
    case VALUE_EXT_FROZEN_SET:
        return read_set_or_tuple(from, CORDON_VALUE_FROZEN_SET, value);
    case VALUE_EXT_DATETIME:
        return read_moment(from, CORDON_VALUE_DATETIME, value);
    case VALUE_EXT_DATE:
        return read_moment(from, CORDON_VALUE_DATE, value);
    case VALUE_EXT_TIME:
        return read_moment(from, CORDON_VALUE_TIME, value);
    case VALUE_EXT_DURATION:
        return read_duration(from, value);
    case VALUE_EXT_COMPLEX:
        return read_complex(from, value);
    case VALUE_EXT_OTHER:
        return read_other(from, value);
    default:
        return refuse(from, "there is no such extension");
    }
}

static bool read_extension(reader *from, uint64_t size, cordon_value *value)
{
    uint64_t type;
    const unsigned char *data;
    if (!take_number(from, 1, &type) || !take_data(from, size, &data))
        return false;
    reader inner = *from;
    inner.next = data;
    inner.end = data + size;
    bool is_read = read_payload(&inner, (int)(int8_t)type, value) &&
                   (inner.next == inner.end || refuse(&inner, "bytes follow in an extension"));
    from->nodes_left = inner.nodes_left;
    from->complaint = inner.complaint;
    return is_read;
}

/* ---- One value, by its first byte ---- */

static bool read_float(reader *from, size_t size, cordon_value *value)
{
    uint64_t bits;
    float narrow;
    *value = (cordon_value){.kind = CORDON_VALUE_FLOAT};
    if (!take_number(from, size, &bits))
        return false;
    if (size == sizeof(double)) {
        memcpy(value->as.real, &bits, sizeof bits);
        return true;
    }
    uint32_t narrow_bits = (uint32_t)bits;
    memcpy(&narrow, &narrow_bits, sizeof narrow);
    value->as.real[0] = (double)narrow;
    return true;
}

static bool read_signed(reader *from, size_t size, cordon_value *value)
{
    uint64_t bits;
    *value = (cordon_value){.kind = CORDON_VALUE_INT};
    if (!take_number(from, size, &bits))
        return false;
    if (size < 8 && bits >> (8 * size - 1) != 0)
        bits |= UINT64_MAX << (8 * size);
    value->as.number = (int64_t)bits;
    return true;
}

static bool read_unsigned(reader *from, size_t size, cordon_value *value)
{
    uint64_t bits;
    *value = (cordon_value){.kind = CORDON_VALUE_INT};
    if (!take_number(from, size, &bits))
        return false;
    value->is_unsigned = bits > INT64_MAX;
    value->as.number = (int64_t)bits;
    return true;
}

static bool read_list(reader *from, uint64_t count, cordon_value *value)
{
    *value = (cordon_value){.kind = CORDON_VALUE_LIST, .depth = 1};
    return read_members(from, count, value);
}

static bool read_dict(reader *from, uint64_t count, cordon_value *value)
{
    *value = (cordon_value){.kind = CORDON_VALUE_DICT, .depth = 1};
    return read_members(from, 2 * count, value);
}

/* Runs of codes that carry their number or length in themselves. */
static bool read_short(reader *from, unsigned first, cordon_value *value)
{
    if (first <= 0x7f || first >= 0xe0) {
        *value = (cordon_value){.kind = CORDON_VALUE_INT,
                                .as.number = first <= 0x7f ? (int64_t)first : (int64_t)first - 256};
        return true;
    }
    if (first <= 0x8f)
        return read_dict(from, first & 0x0f, value);
    if (first <= 0x9f)
        return read_list(from, first & 0x0f, value);
    return read_text(from, CORDON_VALUE_TEXT, first & 0x1f, value);
}

static bool read_value(reader *from, cordon_value *value)
{
    uint64_t first, length;
    if (from->nodes_left == 0)
        return refuse(from, "it has too many members");
    from->nodes_left--;
    if (!take_number(from, 1, &first))
        return false;
    if (first < 0xc0 || first >= 0xe0)
        return read_short(from, (unsigned)first, value);
    switch (first) {
    case 0xc0:
        *value = (cordon_value){.kind = CORDON_VALUE_NONE};
        return true;
    case 0xc2:
    case 0xc3:
        *value = (cordon_value){.kind = CORDON_VALUE_BOOL, .as.is_true = first == 0xc3};
        return true;
    case 0xc4:
    case 0xc5:
    case 0xc6:
        return take_number(from, (size_t)1 << (first - 0xc4), &length) &&
               read_text(from, CORDON_VALUE_BYTES, length, value);
    case 0xc7:
    case 0xc8:
    case 0xc9:
        return take_number(from, (size_t)1 << (first - 0xc7), &length) && read_extension(from, length, value);
    case 0xca:
    case 0xcb:
        return read_float(from, first == 0xca ? 4 : 8, value);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        return read_unsigned(from, (size_t)1 << (first - 0xcc), value);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return read_signed(from, (size_t)1 << (first - 0xd0), value);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return read_extension(from, (uint64_t)1 << (first - 0xd4), value);
    case 0xd9:
    case 0xda:
    case 0xdb:
        return take_number(from, (size_t)1 << (first - 0xd9), &length) &&
               read_text(from, CORDON_VALUE_TEXT, length, value);
    case 0xdc:
    case 0xdd:
        return take_number(from, first == 0xdc ? 2 : 4, &length) && read_list(from, length, value);
    case 0xde:
    case 0xdf:
        return take_number(from, first == 0xde ? 2 : 4, &length) && read_dict(from, length, value);
    default:
        return refuse(from, "a code that means nothing");
    }
}

bool value_decode_first(const void *data, size_t size, unsigned depth_max, cordon_value *value_out, size_t *used_out)
{
    reader from = {.next = data, .end = (const unsigned char *)data + size, .depth_left = depth_max, .nodes_left = VALUE_NODES_MAX};
    *value_out = (cordon_value){.kind = CORDON_VALUE_NONE};
    if (!read_value(&from, value_out)) {
        value_release(value_out);
        return false;
    }
    *used_out = (size_t)(from.next - (const unsigned char *)data);
    return true;
}

cordon_status value_decode(const void *data, size_t size, unsigned depth_max, cordon_value **value_out,
                           cordon_error *error)
{
    reader from = {.next = data,
                   .end = (const unsigned char *)data + size,
                   .depth_left = depth_max,
                   .nodes_left = VALUE_NODES_MAX};
    cordon_value *value = malloc(sizeof *value);
    *value_out = NULL;
    if (value == NULL)
        return failure(error, "value_from_messagepack", CORDON_NO_MEMORY, "no memory for a value");
    *value = (cordon_value){.kind = CORDON_VALUE_NONE};
    if (read_value(&from, value) && (from.next == from.end || refuse(&from, "bytes follow behind it"))) {
        *value_out = value;
        return CORDON_OK;
    }
    cordon_value_destroy(value);
    return failure(error, "value_from_messagepack", CORDON_INVALID_ARGUMENT, "no value in MessagePack: %s, at byte %zu",
                   from.complaint, (size_t)(from.next - (const unsigned char *)data));
}
