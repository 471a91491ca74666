/* Hides how a value lies in memory from those who make and read it. */
#include "value_internal.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/* ---- In place ---- */

bool value_is_container(const cordon_value *value)
{
    return value->kind >= CORDON_VALUE_LIST && value->kind <= CORDON_VALUE_FROZEN_SET;
}

static bool has_text(const cordon_value *value)
{
    return value->kind == CORDON_VALUE_TEXT || value->kind == CORDON_VALUE_BYTES ||
           value->kind == CORDON_VALUE_BIG_INT || value->kind == CORDON_VALUE_OTHER;
}

static bool has_moment(const cordon_value *value)
{
    return value->kind == CORDON_VALUE_DATETIME || value->kind == CORDON_VALUE_DATE || value->kind == CORDON_VALUE_TIME;
}

void value_release(cordon_value *value)
{
    if (has_text(value))
        free(value->as.text.data);
    if (has_moment(value))
        free(value->as.moment);
    if (value_is_container(value)) {
        for (size_t i = 0; i < value->as.list.count; i++)
            value_release(&value->as.list.items[i]); /* as deep as CORDON_VALUE_DEPTH_MAX and a frame's own */
        free(value->as.list.items);
    }
    *value = (cordon_value){.kind = CORDON_VALUE_NONE};
}

/* Two texts, each with a NUL behind it; the second may be absent. */
static char *join(const char *first, size_t first_size, const char *second, size_t second_size)
{
    char *data = first_size < SIZE_MAX / 4 && second_size < SIZE_MAX / 4 ? malloc(first_size + second_size + 2) : NULL;
    if (data == NULL)
        return NULL;
    if (first_size > 0)
        memcpy(data, first, first_size);
    data[first_size] = '\0';
    if (second_size > 0)
        memcpy(data + first_size + 1, second, second_size);
    data[first_size + 1 + second_size] = '\0';
    return data;
}

bool value_set_text(cordon_value *value, cordon_value_kind kind, const char *data, size_t size)
{
    *value = (cordon_value){.kind = CORDON_VALUE_NONE};
    utf8_kind content = kind == CORDON_VALUE_TEXT ? utf8_check(data, size) : UTF8_PLAIN;
    if (content == UTF8_BROKEN)
        return false;
    char *copy = join(data, size, NULL, 0);
    if (copy == NULL)
        return false;
    *value =
        (cordon_value){.kind = (uint8_t)kind, .has_surrogates = content == UTF8_SURROGATES, .as.text = {copy, size}};
    return true;
}

bool value_set_other(cordon_value *value, const char *type, size_t type_size, const char *repr, size_t repr_size)
{
    *value = (cordon_value){.kind = CORDON_VALUE_NONE};
    if (type_size > UINT32_MAX || utf8_check(type, type_size) == UTF8_BROKEN ||
        utf8_check(repr, repr_size) == UTF8_BROKEN)
        return false;
    char *copy = join(repr, repr_size, type, type_size);
    if (copy == NULL)
        return false;
    *value = (cordon_value){.kind = CORDON_VALUE_OTHER, .type_size = (uint32_t)type_size, .as.text = {copy, repr_size}};
    return true;
}

/* Eight bytes of two's complement, of which `size` are given. */
static uint64_t sign_extended(const unsigned char *bytes, size_t size)
{
    uint64_t number = size > 0 && bytes[size - 1] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = size; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

bool value_set_big_int(cordon_value *value, const unsigned char *bytes, size_t size)
{
    *value = (cordon_value){.kind = CORDON_VALUE_NONE};
    while (size > 1 &&
           ((bytes[size - 1] == 0 && !(bytes[size - 2] & 0x80)) || (bytes[size - 1] == 0xff && bytes[size - 2] & 0x80)))
        size--;
    if (size <= 8)
        *value = (cordon_value){.kind = CORDON_VALUE_INT, .as.number = (int64_t)sign_extended(bytes, size)};
    else if (size == 9 && bytes[8] == 0)
        *value = (cordon_value){
            .kind = CORDON_VALUE_INT, .is_unsigned = true, .as.number = (int64_t)sign_extended(bytes, 8)};
    else
        return value_set_text(value, CORDON_VALUE_BIG_INT, (const char *)bytes, size);
    return true;
}

static bool is_between(int64_t number, int64_t low, int64_t high)
{
    return number >= low && number <= high;
}

static bool date_is_real(const cordon_moment *moment)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t year = moment->year;
    if (!is_between(year, 1, 9999) || !is_between(moment->month, 1, 12))
        return false;
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return is_between(moment->day, 1, days[moment->month - 1] + (moment->month == 2 && is_leap));
}

