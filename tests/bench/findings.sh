#!/bin/bash
# findings - the search of near duplicates and anomalies of one contract, against one row by key in the same run; see README.md.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/bench/common.sh
source "$here/common.sh"
CHUNK=500000
HOT=100000

usage() {
    cat <<'END'
Usage: tests/bench/findings.sh [options]

Makes a private cluster, fills it with contracts, and measures how long the search for findings of one contract takes (the whole of
tcr.findings_of: near duplicates and anomalies), for contracts anywhere in the record, for those of a pair of parties that has 100,000
contracts, and what an acceptance pays for it; beside each a SELECT of one contract by its key, through pgbench in the same run.

  --sizes LIST  numbers of contracts, in rising order (default: 10000,1000000; ten million takes about half an hour)
  --seconds N   length of one measurement (default: 5)
  --dir DIR     where the cluster is made and removed again (default: a temporary folder; ten million need 20 GB)
  -h, --help    print this
END
}

sizes=10000,1000000 seconds=5 parent=${TMPDIR:-/tmp}
while [[ $# -gt 0 ]]; do
    case $1 in
    --sizes) sizes=${2:?--sizes needs a list} && shift ;;
    --seconds) seconds=${2:?--seconds needs a number} && shift ;;
    --dir) parent=${2:?--dir needs a folder} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done
[[ $sizes =~ ^[1-9][0-9]*(,[1-9][0-9]*)*$ && $seconds =~ ^[1-9][0-9]*$ ]] || fail "--sizes takes numbers with commas, --seconds a number"

make_work "$parent"

# Ten million rows come in faster without the indexes that the search does not use.
drop_idle_indexes() {
    record_sql -c "
        select 'drop index tcr.' || c.relname || ';' from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = 'tcr.contract'::regclass and not i.indisprimary and c.relname not like 'contract_submitted%'" | record_sql -f -
}

# The contracts from the last size up to this one, and all marks anew.
fill() {
    local size=$1 from to
    for ((from = filled + 1; from <= size; from = to + 1)); do
        to=$((from + CHUNK - 1 < size ? from + CHUNK - 1 : size))
        record_sql -v from=$from -v to=$to -v total="$size" -v sellers=$((size / 20 + 1)) -v buyers=$((size / 10 + 1)) -f "$here/findings.sql"
    done
    filled=$size
    [[ ${with_hot:-no} == no ]] || fill_hot
    marking=$(date +%s.%N)
    record_sql -c "select tcr.findings_rebuild()" >/dev/null
    marking=$(awk -v a="$marking" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }')
    record_sql -c "vacuum analyze tcr.contract, tcr.contract_mark"
}

# Two parties with very many contracts; ids from a billion on, so that they stand in nobody's way.
fill_hot() {
    record_sql -c "
        insert into tcr.contract select (jsonb_populate_record(c, jsonb_build_object('id', 1000000000 + n, 'duplicate_key',
            sha256(int8send(1000000000 + n)), 'registration_number', (4 * 10^15 + n)::bigint::text, 'signed_on',
            '2016-01-01'::date + (n % 3650)::integer))).*
        from tcr.contract c, generate_series(1, $HOT) n where c.id = 2"
}

# measure NAME SCRIPT: mean, median and 99th percentile in milliseconds, in the variables mean, p50, p99.
measure() {
    local script=$work/script.sql
    rm -f "$work"/log.*
    echo "$2" >"$script"
    (cd "$work" && record_pgbench -f "$script" -T "$seconds" -l --log-prefix="$work/log" \
        -D size="$filled" -D hot=$HOT >"$work/pgbench.out" 2>&1) || { cat "$work/pgbench.out" >&2 && fail "pgbench"; }
    # The first tenth warms up the connection and its plans.
    read -r mean p50 p99 < <(awk '{ print $3 }' "$work"/log.* | awk '{ value[NR] = $1 } END { for (i = int(NR / 10) + 1; i <= NR; i++)
        print value[i] }' | sort -n | awk '{ value[NR] = $1; sum += $1 } END { printf "%.3f %.3f %.3f\n", sum / NR / 1000,
        value[int((NR + 1) / 2)] / 1000, value[int(NR * 0.99) < 1 ? 1 : int(NR * 0.99)] / 1000 }')
    [[ $1 != key ]] || key_mean=$mean
    printf '%12s  %-34s %9s %9s %9s %8s\n' "$filled" "$1" "$mean" "$p50" "$p99" "$(awk -v a="$mean" -v b="$key_mean" 'BEGIN { printf "%.1f", a / b }')"
}

report() {
    measure key '\set id random(1, :size)
select * from tcr.contract where id = :id;'
    measure search '\set id random(1, :size)
select count(*) from tcr.findings_of((select c from tcr.contract c where c.id = :id));'
    worst=$(awk -v a="$worst" -v b="$mean" 'BEGIN { print (b > a ? b : a) }')
    measure "mark and note (an acceptance)" '\set id random(1, :size)
select tcr.findings_accept(c) from tcr.contract c where c.id = :id / 50 * 50 + 50;'
    if [[ ${with_hot:-no} == yes ]]; then
        measure "search, a pair with $HOT contracts" '\set id random(1000000001, 1000000000 + :hot)
select count(*) from tcr.findings_of((select c from tcr.contract c where c.id = :id));'
    fi
    measure key '\set id random(1, :size)
select * from tcr.contract where id = :id;'
    record_sql -F ' ' -c "select '              marked in $marking s; marks with their indexes ' || pg_size_pretty(pg_total_relation_size('tcr.contract_mark'))
        || ', ' || pg_total_relation_size('tcr.contract_mark') / greatest(1, (select count(*) from tcr.contract_mark)) || ' bytes a contract'"
}

echo "bench: making a cluster in $work, load average $load_before"
start_record "$data" 2
drop_idle_indexes
filled=0 worst=0 key_mean=1
printf '%12s  %-34s %9s %9s %9s %8s\n' contracts measured mean/ms p50/ms p99/ms 'to key'
IFS=, read -r -a list <<<"$sizes"
for size in "${list[@]}"; do
    [[ $size != "${list[-1]}" ]] || with_hot=yes
    fill "$size"
    report
done
awk -v worst="$worst" 'BEGIN { printf "goal          a search under 5 ms in the mean: %s\n", (worst < 5 ? "met" : "missed") }'
