# Added for the sandbox: tests that run a second interpreter without asking first are skipped here.
def run_python_until_end(*args, **env_vars):
    import unittest
    raise unittest.SkipTest("requires subprocess support")


def spawn_python(*args, **keywords):
    import unittest
    raise unittest.SkipTest("requires subprocess support")
