/* One interpreter for a program of tests, and short ways to run code in it. */
#ifndef TESTS_INTERPRETER_SUPPORT_H
#define TESTS_INTERPRETER_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cordon/cordon.h"
#include "cordon/interpreter.h"

extern cordon_interpreter *interpreter;
extern const char *home, *work; /* the folder with lib/python3.13; a folder to write in */

/* The first arguments of a test program. */
void take_arguments(int count, char **arguments);
/* Fails with the error's text. */
void assert_done(cordon_status status, const cordon_error *error);
/* The caller's. Whatever the outcome. */
cordon_result *execute(const char *source);
/* Runs it and sees that it ends OK; the text of its value as JSON, which is good until the next call. */
const char *value_of(const char *source);
/* Runs it and sees that it ends by an exception of that type; what it says, good until the next call. */
const char *exception_of(const char *source, const char *type);

#endif
