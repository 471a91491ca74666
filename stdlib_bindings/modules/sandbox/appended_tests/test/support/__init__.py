# Added for the sandbox, as for WASI above: tests that start a process are skipped, and say so. Sockets stay: pairs work.
has_subprocess_support = False
