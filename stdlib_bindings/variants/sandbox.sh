# musl, no OS: every name that would reach one is renamed to an adapter over core/sealed, and pyconfig/sandbox.h leaves out what has no meaning there.
# All modules are built in. The test modules too: the link decides whether an image gets them (stdlib_bindings/modules/sandbox_test_modules.txt).
# shellcheck shell=bash disable=SC2034,SC2154
musl=$(readlink -f "$third_party_products/musl")
library() { readlink -f "$third_party_products/$1"; }

# Prints a folder with copies of the files that stdlib_bindings/patches/sandbox/ changes, changed; CPython's own tree stays as it is, for the other variants.
patched_copies() {
    local patches=("$repository_dir"/stdlib_bindings/patches/sandbox/*.patch) directory scratch patch file
    directory=$cache_dir/sources/cpython-sandbox-$(hash_of "$source_dir" "${patches[@]}")
    if [ ! -d "$directory" ]; then
        scratch=$(mktemp -d "$directory.XXXXXX")
        for patch in "${patches[@]}"; do
            for file in $(sed -n 's|^+++ b/||p' "$patch"); do
                [ -f "$scratch/$file" ] || install -D -m 644 "$source_dir/$file" "$scratch/$file"
            done
            patch -d "$scratch" -p1 -s -f <"$patch" >&2 || fail "$patch does not apply to $source_dir"
        done
        # Two builds at once make it twice; the second to finish finds the first one's.
        mv -T "$scratch" "$directory" 2>/dev/null || rm -rf "$scratch"
    fi
    printf '%s\n' "$directory"
}
patched_dir=$(patched_copies)

CONFIGURE_ARGUMENTS=(--prefix=/usr --host=x86_64-pc-linux-musl --build=x86_64-pc-linux-gnu --with-build-python="$(readlink -f "$stock_python")"
    MODULE_BUILDTYPE=static --without-mimalloc --with-computed-gotos --without-ensurepip --disable-ipv6 --with-pkg-config=no)
# Modules that can mean nothing without an OS; Python stand-ins in the image answer their imports.
CONFIGURE_ENVIRONMENT=(CC="$musl/bin/sandbox-gcc" DYNLOADFILE=dynload_stub.o ac_cv_file__dev_ptmx=no ac_cv_file__dev_ptc=no)
for module in _socket _ssl _hashlib _ctypes _ctypes_test _posixsubprocess _posixshmem _multiprocessing mmap termios grp pwd resource syslog \
    readline _curses _curses_panel _tkinter _dbm _gdbm _uuid _testexternalinspection; do
    CONFIGURE_ENVIRONMENT+=("py_cv_module_$module=n/a")
done
PYCONFIG=$repository_dir/stdlib_bindings/pyconfig/sandbox.h
FORCE_INCLUDE=$generated_dir/redirect_sandbox.h
# No thread pointer (the stack protector's guard lives there), a fixed address, and sections that the link can drop.
EXTRA_CFLAGS="-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -U_FORTIFY_SOURCE
    -fno-semantic-interposition -ffile-prefix-map=$source_dir=/usr/src/cpython -ffile-prefix-map=$patched_dir=/usr/src/cpython"
EXTRA_CFLAGS=${EXTRA_CFLAGS//$'\n'/ }
# sys.version shows the date of the compilation: the same source gives the same bytes.
export SOURCE_DATE_EPOCH=1735689600
# pybuilddir.txt comes with the module that `sysconfig` reads.
# The evaluation loop alone asks stdlib_bindings/source/sandbox/interpreter_threads.c first, which shares time between threads.
# What is patched is compiled from its copy, which looks for its unpatched neighbours where they are.
MAKE_TARGETS=("--eval=Python/ceval.o: override EXTRA_CFLAGS += -D_Py_HandlePending=cordon_bind_handle_pending -I$source_dir/Python"
    "--eval=Python/instrumentation.o: override EXTRA_CFLAGS += -I$source_dir/Python"
    "--eval=vpath Python/ceval.c $patched_dir" "--eval=vpath Python/instrumentation.c $patched_dir" libpython3.13.a pybuilddir.txt)
SETUP_LOCAL="*static*
zlib zlibmodule.c -I$(library zlib)/include
_bz2 _bz2module.c -I$(library bzip2)/include
_lzma _lzmamodule.c -I$(library xz)/include
$(sed -n 's/^@MODULE__SQLITE3_TRUE@//p' "$source_dir/Modules/Setup.stdlib.in") -I$(library sqlite)/include -I\$(srcdir)/Modules/_sqlite"
