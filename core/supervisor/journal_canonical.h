/* Values in the one form that compares: equal values give equal bytes. Pure. */
#ifndef CORDON_SUPERVISOR_JOURNAL_CANONICAL_H
#define CORDON_SUPERVISOR_JOURNAL_CANONICAL_H

#include "bytes.h"
#include "cordon/value.h"

/* MessagePack as it is sent, shortest integers, but for dicts, which are sorted by their encoded keys, and sets, by their encoded members: Python's equality knows no order there.
 * A failure, or an OTHER, shows in `to`. */
void journal_canonical_add(bytes *to, const cordon_value *value);

#endif
