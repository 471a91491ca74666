#!/usr/bin/env bash
# Every measurement, one table each. Figures of different runs can't be compared; the ratios within one run can.
# Usage: bench/run.sh [BUILD]; set CORDON_BENCH_ROUNDS to something small for a first look.
set -euo pipefail
bench=$(dirname "$(readlink -f "$0")")
build=$(readlink -f "${1:-build}")
rounds=${CORDON_BENCH_ROUNDS:-11}
printf '%s, %s processors, load %s\n' "$(uname -srm)" "$(nproc)" "$(cut -d' ' -f1-3 /proc/loadavg)"
for program in "$build"/bin/bench_*; do
    [ -x "$program" ] || continue
    echo
    "$program"
done
if [ -x "$build/bin/cordon-python" ]; then
    echo
    cmake --build "$build" --target unbound-python >/dev/null
    python3 "$bench/small_files.py" --build "$build" --rounds "$rounds"
    echo
    python3 "$bench/imports.py" --build "$build" --rounds "$rounds"
    python3 "$bench/audit_cost.py" --build "$build" --rounds "$rounds"
    python3 "$bench/plugin_call.py" --build "$build" --rounds "$rounds"
fi
if [ -x "$build/bin/cordon-sandbox" ]; then
    echo
    python3 "$bench/fuel.py" "$build/bin/cordon-sandbox" --rounds "$rounds"
    [ -x "$build/bin/cordon-python" ] && python3 "$bench/bytes_and_texts.py" --build "$build" --rounds "$rounds"
fi
