#!/usr/bin/env bash
# Lines of our own by room: C and assembly, Python and shell, tables and pages. Only what git knows.
set -euo pipefail
cd "$(dirname "$0")/.."
rooms=(host_env policy audit stdlib_bindings core/interpreter core/embedded core/sealed core/supervisor core/include cli ci cmake bench examples tests docs)
printf '%-18s %8s %8s %8s %8s\n' room C scripts tables pages
for room in "${rooms[@]}" total; do
    folder=$room
    [ "$room" = total ] && folder=.
    counts=()
    for kinds in 'c h S ld inc def' 'py sh' 'tsv' 'md'; do
        patterns=()
        for kind in $kinds; do patterns+=("$folder/*.$kind" "$folder/**/*.$kind"); done
        counts+=("$(git ls-files -z -- "${patterns[@]}" | sort -zu | xargs -0r cat | wc -l)")
    done
    printf '%-18s %8d %8d %8d %8d\n' "$room" "${counts[@]}"
done
