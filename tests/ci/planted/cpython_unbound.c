/* An object of CPython reads the environment by libc's own name. */
#include <stdlib.h>
char *planted_environment(char *name);
char *planted_environment(char *name)
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
