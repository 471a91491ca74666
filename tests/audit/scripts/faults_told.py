"""faulthandler writes where it is, and a warning goes to a file."""
import faulthandler
import sys
import traceback
import warnings

with open("faults", "w", encoding="utf-8") as file:
    faulthandler.enable(file)
    faulthandler.dump_traceback(file)
    faulthandler.dump_traceback_later(100, file=file)
    faulthandler.cancel_dump_traceback_later()
    faulthandler.register(12, file=file)
    faulthandler.unregister(12)
    faulthandler.disable()
    traceback.print_stack(file=file)
warnings.warn("told", stacklevel=1)
print("to standard error", file=sys.stderr)
