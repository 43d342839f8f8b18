#!/bin/bash
# run - submissions a second over HTTPS against plain INSERTs in the same cluster; see README.md beside this file.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/bench/common.sh
source "$here/common.sh"
all_clients=(1 2 4 8 16 32 64)
all_connections=(16 64 256)

usage() {
    cat <<'END'
Usage: tests/bench/run.sh [options]

Builds tcrd and the load generator, makes a private cluster and daemon (two workers), measures the reference and the
submissions in turn, checks the record and prints one table. Status 1: an answer was not 201, or the record is wrong.

  --rounds N    rounds of all measurements; the table has their medians (default: 3)
  --seconds N   length of one measurement, after one second of warm-up (default: 5)
  --dir DIR     where the cluster is made and removed again (default: a temporary folder; its disk is what is measured)
  -h, --help    print this
END
}

rounds=3 seconds=5 parent=${TMPDIR:-/tmp}
while [[ $# -gt 0 ]]; do
    case $1 in
    --rounds) rounds=${2:?--rounds needs a number} && shift ;;
    --seconds) seconds=${2:?--seconds needs a number} && shift ;;
    --dir) parent=${2:?--dir needs a folder} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done
[[ $rounds =~ ^[1-9][0-9]*$ && $seconds =~ ^[1-9][0-9]*$ ]] || fail "--rounds and --seconds take a number from 1"

make_work "$parent"
results=$work/results

start() {
    start_record "$data" 2
    postmaster=$(head -n 1 "$(<"$data/cluster")/pg/postmaster.pid")
    mapfile -t worker_pids < <(workers)
    # What the set-up left dirty would be written back in the middle of the first measurements.
    sync
}

superuser_sql() {
    PGPASSWORD=$(<"$data/secret/postgres.password") psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$socket_dir" -U postgres "$@"
}

# CPU time in microseconds: of the cluster with all processes it ever had, and of the daemon's workers.
cluster_cpu_us() {
    local tick
    tick=$(getconf CLK_TCK)
    {
        cut -d')' -f2- "/proc/$postmaster/stat" | awk '{ print $12 + $13 + $14 + $15 }'
        pgrep -P "$postmaster" | while read -r pid; do
            cut -d')' -f2- "/proc/$pid/stat" 2>/dev/null | awk '{ print $12 + $13 }'
        done
    } | awk -v tick="$tick" '{ sum += $1 } END { printf "%.0f", sum * 1e6 / tick }'
}

workers_cpu_us() {
    local pid
    for pid in "${worker_pids[@]}"; do
        cat "/proc/$pid/schedstat"
    done | awk '{ sum += $1 } END { printf "%.0f", sum / 1000 }'
}

workers_wakeups() {
    local pid
    for pid in "${worker_pids[@]}"; do
        cat "/proc/$pid/status"
    done | awk '/^voluntary_ctxt_switches/ { sum += $2 } END { print sum }'
}

# record WHAT KEY NAME VALUE: one figure of this round.
record() {
    echo "$*" >>"$results"
}

# The median of a figure over the rounds.
median() {
    awk -v what="$1" -v key="$2" -v name="$3" '$1 == what && $2 == key && $3 == name { print $4 }' "$results" | sort -n |
        awk '{ value[NR] = $1 } END { print NR == 0 ? "-" : NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

total() {
    awk -v name="$1" '$3 == name { sum += $4 } END { print sum + 0 }' "$results"
}

measure_reference() {
    local clients=$1 output rate before
    superuser_sql -d postgres -c checkpoint
    before=$(cluster_cpu_us)
    output=$(record_pgbench -f "$here/reference.sql" -c "$clients" -j 1 -T "$seconds" 2>&1) || fail "pgbench: $output"
    rate=$(sed -n 's/^tps = \([0-9.]*\) .*/\1/p' <<<"$output")
    record reference "$clients" rate "$rate"
    record reference "$clients" cpu "$(awk -v us=$(($(cluster_cpu_us) - before)) -v rate="$rate" -v s="$seconds" \
        'BEGIN { print us / rate / s }')"
}

# A row by its key, as fast as PostgreSQL gives it: what contract.check is held against.
measure_select() {
    local clients=$1 output
    output=$(record_pgbench -D "last=$(record_sql -c 'select max(id) from tcr.contract')" -f "$here/select.sql" -c "$clients" -j 1 \
        -T "$seconds" 2>&1) || fail "pgbench: $output"
    record select "$clients" rate "$(sed -n 's/^tps = \([0-9.]*\) .*/\1/p' <<<"$output")"
}

measure_checks() {
    local output name
    output=$("$work/load" --check --ca "$data/ca.crt" --token "$data/credentials/agency.token" --port "$port" --warmup 1 \
        --seconds "$seconds" --connections 64) || echo "bench: $output" >&2
    for name in rate p50_ms p99_ms; do
        record checks 64 "$name" "$(sed -n "s/.*\"$name\": \([0-9.]*\).*/\1/p" <<<"$output")"
    done
}

