/* What a cordon_value is made of, for the files that build, send and print it. */
#ifndef CORDON_SUPERVISOR_VALUE_INTERNAL_H
#define CORDON_SUPERVISOR_VALUE_INTERNAL_H

#include "cordon/value.h"

/* Values in one tree: bounds what decoding can take, at 24 bytes each, whatever was sent. */
#define VALUE_NODES_MAX (4u * 1024u * 1024u)

enum value_extension {
    VALUE_EXT_BIG_INT = 1,
    VALUE_EXT_SURROGATES = 2,
    VALUE_EXT_TUPLE = 3,
    VALUE_EXT_SET = 4,
    VALUE_EXT_FROZEN_SET = 5,
    VALUE_EXT_DATETIME = 6,
    VALUE_EXT_DATE = 7,
    VALUE_EXT_TIME = 8,
    VALUE_EXT_DURATION = 9,
    VALUE_EXT_COMPLEX = 10,
    VALUE_EXT_OTHER = 11
};

/* Members lie in their container: one block of memory for each container, text or date, none for the rest. */
struct cordon_value {
    uint8_t kind;        /* cordon_value_kind */
    uint8_t depth;       /* of containers below and with this one */
    bool is_unsigned;    /* INT: beyond int64_t */
    bool has_surrogates; /* TEXT */
    uint32_t type_size;  /* OTHER: of the type's name, which lies behind the repr and its NUL */
    union {
        bool is_true;
        int64_t number;
        double real[2];
        cordon_duration duration;
        cordon_moment *moment;
        struct {
            char *data; /* with a NUL behind it */
            size_t size;
        } text;
        struct {
            cordon_value *items; /* a dict's: key, value, key, value ...; room for the next power of two */
            size_t count;        /* of items */
        } list;
    } as;
};

/* For building in place; each leaves *value NONE on failure, false without memory or if what is given is no value of
 * Python's. */
bool value_set_text(cordon_value *value, cordon_value_kind kind, const char *data, size_t size);
bool value_set_other(cordon_value *value, const char *type, size_t type_size, const char *repr, size_t repr_size);
bool value_set_big_int(cordon_value *value, const unsigned char *bytes, size_t size);
bool value_set_moment(cordon_value *value, cordon_value_kind kind, const cordon_moment *moment);
bool value_set_duration(cordon_value *value, const cordon_duration *duration);
/* Moves *item into the container, whatever its depth; on failure *item is released. *item is NONE afterwards. */
bool value_adopt(cordon_value *container, cordon_value *item);
bool value_is_container(const cordon_value *value);
bool value_is_hashable(const cordon_value *value); /* may be a key or a member of a set */
/* Frees what the value owns, not the value itself. */
void value_release(cordon_value *value);

/* Bytes of memory that the tree takes, roughly. */
size_t value_cost(const cordon_value *value);

/* The value that `data` begins with; *used_out: how many bytes it takes. False: there is none, or no memory, and nothing is to be released. */
bool value_decode_first(const void *data, size_t size, unsigned depth_max, cordon_value *value_out, size_t *used_out);
/* As cordon_value_from_messagepack, for what is at most `depth_max` deep: a frame has a value's depth and its own. */
cordon_status value_decode(const void *data, size_t size, unsigned depth_max, cordon_value **value_out,
                           cordon_error *error);

#endif
