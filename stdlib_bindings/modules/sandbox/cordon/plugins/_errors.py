"""Every way in which a plugin can fail, for people by class and for hosts by `code`."""


class PluginError(Exception):
    """Something about a plugin failed; what the plugin's own functions raise is not among it."""

    __module__ = "cordon.plugins"
    code = "plugin_error"


class NoPlugin(PluginError):
    """There is no folder, zip or wheel at that path."""

    __module__ = "cordon.plugins"
    code = "no_plugin"


class BadManifest(PluginError):
    """The manifest is missing or not as it must be; the text names the place."""

    __module__ = "cordon.plugins"
    code = "bad_manifest"


class WrongApiVersion(PluginError):
    """The plugin was made for another version. `wanted` is the host's, `found` the plugin's."""

    __module__ = "cordon.plugins"
    code = "wrong_api_version"

    def __init__(self, message, wanted=None, found=None):
        super().__init__(message)
        self.wanted = wanted
        self.found = found


class NoEntry(PluginError):
    """The module or attribute that the manifest names as entry is not there."""

    __module__ = "cordon.plugins"
    code = "no_entry"


class InitRaised(PluginError):
    """The plugin's own code raised while it was loaded. `__cause__` is what it raised, `trace` its traceback as text."""

    __module__ = "cordon.plugins"
    code = "init_raised"
    trace = ""


class FunctionMissing(PluginError):
    """No such command, contract or function; at load: one that the manifest promises."""

    __module__ = "cordon.plugins"
    code = "function_missing"


class ArgumentsDoNotFit(PluginError, TypeError):
    """The arguments are not those of the manifest."""

    __module__ = "cordon.plugins"
    code = "arguments_do_not_fit"


class NotLoaded(PluginError):
    """No plugin is loaded under that handle."""

    __module__ = "cordon.plugins"
    code = "not_loaded"


class AlreadyLoaded(PluginError):
    """The handle belongs to a plugin already."""

    __module__ = "cordon.plugins"
    code = "already_loaded"


class LoadInProgress(PluginError):
    """The plugin is still being loaded, by another thread or by the code that asks."""

    __module__ = "cordon.plugins"
    code = "load_in_progress"


class NativeModule(PluginError, ImportError):
    """A plugin brings machine code, which cannot be kept apart from other plugins'."""

    __module__ = "cordon.plugins"
    code = "native_module"
