/* The end of a program, as it can be seen from the program; hides that the interpreter itself is left as it is. */
#ifndef SANDBOX_END_H
#define SANDBOX_END_H

/* Waits for threads, runs what atexit was given, writes what is buffered, finalises what the program made. 0, or -1 if
 * standard output or error could not be written. Afterwards no Python code may run: the process is to end. */
int sandbox_end(void);

#endif
