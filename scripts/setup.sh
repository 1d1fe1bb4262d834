#!/bin/sh
# Set-up for `make`: fetch what a fresh Debian 12 lacks, and do nothing twice.
#
#   scripts/setup.sh install      .venv with the hashed requirements and the `dondoc` command
#   scripts/setup.sh test-tools   PostgreSQL's server programs, Chromium, a font with every Vietnamese letter
#
# As root it installs missing Debian packages; otherwise it names them in one line and exits 2.
set -eu
cd "$(dirname "$0")/.."

say() { echo "dondoc: $*"; }
stop() {
    echo "dondoc: $*" >&2
    exit 2
}

# Run a long command quietly; show what it said only when it fails.
quietly() {
    log=$(mktemp)
    if "$@" >"$log" 2>&1; then
        rm -f "$log"
    else
        tail -n 30 "$log" >&2
        rm -f "$log"
        return 1
    fi
}

install_packages() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        stop "missing: $*; have an administrator run: apt-get install $*"
    fi
    say "installing Debian packages: $*"
    export DEBIAN_FRONTEND=noninteractive
    wait_for_lock="-o DPkg::Lock::Timeout=300"
    quietly apt-get update -qq || stop "apt-get update failed; check the network and the package sources"
    quietly apt-get install -y -qq --no-install-recommends $wait_for_lock "$@" || stop "apt-get could not install: $*"
}

is_recent_python() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-python3.11 python3}; do
        if is_recent_python "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    stop "missing: Python 3.11 or newer; install it, or say which one: make install PYTHON=/path/to/python3.11"
}

# An environment knows its own place by absolute paths: one that was copied or moved is made again.
environment_works() {
    is_recent_python .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1 &&
        head -n 1 .venv/bin/pip | grep -qF "#!$PWD/.venv/bin/"
}

make_environment() {
    python=$(find_python)
    # Debian keeps `ensurepip`, which puts pip into a new environment, in a package of its own.
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
    say "making .venv with $("$python" --version)"
    quietly "$python" -m venv --clear .venv || stop "$python could not make .venv; see the lines above"
}

# What an installation depends on; the same fingerprint means there is nothing to do.
fingerprint() {
    { cat requirements/dev.txt pyproject.toml scripts/setup.sh && pwd; } | sha256sum | cut -d ' ' -f 1
}

install() {
    wanted=$(fingerprint)
    if [ -x .venv/bin/dondoc ] && [ "$(cat .venv/.installed 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    environment_works || make_environment
    rm -f .venv/.installed
    say "installing $(grep -c '==' requirements/dev.txt) pinned packages into .venv; the first time takes a few minutes"
    # Wheels only: nothing is compiled, and no package runs code of its own while being installed.
    quietly .venv/bin/python -m pip install --disable-pip-version-check --no-input \
        --require-hashes --only-binary :all: -r requirements/dev.txt ||
        stop "pip could not install requirements/dev.txt; see the lines above"
    # The build backend is one of the pinned packages, so this step fetches nothing.
    quietly .venv/bin/python -m pip install --disable-pip-version-check --no-input \
        --no-index --no-deps --no-build-isolation --editable . ||
        stop "pip could not install dondoc itself; see the lines above"
    echo "$wanted" >.venv/.installed
    say "ready: .venv/bin/dondoc"
}

has_postgresql() {
    [ -n "${DONDOC_TEST_DATABASE_URL:-}" ] || command -v initdb >/dev/null ||
        ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

# Debian's package would start a server for the whole machine; the tests only want its programs.
install_without_server() {
    no_server=/etc/postgresql-common/createcluster.d/dondoc-tests.conf
    if [ "$(id -u)" = 0 ]; then
        mkdir -p "${no_server%/*}"
        echo "create_main_cluster = false" >"$no_server"
        trap 'rm -f "$no_server"' EXIT
    fi
    install_packages "$@"
}

test_tools() {
    missing=""
    command -v chromium >/dev/null || missing="$missing chromium"
    # fonts-liberation lacks 92 of the 146 Vietnamese letters; the second edition has them all.
    [ -d /usr/share/fonts/truetype/liberation2 ] || missing="$missing fonts-liberation2"
    if ! has_postgresql; then
        install_without_server postgresql $missing
    elif [ -n "$missing" ]; then
        install_packages $missing
    fi
}

case "${1:-}" in
    install) install ;;
    test-tools) test_tools ;;
    *) stop "usage: scripts/setup.sh install|test-tools" ;;
esac
