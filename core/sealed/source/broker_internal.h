/* Questions to the broker, shared by those who ask: mount_*.c, clock.c, random.c. */
#ifndef SEALED_BROKER_INTERNAL_H
#define SEALED_BROKER_INTERNAL_H

#include "cordon/broker_message.h"
#include "sealed/broker.h"

/* Begins a question; the arguments are put into the writer, which is valid until broker_ask. */
cordon_broker_writer *broker_begin(cordon_broker_operation operation);
/* 0, and the results can be taken until the next question; or why not, in the host's words. */
int broker_ask(void);
/* The next result. What is not there, or of another kind, is 0 or no bytes, and broker_is_complete() says no. */
int64_t broker_take_integer(void);
/* As above, without taking it. */
int64_t broker_peek_integer(void);
const unsigned char *broker_take_bytes(size_t *size_out);
bool broker_is_there(void);
/* Overwrites the reply: it was a secret. */
void broker_wipe(void);
/* Results that are left to take. */
size_t broker_results_left(void);
/* Were all results there that were taken? */
bool broker_is_complete(void);

#endif
