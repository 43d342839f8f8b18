# shellcheck shell=bash disable=SC2154
# record - secrets and sample of a private installation, for deploy/quickstart.sh and deploy/container.sh.
# Sourced; needs $data, $tcrd, $conf, say() and the functions of cluster.sh and authority.sh.

# Passwords, authority, server certificate. Status 1: the server certificate is a new one.
secrets_make() {
    local name
    for name in postgres owner service; do
        [[ -s $data/secret/$name.password ]] || (umask 077 && openssl rand -hex 24 >"$data/secret/$name.password")
    done
    authority_make
    ! authority_issue "$data/secret/server" localhost serverAuth "DNS:localhost,DNS:tcrd,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1"
}

has_command() {
    "$tcrd" --help | grep -q "^  $1 "
}

# Sample contracts never stand beside real ones, and are loaded once.
sample_load() {
    local state
    state=$(record_sql -c "select i.is_demonstration, exists (select from tcr.contract) from tcr.installation i")
    case $state in
    'f|t') say "the record holds contracts and is no demonstration: no sample is loaded" ;;
    't|t') ;;
    *)
        has_command sample || return 0
        say "loading the sample record"
        "$tcrd" -c "$conf" sample
        ! has_command aggregate || "$tcrd" -c "$conf" aggregate
        ;;
    esac
}
