"""logging, as a plugin sees it: `logging.config` is its own view."""
import logging as _logging

from cordon.plugins._view import become_view

become_view(globals(), _logging)
