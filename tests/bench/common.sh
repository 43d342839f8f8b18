# shellcheck shell=bash disable=SC2034
# common - what the measurements share: a throw-away folder, a record in it (cluster and daemon), its SQL, its worker's memory.
# Sourced. Sets $checkout, $pg_bin and $tcrd; make_work sets $work, $data and $load_before, start_record $data, $port and $socket_dir.

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
pg_bin=/usr/lib/postgresql/15/bin
tcrd=$checkout/build/release/tcrd

fail() {
    echo "$(basename "$0" .sh): $*" >&2
    exit 1
}

# make_work PARENT: the folder $work, which goes away at the end, with the record that is in it.
make_work() {
    work=$(mktemp -d "$1/tcrd-bench.XXXXXX")
    chmod 0755 "$work"
    data=$work/data
    load_before=$(cut -d' ' -f1 /proc/loadavg)
    trap clean_up EXIT
    trap 'exit 130' INT TERM
}

clean_up() {
    trap - EXIT INT TERM
    drop_record
    rm -rf "$work"
}

# Stops the record in $data and removes it; one from elsewhere stays.
drop_record() {
    local home
    [[ -d $data ]] || return 0
    "$checkout/deploy/quickstart.sh" --stop --data "$data" >/dev/null 2>&1 || true
    [[ $data == "$work"/* ]] || return 0
    home=$(cat "$data/cluster" 2>/dev/null || true)
    [[ -z $home || $home == "$data" ]] || rm -rf "$home"
    rm -rf "$data"
}

# The first of four: the daemon takes three, a server to compare with the last.
free_port() {
    local port try offset taken
    for ((try = 0; try < 100; try++)); do
        port=$((20000 + RANDOM % 12000)) taken=no
        for offset in 0 1 2 3; do
            if (exec 3<>"/dev/tcp/127.0.0.1/$((port + offset))") 2>/dev/null; then
                taken=yes
            fi
        done
        [[ $taken == yes ]] || { echo "$port" && return 0; }
    done
    fail "no free ports"
}

# start_record DATA WORKERS: builds tcrd, makes the record unless it is there, and starts it.
start_record() {
    data=$1
    port=$(free_port)
    TCRD_WORKERS=$2 "$checkout/deploy/quickstart.sh" --data "$data" --port "$port" --no-sample --detach >"$work/quickstart.log" 2>&1 ||
        { tail -n 20 "$work/quickstart.log" >&2 && fail "tcrd does not start"; }
    socket_dir=$(<"$data/cluster")/run
}

record_sql() {
    PGPASSWORD=$(<"$data/secret/owner.password") psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$socket_dir" -U tcrd_owner -d tcrd "$@"
}

record_pgbench() {
    PGPASSWORD=$(<"$data/secret/owner.password") "$pg_bin/pgbench" -n -M prepared -h "$socket_dir" -U tcrd_owner "$@" tcrd
}

# call ACCOUNT ...: curl with that account's key; an answer that is no success fails.
call() {
    curl -sS --fail-with-body --cacert "$data/ca.crt" -H "Authorization: Bearer $(<"$data/credentials/$1.token")" "${@:2}"
}

build_load() {
    local flags=(-std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wshadow -Wconversion -Werror)
    cc "${flags[@]}" -I "$checkout" "$checkout"/tests/bench/*.c -o "$work/load" -lssl -lcrypto
}

# Processes of the workers.
workers() {
    pgrep -P "$(<"$data/tcrd.pid")"
}

# worker_memory WORKER WHAT: VmRSS or VmHWM, KiB.
worker_memory() {
    awk -v what="$2:" '$1 == what { print $2 }' "/proc/$1/status"
}

# measure_worker SIZE WHAT COMMAND...: adds to $work/results the two, its milliseconds, how far the first worker's memory rose above
# what it was, and the lines it printed.
measure_worker() {
    local size=$1 what=$2 worker before began lines
    shift 2
    worker=$(workers | head -n 1)
    echo 5 >"/proc/$worker/clear_refs"
    before=$(worker_memory "$worker" VmRSS) began=$(date +%s%N)
    lines=$("$@" | wc -l)
    echo "$size $what $((($(date +%s%N) - began) / 1000000)) $(($(worker_memory "$worker" VmHWM) - before)) $lines" >>"$work/results"
}

# print_machine WHAT...: where, when and on what it was measured, with the load before and after.
print_machine() {
    echo
    echo "machine    $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors," \
        "$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GiB, $(uname -sr), $("$pg_bin/postgres" --version)"
    echo "measured   $(date -u +%Y-%m-%dT%H:%MZ), $(git -C "$checkout" describe --always --dirty 2>/dev/null || echo 'no commit')," \
        "${*:+$*, }load average before $load_before, after $(cut -d' ' -f1 /proc/loadavg)"
}
