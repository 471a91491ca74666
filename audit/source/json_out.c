/* Hides from reports JSON's punctuation. */
#include "json_out.h"

#include <stddef.h>

static void begin_item(json_out *to, const char *key)
{
    if (to->has_item)
        output_literal(to->out, ",");
    to->has_item = true;
    if (key == NULL)
        return;
    output_text(to->out, key);
    output_literal(to->out, ":");
}

void json_out_open(json_out *to, const char *key, char bracket)
{
    begin_item(to, key);
    output_bytes(to->out, &bracket, 1);
    to->has_item = false;
}

void json_out_close(json_out *to, char bracket)
{
    output_bytes(to->out, &bracket, 1);
    to->has_item = true;
}

void json_out_text(json_out *to, const char *key, const char *text)
{
    begin_item(to, key);
    output_text(to->out, text);
}

void json_out_number(json_out *to, const char *key, uint64_t number)
{
    begin_item(to, key);
    output_number(to->out, number);
}

void json_out_signed(json_out *to, const char *key, int64_t number)
{
    begin_item(to, key);
    output_signed(to->out, number);
}

void json_out_bool(json_out *to, const char *key, bool is_true)
{
    begin_item(to, key);
    if (is_true)
        output_literal(to->out, "true");
    else
        output_literal(to->out, "false");
}

void json_out_list(json_out *to, const char *key, const char *const *texts)
{
    json_out_open(to, key, '[');
    for (size_t i = 0; texts[i] != NULL; i++)
        json_out_text(to, NULL, texts[i]);
    json_out_close(to, ']');
}

void json_out_line(json_out *to)
{
    if (to->has_item)
        output_literal(to->out, ",");
    output_literal(to->out, "\n");
    to->has_item = false;
}
