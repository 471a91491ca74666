"""A program that fails, for the test of the runner."""
import unittest


class Failing(unittest.TestCase):
    def test_failing(self):
        self.fail("planted")


unittest.main()
