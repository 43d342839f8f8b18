#!/bin/bash
# figures - what figures cost at 10 thousand to 10 million contracts, against limits measured in the same run; see README.md beside this file.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/bench/common.sh
source "$here/common.sh"

usage() {
    cat <<'TEXT'
Usage: tests/bench/figures.sh [options]

For each size: a private cluster and daemon (two workers), filled by tcrd sample --national; measures the load, the nightly job, the roll-up
of one day of 4,000 registrations, questions and certifications, each against its limit in the same cluster. Prints one table.

  --full        10,000,000 contracts too (about 60 GB of disk, an hour)
  --sizes LIST  other sizes, for example "20000 50000" (default: 10000 100000 1000000)
  --record DIR  measure in a folder of deploy/quickstart.sh --no-sample that tcrd sample --national filled before, and leave it there:
                all but the load and what figures cost a certification
  --dir DIR     where the clusters are made and removed again (default: a temporary folder; its disk is what is measured)
  -h, --help    print this
TEXT
}

sizes=(10000 100000 1000000) parent=${TMPDIR:-/tmp} kept=
while [[ $# -gt 0 ]]; do
    case $1 in
    --full) sizes+=(10000000) ;;
    --sizes) read -r -a sizes <<<"${2:?--sizes needs numbers}" && shift ;;
    --record) kept=$(cd "${2:?--record needs a folder}" && pwd -P) && shift ;;
    --dir) parent=${2:?--dir needs a folder} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done

make_work "$parent"
results=$work/results

stop_nginx() {
    [[ ! -s $work/nginx.pid ]] || kill "$(<"$work/nginx.pid")" 2>/dev/null || true
}
trap 'stop_nginx; clean_up' EXIT

start() {
    [[ -z $kept ]] || "$checkout/deploy/quickstart.sh" --stop --data "$kept" >/dev/null
    start_record "${kept:-$work/$1}" 2
    record_sql -f "$here/figures.sql"
}

# seconds COMMAND...: how long it takes; its output goes to $work/output.
seconds() {
    local begun
    begun=$(date +%s%6N)
    "$@" >"$work/output" 2>&1 || { tail -n 20 "$work/output" >&2 && fail "$*"; }
    awk -v us=$(($(date +%s%6N) - begun)) 'BEGIN { printf "%.4f", us / 1e6 }'
}

# What psql says that the last statement of the command before took: without the start of psql and its connection.
statement_seconds() {
    awk '/^Time:/ { ms = $2 } END { printf "%.4f\n", ms / 1000 }' "$work/output"
}

middle() {
    sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# median COUNT COMMAND...
median() {
    local count=$1 i
    shift
    for ((i = 0; i < count; i++)); do
        seconds "$@"
        echo
    done | middle
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.4g", a / b; else print "-" }'
}

# put SIZE NAME VALUE
put() {
    echo "$*" >>"$results"
    echo "figures: $*"
}

get() {
    awk -v size="$1" -v name="$2" '$1 == size && $2 == name { print $3 }' "$results"
}

# One serial scan of the releases, by what the cubes have.
scan() {
    record_sql -c "set max_parallel_workers_per_gather = 0" -c "set work_mem = '256MB'" -c '\timing on' -c "
        select count(*), sum(n), sum(total), sum(technology) from (
            select date_trunc('month', r.registered_on), r.seller_region, r.seller_zone, r.contract_type, r.technical_field, r.size_class,
                r.direction, count(*) as n, sum(r.total_amount) as total, sum(r.technology_amount) as technology
            from tcr.contract_release r where r.registered_on is not null group by 1, 2, 3, 4, 5, 6, 7) g"
}

# tcrd aggregate with options; its peak of memory goes to $work/peak_kb.
aggregate() {
    local pid peak=0 now
    "$tcrd" -c "$data/tcrd.conf" aggregate "$@" &
    pid=$!
    while now=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) && [[ -n $now ]]; do
        peak=$now
        sleep 0.05
    done
    echo "$peak" >"$work/peak_kb"
    wait "$pid"
}

