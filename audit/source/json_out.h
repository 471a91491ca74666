/* JSON as it is written: commas come by themselves. Private to audit. */
#ifndef AUDIT_JSON_OUT_H
#define AUDIT_JSON_OUT_H

#include "output.h"

typedef struct json_out {
    output *out;
    bool has_item; /* in the innermost object or list */
} json_out;

/* `key` is NULL in a list. Texts are written as output_text() does, NULL as null. */
void json_out_open(json_out *to, const char *key, char bracket);
void json_out_close(json_out *to, char bracket);
void json_out_text(json_out *to, const char *key, const char *text);
void json_out_number(json_out *to, const char *key, uint64_t number);
void json_out_signed(json_out *to, const char *key, int64_t number);
void json_out_bool(json_out *to, const char *key, bool is_true);
/* Ended by NULL. */
void json_out_list(json_out *to, const char *key, const char *const *texts);
/* The next item begins on a line of its own. */
void json_out_line(json_out *to);

#endif
