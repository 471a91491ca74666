/* How the host hears that a limit was reached inside; hides the frame from the sealed layer. */
#ifndef WORKER_LIMIT_H
#define WORKER_LIMIT_H

/* From now on a limit that is reached is told in a LIMIT frame, the last one. */
void worker_limit_begin(void);

#endif