# measure_submissions KEY CONNECTIONS [RATE]
measure_submissions() {
    local key=$1 connections=$2 rate=${3:-0} output name cluster daemon value
    superuser_sql -d postgres -c checkpoint
    cluster=$(cluster_cpu_us) daemon=$(workers_cpu_us)
    output=$("$work/load" --ca "$data/ca.crt" --token "$data/credentials/agency.token" --port "$port" --warmup 1 \
        --seconds "$seconds" --connections "$connections" --rate "$rate") || echo "bench: $output" >&2
    cluster=$(($(cluster_cpu_us) - cluster)) daemon=$(($(workers_cpu_us) - daemon))
    for name in rate p50_ms p99_ms max_ms acknowledged errors broken unanswered client_cpu_s; do
        value=$(sed -n "s/.*\"$name\": \([0-9.]*\).*/\1/p" <<<"$output")
        record submissions "$key" "$name" "${value:?the load generator gave no $name}"
        [[ $name != acknowledged ]] || acknowledged=$value
        [[ $name != client_cpu_s ]] || client=$value
    done
    record submissions "$key" cluster_cpu "$(awk -v a="$cluster" -v n="$acknowledged" 'BEGIN { print n ? a / n : 0 }')"
    record submissions "$key" daemon_cpu "$(awk -v a="$daemon" -v n="$acknowledged" 'BEGIN { print n ? a / n : 0 }')"
    record submissions "$key" load_cpu "$(awk -v a="$client" -v n="$acknowledged" 'BEGIN { print n ? a * 1e6 / n : 0 }')"
}

measure_idle() {
    local cpu wakeups
    sleep 2
    cpu=$(workers_cpu_us) wakeups=$(workers_wakeups)
    sleep 10
    idle_cpu_us=$(($(workers_cpu_us) - cpu)) idle_wakeups=$(($(workers_wakeups) - wakeups))
}

