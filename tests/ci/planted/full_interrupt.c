/* An object of the full interpreter enters the kernel by the old interrupt. */
long planted_interrupt(long number);
long planted_interrupt(long number)
{
    __asm__ volatile("int $0x80" : "+a"(number)); /* planted */
    return number;
}

/* A pure name, so that there is something to inspect without the violation. */
unsigned long strlen(const char *text);
unsigned long planted_length(const char *text);
unsigned long planted_length(const char *text)
{
    return strlen(text);
}
