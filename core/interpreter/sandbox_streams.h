/* What is behind descriptors 0, 1 and 2 of a sandbox; hides whether there is a supervisor. */
#ifndef SANDBOX_STREAMS_H
#define SANDBOX_STREAMS_H

#include <stddef.h>

/* Standard input continues with `first_byte`, then with what the gate reads; both outputs go to the gate as they are.
 */
void sandbox_streams_begin_alone(unsigned char first_byte);

/* Standard input is `input` (borrowed for ever), then what the host answers when asked; outputs, last messages and the
 * exit code become frames. */
void sandbox_streams_begin_framed(void);
/* As before the first byte: nobody is there. */
void sandbox_streams_end(void);
void sandbox_streams_set_input(const unsigned char *input, size_t size_bytes);

#endif
