/* What a journal has to say to an execution, where its sandbox has one; without one each of these does nothing and is true. False: the sandbox has ended. */
#ifndef CORDON_SUPERVISOR_EXECUTION_JOURNAL_H
#define CORDON_SUPERVISOR_EXECUTION_JOURNAL_H

#include "execution.h"

void execution_journal_begin(execution *run);
/* A call, on its way to execution_dispatch: adopts `said`. */
bool execution_journal_call(execution *run, uint32_t call, cordon_value *said, size_t cost);
/* The host's answers that have come are written: before the sandbox gets any of them. */
bool execution_journal_collect(execution *run);
/* A worker waits: what has come is recorded, and what the recording has for it is put where answers come from, or it is told that its time is over. */
bool execution_journal_answer(execution *run);
/* It waited in vain, on this machine's clock. */
void execution_journal_passed(execution *run);
void execution_journal_end(execution *run, bool is_over);
size_t execution_journal_held_bytes(const execution *run);

#endif
