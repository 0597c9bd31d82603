#!/usr/bin/env bash
# Measures how well user agents are classified, by public lists from npm, PyPI and crates.io. The
# lists are downloaded to ./.agents and never committed.
#   SAVE=file      save the verdicts
#   AGAINST=file   print every user agent whose verdict differs from the saved one
#   SHOW=1         print every user agent that is classified wrongly
#   FETCH=1        download the lists again
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$PWD/.agents

need() {
    command -v "$1" >/dev/null || { echo "$1 is needed to fetch the lists: install it" >&2; exit 1; }
}

from_npm() {
    for package in "$@"; do
        target=$folder/npm/${package##*/}
        mkdir -p "$target"
        (cd "$target" && tar xzf "$(npm pack --silent "$package")" --strip-components=1 && rm ./*.tgz)
    done
}

# Fixtures are only in source packages, which must be unpacked without being built.
from_pypi() {
    python3 -m pip install --quiet --root-user-action=ignore --target "$folder/pypi" pyyaml crawler-user-agents fake-useragent
    for package in "$@"; do
        python3 -m pip download --quiet --no-deps --no-binary "$package" --dest "$folder/pypi" "$package"
    done
    (cd "$folder/pypi" && for archive in *.tar.gz; do tar xzf "$archive" && rm "$archive"; done)
}

from_crates() {
    mkdir -p "$folder/crates/src"
    touch "$folder/crates/src/lib.rs"
    cat >"$folder/crates/Cargo.toml" <<'MANIFEST'
[package]
name = "lists"
version = "0.0.0"
edition = "2024"

[dependencies]
isbot = "*"

[workspace]
MANIFEST
    (cd "$folder/crates" && cargo vendor --quiet >/dev/null)
}

fetch() {
    need npm
    need python3
    echo "Fetching the lists into $folder (some 50 MB)" >&2
    rm -rf "$folder/npm" "$folder/pypi" "$folder/crates" "$folder/lists"
    mkdir -p "$folder/pypi"
    from_npm crawler-user-agents user-agents top-user-agents @ulixee/real-user-agents
    from_pypi device-detector crawlerdetect
    from_crates
    PYTHONPATH=$folder/pypi python3 scripts/agents_lists.py "$folder"
}

{ [ -d "$folder/lists" ] && [ -z "${FETCH:-}" ]; } || fetch
exec cargo run --release --quiet --package shorten-engine --example agents -- \
    ${SAVE:+--save "$SAVE"} ${AGAINST:+--against "$AGAINST"} ${SHOW:+--show} "$folder"/lists/*.tsv
