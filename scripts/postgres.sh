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
        "$@"
    elif have setpriv; then
        setpriv --reuid="$(postgres_user)" --regid="$(id -g "$(postgres_user)")" --clear-groups -- "$@"
    else
        su -s /bin/sh "$(postgres_user)" -c 'exec "$0" "$@"' -- "$@"
    fi
}

# Starts a cluster in $SCRATCH/postgres on a free port of 127.0.0.1, and sets HYREX_TEST_POSTGRES_URL.
# It keeps no promise about a crash of the machine (fsync is off): it lives no longer than the tests.
postgres_start() {
    PG_BIN=$(postgres_bin)
    if [ -z "$PG_BIN" ]; then
        postgres_install
        PG_BIN=$(postgres_bin)
        [ -n "$PG_BIN" ] || fail "installed PostgreSQL, and still find no initdb"
    fi
    PG_DIR=$SCRATCH/postgres
    mkdir -p "$PG_DIR"
    is_root && chown "$(postgres_user)" "$PG_DIR"
    (cd / && as_server "$PG_BIN/initdb" -D "$PG_DIR/data" -U postgres -A trust -E UTF8 --locale=C --no-sync) \
        >"$SCRATCH/initdb.log" 2>&1 || { cat "$SCRATCH/initdb.log" >&2; fail "initdb failed: its output stands above"; }
    local try port
    for try in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + (RANDOM * 2 + try) % 12000))
        if (cd / && as_server "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -w -t 60 -l "$PG_DIR/log" -o "-p $port \
            -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c fsync=off \
            -c synchronous_commit=on -c full_page_writes=off -c max_wal_size=4GB" start) >/dev/null 2>&1; then
            export HYREX_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
            say "PostgreSQL $("$PG_BIN/postgres" --version | sed 's/[^0-9]*//') listens on 127.0.0.1:$port, in $PG_DIR"
            return
        fi
    done
    tail -n 20 "$PG_DIR/log" >&2
    fail "PostgreSQL does not start: the end of its log stands above"
}

# Stops the cluster in the directory given, if there is one.
postgres_stop() {
    local data=$1/postgres/data bin
    [ -s "$data/postmaster.pid" ] || return 0
    bin=$(postgres_bin)
    (cd / && as_server "$bin/pg_ctl" -D "$data" -m immediate -w stop) >/dev/null 2>&1 || true
}
