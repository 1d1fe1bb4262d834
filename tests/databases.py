"""Real databases for tests: every test gets a migrated one of its own, copied from a template in milliseconds."""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from dondoc.store.migrate import migrate

_START_SECONDS = 60


def in_own_thread(work: Callable[[], None]) -> None:
    """Run `work` where no event loop is running, so that it may start one of its own."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(work).result()


class PostgresqlDatabases:
    """Hands out migrated databases on one PostgreSQL server and takes them back."""

    def __init__(self, server_url: str) -> None:
        self._server_url = make_url(server_url).set(drivername="postgresql+asyncpg")
        # A random part keeps apart the processes and people who share a server.
        self._prefix = f"dondoc_test_{secrets.token_hex(4)}"
        self._template = f"{self._prefix}_template"
        self._made = 0

    def prepare(self) -> None:
        """Make the template: the only database of this run that is migrated step by step."""
        self._command(f'CREATE DATABASE "{self._template}"')
        url = self._url(self._template)
        in_own_thread(lambda: migrate(url))

    def fresh(self) -> str:
        """Return the URL of a new database that nobody has written to."""
        self._made += 1
        name = f"{self._prefix}_{self._made}"
        self._command(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"')
        return self._url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._command(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        """Leave the server as it was found: the template, and what tests have kept, go too."""
        self._command(f'DROP DATABASE IF EXISTS "{self._template}" WITH (FORCE)')
        for name in kept_names(self._prefix):
            self._command(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _url(self, database: str) -> str:
        return self._server_url.set(database=database).render_as_string(hide_password=False)

    def _command(self, statement: str) -> None:
        dsn = self._server_url.set(drivername="postgresql").render_as_string(hide_password=False)
        in_own_thread(lambda: asyncio.run(execute_on(dsn, statement)))


_KEPT: dict[tuple[str, ...], str] = {}  # what was kept: a file, or a database on the same server


def kept_names(prefix: str) -> list[str]:
    """Return the PostgreSQL databases that have been kept under a prefix."""
    return [name for name in _KEPT.values() if name.startswith(prefix)]


async def keep(url: str, key: tuple[str, ...], folder: Path) -> None:
    """Keep a copy of a database nobody is connected to, so that other tests begin where this one has come to."""
    where = make_url(url)
    kind, name = where.get_backend_name(), str(where.database)
    if kind == "sqlite":
        copy = str(folder / f"{len(_KEPT)}.db")
        shutil.copyfile(name, copy)
    else:
        copy = f"{name}_kept_{len(_KEPT)}"
        await execute_on(_neighbour(url), f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
    _KEPT[kind, *key] = copy


async def begin_from(url: str, key: tuple[str, ...]) -> bool:
    """Replace a fresh database by the copy kept under this key; false: there is none yet."""
    where = make_url(url)
    copy = _KEPT.get((where.get_backend_name(), *key))
    if copy is None:
        return False
    name = str(where.database)
    if where.get_backend_name() == "sqlite":
        shutil.copyfile(copy, name)
    else:
        await execute_on(_neighbour(url), f'DROP DATABASE "{name}"')
        await execute_on(_neighbour(url), f'CREATE DATABASE "{name}" TEMPLATE "{copy}"')
    return True


def _neighbour(url: str) -> str:
    """Return where the database can be made and dropped from: another one of its server."""
    where = make_url(url).set(drivername="postgresql", database="postgres")
    return where.render_as_string(hide_password=False)


async def execute_on(dsn: str, statement: str) -> None:
    """Run one statement outside any transaction, on a connection of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@contextmanager
def postgresql_server(*, durable: bool = False) -> Iterator[str]:
    """Lend the URL of a PostgreSQL server: `DONDOC_TEST_DATABASE_URL` if set, else a private one.

    The private one answers only on a socket inside its own folder, does not wait for the disk unless it is to be
    `durable`, and is gone afterwards. Errors: `RuntimeError` naming what is missing or what the server said.
    """
    if given := os.environ.get("DONDOC_TEST_DATABASE_URL"):
        yield given
        return
    programs = _postgresql_programs()
    # Not under pytest's own folder: that one is closed to other users, and the server may run as one.
    folder = Path(tempfile.mkdtemp(prefix="dondoc-pg-"))
    try:
        with _running_server(programs, folder, durable):
            yield f"postgresql+asyncpg://dondoc@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder)


@contextmanager
def _running_server(programs: Path, folder: Path, durable: bool) -> Iterator[None]:
    data, log = folder / "data", folder / "log"
    user = _unprivileged_user()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    prefix = _run_as(user)
    initdb = [
        *prefix,
        programs / "initdb",
        "-D",
        data,
        "-U",
        "dondoc",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-locale",
        "-N",
    ]
    made = subprocess.run(initdb, cwd=folder, capture_output=True, text=True, check=False)
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr.strip()}")
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        "timezone": "UTC",
    }
    # What does not wait for the disk; else memory and log as a server for a million rows has them.
    careless = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    settings |= {"shared_buffers": "512MB", "max_wal_size": "4GB"} if durable else careless
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*prefix, programs / "postgres", "-D", data, *options], cwd=folder, stdout=output, stderr=output
        )
    try:
        _wait_until_ready(server, f"postgresql://dondoc@/postgres?host={folder}", log)
        yield
    finally:
        server.send_signal(signal.SIGINT)  # "fast": ends connections, then itself
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.send_signal(signal.SIGQUIT)
            server.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], dsn: str, log: Path) -> None:
    give_up_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up_at and server.poll() is None:
        try:
            in_own_thread(lambda: asyncio.run(execute_on(dsn, "SELECT 1")))
        except (OSError, asyncpg.PostgresError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace').strip()}")


def _postgresql_programs() -> Path:
    """Return the folder of PostgreSQL's programs: the newest of Debian's, else what is on PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda found: float(found.parts[-3]))
    on_path = shutil.which("initdb")
    if not debian and not on_path:
        raise RuntimeError("no PostgreSQL found; run 'make test' as root, install it, or set DONDOC_TEST_DATABASE_URL")
    return debian[-1].parent if debian else Path(str(on_path)).resolve().parent


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom the server should run as: nobody else, unless we are root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    users = {user.pw_name: user for user in pwd.getpwall()}
    return users.get("postgres") or users["nobody"]


def _run_as(user: pwd.struct_passwd | None) -> list[str | Path]:
    # The server hears of our death even when we are killed, so that no test run leaves one behind.
    command: list[str | Path] = ["setpriv", "--pdeathsig", "INT"]
    if user:
        command += ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--init-groups"]
    return [*command, "--"]
