"""Plugins that are loaded, by handle; hides how a load is undone from wherever it fails."""
import os
import threading

from cordon import _session
from cordon.plugins import _calls, _finder, _names, _paths, _traces
from cordon.plugins._errors import (AlreadyLoaded, ArgumentsDoNotFit, FunctionMissing, InitRaised, LoadInProgress, NoEntry, NotLoaded, PluginError, WrongApiVersion)
from cordon.plugins._exported import find_manifest
from cordon.plugins._manifest import Manifest
from cordon.plugins._world import World, public_text

_LOADING = object()
_PATH = str, bytes, os.PathLike
_plugins = {}  # by handle: a Plugin, or _LOADING
_lock = threading.Lock()


class Plugin:
    """One load of a plugin. `handle`, `name`, `version`, `manifest` (a dict with every key)."""

    def __init__(self, handle, manifest, world):
        self.handle = handle
        self.name, self.version, self.manifest = manifest.name, manifest.version, manifest.rows
        self._manifest = manifest
        self._world = world
        self._entry = _entry_of(world, manifest.entry)
        self._commands = {name: _calls.Bound(name, self._command_target(name), row) for name, row in manifest.commands.items()}
        self._functions = {(contract, name): _calls.Bound(f"{contract}.{name}", self._contract_target(contract, name), row)
                           for contract, rows in manifest.contracts.items() for name, row in rows["functions"].items()}

    def __repr__(self):
        return f"<plugin {self.name!r} {self.version}{'' if is_loaded(self) else ', unloaded'}>"

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if is_loaded(self):
            self.unload()

    def execute(self, arguments=None):
        return execute(self.handle, arguments)

    def call(self, contract, function, /, *positional, **named):
        return _calls.call(self.handle, contract, function, positional, named)

    def unload(self):
        unload(self.handle)

    def module(self, name):
        """A module as the plugin's own code would import it."""
        self._require_name(name)
        return self._world.import_module(name)

    def resolve(self, name):
        """"package.module:attribute" as the plugin's own code would find it."""
        self._require_name(name)
        return self._world.resolve(name)

    def _require_name(self, name):
        if not isinstance(name, str):
            raise ArgumentsDoNotFit(f"the name of a module must be a text, not {type(name).__name__}")
        self._world.require_open(name)

    # ---- which function is meant ----

    def bind(self, contract, function):
        bound = self._functions.get((contract, function)) if isinstance(contract, str) and isinstance(function, str) else None
        if bound is None:
            if not isinstance(contract, str) or contract not in self._manifest.contracts:
                raise _calls.missing(f"plugin {self.name!r} has no contract", contract, list(self._manifest.contracts))
            raise _calls.missing(f"contract {contract!r} of plugin {self.name!r} has no function", function, list(self._manifest.contracts[contract]["functions"]))
        return bound

    def run(self, arguments):
        positional, named = _arguments_of(arguments)
        if not self._commands:
            if not callable(self._entry):
                raise FunctionMissing(f"plugin {self.name!r} has no commands, and its entry {self._manifest.entry!r} cannot be called")
            return self._entry(*positional, **named)
        if "command" in named:
            command = named.pop("command")
        elif positional:
            command, *positional = positional
        else:
            raise FunctionMissing(f"plugin {self.name!r}: which command? there are {', '.join(self._commands)}")
        if not isinstance(command, str) or command not in self._commands:
            raise _calls.missing(f"plugin {self.name!r} has no command", command, list(self._commands))
        return self._commands[command].call(positional, named)

    def _command_target(self, name):
        return self._target(self._entry, name.replace("-", "_"), f"command {name!r}", self._manifest.entry)

    def _contract_target(self, contract, function):
        """Of the contract's own entry; or of what the entry calls by the contract's name; or of the entry."""
        entry = self._manifest.contracts[contract].get("entry")
        thing = _entry_of(self._world, entry) if entry else getattr(self._entry, contract, self._entry) if contract.isidentifier() else self._entry
        return self._target(thing, function, f"function {function!r} of contract {contract!r}", entry or self._manifest.entry)

    def _target(self, thing, attribute, what, entry):
        target = getattr(thing, attribute, None)
        if not callable(target):
            raise FunctionMissing(f"plugin {self.name!r}: the manifest promises {what}, but {entry!r} has no such function {attribute!r}")
        return target


def _arguments_of(arguments):
    """A mapping is named arguments, a list or tuple positional ones, None neither."""
    if arguments is None:
        return [], {}
    if isinstance(arguments, dict):
        if not all(isinstance(name, str) for name in arguments):
            raise ArgumentsDoNotFit("names of arguments must be texts")  # of an entry too, which has no schema
        return [], dict(arguments)
    if isinstance(arguments, (list, tuple)):
        return list(arguments), {}
    raise ArgumentsDoNotFit(f"arguments must be a mapping or a list, not {type(arguments).__name__}")


