#!/usr/bin/env bash
# Fetching sources: what is pinned is used, what is not is refused, and each refusal names the file. Works offline, in a cache of its own.
# Usage: test_fetch.sh REPOSITORY
set -uo pipefail
repository=${1:?usage: test_fetch.sh REPOSITORY}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# A copy of the scripts with a source of our own: a tarball that is made here, and its hash.
scripts=$work/repository/cmake/third_party
mkdir -p "$scripts" "$work/repository/stdlib_bindings/patches" "$work/tree/sample-1/Include"
cp "$repository"/cmake/third_party/{common.sh,fetch.sh} "$scripts/"
echo 'first line' >"$work/tree/sample-1/file.txt"
tar -czf "$work/sample_1.orig.tar.gz" -C "$work/tree" sample-1
good=$(sha256sum <"$work/sample_1.orig.tar.gz" | cut -d' ' -f1)
printf '# name\n' >"$scripts/patches.tsv"
{
    printf 'sample\t1\tnowhere\tcordon-no-such-package\torig\tsample_1.orig.tar.gz\t%s\t-\n' "$good"
    printf 'cpython\t1\tnowhere\tcordon-no-such-package\torig\tcpython_1.orig.tar.gz\t%s\t-\n' "$good"
} >"$scripts/sources.tsv"

# fetch NAME [VARIABLE=VALUE...]: runs the script in a network namespace without a network where that is possible
fetch() {
    local name=$1
    shift
    local offline=()
    unshare -rn true 2>/dev/null && offline=(unshare -rn)
    env "XDG_CACHE_HOME=$work/cache" "$@" "${offline[@]}" "$scripts/fetch.sh" "$name" >"$work/out" 2>"$work/err"
}
expect() { # expect NAME WANTED_STATUS TEXT_IN_MESSAGE STATUS
    if [ "$4" -eq "$2" ] && grep -qF -- "$3" "$work/out" "$work/err"; then
        passed=$((passed + 1))
        echo "ok: $1"
    else
        failed=$((failed + 1))
        echo "FAILED: $1: status $4, wanted $2 and '$3'; printed:"
        cat "$work/out" "$work/err"
    fi
}

fetch nothing; expect "an unknown name is refused" 1 "no source named 'nothing'" $?
fetch sample; expect "without a network the file and what to do are named" 1 "sample_1.orig.tar.gz" $?
[ "$(wc -l <"$work/err")" -le 2 ]; expect "in a line, after the one that says what is fetched" 0 "" $?

mkdir -p "$work/cache/cordon/downloads"
cp "$work/sample_1.orig.tar.gz" "$work/cache/cordon/downloads/"
fetch sample; expect "a file in the cache with the right hash is used" 0 "cordon/sources/sample-" $?
grep -q 'first line' "$(cat "$work/out")/file.txt"; expect "and unpacked" 0 "" $?

rm -rf "$work/cache/cordon/sources"
echo tampered >>"$work/cache/cordon/downloads/sample_1.orig.tar.gz"
fetch sample; expect "a wrong hash stops and names the file" 1 "wrong SHA-256: sample_1.orig.tar.gz" $?
[ ! -e "$work/cache/cordon/downloads/sample_1.orig.tar.gz" ] && [ ! -d "$work/cache/cordon/sources/sample"* ]
expect "and the file is not used later" 0 "" $?

header=$work/tree/sample-1/Include/patchlevel.h
printf '#define PY_VERSION              "3.13.9"\n' >"$header"
fetch cpython "CORDON_CPYTHON_SOURCE=$work/tree/sample-1"; expect "a tree of 3.13.x is taken" 0 "cordon/sources/cpython-" $?
tar -czf "$work/own.tar.gz" -C "$work/tree" sample-1
fetch cpython "CORDON_CPYTHON_SOURCE=$work/own.tar.gz"; expect "a tarball of 3.13.x is taken" 0 "cordon/sources/cpython-" $?
printf '#define PY_VERSION              "3.12.1"\n' >"$header"
fetch cpython "CORDON_CPYTHON_SOURCE=$work/tree/sample-1"; expect "another version is refused" 1 "is CPython '3.12.1'" $?
fetch cpython "CORDON_CPYTHON_SOURCE=$work/missing"; expect "a path that is not there is refused" 1 "does not exist" $?

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
