#!/bin/bash
# clang_tidy - every source through clang-tidy (.clang-tidy), with the commands of the build with clang.
# One file per process: with several the analyzer of this version forgets what it knew of va_list.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/clang}
[[ -e $build/compile_commands.json ]] || {
    echo "$build is missing: cmake --preset clang" >&2
    exit 1
}
find common server -name '*.c' -print0 | xargs -0 -P "$(nproc)" -n 1 clang-tidy-14 --quiet -p "$build" 2>/dev/null