# Everything that was acknowledged is there once, and nothing else.
check_record() {
    local found expected
    expected=$(total acknowledged)
    found=$(record_sql -F ' ' -c "
        select (select count(*) from tcr.contract), count(*), count(distinct contract_id), coalesce(max(seq) - min(seq) + 1, 0),
            (select value from tcr.sequence_counter), (select count(*) from tcr.idempotency_key),
            (select count(*) from tcr.audit where event = 'contract.submit' and outcome = 'ok')
        from tcr.contract_release")
    if [[ $found == "$expected $expected $expected $expected $expected $expected $expected" ]]; then
        check="$expected acknowledged: as many contracts, releases, keys and audit rows; the sequence has no gap"
    else
        check="WRONG: $expected acknowledged; contracts, releases, their contracts, span and value of the sequence, keys, audit: $found"
    fi
}

print_table() {
    local clients key sync_us
    print_machine "medians of $rounds rounds of $seconds s"
    sync_us=$("$pg_bin/pg_test_fsync" -s 1 -f "$work/fsync" 2>/dev/null | awk '/^ *fdatasync / { print $4; exit }')
    echo "disk       $(stat -f -c %T "$work"), fdatasync ${sync_us:-?} us"
    printf '\nreference: plain INSERT, one transaction a call, pgbench on the unix socket\n%-12s' clients
    printf '%8s' "${all_clients[@]}"
    printf '\n%-12s' 'calls/s'
    for clients in "${all_clients[@]}"; do
        printf '%8.0f' "$(median reference "$clients" rate)"
    done
    printf '\nbest: %.0f calls/s with %s clients, PostgreSQL %.0f us of CPU each\n' "$best_rate" "$best_clients" \
        "$(median reference "$best_clients" cpu)"
    printf '\nsubmissions over HTTPS keep-alive, 2 workers             CPU us each\n'
    printf '%-24s %8s %6s %8s %8s %8s %10s %6s %6s\n' connections rate/s ratio p50/ms p99/ms max/ms PostgreSQL tcrd load
    for key in "${all_connections[@]}" half; do
        printf '%-24s %8.0f %6.2f %8.2f %8.2f %8.2f %10.0f %6.0f %6.0f\n' \
            "$([[ $key == half ]] && echo "64, open loop at half" || echo "$key")" "$(median submissions "$key" rate)" \
            "$(awk -v a="$(median submissions "$key" rate)" -v b="$best_rate" 'BEGIN { print a / b }')" \
            "$(median submissions "$key" p50_ms)" "$(median submissions "$key" p99_ms)" "$(median submissions "$key" max_ms)" \
            "$(median submissions "$key" cluster_cpu)" "$(median submissions "$key" daemon_cpu)" \
            "$(median submissions "$key" load_cpu)"
    done
    echo
    printf 'checks over HTTPS keep-alive, 64 connections: %.0f a second, p99 %.2f ms; a row by its key from pgbench: %.0f and %.0f a second\n' \
        "$(median checks 64 rate)" "$(median checks 64 p99_ms)" "$(median select 4 rate)" "$(median select 8 rate)"
    echo
    echo "errors     $(total errors) other answers, $(total broken) broken connections, $(total unanswered) unanswered"
    echo "idle       $(awk -v us="$idle_cpu_us" 'BEGIN { print us / 1000 }') ms of CPU and $idle_wakeups wake-ups of both workers in 10 s"
    echo "record     $check"
    awk -v rate="$(median submissions 64 rate)" -v best="$best_rate" -v p99="$(median submissions half p99_ms)" 'BEGIN {
        printf "goals      1.2 of the reference at 64 connections: %s; p99 under 20 ms at half of that rate: %s\n",
            (rate >= 1.2 * best ? "met" : "missed"), (p99 < 20 ? "met" : "missed") }'
    awk -v rate="$(median checks 64 rate)" -v four="$(median select 4 rate)" -v eight="$(median select 8 rate)" 'BEGIN {
        best = four > eight ? four : eight
        printf "           0.5 of a row by its key for contract.check: %.2f, %s\n", rate / best, (rate >= 0.5 * best ? "met" : "missed") }'
}

echo "bench: building, making a cluster in $work"
build_load
start
record_sql -f "$here/reference_schema.sql"
for ((round = 1; round <= rounds; round++)); do
    echo "bench: round $round of $rounds, load average $(cut -d' ' -f1 /proc/loadavg)"
    # In turn, so that both meet the same weather: one kind is never measured minutes after the other.
    measure_reference 1
    measure_reference 2
    measure_submissions 16 16
    measure_reference 4
    measure_reference 8
    measure_submissions 64 64
    measure_reference 16
    measure_reference 32
    measure_submissions 256 256
    measure_reference 64
    measure_select 4
    measure_checks
    measure_select 8
done
read -r best_clients best_rate < <(for clients in "${all_clients[@]}"; do
    echo "$clients $(median reference "$clients" rate)"
done | sort -k2 -n -r | head -n 1)
half=$(median submissions 64 rate | awk '{ printf "%.0f", $1 / 2 }')
for ((round = 1; round <= rounds; round++)); do
    measure_submissions half 64 "$half"
done
measure_idle
check_record
print_table
[[ $check != WRONG* && $(total errors) -eq 0 && $(total broken) -eq 0 && $(total unanswered) -eq 0 ]]
