# shellcheck shell=bash
# packages - the one list of Debian 12 packages, for deploy/quickstart.sh, tests/run.sh and deploy/Dockerfile.
# Sourced; needs nothing. Run as a program it prints a list: deploy/lib/packages.sh run|cluster|build|test

# To run tcrd and the scripts around it.
# shellcheck disable=SC2034 # read by those who source this file
packages_run=(ca-certificates curl fontconfig fonts-hanazono fonts-noto-cjk libcairo2 libevent-core-2.1-7 libfontconfig1
    libfreetype6 libharfbuzz-subset0 libharfbuzz0b libjansson4 libpango-1.0-0 libpangocairo-1.0-0 libpq5 libqrencode4 libssl3
    libsystemd0 libutf8proc2 libzip4 openssl postgresql-client-15 zlib1g)
# To have a cluster on the same machine.
# shellcheck disable=SC2034
packages_cluster=(postgresql-15)
# To build it.
# shellcheck disable=SC2034
packages_build=(cmake gcc libc6-dev libcairo2-dev libevent-dev libharfbuzz-dev libjansson-dev libpango1.0-dev libpq-dev
    libqrencode-dev libssl-dev libsystemd-dev libutf8proc-dev libzip-dev make node-llhttp pkg-config zlib1g-dev)
# To test it, besides both.
# shellcheck disable=SC2034
packages_test=(clang clang-format-14 clang-tidy-14 cppcheck libcmocka-dev poppler-utils postgresql-15-pgtap
    python3 python3-psycopg2 python3-pytest shellcheck zbar-tools)

# Names of those of the given packages that are not installed.
packages_missing() {
    local name
    for name in "$@"; do
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || echo "$name"
    done
}

# Install what is missing; who may not install is told the command and the script ends.
packages_install() {
    local missing switch=/etc/postgresql-common/createcluster.d/tcrd-no-main-cluster.conf
    mapfile -t missing < <(packages_missing "$@")
    [[ ${#missing[@]} -gt 0 ]] || return 0
    if [[ $(id -u) -ne 0 ]]; then
        echo "These Debian packages are missing; install them as root and start again:" >&2
        echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    echo "installing: ${missing[*]}"
    # The packages of PostgreSQL would start a cluster of their own; nobody asked for that one.
    if [[ " ${missing[*]} " == *" postgresql-15 "* && ! -e $switch ]]; then
        mkdir -p "${switch%/*}"
        echo "create_main_cluster = false" >"$switch"
    else
        switch=
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    [[ -z $switch ]] || rm -f "$switch"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    declare -n packages_wanted="packages_${1:?run, cluster, build or test}"
    printf '%s\n' "${packages_wanted[@]}"
fi