static bool time_is_real(const cordon_moment *moment)
{
    return is_between(moment->hour, 0, 23) && is_between(moment->minute, 0, 59) && is_between(moment->second, 0, 59) &&
           is_between(moment->microsecond, 0, 999999) && is_between(moment->fold, 0, 1) &&
           (!moment->has_offset || is_between(moment->offset_seconds, -86399, 86399));
}

bool value_set_moment(cordon_value *value, cordon_value_kind kind, const cordon_moment *moment)
{
    *value = (cordon_value){.kind = CORDON_VALUE_NONE};
    if ((kind != CORDON_VALUE_TIME && !date_is_real(moment)) || (kind != CORDON_VALUE_DATE && !time_is_real(moment)))
        return false;
    cordon_moment *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return false;
    *copy = *moment;
    *value = (cordon_value){.kind = (uint8_t)kind, .as.moment = copy};
    return true;
}

bool value_set_duration(cordon_value *value, const cordon_duration *duration)
{
    *value = (cordon_value){.kind = CORDON_VALUE_NONE};
    if (!is_between(duration->days, -999999999, 999999999) || !is_between(duration->seconds, 0, 86399) ||
        !is_between(duration->microseconds, 0, 999999))
        return false;
    *value = (cordon_value){.kind = CORDON_VALUE_DURATION, .as.duration = *duration};
    return true;
}

enum { FIRST_ITEMS = 4 };

/* Room for one more: capacities are powers of two from FIRST_ITEMS on, so the count tells when one is full. */
static bool make_room(cordon_value *container)
{
    size_t count = container->as.list.count;
    if (count >= VALUE_NODES_MAX)
        return false;
    if (count != 0 && (count < FIRST_ITEMS || (count & (count - 1)) != 0))
        return true;
    cordon_value *items = realloc(container->as.list.items, (count ? 2 * count : FIRST_ITEMS) * sizeof *items);
    if (items == NULL)
        return false;
    container->as.list.items = items;
    return true;
}

bool value_adopt(cordon_value *container, cordon_value *item)
{
    if (!make_room(container)) {
        value_release(item);
        return false;
    }
    container->as.list.items[container->as.list.count++] = *item;
    if (item->depth >= container->depth)
        container->depth = (uint8_t)(item->depth + 1);
    *item = (cordon_value){.kind = CORDON_VALUE_NONE};
    return true;
}

size_t value_cost(const cordon_value *value)
{
    size_t cost =
        sizeof *value + (has_text(value) ? value->as.text.size : 0) + (has_moment(value) ? sizeof(cordon_moment) : 0);
    for (size_t i = 0; value_is_container(value) && i < value->as.list.count; i++)
        cost += value_cost(&value->as.list.items[i]);
    return cost;
}

/* ---- Making ---- */

static cordon_value *value_new(cordon_value content)
{
    cordon_value *value = malloc(sizeof *value);
    if (value == NULL)
        value_release(&content);
    else
        *value = content;
    return value;
}

cordon_value *cordon_value_none(void)
{
    return value_new((cordon_value){.kind = CORDON_VALUE_NONE});
}
cordon_value *cordon_value_bool(bool is_true)
{
    return value_new((cordon_value){.kind = CORDON_VALUE_BOOL, .as.is_true = is_true});
}
cordon_value *cordon_value_int(int64_t number)
{
    return value_new((cordon_value){.kind = CORDON_VALUE_INT, .as.number = number});
}
cordon_value *cordon_value_float(double number)
{
    return value_new((cordon_value){.kind = CORDON_VALUE_FLOAT, .as.real = {number}});
}

cordon_value *cordon_value_unsigned(uint64_t number)
{
    return value_new(
        (cordon_value){.kind = CORDON_VALUE_INT, .is_unsigned = number > INT64_MAX, .as.number = (int64_t)number});
}

cordon_value *cordon_value_complex(double real, double imaginary)
{
    return value_new((cordon_value){.kind = CORDON_VALUE_COMPLEX, .as.real = {real, imaginary}});
}

