/* What a sandbox's configuration grants it of the host, as a broker. */
#ifndef CORDON_SUPERVISOR_GRANT_H
#define CORDON_SUPERVISOR_GRANT_H

#include "broker.h"
#include "bytes.h"
#include "cordon/engine.h"

typedef struct grant grant;

/* Opens what is granted; *grant_out is NULL if that is nothing. */
cordon_status grant_open(const cordon_sandbox_config *config, const cordon_limits *limits, grant **grant_out, cordon_error *error);
/* Accepts NULL. */
void grant_close(grant *grant);
/* CONFIGURE's mounts, those first that others may lie in. */
void grant_pack_mounts(const cordon_sandbox_config *config, bytes *to);

/* Answers one question, which may move `bytes_left` bytes at most. The reply is borrowed until the next call; *moved_out is what was moved. */
broker_verdict grant_answer(grant *grant, const void *request, size_t size, uint64_t bytes_left, const unsigned char **reply_out, size_t *reply_size_out,
                            uint64_t *moved_out);
/* Whether nothing that the sandbox has lies with this grant alone: a file of a mounted folder that is open, changes of an overlay. Else what and where, in `why_out`. Accepts NULL. */
bool grant_can_be_left(const grant *grant, const cordon_sandbox_config *config, char *why_out, size_t why_size);
/* What was wrong with the last request. */
const char *grant_message(const grant *grant);
broker *grant_broker(const grant *grant);

#endif
