/* The sandbox object keeps a thread-local variable. */
long cordon_gate(long operation, void *buffer, unsigned long size);
void cordon_sandbox_main(void);
static
__thread /* planted */
long counter = 5;
void cordon_sandbox_main(void)
{
    cordon_gate(2, 0, (unsigned long)counter++);
}
