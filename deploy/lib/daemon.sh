# shellcheck shell=bash disable=SC2154
# daemon - starting and stopping tcrd for deploy/quickstart.sh.
# Sourced; needs $data, $conf, $tcrd, $admin_port. Processes are found by their command line: pid files outlive a kill -9.

# Pids of all processes of this installation's daemon: master, workers, workers whose master was killed.
daemon_processes() {
    local entry
    for entry in /proc/[0-9]*; do
        [[ $({ tr '\0' ' ' <"$entry/cmdline"; } 2>/dev/null) != *"tcrd -c $conf serve " ]] || echo "${entry#/proc/}"
    done
}

# The one whose parent is none of them, if it is a master that lives (workers without one end by themselves).
daemon_master() {
    local pid parent pids
    pids=" $(daemon_processes | tr '\n' ' ')"
    for pid in $pids; do
        parent=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null) || continue
        if [[ $pids != *" $parent "* && $pid == "$(cat "$data/tcrd.pid" 2>/dev/null)" ]]; then
            echo "$pid"
            return 0
        fi
    done
    return 1
}

daemon_ready() {
    [[ $(curl -s -o /dev/null -m 5 -w '%{http_code}' "http://127.0.0.1:$admin_port/ready") == 200 ]]
}

# Is it running with this binary and this configuration? (A rebuilt binary leaves the old one marked as deleted.)
daemon_current() {
    local pid
    pid=$(daemon_master) && [[ $(readlink "/proc/$pid/exe") == "$(readlink -f "$tcrd")" ]] &&
        cmp -s "$conf" "$data/tcrd.conf.running" && daemon_ready
}

daemon_stop() {
    local pid try left
    if pid=$(daemon_master); then
        kill -TERM "$pid" 2>/dev/null || true
    fi
    for ((try = 0; try < 300; try++)); do
        mapfile -t left < <(daemon_processes)
        [[ ${#left[@]} -gt 0 ]] || break
        if ((try == 150)); then
            kill -TERM "${left[@]}" 2>/dev/null || true
        elif ((try == 250)); then
            kill -KILL "${left[@]}" 2>/dev/null || true
        fi
        sleep 0.1
    done
    rm -f "$data/tcrd.pid"
}

# In a session of its own, so that Ctrl-C reaches this script alone. Returns when it is ready.
daemon_start() {
    local pid try
    # Workers of a killed master leave within moments; whoever answers after that is a stranger.
    for ((try = 0; try < 50; try++)); do
        daemon_ready || break
        sleep 0.1
    done
    if daemon_ready; then
        echo "another program answers on port $admin_port: choose other ports with --port" >&2
        return 1
    fi
    ulimit -n 1048576 2>/dev/null || ulimit -n "$(ulimit -Hn)" || true
    setsid "$tcrd" -c "$conf" serve </dev/null >>"$data/tcrd.log" 2>&1 9>&- &
    pid=$!
    echo "$pid" >"$data/tcrd.pid"
    cp "$conf" "$data/tcrd.conf.running"
    for ((try = 0; try < 600; try++)); do
        ! daemon_ready || return 0
        if ! kill -0 "$pid" 2>/dev/null; then
            break
        fi
        sleep 0.1
    done
    echo "tcrd is not ready; the end of $data/tcrd.log:" >&2
    tail -n 20 "$data/tcrd.log" >&2
    return 1
}
