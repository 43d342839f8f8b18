#!/bin/bash
# attachments - files through one worker: how fast, and how much memory they take there; see README.md beside this file.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
checkout=$(cd "$here/../.." && pwd -P)

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

fail() {
    echo "attachments: $*" >&2
    exit 1
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

work=$(mktemp -d "$parent/tcrd-bench.XXXXXX")
chmod 0755 "$work"
data=$work/data

clean_up() {
    local home
    trap - EXIT INT TERM
    if [[ -d $data ]]; then
        "$checkout/deploy/quickstart.sh" --stop --data "$data" >/dev/null 2>&1 || true
        home=$(cat "$data/cluster" 2>/dev/null || true)
        [[ -z $home || $home == "$data" ]] || rm -rf "$home"
    fi
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

port=$((20000 + RANDOM % 12000))
echo "attachments: building, making a cluster in $work"
TCRD_WORKERS=1 "$checkout/deploy/quickstart.sh" --data "$data" --port "$port" --no-sample --detach >"$work/quickstart.log" 2>&1 ||
    { tail -n 20 "$work/quickstart.log" >&2 && fail "tcrd does not start"; }
worker=$(pgrep -P "$(<"$data/tcrd.pid")" | head -n 1)

call() {
    curl -sS --fail-with-body --cacert "$data/ca.crt" -H "Authorization: Bearer $(<"$data/credentials/agency.token")" "$@"
}

# VmRSS, VmHWM: KiB of the worker.
memory() {
    awk -v what="$1:" '$1 == what { print $2 }' "/proc/$worker/status"
}

# measure WHAT SIZE COMMAND...: its seconds and the worker's memory at its highest above what it was.
measure() {
    local what=$1 size=$2 before began
    shift 2
    echo 5 >"/proc/$worker/clear_refs"
    before=$(memory VmRSS) began=$(date +%s%N)
    "$@"
    echo "$what $size $((($(date +%s%N) - began) / 1000000)) $(($(memory VmHWM) - before))" >>"$work/results"
}

upload() {
    call -o "$work/answer" -X PUT -T "$work/file" -H 'Content-Type: application/pdf' "$contract/attachments/$1.pdf?kind=text"
}

download() {
    call -o "$work/back" "$contract/attachments/$1.pdf"
    cmp -s "$work/file" "$work/back" || fail "$1.pdf came back otherwise"
}

id=$(call -X POST -H 'Content-Type: application/json' -H "Idempotency-Key: bench-$RANDOM$RANDOM" \
    -d @"$checkout/deploy/example-contract.json" "https://127.0.0.1:$port/v1/contracts" | sed -n 's/^{"id":"\([0-9]*\)".*/\1/p')
contract=https://127.0.0.1:$port/v1/contracts/${id:?the contract was not filed}
for ((round = 1; round <= rounds; round++)); do
    for size in 1 10 50; do
        { printf '%%PDF-1.7\n' && head -c $((size * 1000000 - 9)) /dev/urandom; } >"$work/file"
        measure up "$size" upload "$size"
        measure down "$size" download "$size"
    done
done

echo
echo "machine    $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors, $(uname -sr)"
echo "measured   $(date -u +%Y-%m-%dT%H:%MZ), $(git -C "$checkout" describe --always --dirty 2>/dev/null || echo 'no commit')," \
    "$rounds rounds, load average $(cut -d' ' -f1 /proc/loadavg)"
printf '\n%-6s %6s %10s %8s %16s\n' way MB ms 'MB/s' 'memory KiB, max'
sort -k1,1r -k2,2n -k3,3n "$work/results" | awk '
    function row() {
        if (n > 0)
            printf "%-6s %6d %10d %8.0f %16d\n", way, size, ms[int((n + 1) / 2)], size * 1000 / ms[int((n + 1) / 2)], most
    }
    { if ($1 " " $2 != key) { row(); key = $1 " " $2; way = $1; size = $2; n = 0; most = -1e9 } ms[++n] = $3 + 0; if ($4 > most) most = $4 + 0 }
    END { row() }'
awk '$4 >= 2048 { bad = 1 } END { printf "\ngoal       less than 2 MB in the worker: %s\n", bad ? "missed" : "met"; exit bad }' "$work/results"
