"""Limits and usage of the process."""
import os
import resource

resource.getrlimit(resource.RLIMIT_CPU)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.prlimit(0, resource.RLIMIT_CORE)
resource.getrusage(resource.RUSAGE_SELF)
resource.getrusage(resource.RUSAGE_CHILDREN)
resource.getpagesize()
os.nice(0)
