#!/usr/bin/env bash
# Tables agree with each other and with what is generated from them; tracked files hold nothing of one machine. Prints findings with the way out.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
step() {
    local what=$1
    shift
    if "$@"; then
        printf 'ok    %s\n' "$what"
    else
        printf 'FAIL  %s\n' "$what"
        failed=1
    fi
}
step "host_calls.tsv, native_exceptions.tsv and docs/host_calls.md" python3 stdlib_bindings/generate.py
step "tables of host_env and docs/host_env.md" python3 ci/generate_host_env.py
step "audit events of CPython and docs/audit_events.md" python3 ci/generate_audit_events.py
step "names that machine code reaches a host by" python3 ci/generate_binary_names.py
step "docs/policy.schema.json" python3 policy/generate.py
step ".clang-tidy of each folder" python3 ci/generate_bans.py
step "exit codes in README.md and docs/audit.md" python3 ci/generate_exit_codes.py
step "promises of docs/security.md" python3 ci/check_promises.py
step "order, columns, capabilities, licences, machine names" python3 ci/check_rows.py
exit $failed
