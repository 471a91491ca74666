/* The host's side embeds an interpreter. */
void Py_Initialize(void);  /* planted */
void worker_planted(void);
void worker_planted(void)
{
    Py_Initialize(); /* planted */
}

/* A pure name, so that there is something to inspect without the violation. */
unsigned long strlen(const char *text);
unsigned long planted_length(const char *text);
unsigned long planted_length(const char *text)
{
    return strlen(text);
}
