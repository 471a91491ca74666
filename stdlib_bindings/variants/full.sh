# glibc; every call that reaches the host renamed to an adapter. All standard modules are built in, except the test modules, and tkinter,
# whose X11 libraries nobody shall load who does not ask for a window.
# shellcheck shell=bash disable=SC2034,SC2154
CONFIGURE_ARGUMENTS=(--with-build-python="$(readlink -f "$stock_python")" MODULE_BUILDTYPE=static)
PYCONFIG=$repository_dir/stdlib_bindings/pyconfig/full.h
FORCE_INCLUDE=$generated_dir/redirect_full.h
# gcc turns these into each other (fprintf into fwrite), by its own names and so past the renames.
EXTRA_CFLAGS=$(printf -- '-fno-builtin-%s ' printf fprintf vprintf vfprintf puts fputs putchar putc fputc fwrite)
# Nothing built here can run before the adapters are linked in, so the stock build freezes the modules and describes the build.
MAKE_TARGETS=('FREEZE_MODULE_BOOTSTRAP=$(FREEZE_MODULE)' FREEZE_MODULE_BOOTSTRAP_DEPS= FREEZE_MODULE_DEPS= PYTHON_FOR_BUILD_DEPS=
    libpython3.13.a sharedmods)
# Setup.local comes before the standard list, so these rows win over its static ones.
SETUP_LOCAL="*shared*
$(sed -nE 's/^@MODULE_[A-Z0-9_]+_TRUE@((_test|_xxtest|_ctypes_test|xx|_tkinter)[^@]*)$/\1/p' "$source_dir/Modules/Setup.stdlib.in")"
