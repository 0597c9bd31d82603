#!/usr/bin/env bash
# Installs several cluster clients into .clients/, each by the package manager of its language.
# Languages without one are skipped.
# With the argument `python`, redis-py alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
into=$PWD/.clients
mkdir -p "$into"

if command -v pip >/dev/null; then
    [ -d "$into/python/redis" ] || pip install --quiet --target "$into/python" "redis>=5"
fi
[ "${1:-}" = python ] && exit 0
if command -v npm >/dev/null; then
    [ -d "$into/js/node_modules/ioredis" ] || npm install --silent --prefix "$into/js" ioredis@5 redis@5
fi
# Debian has a cluster client for Go among its packages.
gopath=/usr/share/gocode
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] && [ ! -d $gopath/src/github.com/mna/redisc ]; then
    apt-get install -y --no-install-recommends golang-go golang-github-mna-redisc-dev >/dev/null || true
fi
if command -v go >/dev/null && [ -d $gopath/src/github.com/mna/redisc ]; then
    GO111MODULE=off GOPATH=$gopath go build -o "$into/go-client" ./tests/clients/go
fi
if command -v go >/dev/null && [ -d $gopath/src/github.com/gomodule/redigo ]; then
    GO111MODULE=off GOPATH=$gopath go build -o "$into/go-redirect" ./examples/clients/go
fi
