"""unittest.mock, as a plugin sees it: what is patched by name is the plugin's."""
import unittest.mock as _mock

from cordon.plugins._view import become_view


class _Patch:
    """The true `patch`, with targets as the plugin names them."""

    def __call__(self, target, *args, **kwargs):
        return _mock.patch(plugin.qualify(target), *args, **kwargs)

    def multiple(self, target, *args, **kwargs):
        return _mock.patch.multiple(plugin.qualify(target), *args, **kwargs)

    def dict(self, in_dict, *args, **kwargs):
        return _mock.patch.dict(plugin.qualify(in_dict), *args, **kwargs)

    def __getattr__(self, name):
        return getattr(_mock.patch, name)

    def __setattr__(self, name, value):
        setattr(_mock.patch, name, value)


patch = _Patch()
become_view(globals(), _mock)
