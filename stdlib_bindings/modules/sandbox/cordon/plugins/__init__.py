"""Plugins: folders, zips and wheels that run in one interpreter and cannot get in each other's way.

    plugin = cordon.plugins.load("/path/to/plugin")         a folder, zip or wheel; its manifest is read from it, or given as a dict
    plugin.execute({"command": "greet", "name": "Ann"})     a command
    plugin.call("greetings", "greet", "Ann")                a function of a contract
    plugin.unload()

A host that counts its plugins itself names them by handles, which are its own: load(handle, root, manifest), describe(handle), execute(handle, arguments),
call(handle, contract, function, positional, named), unload(handle).

Whatever fails is a PluginError with a `code`. Modules of a plugin are its own: docs/plugins.md has the rules. Safe from any thread.
"""
from cordon.plugins._errors import (AlreadyLoaded, ArgumentsDoNotFit, BadManifest, FunctionMissing, InitRaised, LoadInProgress, NativeModule, NoEntry, NoPlugin,
                                    NotLoaded, PluginError, WrongApiVersion)
from cordon.plugins._calls import call
from cordon.plugins._exported import read_manifest
from cordon.plugins._loaded import Plugin, describe, execute, load, unload
from cordon.plugins._names import public_name

__all__ = ["AlreadyLoaded", "ArgumentsDoNotFit", "BadManifest", "FunctionMissing", "InitRaised", "LoadInProgress", "NativeModule", "NoEntry", "NoPlugin", "NotLoaded",
           "Plugin", "PluginError", "WrongApiVersion", "call", "describe", "execute", "load", "public_name", "read_manifest", "unload"]
