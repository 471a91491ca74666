"""CPython's own tests as judge of both interpreters; ../test_cpython.py is the command."""
