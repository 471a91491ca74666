/* --answer ID=JSON and --fail ID=MESSAGE: what effects are answered. */
#ifndef CORDON_CLI_EFFECT_ANSWERS_H
#define CORDON_CLI_EFFECT_ANSWERS_H

#include "command.h"
#include "cordon/execute.h"

typedef struct effect_answers {
    cordon_effect_answer *answers; /* for cordon_resumption; failures borrow from the options */
    size_t count;
} effect_answers;

/* Both lists end with NULL. Returns 0, or the exit code after saying what is wrong. The caller: effect_answers_release, also on failure. */
int effect_answers_parse(const command_context *context, char *const *answers, char *const *failures, effect_answers *answers_out);
void effect_answers_release(effect_answers *answers);

/* One line for each effect that is pending: its number, name and arguments. */
void effect_answers_tell_pending(const command_context *context, const cordon_suspension *suspension);

#endif
