/* Values that travel between a host and a sandbox: a tree that the host builds or reads, Python's basic types on the
 * other side.
 *
 * Ownership: a constructor returns a value that is the caller's (cordon_value_destroy), NULL without memory. What is
 * put into a container or handed to a function that says "adopts" is no longer the caller's, also when that function
 * fails. Pointers that accessors return are borrowed from the value. Threads: a value is for one thread at a time; it
 * shares nothing with others.
 *
 * Bounds: depth at most CORDON_VALUE_DEPTH_MAX, an encoded value at most CORDON_VALUE_BYTES_MAX. */
#ifndef CORDON_VALUE_H
#define CORDON_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon/error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CORDON_VALUE_DEPTH_MAX 64u
#define CORDON_VALUE_BYTES_MAX (16u * 1024u * 1024u)

typedef struct cordon_value cordon_value;

typedef enum cordon_value_kind {
    CORDON_VALUE_NONE = 0,
    CORDON_VALUE_BOOL,
    CORDON_VALUE_INT,     /* fits int64_t or uint64_t */
    CORDON_VALUE_BIG_INT, /* does not: two's complement bytes, little endian, shortest */
    CORDON_VALUE_FLOAT,
    CORDON_VALUE_TEXT, /* str; UTF-8, lone surrogates as three bytes each */
    CORDON_VALUE_BYTES,
    CORDON_VALUE_LIST,
    CORDON_VALUE_TUPLE,
    CORDON_VALUE_DICT, /* keys and values in order */
    CORDON_VALUE_SET,
    CORDON_VALUE_FROZEN_SET,
    CORDON_VALUE_DATETIME,
    CORDON_VALUE_DATE,
    CORDON_VALUE_TIME,
    CORDON_VALUE_DURATION, /* timedelta */
    CORDON_VALUE_COMPLEX,
    CORDON_VALUE_OTHER /* no value of Python's basic types: its type's name and repr; only ever received */
} cordon_value_kind;

/* Which fields count depends on the kind: DATE year to day; TIME hour to offset; DATETIME all. */
typedef struct cordon_moment {
    int32_t year, month, day, hour, minute, second, microsecond, fold;
    bool has_offset;
    int32_t offset_seconds; /* east of UTC */
} cordon_moment;

typedef struct cordon_duration {
    int32_t days, seconds, microseconds; /* as timedelta keeps them: only days may be negative */
} cordon_duration;

/* ---- Making ---- */

CORDON_API cordon_value *cordon_value_none(void);
CORDON_API cordon_value *cordon_value_bool(bool is_true);
CORDON_API cordon_value *cordon_value_int(int64_t number);
CORDON_API cordon_value *cordon_value_unsigned(uint64_t number);
/* Two's complement, little endian; any length up to CORDON_VALUE_BYTES_MAX. Becomes an INT if it fits one. */
CORDON_API cordon_value *cordon_value_big_int(const void *bytes, size_t size);
CORDON_API cordon_value *cordon_value_float(double number);
CORDON_API cordon_value *cordon_value_complex(double real, double imaginary);
/* NULL also for what is not UTF-8 (surrogates as three bytes are accepted). */
CORDON_API cordon_value *cordon_value_text(const char *text);
CORDON_API cordon_value *cordon_value_text_sized(const char *text, size_t size);
CORDON_API cordon_value *cordon_value_bytes(const void *data, size_t size);
/* NULL also for what is no date or time of Python's (month 13, year 0). */
CORDON_API cordon_value *cordon_value_datetime(const cordon_moment *moment);
CORDON_API cordon_value *cordon_value_date(const cordon_moment *moment);
CORDON_API cordon_value *cordon_value_time(const cordon_moment *moment);
CORDON_API cordon_value *cordon_value_duration(const cordon_duration *duration);

CORDON_API cordon_value *cordon_value_list(void);
CORDON_API cordon_value *cordon_value_tuple(void);
CORDON_API cordon_value *cordon_value_set(void);
CORDON_API cordon_value *cordon_value_frozen_set(void);
CORDON_API cordon_value *cordon_value_dict(void);
/* To a list, tuple, set or frozen set. Adopts `item`. False without memory, if it would become too deep, or if `item`
 * is NULL, so that a chain of constructors needs one check; and if Python could not hash a member of a set or a key,
 * because a list, dict or set is in it. */
