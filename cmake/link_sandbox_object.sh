#!/usr/bin/env bash
# Links the sandbox to one relocatable object with one undefined name, and refuses anything else.
# Usage: link_sandbox_object.sh OUTPUT INPUT...   (objects, then archives; musl's libc.a is the last)
set -euo pipefail
output=${1:?usage: link_sandbox_object.sh OUTPUT INPUT...}
shift
fail() {
    printf 'cordon: %s\n' "$*" >&2
    exit 1
}

# --gc-sections keeps what the entry reaches; the rest of libc and of CPython, with whatever it would need, is left behind.
flags=(-r -nostdlib -no-pie -fno-lto -Wl,--gc-sections -Wl,-e,cordon_sandbox_main -Wl,-u,cordon_sandbox_faulted -Wl,-z,noexecstack)
# stdlib_bindings/source/sandbox/libc_math.c says why.
flags+=(-Wl,--wrap=fma)
mkdir -p "$(dirname "$output")"
trap 'rm -f "$output.$$.whole" "$output.$$.new"' EXIT
gcc "${flags[@]}" -o "$output.$$.whole" -Wl,--start-group "$@" "$(gcc -print-libgcc-file-name)" -Wl,--end-group

# An embedder's own names must not meet ours: what cordon/sandbox.h declares and one way out stay visible. Local names stay for debuggers.
objcopy --keep-global-symbol=cordon_sandbox_main --keep-global-symbol=cordon_sandbox_faulted "$output.$$.whole" "$output.$$.new"

undefined=$(nm -u "$output.$$.new" | awk '{print $2}' | grep -vx -e cordon_gate -e _GLOBAL_OFFSET_TABLE_ || true)
if [ -n "$undefined" ]; then
    rm -f "$output.$$.new"
    fail "the sandbox object refers to names that nothing of it defines; add a row to stdlib_bindings/tables/host_calls.tsv and an adapter for each:" $undefined
fi
mv "$output.$$.new" "$output"
