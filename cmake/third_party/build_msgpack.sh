#!/usr/bin/env bash
# Builds msgpack-c for the sandbox, whose memory comes from the sandbox's heap.
set -euo pipefail
. "$(dirname "$0")/sandbox_library.sh"
. "$(dirname "$0")/msgpack_library.sh"

msgpack_headers
# shellcheck disable=SC2086  # flags and files are words
make_library libmsgpackc.a "-I$PREFIX/include $msgpack_flags" $msgpack_sources
