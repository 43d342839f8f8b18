#!/bin/bash
# quickstart - tcrd with a private PostgreSQL and a private certificate authority, from a clone on a bare Debian 12.
set -euo pipefail

checkout=$(cd "$(dirname "$0")/.." && pwd -P)
pg_bin=/usr/lib/postgresql/15/bin
tcrd=$checkout/build/release/tcrd

usage() {
    cat <<'END'
Usage: deploy/quickstart.sh [options]

Installs what is missing, builds tcrd, makes a private PostgreSQL cluster, certificates, accounts with keys, loads a sample
record and starts the daemon. Safe to repeat; the second start takes seconds. Without options it stays in the foreground
until Ctrl-C, which stops the daemon and the cluster.

  --detach     return when the daemon is ready, and leave it running
  --stop       stop the daemon, then the cluster
  --reset      stop, and delete the data; refused when the record holds contracts and is no demonstration.
               With --detach: start anew afterwards
  --no-sample  load no sample contracts (the record is then no demonstration)
  --port N     HTTPS on N, JSON-RPC on N+1, admin on N+2 (default: 8443)
  --data DIR   where everything is kept (default: var in the checkout)
  -h, --help   print this
END
}

fail() {
    echo "quickstart: $*" >&2
    exit 1
}

detach=no stop=no reset=no sample=yes port=8443 data=$checkout/var
while [[ $# -gt 0 ]]; do
    case $1 in
    --detach) detach=yes ;;
    --stop) stop=yes ;;
    --reset) reset=yes ;;
    --no-sample) sample=no ;;
    --port) port=${2:?--port needs a number} && shift ;;
    --data) data=${2:?--data needs a folder} && shift ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done
[[ $port =~ ^[1-9][0-9]{0,4}$ && $port -le 65533 ]] || fail "--port takes a number from 1 to 65533"
[[ $data != *[[:space:]]* ]] || fail "the folder of --data must not have spaces in its name"

# shellcheck source=deploy/lib/packages.sh
source "$checkout/deploy/lib/packages.sh"
# shellcheck source=deploy/lib/cluster.sh
source "$checkout/deploy/lib/cluster.sh"
# shellcheck source=deploy/lib/authority.sh
source "$checkout/deploy/lib/authority.sh"
# shellcheck source=deploy/lib/accounts.sh
source "$checkout/deploy/lib/accounts.sh"
# shellcheck source=deploy/lib/record.sh
source "$checkout/deploy/lib/record.sh"
# shellcheck source=deploy/lib/daemon.sh
source "$checkout/deploy/lib/daemon.sh"

say() {
    echo "quickstart: $*"
}

prepare_folders() {
    mkdir -p "$data"
    data=$(cd "$data" && pwd -P)
    chmod go+x "$data"
    install -d -m 0700 "$data/secret" "$data/credentials"
    conf=$data/tcrd.conf
    # One quickstart at a time; the descriptor is closed again when the daemon is ready.
    exec 9>"$data/lock"
    flock -w 300 9 || fail "another quickstart holds $data/lock"
}

build() {
    say "building (build/release)"
    (cd "$checkout" && cmake --preset release >/dev/null && cmake --build --preset release -j "$(nproc)" >"$data/build.log" 2>&1) ||
        { tail -n 40 "$data/build.log" >&2 && fail "the build failed"; }
}

write_conf() {
    local user=
    [[ $(id -u) -ne 0 ]] || user=tcrd
    admin_port=$((port + 2))
    cat >"$conf.new" <<END
# Written by deploy/quickstart.sh at every start; see deploy/tcrd.conf for all keys.
user = $user
pid.file = $data/tcrd.pid
http.port = $port
rpc.port = $((port + 1))
admin.port = $admin_port
connections.per_address = 10000
requests.per_second = 0
tls.cert_file = $data/secret/server.crt
tls.key_file = $data/secret/server.key
tls.client_ca_file = $data/ca.crt
db.host = $socket_dir
db.name = tcrd
db.user = tcrd_service
db.password_file = $data/secret/service.password
db.owner = tcrd_owner
db.owner_password_file = $data/secret/owner.password
nightly.at = 02:00
public.base_url = https://localhost:$port
END
    mv "$conf.new" "$conf"
}

