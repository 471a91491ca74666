"""unittest, as a plugin sees it: `unittest.mock` is its own view."""
import unittest as _unittest

from cordon.plugins._view import become_view

become_view(globals(), _unittest)
