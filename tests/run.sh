#!/bin/bash
# run - every test, from a clone on a bare Debian 12: build with sanitizers, then everything through ctest.
set -euo pipefail

checkout=$(cd "$(dirname "$0")/.." && pwd -P)
cd "$checkout"

usage() {
    cat <<'END'
Usage: tests/run.sh [options] [NAME ...]

Installs what is missing, builds with AddressSanitizer and UndefinedBehaviorSanitizer (build/asan), optimised (build/release)
and with clang (build/clang), and runs every test through ctest: lint, unit, fuzz corpora, SQL, integration. NAME: only tests whose name contains it.

  --long      also the tests labelled long: kill loops and fuzzing for minutes
  --no-clang  do not build with clang (and do not run clang-tidy)
  -h, --help  print this
END
}

long=no clang=yes names=()
while [[ $# -gt 0 ]]; do
    case $1 in
    --long) long=yes ;;
    --no-clang) clang=no ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) names+=("$1") ;;
    esac
    shift
done

# shellcheck source=deploy/lib/packages.sh
source deploy/lib/packages.sh
packages_install "${packages_run[@]}" "${packages_cluster[@]}" "${packages_build[@]}" "${packages_test[@]}"

jobs=$(nproc)
cmake --preset asan >/dev/null
cmake --build --preset asan -j "$jobs"
cmake --preset release >/dev/null
cmake --build --preset release -j "$jobs"
if [[ $clang == yes ]]; then
    cmake --preset clang >/dev/null
    cmake --build --preset clang -j "$jobs"
fi

# Tests that repeat something until time is up read this.
[[ $long == no ]] || export TCRD_LONG=1
selection=()
[[ $long == yes ]] || selection+=(-LE long)
[[ $clang == yes ]] || selection+=(-E '^lint\.clang_tidy$')
[[ ${#names[@]} -eq 0 ]] || selection+=(-R "$(IFS='|' && echo "${names[*]}")")
# Integration tests wait more than they compute, so two at a time even on one processor.
# Not by exec: as the first process of a container, this shell collects the dead; ctest would not.
ctest --test-dir build/asan --output-on-failure -j "$((jobs > 2 ? jobs : 2))" ${selection[@]+"${selection[@]}"}