print_tour() {
    local dir=$data
    [[ $data != "$PWD"/* ]] || dir=${data#"$PWD"/}
    cat <<END

tcrd is ready.
  HTTPS    https://127.0.0.1:$port      (description of all methods: /openapi.json)
  JSON-RPC 127.0.0.1:$((port + 1)), TLS, one JSON text a line
  admin    http://127.0.0.1:$((port + 2))/ready and /metrics
  keys and certificates of the accounts ${accounts[*]} are in $dir/credentials

Try:
  curl --cacert $dir/ca.crt -H "Authorization: Bearer \$(cat $dir/credentials/bureau.token)" \\
    'https://127.0.0.1:$port/v1/statistics?by=year&measure=count,total_amount,technology_amount,growth'
  (echo '{"jsonrpc":"2.0","id":1,"method":"statistics.query","params":{"by":"year"}}'; sleep 1) |
    openssl s_client -quiet -no_ign_eof -connect 127.0.0.1:$((port + 1)) -CAfile $dir/ca.crt \\
    -cert $dir/credentials/bureau.crt -key $dir/credentials/bureau.key 2>/dev/null
  curl --cacert $dir/ca.crt https://127.0.0.1:$port/openapi.json
Stop: deploy/quickstart.sh --stop$([[ $data == "$checkout/var" ]] || echo " --data $data")   Log: $dir/tcrd.log
END
}

stop_all() {
    daemon_stop
    cluster_stop
}

# Nobody's real contracts are deleted: what cannot be looked at is not deleted either. What ran before goes on when refused.
check_deletable() {
    local state='' was_running=yes
    [[ -e $cluster/PG_VERSION ]] || return 0
    cluster_postmaster >/dev/null || was_running=no
    [[ -s $data/secret/owner.password ]] || fail "$data/secret/owner.password is gone; look at $cluster and delete it by hand"
    cluster_start || fail "the record cannot be looked at; look at $cluster and delete it by hand"
    if [[ -n $(cluster_sql -c "select 1 from pg_database where datname = 'tcrd'") &&
        -n $(record_sql -c "select to_regclass('tcr.contract')") ]]; then
        state=$(record_sql -c "select i.is_demonstration, exists (select from tcr.contract)
            from (select) one left join tcr.installation i on true")
    fi
    [[ $was_running == yes ]] || cluster_stop
    [[ $state != 'f|t' && $state != '|t' ]] || fail "the record holds contracts and is no demonstration: nothing was deleted"
}

delete_data() {
    rm -rf "$cluster" "$cluster.new" "$socket_dir" "$cluster_log" "$data/secret" "$data/credentials" "$data/ca.crt" "$data/cluster" \
        "$conf" "$data/tcrd.conf.running" "$data/tcrd.log" "$data/build.log"
    rmdir "$cluster_home" 2>/dev/null || true
    say "the data is deleted"
}

start_all() {
    build
    secrets_make || rm -f "$data/tcrd.conf.running" # a running daemon has the old certificate
    write_conf
    if daemon_current; then
        say "the daemon is running already"
    else
        daemon_stop
    fi
    cluster_start
    cluster_prepare
    "$tcrd" -c "$conf" migrate | sed 's/^/quickstart: migrate: /'
    accounts_make
    [[ $sample == no ]] || sample_load
    daemon_current || daemon_start
    exec 9>&-
    print_tour
}

if [[ $stop == yes && ! -d $data ]]; then
    exit 0
fi
[[ $stop == yes ]] || packages_install "${packages_run[@]}" "${packages_cluster[@]}" "${packages_build[@]}"
prepare_folders
cluster_place
if [[ $stop == yes ]]; then
    stop_all
    exit 0
fi
if [[ $reset == yes ]]; then
    check_deletable
    stop_all
    delete_data
    [[ $detach == yes ]] || exit 0
    prepare_folders
    cluster_place
fi
if [[ $detach == yes ]]; then
    start_all
    exit 0
fi
trap 'trap - INT TERM; say "stopping"; stop_all; exit 0' INT TERM
start_all
say "running in the foreground; Ctrl-C stops the daemon and the cluster"
# The daemon is a child of this script, or of an earlier one that was detached.
while master=$(daemon_master); do
    wait "$master" 2>/dev/null || sleep 1
done
say "the daemon has ended; the end of its log:"
tail -n 5 "$data/tcrd.log"
cluster_stop
exit 1
