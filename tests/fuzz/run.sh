#!/usr/bin/env bash
# Builds the fuzzers with clang (libFuzzer, address and undefined-behaviour sanitizers) and runs each for its share of the time, beginning with the corpus in the tree.
# The image itself is given changed values by a program of its own.
# usage: tests/fuzz/run.sh BUILD SECONDS [--grow]   --grow: put what was found new, made minimal, into the corpus of the tree
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${1:?the build folder}" && pwd)
seconds=${2:?how many seconds for all together}
grow=${3:-}
out=$build/fuzz
compiler=${FUZZ_CC:-clang-14}
mkdir -p "$out"

common=(-std=gnu11 -g -O1 -Wall -Wextra -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
        "-I$root/core/supervisor" "-I$root/core/include" "-I$root/audit/include" "-I$root/audit/source")
host=("-I$root/host_env/include" "-I$build/generated/host_env/include" "-I$root/policy/include" -isystem "$build/third_party/msgpack_host/include")
host_libraries=("$build/lib/libhost_env.a" "$build/lib/libpolicy.a" "-L$build/third_party/msgpack_host/lib" -lmsgpackc -lpthread -ldl -lcyaml -lyaml -lzstd -lcrypto)
host_sources=()
for source in "$root"/core/supervisor/*.c; do
    case $(basename "$source") in
    process.c) ;; # replaced
    *) host_sources+=("$source") ;;
    esac
done

compile() { # compile NAME ARGUMENTS...: only if something is newer than the program
    local name=$1
    shift
    if [ -x "$out/$name" ] && [ -z "$(find "$root/audit" "$root/core" "$root/policy" "$root/tests/fuzz" -name '*.[ch]' -newer "$out/$name" -print -quit)" ]; then
        return
    fi
    "$compiler" "${common[@]}" "$root/tests/fuzz/$name.c" "$@" -o "$out/$name"
}
compile fuzz_value "${host[@]}" "$root"/core/supervisor/{bytes,failure,utf8,value,value_pack,value_text,value_unpack,frame}.c "${host_libraries[@]}"
compile fuzz_conversation "${host[@]}" "${host_sources[@]}" "${host_libraries[@]}"
compile fuzz_worker_frame -isystem "$build/third_party/msgpack_host/include" "-I$root/core/interpreter" "-I$root/core/sealed/include" \
    "$root"/core/interpreter/worker_{frame,message}.c "-L$build/third_party/msgpack_host/lib" -lmsgpackc
compile fuzz_snapshot "${host[@]}" "$root"/core/supervisor/{bytes,failure,frame,snapshot,snapshot_file,snapshot_pages}.c -lzstd -lcrypto
compile fuzz_journal "${host[@]}" "$root"/core/supervisor/{bytes,failure,frame,journal_contents,journal_format,journal_replay,utf8,value,value_unpack}.c -lcrypto
compile fuzz_sandbox_state "${host[@]}" "$root"/core/supervisor/*.c "${host_libraries[@]}"
compile fuzz_plugin "${host[@]}" "-I$root/core/supervisor/plugin" "$root"/core/supervisor/plugin/plugin_{archive,document,failure,folder,manifest,package,shape,wishes}.c \
    "$root"/core/supervisor/{bytes,callbacks,failure,frame,utf8,value,value_pack,value_text,value_unpack}.c "${host_libraries[@]}" -lzip
compile fuzz_record "$root"/audit/source/{arena,line_read,line_write,output,reader,scan,seal,utf8,writer}.c -lcrypto
compile fuzz_binary "-I$root/audit/include" "-I$root/audit/binary" "-I$root/policy/include" "-I$build/generated/audit" "$root"/audit/binary/*.c -lcapstone -lzip -ljansson
compile fuzz_policy "-I$root/policy/include" "-I$root/policy/source" "-I$build/generated/policy" "$root"/policy/source/*.c -lcyaml -lyaml

fuzzers=(fuzz_policy fuzz_binary fuzz_value fuzz_conversation fuzz_worker_frame fuzz_record fuzz_snapshot fuzz_journal fuzz_sandbox_state fuzz_plugin)
image=$build/bin/cordon-sandbox
share=$((seconds / (${#fuzzers[@]} + 1))) # the image's own reader has a share too, if there is an image
for name in "${fuzzers[@]}"; do
    mkdir -p "$out/found/$name" "$root/tests/fuzz/corpus/$name"
    echo "== $name, $share s"
    # The heap of a sandbox is bounded, and says no where malloc would say yes.
    if ! ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=256 "$out/$name" -max_total_time="$share" -timeout=20 -rss_limit_mb=2048 -max_len=8192 -print_final_stats=1 \
        -artifact_prefix="$out/crash-$name-" "$out/found/$name" "$root/tests/fuzz/corpus/$name" >"$out/$name.log" 2>&1; then
        tail -60 "$out/$name.log"
        echo "$name: failed; the input is kept beside $out/crash-$name-*, and belongs into a test" >&2
        exit 1
    fi
    grep -E "stat::(number_of_executed_units|new_units_added|peak_rss_mb)" "$out/$name.log"
    if [ "$grow" = --grow ]; then
        ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=256 "$out/$name" -set_cover_merge=1 -max_len=1024 "$root/tests/fuzz/corpus/$name" "$out/found/$name" >"$out/$name-merge.log" 2>&1
    fi
done
if [ -x "$image" ]; then
    echo "== values into the image, $share s"
    python3 -B "$root/tests/fuzz/image_values.py" "$image" "$root/tests/fuzz/corpus/fuzz_value" "$share"
fi
