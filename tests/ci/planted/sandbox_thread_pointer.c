/* The sandbox object reads the thread pointer. */
long cordon_gate(long operation, void *buffer, unsigned long size);
void cordon_sandbox_main(void);
void cordon_sandbox_main(void)
{
    long value = 0;
    __asm__ volatile("movq %%fs:0, %0" : "=r"(value)); /* planted */
    cordon_gate(2, 0, (unsigned long)value);
}
