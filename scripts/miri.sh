#!/usr/bin/env bash
# Runs the engine's tests under Miri, which needs a nightly toolchain.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v rustup >/dev/null || { echo "Miri needs rustup and a nightly toolchain." >&2; exit 1; }
if ! cargo +nightly miri --version >/dev/null 2>&1; then
    rustup toolchain install nightly --profile minimal --component miri --component rust-src || {
        echo "No nightly toolchain with Miri could be installed: rustup toolchain install nightly --component miri" >&2
        exit 1
    }
fi
# The property tests read the clock and the environment.
export MIRIFLAGS="${MIRIFLAGS:--Zmiri-disable-isolation}"
exec cargo +nightly miri test --package shorten-engine "$@"