cordon_value *cordon_value_big_int(const void *bytes, size_t size)
{
    cordon_value value;
    return size <= CORDON_VALUE_BYTES_MAX && value_set_big_int(&value, bytes, size) ? value_new(value) : NULL;
}

static cordon_value *text_new(cordon_value_kind kind, const void *data, size_t size)
{
    cordon_value value;
    return value_set_text(&value, kind, data, size) ? value_new(value) : NULL;
}

cordon_value *cordon_value_text(const char *text)
{
    return text ? text_new(CORDON_VALUE_TEXT, text, strlen(text)) : NULL;
}
cordon_value *cordon_value_text_sized(const char *text, size_t size)
{
    return text_new(CORDON_VALUE_TEXT, text, size);
}
cordon_value *cordon_value_bytes(const void *data, size_t size)
{
    return text_new(CORDON_VALUE_BYTES, data, size);
}

static cordon_value *moment_new(cordon_value_kind kind, const cordon_moment *moment)
{
    cordon_value value;
    return value_set_moment(&value, kind, moment) ? value_new(value) : NULL;
}

cordon_value *cordon_value_datetime(const cordon_moment *moment)
{
    return moment_new(CORDON_VALUE_DATETIME, moment);
}
cordon_value *cordon_value_date(const cordon_moment *moment)
{
    return moment_new(CORDON_VALUE_DATE, moment);
}
cordon_value *cordon_value_time(const cordon_moment *moment)
{
    return moment_new(CORDON_VALUE_TIME, moment);
}

cordon_value *cordon_value_duration(const cordon_duration *duration)
{
    cordon_value value;
    return value_set_duration(&value, duration) ? value_new(value) : NULL;
}

static cordon_value *container_new(cordon_value_kind kind)
{
    return value_new((cordon_value){.kind = (uint8_t)kind, .depth = 1});
}
cordon_value *cordon_value_list(void)
{
    return container_new(CORDON_VALUE_LIST);
}
cordon_value *cordon_value_tuple(void)
{
    return container_new(CORDON_VALUE_TUPLE);
}
cordon_value *cordon_value_set(void)
{
    return container_new(CORDON_VALUE_SET);
}
cordon_value *cordon_value_frozen_set(void)
{
    return container_new(CORDON_VALUE_FROZEN_SET);
}
cordon_value *cordon_value_dict(void)
{
    return container_new(CORDON_VALUE_DICT);
}

/* Whether Python can hash it: no list, dict or set is in it. */
bool value_is_hashable(const cordon_value *value)
{
    if (value->kind == CORDON_VALUE_LIST || value->kind == CORDON_VALUE_DICT || value->kind == CORDON_VALUE_SET)
        return false;
    for (size_t i = 0; value_is_container(value) && i < value->as.list.count; i++)
        if (!value_is_hashable(&value->as.list.items[i]))
            return false;
    return true;
}

bool cordon_value_append(cordon_value *container, cordon_value *item)
{
    bool fits =
        container != NULL && item != NULL && item != container && value_is_container(container) &&
        container->kind != CORDON_VALUE_DICT && item->depth < CORDON_VALUE_DEPTH_MAX &&
        (container->kind == CORDON_VALUE_LIST || container->kind == CORDON_VALUE_TUPLE || value_is_hashable(item));
    bool is_done = fits && value_adopt(container, item);
    if (item != container)
        cordon_value_destroy(item);
    return is_done;
}

bool cordon_value_dict_add(cordon_value *dict, cordon_value *key, cordon_value *value)
{
    bool fits = dict != NULL && key != NULL && value != NULL && key != dict && value != dict &&
                dict->kind == CORDON_VALUE_DICT && key->depth < CORDON_VALUE_DEPTH_MAX &&
                value->depth < CORDON_VALUE_DEPTH_MAX && value_is_hashable(key);
    bool is_done = false;
    if (fits && value_adopt(dict, key)) {
        is_done = value_adopt(dict, value);
        if (!is_done)
            value_release(&dict->as.list.items[--dict->as.list.count]);
    }
    if (key != dict)
        cordon_value_destroy(key);
    if (value != dict && value != key)
        cordon_value_destroy(value);
    return is_done;
}

bool cordon_value_dict_set(cordon_value *dict, const char *key, cordon_value *value)
{
    return cordon_value_dict_add(dict, cordon_value_text(key), value);
}

