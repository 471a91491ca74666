"""Screens of a terminal: there is no terminal. Keys and attributes are numbers, so curses and what builds on it can be imported."""
from _sealed import refusal, refuse_all
from _sealed.curses_constants import *

version = __version__ = b"2.2"


class error(Exception):
    """Raised by curses for its own failures."""


class window:
    def __new__(cls, *arguments):
        raise refusal("tty", "curses.window")


refuse_all(globals(), "tty", """
    baudrate beep can_change_color cbreak color_content color_pair curs_set def_prog_mode def_shell_mode delay_output doupdate echo endwin
    erasechar filter flash flushinp get_escdelay get_tabsize getmouse getsyx getwin halfdelay has_colors has_extended_color_support has_ic has_il
    has_key init_color init_pair initscr intrflush is_term_resized isendwin keyname killchar longname meta mouseinterval mousemask napms newpad
    newwin nl nocbreak noecho nonl noqiflush noraw pair_content pair_number putp qiflush raw reset_prog_mode reset_shell_mode resetty resize_term
    resizeterm savetty set_escdelay set_tabsize setsyx setupterm start_color termattrs termname tigetflag tigetnum tigetstr tparm typeahead
    unctrl unget_wch ungetch ungetmouse update_lines_cols use_default_colors use_env""")
