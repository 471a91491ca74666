#!/usr/bin/env bash
# Builds and tests only the rooms with uncommitted changes, then the tables. Usage: check_fast.sh BUILD
set -euo pipefail
build=$(cd "${1:?usage: check_fast.sh BUILD}" && pwd)
cd "$(dirname "$0")/.."
mapfile -t rooms < <(git status --porcelain --untracked-files=all | sed -E 's/^...//; s/.* -> //; s/"//g' |
    sed -nE 's#^(tests/)?(host_env|policy|cli|bench|ci|cmake)/.*#\2#p; s#^(tests/)?(core|stdlib_bindings)/([a-z_]+)/.*#\2/\3#p' | LC_ALL=C sort -u)
if [ ${#rooms[@]} -eq 0 ]; then
    echo "nothing is changed in any room"
else
    echo "changed: ${rooms[*]}"
    cmake --build "$build"
    # A test belongs to the folder of tests/ that registers it.
    for room in "${rooms[@]}"; do
        folder=$build/tests/$room
        [ -d "$folder" ] || folder=$build/tests/${room%%/*}
        if [ -d "$folder" ]; then
            ctest --test-dir "$folder" --output-on-failure -j2
        fi
    done
    ci/check_boundary.py --build "$build" --only link --only headers --only compile.banned
fi
ci/check_tables.sh
