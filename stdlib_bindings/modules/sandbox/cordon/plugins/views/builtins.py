"""builtins, as a plugin sees it: its own `import`, and room for names that it adds. This namespace is the __builtins__ of its modules."""


def _fill(namespace):
    """Whatever is left of the making would be a built-in name of the plugin's code. A namespace without a name is called builtins, as anywhere."""
    import builtins
    spec, loader = namespace["__spec__"], namespace["__loader__"]
    namespace.clear()
    namespace.update(vars(builtins))
    namespace.update(__spec__=spec, __loader__=loader)


_fill(globals())
