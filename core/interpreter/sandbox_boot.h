/* CPython brought up to the point where it waits for what to run. */
#ifndef SANDBOX_BOOT_H
#define SANDBOX_BOOT_H

/* Starts CPython, unless that was done before. The main thread holds the GIL afterwards. What fails ends the sandbox with
 * CORDON_EXIT_SETUP_FAILED. */
void sandbox_boot(void);

/* Ends the sandbox with `what`, and the exception that is set, if any. */
_Noreturn void sandbox_boot_failed(const char *what);

#endif
