# shellcheck shell=bash disable=SC2154
# cluster - a private PostgreSQL cluster for deploy/quickstart.sh: where it lives, making, starting, stopping it.
# Sourced; needs $data (the folder of the installation) and $pg_bin. Sets $cluster (data folder of PostgreSQL), $socket_dir and
# $cluster_user. As root the cluster belongs to the user postgres, and tcrd runs as the user tcrd.

cluster_as() {
    # Not in the caller's folder: the user may not be able to enter it. Descriptor 9 is the lock of this script.
    if [[ $(id -u) -eq 0 ]]; then
        (cd / && exec runuser -u "$cluster_user" -- "$@" 9>&-)
    else
        (cd / && exec "$@" 9>&-)
    fi
}

# The first folder that the users can enter: $data, else one below /var/lib/tcrd. The choice is kept in $data/cluster.
cluster_place() {
    local home user mark
    cluster_user=$(id -un)
    [[ $(id -u) -ne 0 ]] || cluster_user=postgres
    if [[ ! -s $data/cluster ]]; then
        home=$data
        mark=$(printf %s "$data" | cksum | cut -d' ' -f1)
        if [[ $(id -u) -eq 0 ]]; then
            id tcrd >/dev/null 2>&1 ||
                useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tcrd
            for user in postgres tcrd; do
                (cd / && runuser -u "$user" -- test -x "$data") || home=/var/lib/tcrd/$mark
            done
        fi
        # The address of a unix socket has room for 107 bytes.
        if [[ ${#home} -gt 85 ]]; then
            home=/var/lib/tcrd/$mark
            [[ $(id -u) -eq 0 ]] || home=${XDG_RUNTIME_DIR:-/tmp}/tcrd-$mark
        fi
        echo "$home" >"$data/cluster"
    fi
    home=$(<"$data/cluster")
    cluster_home=$home
    cluster=$home/pg
    socket_dir=$home/run
    cluster_log=$home/postgres.log
}

# Pids of processes that work in the cluster's folder: the postmaster and its children, orphans included.
cluster_processes() {
    local entry
    for entry in /proc/[0-9]*; do
        [[ $(readlink "$entry/cwd" 2>/dev/null) != "$(readlink -f "$cluster")" ]] || echo "${entry#/proc/}"
    done
}

# The pid in postmaster.pid, if that process is the cluster's: after a power loss the number may be anybody's.
cluster_postmaster() {
    local pid
    pid=$(head -n 1 "$cluster/postmaster.pid" 2>/dev/null) || return 1
    [[ -n $pid && $(readlink "/proc/$pid/cwd" 2>/dev/null) == "$(readlink -f "$cluster")" ]] || return 1
    echo "$pid"
}

cluster_settings() {
    local memory_mb buffers_mb
    memory_mb=$(($(awk '/^MemTotal:/ { print $2 }' /proc/meminfo) / 1024))
    buffers_mb=$((memory_mb / 5 < 1024 ? memory_mb / 5 : 1024))
    cat <<END
# Written by deploy/quickstart.sh.
listen_addresses = ''
unix_socket_directories = '$socket_dir'
max_connections = 400
shared_buffers = ${buffers_mb}MB
max_wal_size = 4GB
checkpoint_timeout = 15min
synchronous_commit = on
jit = off
timezone = 'Asia/Shanghai'
log_timezone = 'Asia/Shanghai'
log_line_prefix = '%m [%p] '
# Contract text and personal data never reach the log.
log_error_verbosity = terse
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
END
}

# In a folder beside the right one first, so that an interrupted initdb leaves nothing that looks like a cluster.
cluster_make() {
    local password_file=$cluster_home/initdb.password
    rm -rf "$cluster.new"
    (umask 077 && cat "$data/secret/postgres.password" >"$password_file")
    install -d -m 0700 "$cluster.new"
    if [[ $(id -u) -eq 0 ]]; then
        chown "$cluster_user" "$cluster.new" "$password_file"
    fi
    cluster_as "$pg_bin/initdb" -D "$cluster.new" --encoding=UTF8 --locale=C.UTF-8 --username=postgres \
        --auth=scram-sha-256 --pwfile="$password_file" >/dev/null
    rm -f "$password_file"
    cluster_settings >>"$cluster.new/postgresql.conf"
    mv "$cluster.new" "$cluster"
    sync "$cluster_home"
}

# Orphans of a postmaster that was killed still hold its shared memory; they end by themselves, busy ones after a push.
cluster_wait_orphans() {
    local try orphans
    for ((try = 0; try < 300; try++)); do
        mapfile -t orphans < <(cluster_processes)
        [[ ${#orphans[@]} -gt 0 ]] || return 0
        if ((try == 50)); then
            kill -QUIT "${orphans[@]}" 2>/dev/null || true
        elif ((try == 150)); then
            kill -KILL "${orphans[@]}" 2>/dev/null || true
        fi
        sleep 0.1
    done
    echo "processes of a PostgreSQL server that was killed do not end: ${orphans[*]}" >&2
    return 1
}

cluster_start() {
    local folder pid
    for folder in "$cluster_home" "$socket_dir"; do
        [[ -d $folder ]] || install -d -m 0755 "$folder"
    done
    touch "$cluster_log"
    if [[ $(id -u) -eq 0 ]]; then
        chown "$cluster_user" "$socket_dir" "$cluster_log"
    fi
    [[ -e $cluster/PG_VERSION ]] || cluster_make
    if ! cluster_postmaster >/dev/null; then
        cluster_wait_orphans
        pid=$(head -n 1 "$cluster/postmaster.pid" 2>/dev/null || true)
        if [[ -n $pid && -d /proc/$pid ]]; then
            # Somebody else has that number now, or the dead one was not collected (a container without an init process):
            # PostgreSQL would take its own old lock files for those of a running server.
            rm -f "$cluster/postmaster.pid" "$socket_dir/.s.PGSQL.5432.lock"
        fi
        if ! cluster_as "$pg_bin/pg_ctl" start -D "$cluster" -l "$cluster_log" -w -t 300 -s; then
            echo "PostgreSQL does not start; the end of $cluster_log:" >&2
            tail -n 20 "$cluster_log" >&2
            return 1
        fi
    fi
    cluster_as "$pg_bin/pg_isready" -q -h "$socket_dir" -t 60
}

cluster_stop() {
    if cluster_postmaster >/dev/null; then
        cluster_as "$pg_bin/pg_ctl" stop -D "$cluster" -m fast -w -t 300 -s
    fi
}

# SQL on standard input or as -c, as the superuser in the database postgres, or as the owner of the record.
cluster_sql() {
    PGPASSWORD=$(<"$data/secret/postgres.password") PGOPTIONS="-c client_min_messages=warning" \
        psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$socket_dir" -U postgres -d postgres "$@"
}

record_sql() {
    PGPASSWORD=$(<"$data/secret/owner.password") psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$socket_dir" -U tcrd_owner \
        -d tcrd "$@"
}

# Roles and database; passwords are set at every start, so that they always are the ones in the files.
cluster_prepare() {
    cluster_sql -f "$checkout/sql/roles.sql"
    cluster_sql <<END
alter role tcrd_owner password '$(<"$data/secret/owner.password")';
alter role tcrd_service password '$(<"$data/secret/service.password")';
END
    if [[ -z $(cluster_sql -c "select 1 from pg_database where datname = 'tcrd'") ]]; then
        cluster_sql -c "create database tcrd owner tcrd_owner"
    fi
    cluster_sql -c "revoke all on database tcrd from public" -c "grant connect on database tcrd to tcrd_service"
}
