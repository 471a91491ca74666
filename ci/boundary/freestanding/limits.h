/* Stands where the compiler's <limits.h> looks for the system's: which adds nothing here. */
