/* sys.stdin, sys.stdout and sys.stderr of the interpreter, which lead to whoever executes. */
#ifndef CORE_EMBEDDED_STREAMS_H
#define CORE_EMBEDDED_STREAMS_H

#include <stdbool.h>

/* Puts them into sys. False with an exception set. */
bool embedded_streams_install(void);
/* Whether something may have been written since the last look: to them, or to what sys has in their place. With the interpreter lock held. */
bool embedded_streams_were_used(void);

#endif
