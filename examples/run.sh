#!/usr/bin/env bash
# Runs the example in the sandbox and in the full interpreter, compares the answers, and shows what the sandbox asked of the kernel.
# Usage: run.sh BUILD_FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: run.sh BUILD_FOLDER}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
data=$work/measurements.csv

seconds() { # seconds OUTPUT COMMAND...: runs it on the data; prints the wall time
    local output=$1 from to
    shift
    from=$(date +%s%N)
    "$@" <"$data" >"$output"
    to=$(date +%s%N)
    awk -v ns=$((to - from)) 'BEGIN { printf "%.2f s", ns / 1e9 }'
}

"$build/bin/cordon-python" "$here/make_measurements.py" "$data"
echo "Data: $(wc -l <"$data") lines of CSV, made by examples/make_measurements.py; script: examples/report.py"
sandbox_time=$(seconds "$work/sandbox.txt" "$build/bin/cordon" run "$here/report.py")
full_time=$(seconds "$work/full.txt" "$build/bin/cordon" run --full "$here/report.py")
if ! cmp -s "$work/sandbox.txt" "$work/full.txt"; then
    diff "$work/sandbox.txt" "$work/full.txt" | head -n 20
    echo "The sandbox and the full interpreter disagree (sandbox <, full >)." >&2
    exit 1
fi
echo
cat "$work/sandbox.txt"
echo
echo "Both agree, byte for byte. Sandbox: $sandbox_time. Full interpreter: $full_time."
# The same run once more under strace. Only the worker: the process that executes cordon-sandbox.
strace -f -qq -o "$work/trace" "$build/bin/cordon" run "$here/report.py" <"$data" >/dev/null
worker=$(awk '/execve\(.*cordon-sandbox"/ { print $1; exit }' "$work/trace")
awk -v pid="$worker" '
    $1 == pid && /execve\(.*cordon-sandbox"/ { started = 1 }
    $1 != pid || !started { next }
    /resumed>/ { next }
    match($2, /^[a-z0-9_]+/) { name = substr($2, 1, RLENGTH); if (!(name in count)) order[++kinds] = name; count[name]++ }
    END {
        printf "System calls of the sandbox, by strace, in the order of their first use:"
        for (i = 1; i <= kinds; i++) printf "%s %s (%d)", (i > 1 ? "," : ""), order[i], count[order[i]]
        print "."
    }' "$work/trace"
