/* The sandbox object shows an embedder a second name. */
long cordon_gate(long operation, void *buffer, unsigned long size);
void cordon_sandbox_main(void);
void cordon_sandbox_main(void)
{
    cordon_gate(2, 0, 0);
}
int planted_entry; /* planted */
