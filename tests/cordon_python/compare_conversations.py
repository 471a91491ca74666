#!/usr/bin/env python3
"""Holds the same conversations with the stock build and with cordon-python at a pseudo-terminal; each step must come as the table says.

    compare_conversations.py --stock PYTHON --subject PYTHON [NAME...]

Exit code 1: a conversation went another way, with either of them.
"""
import argparse
import os
import pathlib
import sys
import time

import conversations
import interpreters
import terminals


def take(terminal, action, what):
    if action == "type":
        terminal.type(what)
    elif action == "see":
        terminal.see(what)
    elif action == "wait":
        time.sleep(what)
    elif action == "signal":
        os.kill(terminal.pid, what)
    elif (code := terminal.end()) != what:
        raise AssertionError(f"ended with {code}, not {what}; shown: {terminal.plain()[-500:]!r}")


def hold(interpreter, conversation):
    """What went wrong, or None."""
    with interpreters.fresh_directory() as directory:
        interpreters.write_files(directory, conversation.files)
        terminal = terminals.Terminal(interpreter, conversation.arguments, directory, conversation.variables)
        try:
            for action, what in conversation.steps:
                take(terminal, action, what)
            for name, text in [conversation.leaves] if conversation.leaves else []:
                if text not in pathlib.Path(directory, name).read_text():
                    return f"left no {text!r} in {name}"
        except (AssertionError, OSError) as error:
            return str(error)
        finally:
            terminal.close()
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stock", required=True)
    parser.add_argument("--subject", required=True)
    parser.add_argument("names", nargs="*", help="only these conversations")
    arguments = parser.parse_args()
    both = {"stock": interpreters.Interpreter(arguments.stock), "subject": interpreters.Interpreter(arguments.subject)}
    chosen = [one for one in conversations.CONVERSATIONS if not arguments.names or one.name in arguments.names]
    complaints = []
    for one in chosen:
        for who, interpreter in both.items():
            if wrong := hold(interpreter, one):
                complaints.append(f"{one.name}: {who}: {wrong}")
                print(complaints[-1], flush=True)
    print(f"{len(chosen)} conversations, {len(complaints)} complaints")
    return 1 if complaints or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