measure_load() {
    local size=$1 taken
    taken=$(seconds "$tcrd" -c "$data/tcrd.conf" sample --national --size "$size")
    put "$size" load_s "$taken"
    put "$size" load_rate "$(awk -v n="$size" -v s="$taken" 'BEGIN { printf "%.0f", n / s }')"
    put "$size" disk_mb "$(record_sql -c "select pg_database_size(current_database()) / 1048576")"
}

measure_night() {
    local size=$1 rounds=3
    [[ $size -lt 1000000 ]] || rounds=1
    if [[ -z $kept ]]; then
        put "$size" first_night_s "$(seconds aggregate)"
    else
        put "$size" roll_all_s "$(seconds roll)"
    fi
    record_sql -c "vacuum analyze tcr.contract_release, tcr.fact, tcr.cube_area, tcr.cube_party, tcr.cube_agency, tcr.cube_flow"
    put "$size" scan_s "$(median "$rounds" scan)"
    put "$size" scan_statement_s "$(statement_seconds)"
    put "$size" recount_s "$(median "$rounds" aggregate --verify)"
    grep -q ' 0 differences' "$work/output" || fail "figures differ: $(<"$work/output")"
    put "$size" recount_peak_mb "$(awk '{ printf "%.0f", $1 / 1024 }' "$work/peak_kb")"
    put "$size" recount_to_scan "$(ratio "$(get "$size" recount_s)" "$(get "$size" scan_s)")"
}

provinces=(11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65)

# ask FILE: all URLs of a curl configuration over one connection; every answer must be 200.
ask() {
    call bureau --http1.1 -K "$1"
}

ask_pgbench() {
    record_pgbench -c 1 -j 1 -t 310 -f "$work/question.sql"
}

