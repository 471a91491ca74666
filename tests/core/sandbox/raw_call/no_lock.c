/* Stands for lock.c in the twin of the raw-call image: it locks nothing, so what the lock would refuse takes place. */
long image_lock(void);

long image_lock(void)
{
    return 0;
}
