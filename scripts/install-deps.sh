#!/usr/bin/env bash
# Installs missing packages to build and run the module. If none is missing, does nothing and needs
# no privileges.
set -euo pipefail

missing=()
command -v redis-server >/dev/null || missing+=(redis-server)
command -v redis-cli >/dev/null || missing+=(redis-tools)
command -v cc >/dev/null || missing+=(gcc)
[ -e /usr/include/stdio.h ] || missing+=(libc6-dev)
# bindgen needs libclang.so and clang's own headers. libclang-dev contains both.
have() { compgen -G "$1" >/dev/null; }
if ! have '/usr/lib/llvm-*/lib/libclang*.so*' || ! have '/usr/lib/llvm-*/lib/clang/*/include/stddef.h'; then
    [ -n "${LIBCLANG_PATH:-}" ] || missing+=(libclang-dev)
fi

if ! command -v cargo >/dev/null && [ ! -x "$HOME/.cargo/bin/cargo" ]; then
    echo "A Rust toolchain is missing: install rustup (https://rustup.rs), then try again." >&2
    exit 1
fi
[ ${#missing[@]} -gt 0 ] || exit 0

by_hand() {
    echo "Missing: ${missing[*]}" >&2
    echo "$1 Install them by hand (the names are Debian's), then try again." >&2
    exit 1
}
command -v apt-get >/dev/null || by_hand "This system has no apt-get."
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || by_hand "Neither root nor sudo here."
    as_root=(sudo)
fi

echo "Installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq || echo "apt-get update failed; going on with the lists at hand." >&2
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || by_hand "apt-get could not install them."
