"""A manifest that a module of the plugin exports as `MANIFEST = {…}`; hides where it stands, and that nothing of the plugin runs to read it."""
import ast
import os
import zipimport

from cordon.plugins import _loaders, _paths
from cordon.plugins._errors import BadManifest, NoPlugin
from cordon.plugins._manifest import Manifest

_FIRST = ("plugin", "__init__")  # modules that are looked at before all others


def read_manifest(path):
    """The manifest that a folder, zip or wheel exports, as a dict with every key. NoPlugin, BadManifest."""
    return find_manifest(_paths.root_of(path)).rows


def find_manifest(root):
    found = [(module, place, given) for module, place, source in _modules_of(root) for given in _assignments(source, place)]
    if not found:
        hint = "; plugin.yaml is read by the host, give it here as a dict" if _has_yaml(root) else ""
        raise BadManifest(f"{root}: no module at the top exports MANIFEST{hint}")
    if len(found) > 1 and found[0][0] not in _FIRST:
        raise BadManifest(f"{root}: MANIFEST is exported by {found[0][1]} and by {found[1][1]}; call the right module plugin.py")
    module, place, given = found[0]
    try:
        return Manifest(given, default_entry=module)
    except BadManifest as error:
        raise BadManifest(f"{place}: {error}") from None


def _has_yaml(root):
    return os.path.exists(os.path.join(root, "plugin.yaml"))


def _modules_of(root):
    """(name, place for people, source) of modules and packages at the top that mention MANIFEST, the likely ones first."""
    files, read = _top_of_folder(root) if os.path.isdir(root) else _top_of_archive(root)
    names = {}
    for file in files:
        stem, suffix = os.path.splitext(file)
        if suffix == ".py":
            names.setdefault(stem.removesuffix("/__init__"), file)
    for name in sorted((name for name in names if name.isidentifier()), key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)):
        source = read(names[name])
        if b"MANIFEST" in source:
            yield name, os.path.join(root, names[name]), source


def _top_of_folder(root):
    def read(file):
        try:
            with open(os.path.join(root, file), "rb") as opened:
                return opened.read()
        except OSError as error:
            raise BadManifest(f"{os.path.join(root, file)} cannot be read: {error}") from None

    try:
        names = os.listdir(root)
    except OSError as error:
        raise NoPlugin(f"{root}: {error}") from None
    packages = [f"{name}/__init__.py" for name in names if os.path.isfile(os.path.join(root, name, "__init__.py"))]
    return [*packages, *(name for name in names if os.path.isfile(os.path.join(root, name)))], read


def _top_of_archive(root):
    try:
        members = _loaders.read_members(root)
    except zipimport.ZipImportError as error:
        raise NoPlugin(f"{root}: not a folder, zip or wheel: {error}") from None
    archive = _loaders.zipimporter(root, "", members, None)
    return [name for name in members if name.count("/") == 0 or name.count("/") == 1 and name.endswith("/__init__.py")], archive.get_data


def _assignments(source, place):
    try:
        tree = ast.parse(source, place)
    except (SyntaxError, ValueError) as error:
        raise BadManifest(f"{place}: {error}") from None
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target] if isinstance(statement, ast.AnnAssign) and statement.value else []
        if any(isinstance(target, ast.Name) and target.id == "MANIFEST" for target in targets):
            try:
                yield ast.literal_eval(statement.value)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                raise BadManifest(f"{place}:{statement.lineno}: MANIFEST must be a literal: it is read before any code of the plugin runs") from None
