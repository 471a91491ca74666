/* What identifies a file that is about to be loaded. */
#ifndef CORE_INTERPRETER_FULL_FILE_DIGEST_H
#define CORE_INTERPRETER_FULL_FILE_DIGEST_H

#include <stdbool.h>

#include "full_code_digest.h"

/* SHA-256 of the file's bytes. It is read neither by the policy's leave nor on the record: the guest gets nothing of it. False: it cannot be read. */
bool full_digest_file(const char *path, char digits_out[FULL_DIGEST_DIGITS + 1]);

#endif