static bool copy_into(cordon_value *to, const cordon_value *from)
{
    if (has_text(from)) {
        const char *type = from->kind == CORDON_VALUE_OTHER ? from->as.text.data + from->as.text.size + 1 : NULL;
        char *data = join(from->as.text.data, from->as.text.size, type, from->type_size);
        *to = *from;
        to->as.text.data = data;
        return data != NULL;
    }
    if (has_moment(from))
        return value_set_moment(to, from->kind, from->as.moment);
    *to = *from;
    if (!value_is_container(from))
        return true;
    to->as.list.items = NULL;
    to->as.list.count = 0;
    for (size_t i = 0; i < from->as.list.count; i++) {
        cordon_value item;
        if (!copy_into(&item, &from->as.list.items[i])) {
            value_release(&item);
            return false;
        }
        if (!value_adopt(to, &item))
            return false;
    }
    return true;
}

cordon_value *cordon_value_copy(const cordon_value *value)
{
    cordon_value content = {.kind = CORDON_VALUE_NONE};
    if (value == NULL)
        return NULL;
    if (copy_into(&content, value))
        return value_new(content);
    value_release(&content);
    return NULL;
}

void cordon_value_destroy(cordon_value *value)
{
    if (value == NULL)
        return;
    value_release(value);
    free(value);
}

/* ---- Reading ---- */

cordon_value_kind cordon_value_get_kind(const cordon_value *value)
{
    return value ? (cordon_value_kind)value->kind : CORDON_VALUE_NONE;
}

static bool is_kind(const cordon_value *value, cordon_value_kind kind)
{
    return value != NULL && value->kind == kind;
}

const char *cordon_value_kind_name(cordon_value_kind kind)
{
    static const char *const names[] = {
        [CORDON_VALUE_NONE] = "NoneType",     [CORDON_VALUE_BOOL] = "bool",
        [CORDON_VALUE_INT] = "int",           [CORDON_VALUE_BIG_INT] = "int",
        [CORDON_VALUE_FLOAT] = "float",       [CORDON_VALUE_TEXT] = "str",
        [CORDON_VALUE_BYTES] = "bytes",       [CORDON_VALUE_LIST] = "list",
        [CORDON_VALUE_TUPLE] = "tuple",       [CORDON_VALUE_DICT] = "dict",
        [CORDON_VALUE_SET] = "set",           [CORDON_VALUE_FROZEN_SET] = "frozenset",
        [CORDON_VALUE_DATETIME] = "datetime", [CORDON_VALUE_DATE] = "date",
        [CORDON_VALUE_TIME] = "time",         [CORDON_VALUE_DURATION] = "timedelta",
        [CORDON_VALUE_COMPLEX] = "complex",   [CORDON_VALUE_OTHER] = "object",
    };
    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "?";
}

bool cordon_value_is_true(const cordon_value *value)
{
    return is_kind(value, CORDON_VALUE_BOOL) && value->as.is_true;
}

bool cordon_value_get_int(const cordon_value *value, int64_t *number_out)
{
    *number_out = 0;
    if (!is_kind(value, CORDON_VALUE_INT) || value->is_unsigned)
        return false;
    *number_out = value->as.number;
    return true;
}

bool cordon_value_get_unsigned(const cordon_value *value, uint64_t *number_out)
{
    *number_out = 0;
    if (!is_kind(value, CORDON_VALUE_INT) || (!value->is_unsigned && value->as.number < 0))
        return false;
    *number_out = (uint64_t)value->as.number;
    return true;
}

bool cordon_value_get_float(const cordon_value *value, double *number_out)
{
    *number_out = 0;
    if (is_kind(value, CORDON_VALUE_FLOAT))
        *number_out = value->as.real[0];
    else if (is_kind(value, CORDON_VALUE_INT))
        *number_out = value->is_unsigned ? (double)(uint64_t)value->as.number : (double)value->as.number;
    else
        return false;
    return true;
}

bool cordon_value_get_complex(const cordon_value *value, double *real_out, double *imaginary_out)
{
    bool is_complex = is_kind(value, CORDON_VALUE_COMPLEX);
    *real_out = is_complex ? value->as.real[0] : 0;
    *imaginary_out = is_complex ? value->as.real[1] : 0;
    return is_complex;
}

const char *cordon_value_get_text(const cordon_value *value, size_t *size_out)
{
    bool is_text = value != NULL && has_text(value);
    if (size_out != NULL)
        *size_out = is_text ? value->as.text.size : 0;
    return is_text ? value->as.text.data : NULL;
}

