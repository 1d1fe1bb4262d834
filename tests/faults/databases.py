"""The two databases of the year of faults, and what befalls each: a restart, a held lock, last night's backup."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import asyncpg

from tests.databases import _postgresql_programs, _run_as, _unprivileged_user, _wait_until_ready

LOCK_SECONDS = 1.5


class Stricken(Protocol):
    """A database that something happens to. What is restored is younger than nothing it forgets."""

    kind: str
    url: str

    async def strike(self) -> None:
        """Take the database away for a moment, in the midst of whatever is going on."""

    async def back_up(self) -> None:
        """Keep a copy of this moment; nobody else may be connected."""

    async def restore(self) -> None:
        """Go back to the copy; nobody else may be connected."""


class Sqlite:
    """One file. It has no server to restart: another process holds its write lock."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._file = folder / "dondoc.sqlite"
        self.url = f"sqlite+aiosqlite:///{self._file}"

    async def strike(self) -> None:
        """Hold the write lock, as somebody's forgotten shell would."""
        await asyncio.to_thread(self._hold)

    def _hold(self) -> None:
        held = sqlite3.connect(self._file, isolation_level=None, timeout=60)
        held.execute("BEGIN IMMEDIATE")
        try:
            time.sleep(LOCK_SECONDS)
        finally:
            held.execute("ROLLBACK")
            held.close()

    async def back_up(self) -> None:
        """Copy the file the way SQLite's own backup does."""
        await asyncio.to_thread(self._copy, self._file, self._file.with_suffix(".backup"))

    async def restore(self) -> None:
        """Put the copy in the file's place, without what the lost one had in its log."""
        for rest in ("-wal", "-shm"):
            self._file.with_name(self._file.name + rest).unlink(missing_ok=True)
        shutil.copyfile(self._file.with_suffix(".backup"), self._file)

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        with sqlite3.connect(source) as from_, sqlite3.connect(target) as to:
            from_.backup(to)
        from_.close()
        to.close()


class Postgresql:
    """A private server that answers on a socket in its own folder only; it does not wait for the disk."""

    kind = "postgresql"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._programs = _postgresql_programs()
        self._user = _unprivileged_user()
        self._server: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql+asyncpg://dondoc@/year?host={folder}"
        self._dsn = f"postgresql://dondoc@/postgres?host={folder}"

    def start(self, *, new: bool = False) -> None:
        """Start the server; `new` makes its files first. Errors: `RuntimeError` with what the server said."""
        data, log = self._folder / "data", self._folder / "log"
        if new:
            if self._user:
                os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
            initdb = [*_run_as(self._user), self._programs / "initdb", "-D", data, "-U", "dondoc", "-A", "trust",
                      "-E", "UTF8", "--no-locale", "-N"]  # fmt: skip
            subprocess.run(initdb, cwd=self._folder, capture_output=True, check=True)
        settings = {
            "listen_addresses": "", "unix_socket_directories": str(self._folder), "timezone": "UTC",
            # A crash of the server loses nothing that was committed; only a crash of the machine would.
            "fsync": "off", "synchronous_commit": "on", "full_page_writes": "off",
        }  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with log.open("ab") as output:
            self._server = subprocess.Popen(
                [*_run_as(self._user), self._programs / "postgres", "-D", data, *options], cwd=self._folder,
                stdout=output, stderr=output,
            )  # fmt: skip
        _wait_until_ready(self._server, self._dsn, log)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT in good order, SIGQUIT as a crash."""
        assert self._server is not None
        self._server.send_signal(how)
        self._server.wait(timeout=30)

    async def strike(self) -> None:
        """Let the server crash and come back."""
        await asyncio.to_thread(self.stop, signal.SIGQUIT)
        await asyncio.to_thread(self.start)

    async def back_up(self) -> None:
        """Copy the database inside the server."""
        await self.command("DROP DATABASE IF EXISTS backup")
        await self.command("CREATE DATABASE backup TEMPLATE year")

    async def restore(self) -> None:
        """Put the copy in the database's place."""
        await self.command("DROP DATABASE year WITH (FORCE)")
        await self.command("CREATE DATABASE year TEMPLATE backup")

    async def command(self, statement: str) -> None:
        """Run one statement on the server."""
        connection = await asyncpg.connect(self._dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@asynccontextmanager
async def stricken(kind: str, folder: Path) -> AsyncIterator[Stricken]:
    """Lend an empty database of a kind; it is gone afterwards, or its file stays in `folder`."""
    if kind == "sqlite":
        yield Sqlite(folder)
        return
    # Not under a folder closed to other users: the server may run as one.
    home = Path(tempfile.mkdtemp(prefix="dondoc-faults-"))
    server = Postgresql(home)
    try:
        await asyncio.to_thread(lambda: server.start(new=True))
        await server.command("CREATE DATABASE year")
        yield server
    finally:
        await asyncio.to_thread(server.stop)
        shutil.rmtree(home)
