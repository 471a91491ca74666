/* What identifies code that is about to run. */
#ifndef CORE_INTERPRETER_FULL_CODE_DIGEST_H
#define CORE_INTERPRETER_FULL_CODE_DIGEST_H

#include <Python.h>
#include <stdbool.h>
#include <stddef.h>

enum { FULL_DIGEST_DIGITS = 64 };

/* SHA-256 in hexadecimal digits, with a NUL. */
void full_digest_bytes(const void *bytes, size_t size, char digits_out[FULL_DIGEST_DIGITS + 1]);

/* The digest of a code object, and of all code within it: of the instructions, constants, names and positions in the source, but not of the file's name.
 * It is the same whether the code was compiled just now or came from a cache, and nothing but the code itself has a say in it. docs/audit.md tells
 * how it is made. Needs the GIL; raises nothing: false means that memory ran out, or that constants lie deeper in each other than any compiler puts them. */
bool full_digest_code(PyCodeObject *code, char digits_out[FULL_DIGEST_DIGITS + 1]);

#endif
