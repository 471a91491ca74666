"""What the host told about its functions; hides when that changes, and how arguments are held against a schema."""
from cordon import _host
from cordon._errors import UnknownCallError
from cordon._types import checks_of, exact_of


class Function:
    """One function of the host."""

    def __init__(self, row):
        self.row = row
        self.name = row["name"]
        parameters = row.get("parameters")
        self.takes_anything = parameters is None
        self.parameters = [(p["name"], checks_of(p.get("type")), p.get("type") or "any") for p in parameters or ()]
        self.by_name = {parameter[0]: parameter for parameter in self.parameters}
        self.required = [p["name"] for p in parameters or () if p.get("required") is not False]

    def quick(self):
        """For the built-in module: how many arguments are needed, and which exact types surely fit. A required parameter behind an optional one needs a look."""
        if self.takes_anything:
            return None
        leading = [name for name, _, _ in self.parameters[:len(self.required)]]
        needed = len(self.required) if leading == self.required else len(self.parameters)
        return (needed, *(exact_of(text) for _, _, text in self.parameters))

    def check(self, args, kwargs):
        """Raises the TypeError that a Python function of that signature would."""
        if self.takes_anything:
            return
        if len(args) > len(self.parameters):
            raise TypeError(f"{self.name}() takes {_count(len(self.parameters))} but {len(args)} {'was' if len(args) == 1 else 'were'} given")
        for parameter, value in zip(self.parameters, args):
            self.check_value(parameter, value)
        given = {parameter[0] for parameter in self.parameters[:len(args)]}
        for name, value in kwargs.items():
            if name not in self.by_name:
                raise TypeError(f"{self.name}() got an unexpected keyword argument {name!r}")
            if name in given:
                raise TypeError(f"{self.name}() got multiple values for argument {name!r}")
            self.check_value(self.by_name[name], value)
        missing = [name for name in self.required if name not in given and name not in kwargs]
        if missing:
            raise TypeError(f"{self.name}() missing {_required(missing)}")

    def check_value(self, parameter, value):
        name, checks, type_text = parameter
        if checks is not None and not any(check(value) for check in checks):
            raise TypeError(f"{self.name}() argument {name!r} must be {type_text.replace('|', ' or ')}, not {type(value).__name__}")


def _count(number):
    return f"{number} positional argument{'' if number == 1 else 's'}"


def _required(names):
    return f"{len(names)} required argument{'' if len(names) == 1 else 's'}: {', '.join(map(repr, names))}"


_functions = {}
_generation = 0


def functions():
    """{name: Function}, as the host has them now."""
    global _functions, _generation
    generation = _host.builtin.generation() if _host.builtin else 0
    if generation != _generation:
        _functions = {row["name"]: Function(row) for row in _host.builtin.callbacks()}
        _generation = generation
        _host.builtin.set_schemas(generation, {name: function.quick() for name, function in _functions.items()})
    return _functions


def find(name):
    """The function of that name; HostError without a host, UnknownCallError, TypeError for a name that is no str."""
    if not isinstance(name, str):
        raise TypeError(f"the name of a host function must be str, not {type(name).__name__}")
    _host.require()
    function = functions().get(name)
    if function is None:
        raise UnknownCallError(name, _explanation(name))
    return function


def check(name, args, kwargs):
    """Raises what a call with these arguments is to raise, if anything."""
    find(name).check(args, kwargs)


if _host.builtin:
    _host.builtin.set_check(check)


def _explanation(name):
    import difflib
    close = difflib.get_close_matches(name, functions(), 1)
    return f"the host has no function {name!r}" + (f"; did you mean {close[0]!r}?" if close else "")


def list_calls():
    """What the host offers: a list of dicts with name, description, parameters (name, type, required, default, description), returns and kind."""
    return [_described(function.row) for function in functions().values()]


def _described(row):
    described = {"name": row["name"], "description": row.get("description"), "parameters": None, "returns": row.get("returns"),
                 "kind": row.get("kind") or "call"}
    if row.get("parameters") is not None:
        described["parameters"] = [_described_parameter(parameter) for parameter in row["parameters"]]
    return described


def _described_parameter(row):
    described = {"name": row["name"], "type": row.get("type") or "any", "required": row.get("required") is not False,
                 "description": row.get("description")}
    return described | ({"default": row["default"]} if "default" in row else {})
