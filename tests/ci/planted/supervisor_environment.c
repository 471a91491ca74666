/* The supervisor in core reads the environment without asking host_env. */
#include <stdlib.h>
const char *worker_planted(const char *name);
const char *worker_planted(const char *name)
{
    name = getenv(name); /* planted */
    return name;
}

/* A pure name, so that there is something to inspect without the violation. */
unsigned long strlen(const char *text);
unsigned long planted_length(const char *text);
unsigned long planted_length(const char *text)
{
    return strlen(text);
}
