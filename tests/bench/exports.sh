#!/bin/bash
# exports - contracts as files, against COPY of the same rows, and the memory that takes; see README.md beside this file.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
checkout=$(cd "$here/../.." && pwd -P)
tcrd=$checkout/build/release/tcrd

usage() {
    cat <<'END_OF_HELP'
Usage: tests/bench/exports.sh [options]

Builds tcrd, makes a private cluster and daemon (one worker), fills it with sample contracts, exports all of them as CSV, lines of
JSON and a workbook, each in turn with COPY (query) TO STDOUT of the same rows in the same order, and prints seconds, ratios and how
far the worker's memory rose. Status 1: a file has other rows than COPY, or the worker took 32 MB or more.

  --sizes LIST  numbers of contracts (default: "100000 1000000")
  --rounds N    rounds; the table has the medians of times and the maxima of memory (default: 3)
  --dir DIR     where the clusters are made and removed again (default: a temporary folder)
  -h, --help    print this
END_OF_HELP
}

fail() {
    echo "exports: $*" >&2
    exit 1
}

sizes=(100000 1000000) rounds=3 parent=${TMPDIR:-/tmp}
while [[ $# -gt 0 ]]; do
    case $1 in
    --sizes) read -r -a sizes <<<"${2:?--sizes needs numbers}" && shift ;;
    --rounds) rounds=${2:?--rounds needs a number} && shift ;;
    --dir) parent=${2:?--dir needs a folder} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && fail "unknown option $1" ;;
    esac
    shift
done

work=$(mktemp -d "$parent/tcrd-exports.XXXXXX")
chmod 0755 "$work"
data=$work/none

drop_data() {
    local home
    [[ -d $data ]] || return 0
    "$checkout/deploy/quickstart.sh" --stop --data "$data" >/dev/null 2>&1 || true
    home=$(cat "$data/cluster" 2>/dev/null || true)
    [[ -z $home || $home == "$data" ]] || rm -rf "$home"
    rm -rf "$data"
}

clean_up() {
    trap - EXIT INT TERM
    drop_data
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# What stands in the plain columns of an export, by COPY.
copy_rows() {
    PGPASSWORD=$(<"$data/secret/owner.password") psql -X -q -v ON_ERROR_STOP=1 -h "$socket_dir" -U tcrd_owner -d tcrd -c "
        copy (select c.id, c.registration_number, c.status, c.registered_on, c.contract_no, c.project_name, c.contract_type,
            c.technical_field, c.signed_on, c.filed_as, c.seller_name, c.seller_code, split_part(c.dims, E'\\x1f', 1),
            coalesce(c.seller_zone, c.seller_region), c.buyer_name, c.buyer_code, split_part(c.dims, E'\\x1f', 2),
            coalesce(c.buyer_zone, c.buyer_region), c.total_amount, c.technology_amount, c.accepted_on, g.name, p.name, c.seq
        from tcr.contract c left join tcr.agency g on g.id = c.agency_id left join tcr.registration_point p on p.id = c.point_id
        order by c.id) to stdout with (format csv, header)"
}

export_rows() {
    curl -sS --fail-with-body --cacert "$data/ca.crt" -H "Authorization: Bearer $(<"$data/credentials/bureau.token")" \
        -H "Accept: $1" "https://127.0.0.1:$port/v1/exports/contracts"
}

# VmRSS, VmHWM: KiB of the worker.
memory() {
    awk -v what="$1:" '$1 == what { print $2 }' "/proc/$worker/status"
}

# measure SIZE WHAT COMMAND...: milliseconds, lines, and the worker's memory at its highest above what it was.
measure() {
    local size=$1 what=$2 before began lines
    shift 2
    echo 5 >"/proc/$worker/clear_refs"
    before=$(memory VmRSS) began=$(date +%s%N)
    lines=$("$@" | wc -l)
    echo "$size $what $((($(date +%s%N) - began) / 1000000)) $(($(memory VmHWM) - before)) $lines" >>"$work/results"
}

for size in "${sizes[@]}"; do
    data=$work/$size port=$((20000 + RANDOM % 12000))
    echo "exports: $size contracts in $data"
    TCRD_WORKERS=1 "$checkout/deploy/quickstart.sh" --data "$data" --port "$port" --no-sample --detach >"$work/quickstart.log" 2>&1 ||
        { tail -n 20 "$work/quickstart.log" >&2 && fail "tcrd does not start"; }
    "$tcrd" -c "$data/tcrd.conf" sample --size "$size" >"$work/sample.log" 2>&1 || { tail -n 5 "$work/sample.log" >&2 && fail "no sample"; }
    socket_dir=$(<"$data/cluster")/run
    worker=$(pgrep -P "$(<"$data/tcrd.pid")" | head -n 1)
    for ((round = 0; round <= rounds; round++)); do
        [[ $round -ne 1 ]] || grep -v "^$size " "$work/results" >"$work/kept" || true
        [[ $round -ne 1 ]] || mv "$work/kept" "$work/results" # the first round only warms up
        measure "$size" copy copy_rows
        measure "$size" csv export_rows text/csv
        measure "$size" ndjson export_rows application/x-ndjson
        measure "$size" xlsx export_rows application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
    done
    drop_data
done

echo
echo "machine    $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors, $(uname -sr)"
echo "measured   $(date -u +%Y-%m-%dT%H:%MZ), $(git -C "$checkout" describe --always --dirty 2>/dev/null || echo 'no commit')," \
    "$rounds rounds, load average $(cut -d' ' -f1 /proc/loadavg)"
printf '\n%10s %-8s %8s %12s %8s %16s\n' contracts what ms contracts/s of-COPY 'memory KiB, max'
sort -k1,1n -k2,2 -k3,3n "$work/results" | awk '
    function row() {
        if (n == 0)
            return
        time = ms[int((n + 1) / 2)]
        if (what == "copy")
            copy = time
        printf "%10d %-8s %8d %12d %8.2f %16d\n", size, what, time, size * 1000 / time, copy / time, most
    }
    { if ($1 " " $2 != key) { row(); key = $1 " " $2; size = $1; what = $2; n = 0; most = -1e9 } ms[++n] = $3 + 0; if ($4 > most) most = $4 + 0 }
    END { row() }'
awk '$2 != "copy" && $4 >= 32768 { heavy = 1 }
    ($2 == "csv" || $2 == "copy") && $5 != $1 + 1 || $2 == "ndjson" && $5 != $1 { wrong = 1 }
    END { printf "\ngoal       the same rows: %s; less than 32 MB in the worker: %s; CSV at least 0.5 of COPY\n",
        wrong ? "missed" : "met", heavy ? "missed" : "met"; exit wrong || heavy }' "$work/results"
