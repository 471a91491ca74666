"""Panels over windows of a terminal: there is none."""
from _curses import error
from _sealed import refusal, refuse_all


class panel:
    def __new__(cls, *arguments):
        raise refusal("tty", "curses.panel.panel")


refuse_all(globals(), "tty", "bottom_panel new_panel top_panel update_panels")
