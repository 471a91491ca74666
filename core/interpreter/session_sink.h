/* Where values and exceptions are told to, member by member. Each variant has its own: bytes of a frame in the sandbox (worker_sink.c), a tree of the host's in the full
 * interpreter (embedded/sink.c). Hides from what reads Python objects what is made of them.
 *
 * What follows a failure is dropped, so a chain of additions is checked once. */
#ifndef SESSION_SINK_H
#define SESSION_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session_sink;

enum session_sink_failure { SESSION_SINK_FITS, SESSION_SINK_NO_MEMORY, SESSION_SINK_TOO_LONG };
enum session_sink_failure session_sink_failure(const struct session_sink *sink);
/* So that nothing more is taken. */
void session_sink_fail(struct session_sink *sink, enum session_sink_failure failure);
/* Bytes taken so far, roughly; only ever more. */
size_t session_sink_size(const struct session_sink *sink);

void session_sink_none(struct session_sink *sink);
void session_sink_bool(struct session_sink *sink, bool is_true);
void session_sink_int(struct session_sink *sink, long long number);
void session_sink_unsigned(struct session_sink *sink, unsigned long long number);
/* Beyond those: two's complement, little endian, shortest. */
void session_sink_big_int(struct session_sink *sink, const unsigned char *bytes, size_t size);
void session_sink_float(struct session_sink *sink, double number);
void session_sink_complex(struct session_sink *sink, double real, double imaginary);
void session_sink_text(struct session_sink *sink, const char *text, size_t size);       /* UTF-8 */
void session_sink_surrogates(struct session_sink *sink, const char *text, size_t size); /* with surrogates of three bytes */
void session_sink_bytes(struct session_sink *sink, const char *bytes, size_t size);

/* Year, month, day, hour, minute, second, microsecond, fold; a date has the first three, a time the last five; a duration days, seconds, microseconds. */
enum session_moment { SESSION_DATETIME, SESSION_DATE, SESSION_TIME, SESSION_DURATION };
enum { SESSION_MOMENT_NUMBERS = 8 };
/* `offset`: seconds east of UTC, of a datetime or a time; NULL: it has none. */
void session_sink_moment(struct session_sink *sink, enum session_moment kind, const int *numbers, const int *offset);

/* Between _begin and _end come `count` members, a dict's as key, value, key, value; OTHER has two, texts: type and repr. */
enum session_container { SESSION_LIST, SESSION_TUPLE, SESSION_SET, SESSION_FROZEN_SET, SESSION_DICT, SESSION_OTHER };
size_t session_sink_begin(struct session_sink *sink, enum session_container kind, size_t count); /* the mark that _end needs */
void session_sink_end(struct session_sink *sink, size_t mark);

#endif
