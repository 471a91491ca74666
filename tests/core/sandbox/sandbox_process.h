/* Runs the image under test and collects what it says; hides pipes and processes from the tests. */
#ifndef SANDBOX_PROCESS_H
#define SANDBOX_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

struct sandbox_ending {
    int exit_code; /* 1000 + signal when a signal ended it */
    char *output;  /* all of descriptor 1, NUL-terminated; owned by the caller */
    size_t output_size;
    char errors[4096]; /* the beginning of descriptor 2 */
};

/* Starts `image` (with `before_exec`, if not NULL, called in the child first), gives it `input` and reads until its
 * end. */
struct sandbox_ending sandbox_run(const char *image, const void *input, size_t input_size, void (*before_exec)(void));
void sandbox_ending_release(struct sandbox_ending *ending);

#endif
