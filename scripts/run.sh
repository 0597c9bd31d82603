#!/usr/bin/env bash
# Starts a private server with the module on ./data, in the foreground. Ctrl-C stops it cleanly.
#   PORT=n          this port, instead of the first free one from 6379
#   DATA=folder     instead of ./data
#   REDIS_SERVER=   another server binary
set -euo pipefail
cd "$(dirname "$0")/.."

# On a terminal the server gets its own process group, so that Ctrl-C reaches the server and not
# `make`, which would report an error.
if [ -t 0 ] && [ -z "${SHORTEN_FOREGROUND:-}" ]; then
    set -m
    SHORTEN_FOREGROUND=1 "$0" "$@"
    exit
fi

server=${REDIS_SERVER:-redis-server}
module=${MODULE:-$PWD/target/release/libredis_shorten.so}
data=${DATA:-data}
mkdir -p "$data"
data=$(cd "$data" && pwd)

# The server inherits the lock, so the lock is held while the server runs, even if this script ends
# first.
exec 9>>"$data/.lock"
if ! flock -n 9; then
    echo "A server already runs on $data: redis-cli -p $(cat "$data/.port" 2>/dev/null || echo '?')" >&2
    exit 1
fi

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
port=${PORT:-6379}
if [ -n "${PORT:-}" ]; then
    if taken "$port"; then echo "Port $port is taken; leave PORT out to get a free one." >&2; exit 1; fi
else
    while taken "$port"; do port=$((port + 1)); done
fi
echo "$port" >"$data/.port"

"$server" --port "$port" --bind 127.0.0.1 --dir "$data" --logfile "$data/redis.log" --daemonize no \
    --appendonly yes --appendfsync everysec --save "" --loadmodule "$module" &
pid=$!
# On SIGTERM the server shuts down cleanly: it flushes the AOF and exits with code 0.
trap 'kill -TERM $pid 2>/dev/null || true' INT TERM HUP

until [ "$(redis-cli -p "$port" ping 2>/dev/null)" = PONG ]; do
    if ! kill -0 $pid 2>/dev/null; then
        echo "The server did not start; the end of $data/redis.log:" >&2
        tail -n 15 "$data/redis.log" >&2
        exit 1
    fi
    sleep 0.1
done

cat <<END

redis-shorten is up on port $port, with $(redis-cli -p "$port" link.count 2>/dev/null || echo 0) links from $data. In another terminal:

    redis-cli -p $port
    127.0.0.1:$port> SHORTEN https://www.example.com/blog/how-url-shorteners-work-in-distributed-systems
    127.0.0.1:$port> RESOLVE g8

Ctrl-C stops it; the links stay.
END

# A trapped signal ends the first wait early. The second one waits for the clean shutdown.
status=0
wait $pid || status=$?
if kill -0 $pid 2>/dev/null; then
    status=0
    wait $pid || status=$?
fi
echo
echo "Stopped. The links are in $data; make run goes on with them."
exit $status
