#!/usr/bin/env bash
# A program asks for two pages. No process waits for them: the sandbox is stored, its process ends, and whoever has an answer, an hour later, goes on from the file.
# Usage: run.sh BUILD_FOLDER [SECONDS]   SECONDS: how long the answer takes here, instead of an hour; 2 unless said otherwise
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:?usage: run.sh BUILD_FOLDER [SECONDS]}" && pwd)
seconds=${2:-2}
cordon=$build/bin/cordon
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
head -c 32 /dev/urandom >key # who has it can make and read the stored states, and nobody else

# What is pending, as the file tells it: lines "effect {...}".
pending() {
    "$cordon" snapshot info state --key-file key | sed -n 's/^effect *//p'
}
number_of() { # number_of EFFECT: its id
    python3 -c 'import json, sys; print(json.loads(sys.argv[1])["id"])' "$1"
}
expect_suspended() { # expect_suspended COMMAND...: it ends with 126, because it waits
    local code=0
    "$@" 2>/dev/null || code=$?
    [ "$code" = 126 ] || { echo "expected exit code 126, found $code" >&2; exit 1; }
}

echo "== The program starts, and asks."
expect_suspended "$cordon" snapshot save state --key-file key --effect http.get "$here/report.py"
asked=$(pending)
echo "No process is left; the file has $(stat -c %s state) bytes and says: $asked"

sleep "$seconds"
echo "== $seconds s later another process has the first answer."
expect_suspended "$cordon" snapshot resume state --key-file key --snapshot state --effect http.get \
    --answer "$(number_of "$asked")"='{"status": 200, "body": "{\"sum\": 40}"}'
asked=$(pending)
echo "It asks again: $asked"

echo "== A third process has to say that the second page cannot be had."
"$cordon" snapshot resume state --key-file key --effect http.get --fail "$(number_of "$asked")"="no route to the shop"
