#!/bin/sh
# Set-up for `make`: fetch what a fresh Debian 12 lacks, and do nothing twice.
#
#   scripts/setup.sh install      .venv with the hashed requirements and the `dondoc` command
#   scripts/setup.sh test-tools   PostgreSQL's server programs, Chromium, a font with every Vietnamese letter, libfaketime
#
# As root it installs missing Debian packages; otherwise it names them in one line and exits 2. An environment
# without python3-venv needs no administrator as long as pip can be had from somewhere: see make_environment.
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

may_install_packages() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

install_packages() {
    may_install_packages || stop "missing: $*; have an administrator run: apt-get install $*"
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
    has_ensurepip || ! may_install_packages || (install_packages python3-venv) || true
    say "making .venv with $("$python" --version)"
    if has_ensurepip; then
        quietly "$python" -m venv --clear .venv || stop "$python could not make .venv; see the lines above"
        return
    fi
    way_out="have an administrator run: apt-get install python3-venv"
    way_out="$way_out; or name another Python: make install PYTHON=/path/to/python3.11"
    silently "$python" -m venv --clear --without-pip .venv || stop "$python cannot make an environment; $way_out"
    silently pip_from_wheel /usr/share/python-wheels || silently pip_from_python || silently pip_from_debian ||
        stop "no pip: $python has neither ensurepip nor pip, and apt-get could not fetch python3-pip-whl; $way_out"
}

has_ensurepip() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null
}

# Try one of several ways in a shell of its own.
silently() {
    ("$@") >/dev/null 2>&1
}

# Debian's own pip as a file, the one its `ensurepip` would take; a wheel can be run as it lies.
pip_from_wheel() {
    wheel=$(ls "$1"/pip-*.whl) &&
        .venv/bin/python "$wheel/pip" install --no-index --no-deps "$wheel"
}

# A pip outside the environment, the system's too: Debian's marker bars it from the system's folders only.
pip_from_python() {
    "$python" -m pip --python .venv/bin/python install --disable-pip-version-check --no-input \
        --require-hashes --only-binary :all: -r requirements/pip.txt
}

# Anybody may fetch a package, checked against Debian's keys as usual, with lists in a folder of their own.
pip_from_debian() {
    fetched=$(mktemp -d)
    trap 'rm -rf "$fetched"' EXIT
    own="-o Dir::State::Lists=$fetched/lists -o Dir::Cache=$fetched/cache -o Debug::NoLocking=1"
    mkdir -p "$fetched/lists/partial" "$fetched/cache/archives/partial" &&
        apt-get $own update &&
        (cd "$fetched" && apt-get $own download python3-pip-whl && dpkg-deb -x python3-pip-whl_*.deb .) &&
        pip_from_wheel "$fetched/usr/share/python-wheels"
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
    # The browser's driver asks for it; a bare Debian has no other use for it.
    ls /usr/lib/*/libatomic.so.1 >/dev/null 2>&1 || missing="$missing libatomic1"
    # Gives a process of the tests a clock of its own (`make faults`).
    ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing="$missing libfaketime"
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
