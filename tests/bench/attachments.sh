#!/bin/bash
# attachments - files through one worker: how fast, and how much memory they take there; see README.md beside this file.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# shellcheck source=tests/bench/common.sh
source "$here/common.sh"

usage() {
    cat <<'END_OF_HELP'
Usage: tests/bench/attachments.sh [options]

Builds tcrd, makes a private cluster and daemon (one worker), attaches files of 1, 10 and 50 MB, reads them back, and prints how
long it took and how much the worker's memory rose above what it was before. Status 1: a file came back otherwise, or one took
2 MB of memory or more.

  --rounds N    rounds; the table has the medians of times and the maxima of memory (default: 3)
  --dir DIR     where the cluster is made and removed again (default: a temporary folder)
  -h, --help    print this
END_OF_HELP
}

rounds=3 parent=${TMPDIR:-/tmp}
while [[ $# -gt 0 ]]; do
    case $1 in
    --rounds) rounds=${2:?--rounds needs a number} && shift ;;
    --dir) parent=${2:?--dir needs a folder} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && fail "unknown option $1" ;;
    esac
    shift
done

make_work "$parent"
echo "attachments: building, making a cluster in $work"
start_record "$data" 1

upload() {
    call agency -o "$work/answer" -X PUT -T "$work/file" -H 'Content-Type: application/pdf' "$contract/attachments/$1.pdf?kind=text"
}

download() {
    call agency -o "$work/back" "$contract/attachments/$1.pdf"
    cmp -s "$work/file" "$work/back" || fail "$1.pdf came back otherwise"
}

id=$(call agency -X POST -H 'Content-Type: application/json' -H "Idempotency-Key: bench-$RANDOM$RANDOM" \
    -d @"$checkout/deploy/example-contract.json" "https://127.0.0.1:$port/v1/contracts" | sed -n 's/^{"id":"\([0-9]*\)".*/\1/p')
contract=https://127.0.0.1:$port/v1/contracts/${id:?the contract was not filed}
for ((round = 1; round <= rounds; round++)); do
    for size in 1 10 50; do
        { printf '%%PDF-1.7\n' && head -c $((size * 1000000 - 9)) /dev/urandom; } >"$work/file"
        measure_worker "$size" up upload "$size"
        measure_worker "$size" down download "$size"
    done
done

print_machine "$rounds rounds"
printf '\n%-6s %6s %10s %8s %16s\n' way MB ms 'MB/s' 'memory KiB, max'
sort -k2,2r -k1,1n -k3,3n "$work/results" | awk '
    function row() {
        if (n > 0)
            printf "%-6s %6d %10d %8.0f %16d\n", way, size, ms[int((n + 1) / 2)], size * 1000 / ms[int((n + 1) / 2)], most
    }
    { if ($1 " " $2 != key) { row(); key = $1 " " $2; way = $2; size = $1; n = 0; most = -1e9 } ms[++n] = $3 + 0; if ($4 > most) most = $4 + 0 }
    END { row() }'
awk '$4 >= 2048 { bad = 1 } END { printf "\ngoal       less than 2 MB in the worker: %s\n", bad ? "missed" : "met"; exit bad }' "$work/results"
