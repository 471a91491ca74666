/* JSON that people and their programs write, as values for a sandbox. */
#ifndef CORDON_CLI_JSON_VALUE_H
#define CORDON_CLI_JSON_VALUE_H

#include <stddef.h>

#include "cordon/value.h"

/* One JSON value of any kind, with nothing but blanks around it. NULL: it is none, or there is no memory; `complaint_out` of `size` bytes says what is wrong and where. The caller's. */
cordon_value *json_value_parse(const char *text, size_t text_size, char *complaint_out, size_t size);

#endif
