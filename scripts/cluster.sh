#!/usr/bin/env bash
# Starts a cluster of three masters and three replicas with the module on ./data/cluster, in the
# foreground. Ctrl-C stops it cleanly. A second run continues with its data.
#   PORT=n          the first of six ports in a row, instead of 7001
#   REDIS_SERVER=   another server binary
set -euo pipefail
cd "$(dirname "$0")/.."

server=${REDIS_SERVER:-redis-server}
module=${MODULE:-$PWD/target/release/libredis_shorten.so}
first=${PORT:-7001}
data=$PWD/data/cluster
pids=()
# Nodes store each other's ports, so an existing cluster keeps its ports.
[ ! -e "$data/.port" ] || first=$(cat "$data/.port")

stop() {
    [ ${#pids[@]} -eq 0 ] || kill -TERM "${pids[@]}" 2>/dev/null || true
    wait
}
trap stop EXIT
trap 'exit 0' INT TERM HUP

nodes=()
for port in $(seq "$first" $((first + 5))); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
        echo "Port $port is taken; PORT=n chooses the first of six others." >&2
        exit 1
    fi
    mkdir -p "$data/$port"
    setsid "$server" --port "$port" --bind 127.0.0.1 --dir "$data/$port" --logfile redis.log --daemonize no --appendonly yes --save "" \
        --cluster-enabled yes --cluster-node-timeout 5000 --loadmodule "$module" &
    pids+=($!)
    nodes+=("127.0.0.1:$port")
done
for port in $(seq "$first" $((first + 5))); do
    until [ "$(redis-cli -p "$port" ping 2>/dev/null)" = PONG ]; do
        kill -0 "${pids[$((port - first))]}" 2>/dev/null || { tail -n 15 "$data/$port/redis.log" >&2; exit 1; }
        sleep 0.1
    done
done

if [ ! -e "$data/.port" ]; then
    redis-cli --cluster create "${nodes[@]}" --cluster-replicas 1 --cluster-yes >/dev/null
    echo "$first" >"$data/.port"
fi
until redis-cli -p "$first" cluster info | grep -q '^cluster_state:ok'; do sleep 0.1; done

cat <<END

A cluster of three masters and three replicas is up on ports $first to $((first + 5)), its data in $data. In another terminal:

    redis-cli -c -p $first
    127.0.0.1:$first> SHORTEN https://www.example.com/blog/how-url-shorteners-work-in-distributed-systems

Ctrl-C stops it; the links stay.
END
wait
