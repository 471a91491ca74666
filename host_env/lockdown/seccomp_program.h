/* Hides how a table of allowed system calls becomes a program for the kernel. Private to host_env. */
#ifndef HOST_ENV_LOCKDOWN_SECCOMP_PROGRAM_H
#define HOST_ENV_LOCKDOWN_SECCOMP_PROGRAM_H

#include <linux/filter.h>

#include "host_env/lockdown.h"

/* Writes at most `capacity` instructions. Returns how many the program has, or 0 if the table is not well formed (more
 * than HOST_SYSTEM_CALL_RULES_MAX rules, an argument above 5, an unknown test, a condition after the last, a negative
 * number, an architecture that we do not know) or they do not fit. */
size_t seccomp_program_write(const host_system_call_filter *filter, struct sock_filter *program_out, size_t capacity);

#endif
