# Starts a private throw-away PostgreSQL, says `ready PORT`, and keeps it for as long as its standard input stays
# open: so it also ends when the tests are killed. Arguments: directory of the binaries, port. Orders on its input:
# `away` takes the server away at once, `back` brings it back; each is answered with its exit code.
bin=$1
port=$2
trap '' INT TERM HUP

for parent in "${TMPDIR:-/tmp}" /tmp /var/tmp; do
    dir=$(mktemp -d "$parent/hyrex-test-pg-XXXXXX" 2>/dev/null) && break
done
[ -n "$dir" ] || { echo "no directory for a cluster can be made under ${TMPDIR:-/tmp} or /var/tmp"; exit 1; }

clean_up() {
    "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1
    rm -rf "$dir"
}
give_up() {
    tail -n 3 "$dir/log" | tr '\n' ' '
    clean_up
    exit 1
}

# A linguistic collation where there is one: names must compare by bytes whatever the database's default is.
init="$bin/initdb -D $dir/data -A trust -U postgres -E UTF8 --locale=C --no-sync"
$init --locale-provider=icu --icu-locale=en-US >"$dir/log" 2>&1 ||
    { rm -rf "$dir/data"; $init >"$dir/log" 2>&1; } || give_up

cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir'
max_connections = 300
fsync = off
full_page_writes = off
max_wal_size = 4GB
log_min_messages = fatal
CONF
"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start >/dev/null 2>&1 </dev/null || give_up

echo "ready $port"
exec 2>/dev/null
while read -r order; do
    case $order in
        away) "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null </dev/null ;;
        back) "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 start >/dev/null </dev/null ;;
    esac
    echo "$order $?"
done
exec >/dev/null
clean_up
