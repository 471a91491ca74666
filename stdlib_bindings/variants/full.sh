# glibc; every call that reaches the host renamed to an adapter.
# shellcheck shell=bash disable=SC2034,SC2154
. "$repository_dir/stdlib_bindings/variants/static_modules.sh"
# shellcheck source=/dev/null
. "$repository_dir/stdlib_bindings/variants/patched_copies.sh"
patched_dir=$(patched_copies full Python/thread.c)
CONFIGURE_ARGUMENTS+=(--with-build-python="$(readlink -f "$stock_python")")
PYCONFIG=$repository_dir/stdlib_bindings/pyconfig/full.h
FORCE_INCLUDE=$generated_dir/redirect_full.h
# gcc turns these into each other (fprintf into fwrite), by its own names and so past the renames. -g is configure's own: gdb shows Python's
# objects by it.
EXTRA_CFLAGS="-g $(printf -- '-fno-builtin-%s ' printf fprintf vprintf vfprintf puts fputs putchar putc fputc fwrite)"
# Nothing built here can run before the adapters are linked in, so the stock build freezes the modules and describes the build; it must be told
# which platform that is. What is patched is compiled from its copy, sysmodule.c by a rule that names its folder.
MAKE_TARGETS=('FREEZE_MODULE_BOOTSTRAP=$(FREEZE_MODULE)' FREEZE_MODULE_BOOTSTRAP_DEPS= FREEZE_MODULE_DEPS= PYTHON_FOR_BUILD_DEPS=
    _PYTHON_HOST_PLATFORM="linux-$(uname -m)" "--eval=vpath Python/thread.c $patched_dir"
    "--eval=Python/sysmodule.o: private srcdir = $patched_dir"
    "--eval=Python/sysmodule.o: override EXTRA_CFLAGS += -I$source_dir/Include -I$source_dir/Include/internal -I$source_dir/Include/internal/mimalloc -I$source_dir/Python"
    libpython3.13.a sharedmods)
