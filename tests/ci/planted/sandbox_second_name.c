/* The sandbox object has a second way out. */
long cordon_gate(long operation, void *buffer, unsigned long size);
int getpid(void);
void cordon_sandbox_main(void);
void cordon_sandbox_main(void)
{
    cordon_gate(2, 0, 0);
    cordon_gate(2, 0, (unsigned long)getpid()); /* planted */
}
