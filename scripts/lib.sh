# What the scripts here share. Sourced, not run.

say() { printf '== %s\n' "$*"; }

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

is_root() { [ "$(id -u)" = 0 ]; }

have() { command -v "$1" >/dev/null 2>&1; }

# install PURPOSE PACKAGE…: installs Debian packages, or says what to install.
install() {
    local purpose=$1
    shift
    if ! is_root || ! have apt-get; then
        fail "$purpose is missing: install it (on Debian or Ubuntu: sudo apt-get install $*)"
    fi
    say "installing $* ($purpose is missing)"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends "$@" >"$SCRATCH/apt.log" 2>&1 && return
    apt-get update -q >"$SCRATCH/apt.log" 2>&1 || true
    apt-get install -y -q --no-install-recommends "$@" >"$SCRATCH/apt.log" 2>&1 && return
    tail -n 20 "$SCRATCH/apt.log" >&2
    fail "could not install $*: the end of apt-get's output stands above"
}

# Where things that are made once and used again are kept, outside the checkout.
cache_dir() { printf '%s' "${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}"; }
