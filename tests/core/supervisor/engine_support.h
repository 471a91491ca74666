/* What the tests of engines share: creation that must succeed, execution, and judging an outcome. */
#ifndef ENGINE_SUPPORT_H
#define ENGINE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cordon/cordon.h"

extern const char *test_image; /* set by main */

void check_status(cordon_status status, const cordon_error *error);
cordon_engine *test_engine(const cordon_engine_config *config); /* NULL: all defaults; the image is set here */
cordon_sandbox *test_sandbox(cordon_engine *engine);
cordon_result *test_execute(cordon_sandbox *sandbox, const char *source);
void assert_outcome(const cordon_result *result, cordon_outcome outcome);
/* Executes, expects OK and that value as JSON. */
void assert_value(cordon_sandbox *sandbox, const char *source, const char *json);
uint64_t test_now_ns(void);
void test_sleep_ms(unsigned milliseconds);

#endif
