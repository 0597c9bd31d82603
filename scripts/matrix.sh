#!/usr/bin/env bash
# Runs the integration tests once per server and prints a table. Fails if one test failed anywhere.
#   SERVERS="path path"   these servers instead of the five that install-servers.sh brings and, once
#                         install-newest.sh has built it, the newest Redis
set -euo pipefail
cd "$(dirname "$0")/.."

newest=$PWD/.servers/newest/redis-server
[ -x "$newest" ] || newest=
read -r -a servers <<<"$(echo ${SERVERS:-$(scripts/install-servers.sh) $newest})"
export MODULE=${MODULE:-$PWD/target/release/libredis_shorten.so}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
cargo test --quiet --package redis-shorten --test integration --no-run

rows=()
failed=0
for server in "${servers[@]}"; do
    version=$("$server" --version | sed -E 's/^(Redis|Valkey) server v=([^ ]+).*/\1 \2/')
    echo "== $version ($server)"
    log=$logs/run
    start=$SECONDS
    status=0
    REDIS_SERVER=$server cargo test --package redis-shorten --test integration -- ${TEST:-} >"$log" 2>&1 || status=$?
    seconds=$((SECONDS - start))
    if [ $status -ne 0 ]; then
        failed=1
        cat "$log"
    fi
    result=$(grep '^test result:' "$log" || echo 'test result: FAILED. 0 passed; 0 failed')
    echo "$result"
    rows+=("$(printf '%-16s %6s %6s %7s' "$version" "$(sed -E 's/.* ([0-9]+) passed.*/\1/' <<<"$result")" \
        "$(sed -E 's/.* ([0-9]+) failed.*/\1/' <<<"$result")" "$seconds")")
done

printf '\n%-16s %6s %6s %7s\n' server passed failed seconds
printf '%s\n' "${rows[@]}"
exit $failed
