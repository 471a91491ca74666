# Shared by the scripts of this folder: where the cache is, how a message looks, how inputs become a name. Sourced, never run.
third_party_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository_dir=$(cd "$third_party_dir/../.." && pwd)
cache_dir=${XDG_CACHE_HOME:-$HOME/.cache}/cordon
jobs=${CORDON_JOBS:-$(nproc)}

say() { printf 'cordon: %s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}

# Prints the first 16 hex digits of the SHA-256 over the files and texts given: file contents for arguments that are files, the argument itself else.
hash_of() {
    local argument
    for argument in "$@"; do
        if [ -f "$argument" ]; then sha256sum <"$argument"; else printf '%s\n' "$argument"; fi
    done | sha256sum | cut -c1-16
}

# Runs a command with its output in a log; on failure shows the log's end. Every 20 s a line tells that it still works.
run_logged() { # run_logged LOG WHAT COMMAND...
    local log=$1 what=$2 started=$SECONDS pid
    shift 2
    "$@" >"$log" 2>&1 &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        if ((SECONDS - started >= 20 && (SECONDS - started) % 20 == 0)); then
            say "  $what: $((SECONDS - started)) s, $(grep -cE '(^| )-c |^(gcc|cc|ar|CC) ' "$log" 2>/dev/null) compilations"
        fi
        sleep 1
    done
    wait "$pid" || {
        tail -n 30 "$log" >&2
        fail "$what failed; the whole log is $log"
    }
}

# Holds a lock while one product of the cache is made, so that two builds at once do not make it twice.
lock_product() {
    mkdir -p "$cache_dir/locks"
    exec 9>"$cache_dir/locks/$1"
    flock 9
}
