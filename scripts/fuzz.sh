#!/usr/bin/env bash
# Runs fuzz targets of the engine with cargo-fuzz, which needs a nightly toolchain and a C++ compiler.
# TARGET=name runs one of them, TIME=n each for so many seconds. A crash leaves its input in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds="${TIME:-60}"
command -v rustup >/dev/null || { echo "Fuzzing needs rustup and a nightly toolchain." >&2; exit 1; }
cargo +nightly --version >/dev/null 2>&1 || rustup toolchain install nightly --profile minimal
cargo +nightly fuzz --version >/dev/null 2>&1 || cargo +nightly install cargo-fuzz --locked

targets="${TARGET:-$(cargo +nightly fuzz list)}"
for target in $targets; do
    echo "fuzzing $target for $seconds s"
    # Inputs beyond this length are refused anyway or only repeat what shorter ones do.
    cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" -max_len=8192 -print_final_stats=1
done
