/* The names of errors and signals in a record. */
#ifndef CORDON_SUPERVISOR_COLLECTOR_ERRNO_H
#define CORDON_SUPERVISOR_COLLECTOR_ERRNO_H

#include <stdint.h>

/* errno's name, such as "ENOENT"; "E123" for one without. Valid until the next call; one thread at a time. */
const char *collector_errno_name(int64_t code);
/* "SIGTERM" and the like; "other" for one without. Static text. */
const char *collector_signal_name(int number);

#endif