CORDON_API bool cordon_value_append(cordon_value *container, cordon_value *item);
/* Adopts key and value. A key is set twice if it is given twice: the receiver keeps the last. */
CORDON_API bool cordon_value_dict_add(cordon_value *dict, cordon_value *key, cordon_value *value);
CORDON_API bool cordon_value_dict_set(cordon_value *dict, const char *key, cordon_value *value);

/* A deep copy; NULL without memory. */
CORDON_API cordon_value *cordon_value_copy(const cordon_value *value);
CORDON_API void cordon_value_destroy(cordon_value *value); /* accepts NULL */

/* ---- Reading: of another kind, or NULL, they answer false, 0, NULL ---- */

CORDON_API cordon_value_kind cordon_value_get_kind(const cordon_value *value);        /* of NULL: NONE */
CORDON_API const char *cordon_value_kind_name(cordon_value_kind kind);                /* Python's: "int", "str" ... */
CORDON_API bool cordon_value_is_true(const cordon_value *value);                      /* a BOOL that is true */
CORDON_API bool cordon_value_get_int(const cordon_value *value, int64_t *number_out); /* false: does not fit */
CORDON_API bool cordon_value_get_unsigned(const cordon_value *value, uint64_t *number_out); /* likewise */
CORDON_API bool cordon_value_get_float(const cordon_value *value, double *number_out);      /* an INT too */
CORDON_API bool cordon_value_get_complex(const cordon_value *value, double *real_out, double *imaginary_out);
/* TEXT, BYTES and BIG_INT; of OTHER its repr. A NUL stands behind the last byte; *size_out (may be NULL) does not count
 * it. */
CORDON_API const char *cordon_value_get_text(const cordon_value *value, size_t *size_out);
CORDON_API const char *cordon_value_get_type_name(const cordon_value *value); /* of OTHER: "module.Class" */
CORDON_API bool cordon_value_get_moment(const cordon_value *value, cordon_moment *moment_out);
CORDON_API bool cordon_value_get_duration(const cordon_value *value, cordon_duration *duration_out);

/* Members of a list, tuple or set; pairs of a dict. */
CORDON_API size_t cordon_value_count(const cordon_value *value);
CORDON_API const cordon_value *cordon_value_at(const cordon_value *value, size_t index); /* member, or a dict's value */
CORDON_API const cordon_value *cordon_value_key_at(const cordon_value *dict, size_t index);
CORDON_API const cordon_value *cordon_value_get(const cordon_value *dict, const char *key); /* NULL: it is not there */

/* Same kind and content; floats by their bits; a dict's or a set's order counts. */
CORDON_API bool cordon_value_equal(const cordon_value *one, const cordon_value *other);

/* ---- As text, for reports ---- */

/* JSON. What JSON has no form for: bytes, dates, big numbers become text; tuples and sets arrays; nan and inf null;
 * keys that are no text the JSON of the key as text. On CORDON_OK *text_out is NUL-terminated and the caller's
 * (cordon_text_release). */
CORDON_API cordon_status cordon_value_to_json(const cordon_value *value, char **text_out, size_t *size_out,
                                              cordon_error *error);
CORDON_API void cordon_text_release(char *text); /* accepts NULL */

/* ---- As MessagePack, as in docs/engine.md ---- */

/* On CORDON_OK *data_out is the caller's (cordon_text_release). Fails with TOO_LARGE, NO_MEMORY. */
CORDON_API cordon_status cordon_value_to_messagepack(const cordon_value *value, char **data_out, size_t *size_out,
                                                     cordon_error *error);
/* One whole value, nothing behind it. Takes memory for what is there, never for what a length claims. Fails with
 * INVALID_ARGUMENT. */
CORDON_API cordon_status cordon_value_from_messagepack(const void *data, size_t size, cordon_value **value_out,
                                                       cordon_error *error);

#ifdef __cplusplus
}
#endif
#endif
