/* How the host hears that a limit was reached inside; hides the frame from the sealed layer. */
#ifndef WORKER_LIMIT_H
#define WORKER_LIMIT_H

/* From now on a limit that is reached is told in a LIMIT frame, the last one. */
void worker_limit_begin(void);

/* The guest's code is about to run: as sealed_limits_begin, and what only CPython can hold is told to it. */
void worker_limit_begin_guest(void);

#endif