measure_questions() {
    local size=$1 year province fresh same
    for year in 2016 2017 2018 2019 2020 2021 2022 2023 2024 2025; do
        for province in "${provinces[@]}"; do
            printf 'url = "https://localhost:%s/v1/statistics?region=%s&period=%s&by=contract_type,technical_field&measure=count,total_amount"\noutput = "/dev/null"\n' \
                "$port" "$province" "$year"
        done
    done >"$work/fresh.curl"
    cat >"$work/question.sql" <<SQL
\\set year random(2016, 2025)
\\set place random(1, ${#provinces[@]})
select * from tcr.statistics((select id from tcr.account where name = 'bureau'), 'area', 'registered',
    ('{$(IFS=,; echo "${provinces[*]}")}'::text[])[:place], '{contract_type,technical_field}', make_date(:year, 1, 1), make_date(:year, 12, 31),
    null, null, null, null, '{}', '{}', null, null, '{}', null, 10001);
SQL
    same=$(median 3 ask_pgbench)
    fresh=$(seconds ask "$work/fresh.curl")
    put "$size" question_ms "$(awk -v s="$fresh" 'BEGIN { printf "%.2f", s * 1000 / 310 }')"
    put "$size" question_sql_ms "$(awk -v s="$same" 'BEGIN { printf "%.2f", s * 1000 / 310 }')"
    put "$size" question_to_sql "$(ratio "$fresh" "$same")"
}

# The same question 2,000 times, and the same bytes from nginx with the same certificate. curl's own time is in both.
measure_again() {
    local size=$1 i again nginx
    [[ -x $(command -v nginx) ]] || return 0
    mkdir -p "$work/www"
    head -n 1 "$work/fresh.curl" >"$work/one.curl"
    ask "$work/one.curl" >"$work/www/answer"
    chmod -R a+rX "$work/www"
    cat >"$work/nginx.conf" <<CONF
pid $work/nginx.pid; error_log $work/nginx.log; worker_processes 2; events { }
http { access_log off; keepalive_requests 100000; types { } default_type application/json; server { listen 127.0.0.1:$((port + 3)) ssl;
server_name localhost; ssl_certificate $data/secret/server.crt; ssl_certificate_key $data/secret/server.key; root $work/www; } }
CONF
    nginx -p "$work" -c "$work/nginx.conf"
    for ((i = 0; i < 2000; i++)); do
        head -n 2 "$work/fresh.curl"
    done >"$work/again.curl"
    sed "s|^url = .*|url = \"https://localhost:$((port + 3))/answer\"|" "$work/again.curl" >"$work/nginx.curl"
    again=$(median 3 ask "$work/again.curl")
    nginx=$(median 3 ask "$work/nginx.curl")
    stop_nginx
    put "$size" again_rate "$(awk -v s="$again" 'BEGIN { printf "%.0f", 2000 / s }')"
    put "$size" nginx_rate "$(awk -v s="$nginx" 'BEGIN { printf "%.0f", 2000 / s }')"
    put "$size" again_to_nginx "$(ratio "$nginx" "$again")"
}

submit() {
    local wanted=$1
    while [[ $(record_sql -c "select count(*) from tcr.contract where status = 'submitted' and route = 'point'") -lt $wanted ]]; do
        "$work/load" --ca "$data/ca.crt" --token "$data/credentials/agency.token" --port "$port" --warmup 0 --seconds 2 --connections 64 >/dev/null
    done
}

act() {
    record_sql -c "call bench.act('registrar', '$1', $2, 32)"
}

roll() {
    record_sql -c '\timing on' -c "select tcr.cubes_roll((select value from tcr.sequence_counter), false)"
}

# Three days. Scan and roll-up are each a statement of a new connection.
measure_day() {
    local size=$1
    submit 16500
    act accept 16500
    for _ in 1 2 3; do
        act certify 4000
        seconds roll >>"$work/whole"
        statement_seconds >>"$work/rolls.$size"
    done
    put "$size" roll_day_s "$(middle <"$work/rolls.$size")"
    put "$size" scan_to_roll "$(ratio "$(get "$size" scan_statement_s)" "$(get "$size" roll_day_s)")"
}

# 200 certifications over one connection, as the daemon makes them; told is what they take without the first batch, which plans.
certify() {
    record_sql -c "call bench.act('registrar', 'certify', 32, 32)" -c '\timing on' -c "call bench.act('registrar', 'certify', 200, 32)"
}

# In turn, and the middle of nine each, so that a second in which other programs were busy counts for little. At the end: after this the
# record is not whole any more.
measure_certification() {
    local size=$1 round with without
    for ((round = 0; round < 9; round++)); do
        seconds certify >>"$work/whole"
        statement_seconds >>"$work/with.$size"
        record_sql -c "call bench.figures(false)"
        seconds certify >>"$work/whole"
        statement_seconds >>"$work/without.$size"
        record_sql -c "call bench.figures(true)"
    done
    with=$(middle <"$work/with.$size") without=$(middle <"$work/without.$size")
    put "$size" certify_rate "$(awk -v s="$with" 'BEGIN { printf "%.0f", 200 / s }')"
    put "$size" certify_bare_rate "$(awk -v s="$without" 'BEGIN { printf "%.0f", 200 / s }')"
    put "$size" figures_cost_percent "$(awk -v a="$with" -v b="$without" 'BEGIN { printf "%.1f", (a - b) * 100 / a }')"
}

print_table() {
    local name size names
    print_machine "two workers"
    printf '\n%-22s' contracts
    printf '%12s' "${sizes[@]}"
    mapfile -t names < <(awk '!seen[$2]++ { print $2 }' "$results")
    for name in "${names[@]}"; do
        printf '\n%-22s' "$name"
        for size in "${sizes[@]}"; do
            printf '%12s' "$(get "$size" "$name")"
        done
    done
    printf '\n\nlimits     recount_to_scan 0.5, recount_peak_mb 256, scan_to_roll 200, question_to_sql 2, again_to_nginx 0.6, figures_cost_percent 10\n'
}

# The number of contracts of a record that was loaded before.
count_kept() {
    start "$kept"
    sizes=("$(record_sql -c "select count(*) from tcr.contract")")
}

build_load
[[ -z $kept ]] || count_kept
for size in "${sizes[@]}"; do
    if [[ -z $kept ]]; then
        start "$size"
        measure_load "$size"
    fi
    measure_night "$size"
    measure_questions "$size"
    measure_again "$size"
    measure_day "$size"
    # It leaves figures behind that are not whole: not in a record that stays.
    [[ -n $kept ]] || measure_certification "$size"
    drop_record
done
print_table
