"""What may be the root of a plugin, and what lies below it; hides symbolic links and relative paths."""
import os

from cordon.plugins._errors import NoPlugin


def root_of(path):
    """The real absolute path: a link that later points elsewhere does not change what a loaded plugin imports. NoPlugin."""
    try:
        path = os.fspath(path)
    except TypeError:
        raise NoPlugin(f"the path of a plugin must be a text, not {type(path).__name__}") from None
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not path:
        raise NoPlugin("an empty path names no plugin; '.' is the working directory")
    try:
        root = os.path.realpath(path)
        is_folder, is_file = os.path.isdir(root), os.path.isfile(root)
    except ValueError as error:
        raise NoPlugin(f"no plugin at {path!r}: {error}") from None
    if not is_folder and not is_file:
        raise NoPlugin(f"no plugin at {path!r}: there is no such folder, zip or wheel")
    return root


def is_below(path, root):
    """By whole names: /a/bc is not below /a/b."""
    return isinstance(path, str) and (path == root or path.startswith(root.rstrip("/") + "/"))
