/* Hides how values become MessagePack. */
#include "value_pack.h"

#include <msgpack/pack.h>
#include <string.h>

#include "value_internal.h"

static int write_bytes(void *to, const char *data, size_t size)
{
    bytes_add(to, data, size); /* which remembers a failure */
    return 0;
}

static msgpack_packer packer(bytes *to)
{
    return (msgpack_packer){.data = to, .callback = write_bytes};
}

void pack_nil(bytes *to)
{
    msgpack_packer into = packer(to);
    msgpack_pack_nil(&into);
}

void pack_bool(bytes *to, bool is_true)
{
    msgpack_packer into = packer(to);
    (void)(is_true ? msgpack_pack_true(&into) : msgpack_pack_false(&into));
}

void pack_unsigned(bytes *to, uint64_t number)
{
    msgpack_packer into = packer(to);
    msgpack_pack_uint64(&into, number);
}

void pack_signed(bytes *to, int64_t number)
{
    msgpack_packer into = packer(to);
    msgpack_pack_int64(&into, number);
}

void pack_text_sized(bytes *to, const char *text, size_t size)
{
    msgpack_packer into = packer(to);
    msgpack_pack_str(&into, size);
    bytes_add(to, text, size);
}

void pack_text(bytes *to, const char *text)
{
    if (text == NULL)
        pack_nil(to);
    else
        pack_text_sized(to, text, strlen(text));
}

void pack_bytes(bytes *to, const void *data, size_t size)
{
    msgpack_packer into = packer(to);
    msgpack_pack_bin(&into, size);
    bytes_add(to, data, size);
}

void pack_array(bytes *to, size_t count)
{
    msgpack_packer into = packer(to);
    msgpack_pack_array(&into, count);
}

void pack_map(bytes *to, size_t count)
{
    msgpack_packer into = packer(to);
    msgpack_pack_map(&into, count);
}

static void pack_float(bytes *to, double number)
{
    msgpack_packer into = packer(to);
    msgpack_pack_double(&into, number);
}

void pack_extension(bytes *to, int type, const void *data, size_t size)
{
    msgpack_packer into = packer(to);
    msgpack_pack_ext(&into, size, (int8_t)type);
    bytes_add(to, data, size);
}

/* An extension whose payload is packed right behind its header: the longest form of the header, whose length is filled
 * in after. */
static size_t begin_extension(bytes *to, int type)
{
    const unsigned char header[6] = {0xc9, 0, 0, 0, 0, (unsigned char)type};
    bytes_add(to, header, sizeof header);
    return to->size;
}

static void end_extension(bytes *to, size_t start)
{
    if (to->failed)
        return;
    size_t size = to->size - start;
    for (size_t i = 0; i < 4; i++)
        to->data[start - 5 + i] = (unsigned char)(size >> (8 * (3 - i)));
}

static bool pack_items(bytes *to, const cordon_value *value)
{
    for (size_t i = 0; i < value->as.list.count && !to->failed; i++)
        if (!pack_value(to, &value->as.list.items[i]))
            return false;
    return true;
}

static bool pack_container(bytes *to, const cordon_value *value, int extension)
{
    size_t start = begin_extension(to, extension);
    pack_array(to, value->as.list.count);
    bool is_done = pack_items(to, value);
    end_extension(to, start);
    return is_done;
}

static void pack_numbers(bytes *to, const int32_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pack_signed(to, numbers[i]);
}

static void pack_offset(bytes *to, const cordon_moment *moment)
{
    if (moment->has_offset)
        pack_signed(to, moment->offset_seconds);
    else
        pack_nil(to);
}

static void pack_moment(bytes *to, cordon_value_kind kind, const cordon_moment *moment)
{
    const int32_t date[] = {moment->year, moment->month, moment->day};
    const int32_t time[] = {moment->hour, moment->minute, moment->second, moment->microsecond, moment->fold};
    size_t start = begin_extension(to, kind == CORDON_VALUE_DATE   ? VALUE_EXT_DATE
                                       : kind == CORDON_VALUE_TIME ? VALUE_EXT_TIME
                                                                   : VALUE_EXT_DATETIME);
    pack_array(to, (kind != CORDON_VALUE_TIME ? 3u : 0u) + (kind != CORDON_VALUE_DATE ? 6u : 0u));
    if (kind != CORDON_VALUE_TIME)
        pack_numbers(to, date, 3);
    if (kind != CORDON_VALUE_DATE) {
        pack_numbers(to, time, 5);
        pack_offset(to, moment);
    }
    end_extension(to, start);
}

static void pack_duration(bytes *to, const cordon_duration *duration)
{
    const int32_t numbers[] = {duration->days, duration->seconds, duration->microseconds};
    size_t start = begin_extension(to, VALUE_EXT_DURATION);
    pack_array(to, 3);
    pack_numbers(to, numbers, 3);
    end_extension(to, start);
}

static void pack_complex(bytes *to, const double parts[2])
{
    size_t start = begin_extension(to, VALUE_EXT_COMPLEX);
    pack_array(to, 2);
    pack_float(to, parts[0]);
    pack_float(to, parts[1]);
    end_extension(to, start);
}

bool pack_value(bytes *to, const cordon_value *value)
{
    switch (cordon_value_get_kind(value)) {
    case CORDON_VALUE_NONE:
        pack_nil(to);
        return true;
    case CORDON_VALUE_BOOL:
        pack_bool(to, value->as.is_true);
        return true;
    case CORDON_VALUE_INT:
        if (value->is_unsigned)
            pack_unsigned(to, (uint64_t)value->as.number);
        else
            pack_signed(to, value->as.number);
        return true;
    case CORDON_VALUE_BIG_INT:
        pack_extension(to, VALUE_EXT_BIG_INT, value->as.text.data, value->as.text.size);
        return true;
    case CORDON_VALUE_FLOAT:
        pack_float(to, value->as.real[0]);
        return true;
    case CORDON_VALUE_TEXT:
        if (value->has_surrogates)
            pack_extension(to, VALUE_EXT_SURROGATES, value->as.text.data, value->as.text.size);
        else
            pack_text_sized(to, value->as.text.data, value->as.text.size);
        return true;
    case CORDON_VALUE_BYTES:
        pack_bytes(to, value->as.text.data, value->as.text.size);
        return true;
    case CORDON_VALUE_LIST:
        pack_array(to, value->as.list.count);
        return pack_items(to, value);
    case CORDON_VALUE_DICT:
        pack_map(to, value->as.list.count / 2);
        return pack_items(to, value);
    case CORDON_VALUE_TUPLE:
        return pack_container(to, value, VALUE_EXT_TUPLE);
    case CORDON_VALUE_SET:
        return pack_container(to, value, VALUE_EXT_SET);
    case CORDON_VALUE_FROZEN_SET:
        return pack_container(to, value, VALUE_EXT_FROZEN_SET);
    case CORDON_VALUE_DATETIME:
    case CORDON_VALUE_DATE:
    case CORDON_VALUE_TIME:
        pack_moment(to, (cordon_value_kind)value->kind, value->as.moment);
        return true;
    case CORDON_VALUE_DURATION:
        pack_duration(to, &value->as.duration);
        return true;
    case CORDON_VALUE_COMPLEX:
        pack_complex(to, value->as.real);
        return true;
    case CORDON_VALUE_OTHER:
        break;
    }
    return false;
}
