# Modules/Setup.local of the variants that have a dynamic loader: all standard modules are built in, except the test modules, and tkinter,
# whose X11 libraries nobody shall load who does not ask for a window. Said once, because the yardstick must have the same ones as the full variant.
# shellcheck shell=bash disable=SC2034,SC2154
CONFIGURE_ARGUMENTS=(MODULE_BUILDTYPE=static)
# Setup.local comes before the standard list, so these rows win over its static ones.
SETUP_LOCAL="*shared*
$(sed -nE 's/^@MODULE_[A-Z0-9_]+_TRUE@((_test|_xxtest|_ctypes_test|xx|_tkinter)[^@]*)$/\1/p' "$source_dir/Modules/Setup.stdlib.in")"
