# Added for the sandbox: os.fork is not there, and the refusal shall name what is missing.
def _launch_refused(self, process_obj):
    from _sealed import refusal
    raise refusal("process.spawn", f"starting {process_obj!r}")


Popen._launch = _launch_refused
