/* The JSON module, host-free so far, opens a file through its binding. */
int cordon_bind_open(const char *path, int flags, ...);
int planted_json(const char *text);
int planted_json(const char *text)
{
    int value = text[0];
    value = cordon_bind_open(text, 0); /* planted */
    return value;
}

/* A pure name, so that there is something to inspect without the violation. */
unsigned long strlen(const char *text);
unsigned long planted_length(const char *text);
unsigned long planted_length(const char *text)
{
    return strlen(text);
}
