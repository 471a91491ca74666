#!/usr/bin/env bash
# What -DCORDON_HOST_ENV chooses: OFF builds nothing that contains host_env, ON nothing of the sandbox, neither both. Configures only.
# Usage: test_variants.sh REPOSITORY
set -uo pipefail
repository=${1:?usage: test_variants.sh REPOSITORY}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# check VALUE PATTERN yes|no: whether the build that VALUE configures has a line with PATTERN
check() {
    local value=$1 pattern=$2 wanted=$3 folder=$work/build-$1 found=no
    if [ ! -f "$folder/build.ninja" ]; then
        cmake -S "$repository" -B "$folder" -G Ninja "-DCORDON_HOST_ENV=${value#both}" >"$work/log" 2>&1 || cat "$work/log"
    fi
    [ -f "$folder/build.ninja" ] && grep -qE "$pattern" "$folder/build.ninja" && found=yes
    if [ -f "$folder/build.ninja" ] && [ $found = "$wanted" ]; then
        passed=$((passed + 1))
        echo "ok: '$value' builds $pattern: $found"
    else
        failed=$((failed + 1))
        echo "FAILED: '$value' builds $pattern: $found, wanted $wanted"
    fi
}

for value in both ON; do
    check "$value" '^build lib/libhost_env\.a:' yes
    check "$value" '^build bin/cordon-python:' yes
    check "$value" '^build bin/cordon:' yes
done
for value in both OFF; do
    check "$value" '^build bin/cordon-sandbox:' yes
    check "$value" 'lib/cordon_sandbox\.o' yes
done
check OFF 'host_env/(source|lockdown)|libhost_env' no
check OFF '^build bin/cordon(-python)?:' no
check ON 'lib/cordon_sandbox\.o|^build bin/cordon-sandbox' no

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
