/* A public header that only compiles after another. */
#ifndef POLICY_PLANTED_H
#define POLICY_PLANTED_H
#include <stddef.h>
int policy_planted(size_t size);
int policy_planted_at(uint64_t position); /* planted */
#endif
