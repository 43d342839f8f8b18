#!/bin/bash
# exports - contracts as files, against COPY of the same rows, and the memory that takes; see README.md beside this file.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/bench/common.sh
source "$here/common.sh"

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

make_work "$parent"

# What stands in the plain columns of an export, by COPY.
copy_rows() {
    record_sql -c "
        copy (select c.id, c.registration_number, c.status, c.registered_on, c.contract_no, c.project_name, c.contract_type,
            c.technical_field, c.signed_on, c.filed_as, c.seller_name, c.seller_code, split_part(c.dims, E'\\x1f', 1),
            coalesce(c.seller_zone, c.seller_region), c.buyer_name, c.buyer_code, split_part(c.dims, E'\\x1f', 2),
            coalesce(c.buyer_zone, c.buyer_region), c.total_amount, c.technology_amount, c.accepted_on, g.name, p.name, c.seq
        from tcr.contract c left join tcr.agency g on g.id = c.agency_id left join tcr.registration_point p on p.id = c.point_id
        order by c.id) to stdout with (format csv, header)"
}

export_rows() {
    call bureau -H "Accept: $1" "https://127.0.0.1:$port/v1/exports/contracts"
}

for size in "${sizes[@]}"; do
    echo "exports: $size contracts in $work/$size"
    start_record "$work/$size" 1
    "$tcrd" -c "$data/tcrd.conf" sample --size "$size" >"$work/sample.log" 2>&1 || { tail -n 5 "$work/sample.log" >&2 && fail "no sample"; }
    for ((round = 0; round <= rounds; round++)); do
        [[ $round -ne 1 ]] || grep -v "^$size " "$work/results" >"$work/kept" || true
        [[ $round -ne 1 ]] || mv "$work/kept" "$work/results" # the first round only warms up
        measure_worker "$size" copy copy_rows
        measure_worker "$size" csv export_rows text/csv
        measure_worker "$size" ndjson export_rows application/x-ndjson
        measure_worker "$size" xlsx export_rows application/vnd.openxmlformats-officedocument.spreadsheetml.sheet
    done
    drop_record
done

print_machine "$rounds rounds"
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
