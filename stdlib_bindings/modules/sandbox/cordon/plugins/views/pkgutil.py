"""pkgutil, as a plugin sees it: names of modules mean its own."""
import pkgutil as _pkgutil

from cordon.plugins._view import become_view


def resolve_name(name):
    return plugin.resolve(name)


def get_data(package, resource):
    return _pkgutil.get_data(plugin.qualify(package), resource)


def walk_packages(path=None, prefix="", onerror=None):
    true_prefix = plugin.qualify(prefix)
    for found in _pkgutil.walk_packages(path, true_prefix, onerror):
        yield found._replace(name=prefix + found.name.removeprefix(true_prefix))


become_view(globals(), _pkgutil)
