# How a third-party C library is compiled for the sandbox; hides the flags from build_{zlib,bzip2,xz,sqlite}.sh, which source it.
#
# In the environment: SOURCE_DIR (extracted and patched source; only read), PREFIX (receives include/ and lib/), MUSL (prefix of the sandbox's
# C library), REDIRECT_HEADER (force-included, so that no host call keeps its name; empty: none), CC (default gcc), JOBS (default 2),
# CFLAGS (default -O2). What the libraries may refer to is checked at the link of the sandbox, not here.
: "${SOURCE_DIR:?SOURCE_DIR must name an extracted source tree}" "${PREFIX:?PREFIX must name the folder to install to}"
: "${MUSL:?MUSL must name the prefix of the C library}"
CC=${CC:-gcc}
JOBS=${JOBS:-2}
work_dir=$(mktemp -d)
trap 'rm -rf "$work_dir"' EXIT

# No PIC, since the image is linked at a fixed address; no stack protector, since nothing may read %fs; sections per function, so that the
# link drops what no caller reaches; no line of the machine's paths in the result.
sandbox_flags=(
    ${CFLAGS:--O2} -std=gnu11 -nostdinc -isystem "$MUSL/include" -isystem "$("$CC" -print-file-name=include)"
    -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -U_FORTIFY_SOURCE
    -ffunction-sections -fdata-sections "-ffile-prefix-map=$SOURCE_DIR=/usr/src/$(basename "$0" .sh)" "-ffile-prefix-map=$work_dir=/usr/src"
    ${REDIRECT_HEADER:+-include "$REDIRECT_HEADER"}
)

# Compiles FILES (relative to SOURCE_DIR, or absolute) with the further FLAGS, JOBS at a time, and puts them in PREFIX/lib/LIBRARY.
make_library() { # make_library LIBRARY "FLAGS" FILE...
    local library=$1 flags=$2 file object objects=()
    shift 2
    for file in "$@"; do
        object=$work_dir/$(printf '%s' "${file#"$work_dir/"}" | tr / -).o
        objects+=("$object")
        printf '%s\0%s\0' "$object" "$file"
    done >"$work_dir/list"
    # shellcheck disable=SC2086  # flags are words
    (cd "$SOURCE_DIR" && xargs -0 -n 2 -P "$JOBS" "$CC" "${sandbox_flags[@]}" $flags -c -o <"$work_dir/list")
    mkdir -p "$PREFIX/lib"
    rm -f "$PREFIX/lib/$library"
    ar rcsD "$PREFIX/lib/$library" "${objects[@]}"
}

install_headers() { # install_headers FILE...
    mkdir -p "$PREFIX/include"
    install -m 644 "$@" "$PREFIX/include/"
}
