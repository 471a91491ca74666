/* Learns from records the smallest policy that allows what they show: docs/policy.md has its language, docs/audit.md what is joined and what is never
 * granted. One thread at a time for each learner. */
#ifndef AUDIT_LEARN_H
#define AUDIT_LEARN_H

#include "audit/record.h"
#include "audit/writer.h"

typedef struct audit_learner audit_learner;

typedef enum audit_file_kind { AUDIT_FILE_MISSING, AUDIT_FILE_FOLDER, AUDIT_FILE_OTHER } audit_file_kind;
/* What is at an absolute path now: the full interpreter is held by folders that are there, and by names in them. */
typedef audit_file_kind (*audit_file_kind_function)(void *context, const char *path);

typedef enum audit_learn_form {
    AUDIT_LEARN_POLICY, /* a whole policy file */
    AUDIT_LEARN_RULES   /* rules to be put under `allow:` */
} audit_learn_form;

/* NULL: no memory. The caller owns it (audit_learner_destroy). */
audit_learner *audit_learner_create(audit_file_kind_function file_kind, void *context);
/* Accepts NULL. */
void audit_learner_destroy(audit_learner *learner);
/* Each line of a record, in order; several records one after the other. `is_wanted`: an access is learnt, else only remembered as what came before.
 * False: no memory; the learner is then good for nothing but being destroyed. */
bool audit_learner_add(audit_learner *learner, const audit_line *line, bool is_wanted);
/* False: `write` has failed, or no memory. */
bool audit_learner_write(audit_learner *learner, audit_learn_form form, audit_write_function write, void *context);
/* After writing: how many things were seen that no rule allows, since it would have to allow everything, or cannot be written. They stand in the policy
 * as comments. */
size_t audit_learner_refused(const audit_learner *learner);

#endif
