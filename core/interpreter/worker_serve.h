/* The worker's life with a host, from its greeting on; hides the order of frames from the start code. */
#ifndef WORKER_SERVE_H
#define WORKER_SERVE_H

/* Greets the host and does what its frames say until a program has run or the host has gone: the exit code.
 * `first_byte` was read already. */
int worker_serve(unsigned char first_byte);
/* In an image that was made of a snapshot, memory tells of a host that is not there: limits, calls and frames of its go. */
void worker_serve_forget(void);

#endif
