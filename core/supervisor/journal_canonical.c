/* Hides from journals that a value can be encoded in more than one way. */
#include "journal_canonical.h"

#include <stdlib.h>
#include <string.h>

#include "value_internal.h"
#include "value_pack.h"

/* A member of a set, or a dict's key with its value behind it. */
typedef struct part {
    const bytes *from;
    size_t at, sorted_size, size;
} part;

static int compare(const void *one, const void *other)
{
    const part *a = one, *b = other;
    size_t shorter = a->sorted_size < b->sorted_size ? a->sorted_size : b->sorted_size;
    int order = memcmp(a->from->data + a->at, b->from->data + b->at, shorter);
    if (order != 0)
        return order;
    if (a->sorted_size != b->sorted_size)
        return a->sorted_size < b->sorted_size ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at; /* a key given twice: the last counts, so they keep their order */
}

/* `width`: 1 for a set, 2 for a dict. */
static void add_sorted(bytes *to, const cordon_value *value, size_t width)
{
    size_t count = value->as.list.count / width;
    bytes encoded = {0};
    part *parts = calloc(count + 1, sizeof *parts);
    to->failed |= parts == NULL;
    for (size_t i = 0; i < count && !to->failed; i++) {
        const cordon_value *item = &value->as.list.items[i * width];
        size_t at = encoded.size;
        journal_canonical_add(&encoded, item);
        parts[i] = (part){.from = &encoded, .at = at, .sorted_size = encoded.size - at};
        if (width == 2)
            journal_canonical_add(&encoded, item + 1);
        parts[i].size = encoded.size - at;
        to->failed |= encoded.failed;
    }
    if (!to->failed) {
        qsort(parts, count, sizeof *parts, compare);
        for (size_t i = 0; i < count; i++)
            bytes_add(to, encoded.data + parts[i].at, parts[i].size);
    }
    free(parts);
    bytes_release(&encoded);
}

static void add_items(bytes *to, const cordon_value *value)
{
    for (size_t i = 0; i < value->as.list.count && !to->failed; i++)
        journal_canonical_add(to, &value->as.list.items[i]);
}

/* Tuples and sets: an array in an extension. */
static void add_extension(bytes *to, const cordon_value *value, int type)
{
    bytes payload = {0};
    pack_array(&payload, value->as.list.count);
    if (type == VALUE_EXT_TUPLE)
        add_items(&payload, value);
    else
        add_sorted(&payload, value, 1);
    to->failed |= payload.failed;
    if (!to->failed)
        pack_extension(to, type, payload.data, payload.size);
    bytes_release(&payload);
}

void journal_canonical_add(bytes *to, const cordon_value *value)
{
    switch (cordon_value_get_kind(value)) {
    case CORDON_VALUE_LIST:
        pack_array(to, value->as.list.count);
        add_items(to, value);
        break;
    case CORDON_VALUE_DICT:
        pack_map(to, value->as.list.count / 2);
        add_sorted(to, value, 2);
        break;
    case CORDON_VALUE_TUPLE:
        add_extension(to, value, VALUE_EXT_TUPLE);
        break;
    case CORDON_VALUE_SET:
        add_extension(to, value, VALUE_EXT_SET);
        break;
    case CORDON_VALUE_FROZEN_SET:
        add_extension(to, value, VALUE_EXT_FROZEN_SET);
        break;
    default:
        if (!pack_value(to, value))
            to->failed = true;
    }
}