const char *cordon_value_get_type_name(const cordon_value *value)
{
    return is_kind(value, CORDON_VALUE_OTHER) ? value->as.text.data + value->as.text.size + 1 : NULL;
}

bool cordon_value_get_moment(const cordon_value *value, cordon_moment *moment_out)
{
    bool is_moment = value != NULL && has_moment(value);
    *moment_out = is_moment ? *value->as.moment : (cordon_moment){0};
    return is_moment;
}

bool cordon_value_get_duration(const cordon_value *value, cordon_duration *duration_out)
{
    bool is_duration = is_kind(value, CORDON_VALUE_DURATION);
    *duration_out = is_duration ? value->as.duration : (cordon_duration){0};
    return is_duration;
}

size_t cordon_value_count(const cordon_value *value)
{
    if (value == NULL || !value_is_container(value))
        return 0;
    return value->kind == CORDON_VALUE_DICT ? value->as.list.count / 2 : value->as.list.count;
}

const cordon_value *cordon_value_at(const cordon_value *value, size_t index)
{
    if (index >= cordon_value_count(value))
        return NULL;
    return &value->as.list.items[value->kind == CORDON_VALUE_DICT ? 2 * index + 1 : index];
}

const cordon_value *cordon_value_key_at(const cordon_value *dict, size_t index)
{
    return is_kind(dict, CORDON_VALUE_DICT) && index < cordon_value_count(dict) ? &dict->as.list.items[2 * index]
                                                                                : NULL;
}

const cordon_value *cordon_value_get(const cordon_value *dict, const char *key)
{
    size_t size = strlen(key);
    for (size_t i = 0; is_kind(dict, CORDON_VALUE_DICT) && i < cordon_value_count(dict); i++) {
        const cordon_value *at = &dict->as.list.items[2 * i];
        if (at->kind == CORDON_VALUE_TEXT && at->as.text.size == size && memcmp(at->as.text.data, key, size) == 0)
            return &dict->as.list.items[2 * i + 1];
    }
    return NULL;
}

static bool moments_equal(const cordon_value *one, const cordon_value *other)
{
    const cordon_moment *a = one->as.moment, *b = other->as.moment;
    bool dates = a->year == b->year && a->month == b->month && a->day == b->day;
    bool times = a->hour == b->hour && a->minute == b->minute && a->second == b->second &&
                 a->microsecond == b->microsecond && a->fold == b->fold && a->has_offset == b->has_offset &&
                 (!a->has_offset || a->offset_seconds == b->offset_seconds);
    return (one->kind == CORDON_VALUE_TIME || dates) && (one->kind == CORDON_VALUE_DATE || times);
}

static bool texts_equal(const cordon_value *one, const cordon_value *other)
{
    size_t size = one->as.text.size + (one->kind == CORDON_VALUE_OTHER ? 1 + (size_t)one->type_size : 0);
    return one->as.text.size == other->as.text.size && one->type_size == other->type_size &&
           memcmp(one->as.text.data, other->as.text.data, size) == 0;
}

bool cordon_value_equal(const cordon_value *one, const cordon_value *other)
{
    if (one == NULL || other == NULL || one->kind != other->kind)
        return one == other;
    if (has_text(one))
        return texts_equal(one, other);
    if (has_moment(one))
        return moments_equal(one, other);
    if (value_is_container(one)) {
        if (one->as.list.count != other->as.list.count)
            return false;
        for (size_t i = 0; i < one->as.list.count; i++)
            if (!cordon_value_equal(&one->as.list.items[i], &other->as.list.items[i]))
                return false;
        return true;
    }
    switch ((cordon_value_kind)one->kind) {
    case CORDON_VALUE_BOOL:
        return one->as.is_true == other->as.is_true;
    case CORDON_VALUE_INT:
        return one->as.number == other->as.number && one->is_unsigned == other->is_unsigned;
    case CORDON_VALUE_FLOAT:
        return memcmp(one->as.real, other->as.real, sizeof *one->as.real) == 0;
    case CORDON_VALUE_COMPLEX:
        return memcmp(one->as.real, other->as.real, sizeof one->as.real) == 0;
    case CORDON_VALUE_DURATION:
        return memcmp(&one->as.duration, &other->as.duration, sizeof one->as.duration) == 0;
    default:
        return true;
    }
}
