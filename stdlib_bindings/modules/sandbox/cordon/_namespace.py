"""cordon.host: the host's functions as attributes, along the dots of their names."""
from cordon import _host
from cordon._calls import call
from cordon._functions import functions


class Namespace:
    """cordon.host.http.get(…) is cordon.call("http.get", …)."""

    __slots__ = ("_name",)

    def __init__(self, name=""):
        object.__setattr__(self, "_name", name)

    def __getattr__(self, attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if not _host.has_host():
            _host.require()
        name = f"{self._name}.{attribute}" if self._name else attribute
        if name not in functions() and not any(other.startswith(name + ".") for other in functions()):
            raise AttributeError(f"the host has no function {name!r}, and none below it", name=attribute, obj=self)
        return Namespace(name)

    def __setattr__(self, attribute, value):
        raise AttributeError("the host's functions cannot be replaced")

    def __call__(self, /, *args, **kwargs):
        return call(self._name, *args, **kwargs)

    def __dir__(self):
        prefix = self._name + "." if self._name else ""
        return sorted({name[len(prefix):].partition(".")[0] for name in functions() if name.startswith(prefix)})

    def __repr__(self):
        return f"<host function {self._name}>" if self._name in functions() else f"<host functions below {self._name or 'cordon.host'}>"

    def __eq__(self, other):
        return isinstance(other, Namespace) and self._name == other._name

    def __hash__(self):
        return hash(self._name)

    @property
    def __doc__(self):
        function = functions().get(self._name)
        return function.row.get("description") if function else "Functions of the host, as attributes along the dots of their names."

    @property
    def __signature__(self):
        function = functions().get(self._name)
        if function is None:
            raise AttributeError("__signature__")
        import inspect
        if function.takes_anything:
            return inspect.signature(lambda *args, **kwargs: None)
        return inspect.Signature([_parameter(inspect, row) for row in function.row["parameters"]])


def _parameter(inspect, row):
    is_required = row.get("required") is not False
    initial = inspect.Parameter.empty if is_required else row.get("default", ...)
    return inspect.Parameter(row["name"], inspect.Parameter.POSITIONAL_OR_KEYWORD, default=initial,
                             annotation=row.get("type") or inspect.Parameter.empty)


host = Namespace()
