/* host_env takes a reference of Python's. */
void Py_IncRef(void *object);
int host_planted(void *object);
int host_planted(void *object)
{
    Py_IncRef(object); /* planted */
    return object != 0;
}
