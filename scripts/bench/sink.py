"""The C programme that takes all mail: `smtp-sink` of Debian's postfix, unpacked, never installed as a service."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dondoc import clock

_LIBRARIES = ("libdb5.3", "libicu72", "libnsl2")  # what smtp-sink is linked with beside the C library
_START_SECONDS = 10


def cache() -> Path:
    """Return the folder in which the measurement keeps what it fetched once."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dondoc" / "bench"


def fetch(folder: Path) -> Path:
    """Return where smtp-sink lies, fetched through apt when it is missing. Errors: SystemExit naming the way out."""
    if installed := shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        return Path(installed)
    program = folder / "postfix/usr/sbin/smtp-sink"
    if not program.is_file():
        _unpack(folder)
    if not _starts(program) and os.geteuid() == 0:
        _quietly(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_LIBRARIES])
    if not _starts(program):
        raise SystemExit(
            "bench: smtp-sink does not start; have an administrator run: "
            f"apt-get install --no-install-recommends {' '.join(_LIBRARIES)}"
        )
    return program


def _unpack(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        # Lists in a folder of their own: anybody may fetch a package, checked against Debian's keys as usual.
        own = ["-o", f"Dir::State::Lists={scratch}/lists", "-o", f"Dir::Cache={scratch}/cache",
               "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root"]  # fmt: skip
        for made in ("lists/partial", "cache/archives/partial"):
            (Path(scratch) / made).mkdir(parents=True)
        if not (
            _quietly(["apt-get", *own, "update"]) and _quietly(["apt-get", *own, "download", "postfix"], cwd=scratch)
        ):
            raise SystemExit("bench: missing smtp-sink; have an administrator run: apt-get download postfix, "
                             f"then: dpkg -x postfix_*.deb {folder}/postfix")  # fmt: skip
        (package,) = Path(scratch).glob("postfix_*.deb")
        subprocess.run(["dpkg", "-x", package, f"{scratch}/unpacked"], check=True)
        shutil.rmtree(folder / "postfix", ignore_errors=True)
        (Path(scratch) / "unpacked").rename(folder / "postfix")


def _quietly(command: list[str], cwd: str | None = None) -> bool:
    try:
        return subprocess.run(command, cwd=cwd, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _environment(program: Path) -> dict[str, str]:
    return {**os.environ, "LD_LIBRARY_PATH": str(program.parents[1] / "lib/postfix")}


def _starts(program: Path) -> bool:
    # Without arguments it tells its usage; with a library missing the loader ends it with 127.
    return subprocess.run([program], env=_environment(program), capture_output=True, check=False).returncode != 127


def free_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def sink(program: Path, *, messages: int, seconds: int) -> Iterator[int]:
    """Lend the port of a sink that takes at most so many messages and lives at most so long; ended by its id."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    bounds = ["-m", "64", "-M", str(messages)]
    with tempfile.TemporaryDirectory(prefix="dondoc-sink-") as folder:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "timeout", str(seconds), program, *user, *bounds,
             f"127.0.0.1:{port}", "256"],
            env=_environment(program), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_until_it_listens(process, port)
            yield port
        finally:
            process.terminate()  # `timeout` passes it on
            process.wait()


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    give_up_at = clock.monotonic() + _START_SECONDS
    while clock.monotonic() < give_up_at and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise RuntimeError(f"smtp-sink does not listen on port {port}")
