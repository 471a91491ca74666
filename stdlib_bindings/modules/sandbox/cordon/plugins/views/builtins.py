"""builtins, as a plugin sees it: its own `import`, and room for names that it adds. This namespace is the __builtins__ of its modules."""
import builtins as _real

for _name, _value in vars(_real).items():
    if _name not in ("__name__", "__spec__", "__loader__", "__package__", "__import__"):
        globals()[_name] = _value
# A namespace without a name gets this one, as anywhere.
__name__ = "builtins"
# Whatever is left here would be a built-in name of the plugin's code.
for _name in ("__file__", "__cached__", "__builtins__", "plugin", "_real", "_value", "_name"):
    globals().pop(_name, None)
