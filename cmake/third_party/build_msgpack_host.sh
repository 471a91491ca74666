#!/usr/bin/env bash
# Builds msgpack-c for the host's side, from the same source with the same bounds as the sandbox's; position independent, for libcordon.so.
set -euo pipefail
: "${SOURCE_DIR:?SOURCE_DIR must name an extracted source tree}" "${PREFIX:?PREFIX must name the folder to install to}"
. "$(dirname "$0")/msgpack_library.sh"
work_dir=$(mktemp -d)
trap 'rm -rf "$work_dir"' EXIT

msgpack_headers
cd "$work_dir"
for source in $msgpack_sources; do
    # shellcheck disable=SC2086  # flags are words
    "${CC:-gcc}" -O2 -std=gnu11 -fPIC -fvisibility=hidden "-ffile-prefix-map=$SOURCE_DIR=/usr/src/msgpack" "-I$PREFIX/include" $msgpack_flags -c "$SOURCE_DIR/$source"
done
mkdir -p "$PREFIX/lib"
rm -f "$PREFIX/lib/libmsgpackc.a"
ar rcsD "$PREFIX/lib/libmsgpackc.a" ./*.o