# ---- loading ----

def load(handle, root=None, manifest=None, *, api_version=None):
    """load(handle, root, manifest): for a host; `handle` is its own, the manifest a dict, the answer describe(handle).
    load(path, manifest=None): for people; the answer is a Plugin. Without a manifest the one that the plugin exports is read.

    `api_version`: what the plugin must be made for, exactly; None: whatever it is. A load that fails leaves nothing. Any PluginError."""
    is_hosts = isinstance(root, _PATH) or not isinstance(handle, _PATH)
    if is_hosts:
        return _load(handle, root, manifest, api_version).manifest
    if root is not None and manifest is not None:
        raise ArgumentsDoNotFit("load() takes a path and a manifest, or a handle, a path and a manifest")
    return _load(object(), handle, manifest if manifest is not None else root, api_version)


def _load(handle, path, manifest, api_version):
    try:
        hash(handle)
    except TypeError:
        raise ArgumentsDoNotFit(f"a plugin's handle must be a number, a text or something else that can be a key, not {type(handle).__name__}") from None
    root = _paths.root_of(path)
    manifest = Manifest(manifest) if manifest is not None else find_manifest(root)
    if api_version is not None and manifest.api_version != str(api_version):
        raise WrongApiVersion(f"plugin {manifest.name!r} is made for API version {manifest.api_version!r}, and this host has {str(api_version)!r}",
                              wanted=str(api_version), found=manifest.api_version)
    with _lock:
        if handle in _plugins:
            _refuse_second(handle, _plugins[handle])
        _plugins[handle] = _LOADING
    try:
        plugin = _start(handle, root, manifest)
        _plugins[handle] = plugin
        return plugin
    except BaseException:
        _plugins.pop(handle, None)
        raise


def _refuse_second(handle, present):
    if present is _LOADING:
        raise LoadInProgress(f"a plugin is being loaded as {handle!r}")
    raise AlreadyLoaded(f"{present!r} is loaded as {handle!r} already")


def _start(handle, root, manifest):
    world = World(root, manifest.name)
    try:
        world.start()
        return Plugin(handle, manifest, world)
    except (PluginError, MemoryError, KeyboardInterrupt):
        _end(world)
        raise
    except BaseException as error:
        raised = _init_raised(manifest, error)
        _end(world)  # after the text, which looks lines of source up
        raise raised from error


def _init_raised(manifest, error):
    raised = InitRaised(f"plugin {manifest.name!r} raised while it was loaded: {type(error).__name__}: {public_text(error)}")
    raised.trace = _names.public_name(_session.describe(error, True))
    return raised


def _entry_of(world, entry):
    """The module or attribute that an entry names; of a class an instance. NoEntry if it is not there, and whatever the plugin's code raises."""
    name, _, attribute = entry.partition(":")
    try:
        if not world.brings(name):
            raise ModuleNotFoundError(name=name)  # or it would be somebody else's code
        module = world.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name and not name.startswith(f"{error.name}."):
            raise
        raise NoEntry(f"plugin {world.name!r}: there is no module {name!r} for entry {entry!r}") from None
    thing = module
    for part in attribute.split(".") if attribute else ():
        try:
            thing = getattr(thing, part)
        except AttributeError:
            raise NoEntry(f"plugin {world.name!r}: module {name!r} has no {attribute!r} for entry {entry!r}") from None
    return thing() if isinstance(thing, type) else thing


def _end(world):
    world.is_open = False
    _finder.remove(world)
    _traces.remove(world)


# ---- by handle ----

def find(handle):
    try:
        plugin = _plugins[handle]
    except (KeyError, TypeError):
        raise NotLoaded("this plugin was unloaded" if type(handle) is object else f"no plugin is loaded as {handle!r}") from None
    if plugin is _LOADING:
        raise LoadInProgress(f"the plugin {handle!r} is still being loaded")
    return plugin


def is_loaded(plugin):
    return _plugins.get(plugin.handle) is plugin


def describe(handle):
    """The manifest, with every key there is. NotLoaded, LoadInProgress."""
    return find(handle).manifest


def execute(handle, arguments=None):
    """Runs a command: {"command": name, and its arguments by name}, or [name, its arguments in order]. A plugin without commands has its entry called with all of them.
    What it returns, or raises, is its own. NotLoaded, LoadInProgress, FunctionMissing, ArgumentsDoNotFit."""
    return find(handle).run(arguments)


def unload(handle):
    """Its modules can be found no more, and what nobody else holds goes. Code of it that still runs can end, but imports nothing of its own any more. NotLoaded, LoadInProgress."""
    with _lock:
        plugin = find(handle)
        del _plugins[handle]
    _calls.forget(handle)
    _end(plugin._world)
