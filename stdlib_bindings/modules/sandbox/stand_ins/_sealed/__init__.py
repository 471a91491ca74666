"""How a module of the sandbox refuses what only an operating system could do; hides the wording from the stand-ins.

Capabilities are the names of policy/tables/capabilities.tsv. A refusal is a PermissionError, so it is an OSError with errno EPERM.
"""
import errno


def refusal(capability, what, kind=PermissionError):
    """The exception that says what was wanted and which capability the sandbox lacks for it."""
    return kind(errno.EPERM, f"sandbox has no capability {capability}: {what}")


def refusing(capability, what):
    """A function that takes any arguments and raises."""
    def refuse(*arguments, **keywords):
        raise refusal(capability, what)
    refuse.__name__ = what.rpartition(".")[2]
    refuse.__qualname__ = refuse.__name__
    refuse.__doc__ = f"Not in the sandbox: needs the capability {capability}."
    return refuse


def refuse_all(namespace, capability, names):
    """Adds a refusing function for each of the names, separated by blanks, to a module's or class's namespace."""
    owner = namespace.get("__qualname__") or namespace.get("__name__", "").lstrip("_")
    for name in names.split():
        namespace[name] = refusing(capability, f"{owner}.{name}")


def missing(module, capability, instead):
    """For a module whose users expect an ImportError where it is absent."""
    return ImportError(f"sandbox has no capability {capability}: import {module}; {instead}", name=module)
