#!/bin/bash
# container - what the services of docker-compose.yml run: `init` prepares the record, `nightly` runs the nightly job at 02:00.
# Everything is kept in the volume /var/lib/tcrd; PostgreSQL is reached through the volume of its unix socket.
set -euo pipefail

checkout=$(cd "$(dirname "$0")/.." && pwd -P)
tcrd=${TCRD_BINARY:-/usr/bin/tcrd}
data=${TCRD_DATA:-/var/lib/tcrd}
socket_dir=${TCRD_SOCKET_DIR:-/var/run/postgresql}
conf=$data/tcrd.conf

# shellcheck source=deploy/lib/cluster.sh
source "$checkout/deploy/lib/cluster.sh"
# shellcheck source=deploy/lib/authority.sh
source "$checkout/deploy/lib/authority.sh"
# shellcheck source=deploy/lib/accounts.sh
source "$checkout/deploy/lib/accounts.sh"
# shellcheck source=deploy/lib/record.sh
source "$checkout/deploy/lib/record.sh"

say() {
    echo "container: $*"
}

write_conf() {
    cat >"$conf" <<END
# Written by deploy/container.sh.
user = tcrd
listen.address = 0.0.0.0
connections.per_address = 10000
requests.per_second = 0
tls.cert_file = $data/secret/server.crt
tls.key_file = $data/secret/server.key
tls.client_ca_file = $data/ca.crt
db.host = $socket_dir
db.password_file = $data/secret/service.password
db.owner_password_file = $data/secret/owner.password
# The service "nightly" does it.
nightly.at =
END
}

init() {
    install -d -m 0700 "$data/secret" "$data/credentials"
    (umask 077 && printf '%s\n' "${POSTGRES_PASSWORD:?}" >"$data/secret/postgres.password")
    secrets_make || say "made a server certificate"
    write_conf
    cluster_prepare
    "$tcrd" -c "$conf" migrate
    accounts_make
    [[ ${TCRD_SAMPLE:-yes} != yes ]] || sample_load
}

nightly() {
    local now next
    while true; do
        now=$(date +%s)
        next=$(TZ=Asia/Shanghai date -d 'today 02:00' +%s)
        [[ $next -gt $now ]] || next=$(TZ=Asia/Shanghai date -d 'tomorrow 02:00' +%s)
        sleep $((next - now)) &
        wait $!
        "$tcrd" -c "$conf" aggregate || say "the nightly job failed with status $?"
    done
}

trap 'kill $(jobs -p) 2>/dev/null; exit 0' TERM INT
case ${1:-} in
init | nightly) "$1" ;;
*) say "init or nightly?" >&2 && exit 2 ;;
esac
