#!/usr/bin/env bash
# Builds one variant of CPython in the cache, out of its source tree, and links OUTPUT to it.
# Usage: build_cpython.sh VARIANT lto|plain OUTPUT
#
# stdlib_bindings/variants/VARIANT.sh is sourced and sets what differs:
#   CONFIGURE_ENVIRONMENT  array of NAME=value for configure      CONFIGURE_ARGUMENTS  array
#   EXTRA_CFLAGS           text, added to every compilation       SETUP_LOCAL          text of Modules/Setup.local, may be empty
#   PYCONFIG               file that replaces pyconfig.h, or empty  FORCE_INCLUDE      header for -include, or empty
#   MAKE_TARGETS           array                                  INPUTS               array of further files or texts that the result depends on
#   after_build            function, run in the build folder; may be absent
# It may use: $variant, $optimisation, $source_dir, $repository_dir, $third_party_products (OUTPUT's folder: musl/, zlib/ ...), $generated_dir,
# $stock_python (absent while stock itself is built).
set -euo pipefail
. "$(dirname "$0")/common.sh"
variant=${1:?usage: build_cpython.sh VARIANT lto|plain OUTPUT}
optimisation=${2:?lto or plain}
output=${3:?OUTPUT}
third_party_products=$(dirname "$output")
generated_dir=${CORDON_GENERATED_DIR:-$third_party_products/../generated}
stock_python=$third_party_products/stock/python
source_dir=$("$third_party_dir/fetch.sh" cpython)

CONFIGURE_ENVIRONMENT=() CONFIGURE_ARGUMENTS=() EXTRA_CFLAGS='' SETUP_LOCAL='' PYCONFIG='' FORCE_INCLUDE='' MAKE_TARGETS=(libpython3.13.a) INPUTS=()
# shellcheck source=/dev/null
. "$repository_dir/stdlib_bindings/variants/$variant.sh"

case $optimisation in
# Slim objects: code is made once, at the link, which runs one partition per core.
lto) OPTIMISE="-O3 -flto=$jobs -fno-fat-lto-objects" ;;
plain) OPTIMISE='-O2' ;;
asan) OPTIMISE='-O1 -fsanitize=address,undefined -fno-omit-frame-pointer' ;;
*) fail "optimisation '$optimisation' is none of lto, plain, asan" ;;
esac
# With -flto the built-in forms lose their renames: fprintf(f, "text") would become libc's own fwrite at the link.
for name in fprintf fputc fputs fwrite printf putc putchar puts vfprintf vprintf; do EXTRA_CFLAGS+=" -fno-builtin-$name"; done
[ "$variant" != stock ] || EXTRA_CFLAGS=
key=$(hash_of "$source_dir" "$0" "$third_party_dir/common.sh" "$repository_dir/stdlib_bindings/variants/$variant.sh" "$optimisation" \
    "$OPTIMISE $EXTRA_CFLAGS ${CONFIGURE_ARGUMENTS[*]} ${CONFIGURE_ENVIRONMENT[*]} ${MAKE_TARGETS[*]}" "$SETUP_LOCAL" \
    ${PYCONFIG:+"$PYCONFIG"} ${FORCE_INCLUDE:+"$FORCE_INCLUDE"} "${INPUTS[@]}" "$(gcc -dumpfullversion)")
product=$cache_dir/cpython-$variant-$optimisation-$key
lock_product "cpython-$variant-$optimisation"
if [ ! -f "$product/.complete" ]; then
    say "building CPython, variant $variant ($optimisation): a few minutes; log in $product/build.log"
    started=$SECONDS
    rm -rf "$product" && mkdir -p "$product/Modules" && cd "$product"
    # configure reads Setup.local where it finds one.
    [ -z "$SETUP_LOCAL" ] || printf '%s\n' "$SETUP_LOCAL" >Modules/Setup.local
    run_logged "$product/configure.log" "configure ($variant)" env AR=gcc-ar "${CONFIGURE_ENVIRONMENT[@]}" \
        "$source_dir/configure" --quiet "${CONFIGURE_ARGUMENTS[@]}"
    [ -z "$PYCONFIG" ] || cp "$PYCONFIG" pyconfig.h
    flags=()
    [ "$variant" = stock ] ||
        flags=(OPT='-DNDEBUG -fwrapv -Wall' EXTRA_CFLAGS="$OPTIMISE ${FORCE_INCLUDE:+-include $FORCE_INCLUDE} $EXTRA_CFLAGS")
    run_logged "$product/build.log" "CPython ($variant)" make -j"$jobs" "${flags[@]}" "${MAKE_TARGETS[@]}"
    if declare -F after_build >/dev/null; then after_build; fi
    touch .complete
    say "CPython ($variant, $optimisation) built in $((SECONDS - started)) s"
fi
mkdir -p "$third_party_products"
ln -sfn "$product" "$output"
