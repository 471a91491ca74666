# Added for the sandbox: there are no terminals to be had, and the refusal shall name what is missing.
def openpty():
    """Refused: needs the capability tty."""
    from _sealed import refusal
    raise refusal("tty", "pty.openpty")


def fork():
    """Refused: needs the capability process.spawn."""
    from _sealed import refusal
    raise refusal("process.spawn", "pty.fork")
