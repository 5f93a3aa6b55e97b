# A private PostgreSQL that is thrown away afterwards. Sourced, not run; needs lib.sh and $SCRATCH.

# The directory of the server's binaries, the newest version first; nothing where there is none.
postgres_bin() {
    local dir
    for dir in $(ls -d /usr/lib/postgresql/*/bin /usr/local/pgsql/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
        2>/dev/null | sort -rV) $(pg_config --bindir 2>/dev/null) $(dirname "$(command -v initdb 2>/dev/null || echo /)"); do
        if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then
            printf '%s' "$dir"
            return
        fi
    done
}

# Debian's package would start a server of its own; ours is enough.
postgres_install() {
    if is_root && have apt-get && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    fi
    install "the PostgreSQL server" postgresql
}

# The server refuses to run as root: then as the user `postgres`, or else `nobody`.
postgres_user() {
    if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

as_server() {
    if ! is_root; then
        exec "$@"
    elif have setpriv; then
        exec setpriv --reuid="$(postgres_user)" --regid="$(id -g "$(postgres_user)")" --init-groups -- "$@"
    else
        exec su -s /bin/sh "$(postgres_user)" -c 'exec "$0" "$@"' -- "$@"
    fi
}

# Starts a cluster on a free port of 127.0.0.1, and sets HYREX_TEST_POSTGRES_URL. Its keeper removes it when its input
# closes, which is when this script ends, in whatever way.
postgres_start() {
    local bin try port answer
    bin=$(postgres_bin)
    if [ -z "$bin" ]; then
        postgres_install
        bin=$(postgres_bin)
        [ -n "$bin" ] || fail "installed PostgreSQL, and still find no initdb"
    fi
    local keeper
    keeper=$(cat tests/it/support/keep_postgres.sh)
    for try in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + (RANDOM * 2 + try) % 12000))
        mkfifo "$SCRATCH/keeper.$try.in" "$SCRATCH/keeper.$try.out"
        (cd / && as_server sh -c "$keeper" keep_postgres "$bin" "$port") \
            <"$SCRATCH/keeper.$try.in" >"$SCRATCH/keeper.$try.out" 2>/dev/null &
        PG_KEEPER=$!
        exec {PG_INPUT}>"$SCRATCH/keeper.$try.in" {PG_OUTPUT}<"$SCRATCH/keeper.$try.out"
        answer=
        read -r answer <&"$PG_OUTPUT" || true
        if [ "$answer" = "ready $port" ]; then
            export HYREX_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
            say "PostgreSQL $("$bin/postgres" --version | sed 's/[^0-9]*//') on 127.0.0.1:$port, until the tests end"
            return
        fi
        postgres_stop
    done
    fail "PostgreSQL does not start: ${answer:-its keeper said nothing}"
}

# Lets the keeper go, and waits until it has cleaned up.
postgres_stop() {
    [ -n "${PG_KEEPER:-}" ] || return 0
    exec {PG_INPUT}>&- {PG_OUTPUT}<&-
    wait "$PG_KEEPER" 2>/dev/null || true
    PG_KEEPER=
}

# Runs a command that does not hold the keeper's input open.
without_keeper() {
    if [ -n "${PG_KEEPER:-}" ]; then
        "$@" {PG_INPUT}>&- {PG_OUTPUT}<&-
    else
        "$@"
    fi
}
