/* Hides how people write answers to effects, and how they are told what is asked. */
#include "effect_answers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/exit_code.h"
#include "json_value.h"

/* The number before the sign; NULL, or what stands behind it. */
static const char *split(const char *text, uint32_t *id_out)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    *id_out = (uint32_t)number;
    return errno == 0 && end != text && *end == '=' && text[0] >= '0' && text[0] <= '9' && number <= UINT32_MAX ? end + 1 : NULL;
}

static int parse_answer(const command_context *context, const char *text, cordon_effect_answer *answer_out)
{
    char complaint[256];
    const char *json = split(text, &answer_out->id);
    if (json == NULL) {
        command_complain(context, "--answer %s: needs ID=JSON", text);
        return CORDON_EXIT_USAGE;
    }
    answer_out->value = json_value_parse(json, strlen(json), complaint, sizeof complaint);
    if (answer_out->value != NULL)
        return 0;
    command_complain(context, "--answer %s: what follows the number is no JSON: %s", text, complaint);
    return CORDON_EXIT_USAGE;
}

static int parse_failure(const command_context *context, const char *text, cordon_effect_answer *answer_out)
{
    answer_out->error = split(text, &answer_out->id);
    if (answer_out->error != NULL)
        return 0;
    command_complain(context, "--fail %s: needs ID=MESSAGE", text);
    return CORDON_EXIT_USAGE;
}

static size_t count_of(char *const *texts)
{
    size_t count = 0;
    while (texts[count] != NULL)
        count++;
    return count;
}

int effect_answers_parse(const command_context *context, char *const *answers, char *const *failures, effect_answers *answers_out)
{
    int code = 0;
    *answers_out = (effect_answers){.answers = calloc(count_of(answers) + count_of(failures) + 1, sizeof *answers_out->answers)};
    if (answers_out->answers == NULL)
        return CORDON_EXIT_SETUP_FAILED;
    for (; *answers != NULL && code == 0; answers++)
        code = parse_answer(context, *answers, &answers_out->answers[answers_out->count++]);
    for (; *failures != NULL && code == 0; failures++)
        code = parse_failure(context, *failures, &answers_out->answers[answers_out->count++]);
    return code;
}

void effect_answers_release(effect_answers *answers)
{
    for (size_t i = 0; i < answers->count; i++)
        cordon_value_destroy((cordon_value *)answers->answers[i].value); /* made by parse_answer */
    free(answers->answers);
    *answers = (effect_answers){0};
}

void effect_answers_tell_pending(const command_context *context, const cordon_suspension *suspension)
{
    static const char form[] = "cordon: SUSPENDED: {\"id\": %u, \"name\": \"%s\", \"args\": %s, \"kwargs\": %s}\n"; /* a name is words, which JSON needs no escapes for */
    for (size_t i = 0; i < suspension->effect_count; i++) {
        const cordon_effect *effect = &suspension->effects[i];
        char *positional = NULL, *named = NULL, *line = NULL;
        size_t sizes[2] = {0}, room;
        if (cordon_value_to_json(effect->positional, &positional, &sizes[0], NULL) == CORDON_OK && cordon_value_to_json(effect->named, &named, &sizes[1], NULL) == CORDON_OK) {
            room = sizeof form + 10 + strlen(effect->name) + sizes[0] + sizes[1];
            line = malloc(room);
        }
        if (line != NULL) { /* as long as it is: a program may read it */
            snprintf(line, room, form, effect->id, effect->name, positional, named);
            (void)command_write(context, 2, line);
        } else {
            command_complain(context, "SUSPENDED: effect %u, %s", effect->id, effect->name);
        }
        free(line);
        cordon_text_release(positional);
        cordon_text_release(named);
    }
}
