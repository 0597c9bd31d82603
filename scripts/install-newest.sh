#!/usr/bin/env bash
# Builds the newest Redis that Debian has a source package of, and prints its path on standard
# output. Installs nothing, needs no privileges, and does not change the machine's package lists. An
# existing server is kept: run `rm -r .servers/newest` to check Debian again.
set -euo pipefail
cd "$(dirname "$0")/.."
home=$PWD/.servers/newest
server=$home/redis-server
programs=(redis-server redis-cli redis-benchmark)

say() { echo "$*" >&2; }
die() { say "$*"; exit 1; }

if "$server" --version >/dev/null 2>&1; then
    echo "$server"
    exit
fi

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e "$keyring" ] || die "$keyring is missing: install debian-archive-keyring by hand."
for tool in apt-get cc c++ make tar; do
    command -v "$tool" >/dev/null || die "$tool is missing: install gcc, g++, make and tar by hand."
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{lists/partial,cache/archives/partial,source} "$home"

# A new version is uploaded to experimental before it reaches sid; apt takes the newer one.
for suite in sid experimental; do
    echo "deb-src [signed-by=$keyring] http://deb.debian.org/debian $suite main"
done >"$work/sources.list"
apt_get() {
    apt-get --quiet=2 -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User= "$@" >&2
}

say "Fetching Debian's newest source package of redis"
apt_get update
(cd "$work/source" && apt_get source --download-only redis)
archives=("$work"/source/redis_*.orig.tar.*)
# Debian's patches change defaults. The tests need the server as released upstream.
tar --extract --file "${archives[0]}" --directory "$work/source" --strip-components 1

log=$home/build.log
say "Building it, about ten minutes: $log"
nice -n 10 make -C "$work/source/src" -j2 BUILD_TLS=no USE_SYSTEMD=no SKIP_VEC_SETS=yes \
    "${programs[@]}" >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "The build failed."; }
# The server is installed last: its presence shows that the build is complete.
for program in redis-benchmark redis-cli redis-server; do
    install --mode 755 "$work/source/src/$program" "$home/$program"
done
"$server" --version >&2
echo "$server"
