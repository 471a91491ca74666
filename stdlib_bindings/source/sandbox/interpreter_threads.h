/* The one thing that the thread adapters ask of the interpreter's side. */
#ifndef SANDBOX_INTERPRETER_THREADS_H
#define SANDBOX_INTERPRETER_THREADS_H

/* Called before the first thread is created: registers what CPython keeps per thread. 0 or the negative of a sealed_error. May be called again. */
int sandbox_interpreter_threads_begin(void);

/* The same for libc: errno. */
int sandbox_errno_begin(void);

#endif
