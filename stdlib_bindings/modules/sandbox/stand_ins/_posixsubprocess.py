"""Starting processes: refused. subprocess imports it, so subprocess can be imported."""
from _sealed import refusal


def fork_exec(args, *rest):
    program = args[0] if args else b""
    raise refusal("process.spawn", f"starting {program!r}")
