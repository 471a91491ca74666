/* What came of an execution, as it is put together. */
#ifndef CORDON_SUPERVISOR_RESULT_H
#define CORDON_SUPERVISOR_RESULT_H

#include "bytes.h"
#include "cordon/execute.h"
#include "effects.h"
#include "value_internal.h"

typedef struct result {
    cordon_result public; /* first: the caller holds its address */
    bytes text[2];        /* standard output and standard error, as collected */
    size_t collected_max;
    cordon_value *body; /* of RESULT; value and exception lie in it. NULL: the value is `root` */
    cordon_value root;
    char *where; /* NULL: not known; a block of its own, because one beyond a kilobyte makes malloc tidy up at each execution */
    suspension *suspension; /* what its public half tells of */
} result;

result *result_create(size_t collected_max); /* NULL without memory */
void result_collect(result *result, int stream, const void *data, size_t size);
/* Of a FIGURES frame: CORDON_FIGURES_SIZE bytes. */
void result_take_figures(result *result, const unsigned char *payload);
void result_copy_counted(result *result, const cordon_figures *counted); /* what a worker counts, read from its memory */
void result_set_suspension(result *result, suspension *suspension);      /* holds it */
void result_set_outcome(result *result, cordon_outcome outcome, const char *message);
void result_set_limit(result *result, int limit, uint64_t figure, uint64_t value, const char *where);
/* Reads the body of a RESULT frame. NULL, or why it is not acceptable; static. *limit_out: of an exception that stands
 * for a limit, else -1; *figure_out: what was reached of it, if it is told. */
const char *result_read(result *result, const unsigned char *payload, size_t size, int *limit_out,
                        uint64_t *figure_out);
/* The same of a body that is a value already; adopts it. */
const char *result_take_body(result *result, cordon_value *body, int *limit_out, uint64_t *figure_out);
/* It ran to its end, and gave that; adopts it. NULL: it gave nothing. */
void result_take_value(result *result, cordon_value *value);
/* The caller's from here on; texts get their final NUL. */
cordon_result *result_publish(result *result);

#endif
