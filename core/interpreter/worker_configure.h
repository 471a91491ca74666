/* What CONFIGURE says, acted upon or kept for whom it concerns; hides how the frame is read. */
#ifndef WORKER_CONFIGURE_H
#define WORKER_CONFIGURE_H

#include "worker_frame.h"

#include "cordon/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What later steps need to know. Lives as long as the sandbox. */
struct worker_settings {
    const char **arguments; /* sys.argv[1:] */
    size_t argument_count;
    const char *directory;               /* absolute; the guest's home unless the host says otherwise */
    bool has_limit[CORDON_LIMIT_COUNT];  /* the host named it */
    uint64_t limits[CORDON_LIMIT_COUNT]; /* defaults where it did not */
    bool is_deterministic;
};

/* Receives the payload and acts on it: clock, memory limit, quota, random seed, environment. What cannot be done ends
 * the sandbox. */
void worker_configure(const struct worker_frame *frame);
/* The limits that another host named. */
void worker_configure_forget(void);
/* RENEW: this memory was put into another process. Limits, clock and random bytes become those that the host gives now; arguments, variables and directory stay: the guest has them.
 * Memory in use beyond a new limit ends the sandbox at once, by that limit. */
void worker_renew(const struct worker_frame *frame);
const struct worker_settings *worker_settings(void);

/* Makes the working directory if it is missing, and enters it. */
void worker_enter_directory(void);

/* Ends the sandbox: something the host asked for cannot be done. `detail` may be NULL. */
_Noreturn void worker_cannot(const char *what);

#endif
