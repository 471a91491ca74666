#!/bin/sh
# Builds the sandbox's C library: musl, static only, for code that has no thread pointer, no loader and no OS below it.
#
# In the environment: SOURCE_DIR (extracted and patched musl source; only read), PREFIX (receives include/, lib/libc.a and bin/sandbox-gcc),
# CC (default gcc), JOBS (default 2), BUILD_DIR (default: a new temporary folder, removed at the end).
set -eu

: "${SOURCE_DIR:?SOURCE_DIR must name an extracted musl source tree}" "${PREFIX:?PREFIX must name the folder to install to}"
CC=${CC:-gcc}
JOBS=${JOBS:-2}

if [ -z "${BUILD_DIR:-}" ]; then
    BUILD_DIR=$(mktemp -d)
    trap 'rm -rf "$BUILD_DIR"' EXIT
fi
mkdir -p "$BUILD_DIR"
cd "$BUILD_DIR"

# Sections per function let the final `ld -r --gc-sections` drop what no caller reaches, system calls first of all.
# The image is linked at a fixed address (no PIC) and no instruction may read %fs (no stack protector).
# Optimisation is the distribution's, not musl's own -Os for most files: its string functions are on hot paths.
flags="-O2 -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none -ffunction-sections -fdata-sections"
flags="$flags -ffile-prefix-map=$SOURCE_DIR=/usr/src/musl"

CC="$CC" CFLAGS="$flags" "$SOURCE_DIR/configure" \
    --prefix="$PREFIX" --syslibdir="$PREFIX/lib" \
    --disable-shared --enable-static --enable-wrapper=gcc --enable-optimize=string,internal,malloc,math \
    >configure.log 2>&1 || { cat configure.log >&2; exit 1; }
make -j"$JOBS" >make.log 2>&1 || { tail -n 40 make.log >&2; exit 1; }
make install-headers install-libs install-tools >>make.log 2>&1 || { tail -n 40 make.log >&2; exit 1; }
test -s "$PREFIX/lib/libc.a"

# The compiler for configure scripts: musl's headers and library, one answer to "which platform", and no position independence by default.
cat >"$PREFIX/bin/sandbox-gcc" <<END
#!/bin/sh
[ "\$*" != --print-multiarch ] || exec echo x86_64-linux-musl
exec $CC -specs "$PREFIX/lib/musl-gcc.specs" -static -no-pie -fno-pie -fno-pic "\$@"
END
chmod +x "$PREFIX/bin/sandbox-gcc"
