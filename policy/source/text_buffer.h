/* A text that grows. Private to policy. */
#ifndef POLICY_SOURCE_TEXT_BUFFER_H
#define POLICY_SOURCE_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* All zero is empty. After memory ran out `has_failed`, and what is added is dropped. */
typedef struct text_buffer {
    char *bytes; /* owned; ended by NUL once anything was added */
    size_t used, size;
    bool has_failed;
} text_buffer;

void text_add(text_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Where a scalar stands: in a list in brackets, or behind its key. */
typedef enum text_where { TEXT_IN_LIST, TEXT_BEHIND_KEY } text_where;
/* As a YAML scalar: plain where that is unmistakable, else quoted. */
void text_add_scalar(text_buffer *buffer, const char *text, text_where where);
/* The text, which is the caller's to free; NULL without memory. */
char *text_take(text_buffer *buffer);

#endif
