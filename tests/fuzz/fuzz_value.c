/* The host's reader of values: whatever the bytes are, it refuses them or makes a value that survives the way there and
 * back, that msgpack-c reads too, and that has a form in JSON. */
#include <msgpack/unpack.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/value.h"

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_msgpack_agrees(const uint8_t *data, size_t size)
{
    msgpack_unpacked unpacked;
    size_t offset = 0;
    msgpack_unpacked_init(&unpacked);
    check(msgpack_unpack_next(&unpacked, (const char *)data, size, &offset) == MSGPACK_UNPACK_SUCCESS &&
          offset == size);
    msgpack_unpacked_destroy(&unpacked);
}

static bool has_other(const cordon_value *value)
{
    if (cordon_value_get_kind(value) == CORDON_VALUE_OTHER)
        return true;
    for (size_t i = 0; i < cordon_value_count(value); i++)
        if (has_other(cordon_value_at(value, i)) || has_other(cordon_value_key_at(value, i)))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cordon_value *value, *back = NULL;
    char *encoded = NULL, *json = NULL;
    size_t encoded_size = 0, json_size = 0;
    if (cordon_value_from_messagepack(data, size, &value, NULL) != CORDON_OK) {
        check(value == NULL);
        return 0;
    }
    check_msgpack_agrees(data, size);
    check(cordon_value_to_json(value, &json, &json_size, NULL) == CORDON_OK && strlen(json) == json_size);
    cordon_value *copy = cordon_value_copy(value);
    check(cordon_value_equal(copy, value));
    if (!has_other(value)) {
        check(cordon_value_to_messagepack(value, &encoded, &encoded_size, NULL) == CORDON_OK);
        check(cordon_value_from_messagepack(encoded, encoded_size, &back, NULL) == CORDON_OK);
        check(cordon_value_equal(back, value));
    }
    cordon_value_destroy(value);
    cordon_value_destroy(copy);
    cordon_value_destroy(back);
    cordon_text_release(encoded);
    cordon_text_release(json);
    return 0;
}
