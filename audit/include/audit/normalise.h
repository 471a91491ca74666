/* Makes what an access was about the same text wherever and whenever the same program runs: no homes, temporary names, pids or ephemeral ports.
 * Reports group by it, baselines compare it. One thread at a time for each normaliser. */
#ifndef AUDIT_NORMALISE_H
#define AUDIT_NORMALISE_H

#include "audit/record.h"

typedef struct audit_normaliser audit_normaliser;

/* NULL if there is no memory. The caller owns it (audit_normaliser_destroy). */
audit_normaliser *audit_normaliser_create(void);
/* Accepts NULL. */
void audit_normaliser_destroy(audit_normaliser *normaliser);

/* Learns the run's folders from its AUDIT_START; without it paths keep their beginnings. Copies. False: no memory. */
bool audit_normaliser_start(audit_normaliser *normaliser, const audit_start *start);

/* What the access was about, as its capability sees it: a path, a variable, "ADDRESS port PORT", a program ... ; "" where the capability names
 * nothing that lasts, such as a descriptor. Borrowed until the next call of this or the next function. */
const char *audit_normaliser_target(audit_normaliser *normaliser, const audit_access *access);

/* A path:
 *     the folder that the program was started in   ./NAME
 *     a home                                       ~/NAME
 *     folders for temporary files                  <tmp>/NAME, where what is random in NAME is *
 *     LIB/python3.13/..., site-packages            <stdlib>/NAME, <site-packages>/NAME
 *     /proc/123, /run/user/1000                    /proc/<pid>, /run/user/<uid>
 *     a folder that the first of these lies in, where it is only looked at (fs.read)   <above>
 *     x.cpython-313.pyc, and what it is written as first   x.pyc */
const char *audit_normaliser_path(audit_normaliser *normaliser, const char *path);

#endif
