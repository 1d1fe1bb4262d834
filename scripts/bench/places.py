"""Databases to measure on: each durable, each copied whole, so that every repetition begins with the same rows."""

import asyncio
import shutil
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy.engine import make_url

from dondoc.store.migrate import migrate
from tests.databases import execute_on, in_own_thread


@dataclass(slots=True)
class Places:
    """Makes, copies and removes databases of one kind: files in `folder`, or databases on `server`."""

    kind: str  # sqlite | postgresql
    folder: Path
    server: str
    _made: int = field(default=0)

    def empty(self, name: str) -> str:
        """Return the URL of a new database without a table."""
        self._made += 1
        if self.kind == "sqlite":
            return f"sqlite+aiosqlite:///{self.folder}/{name}{self._made}.sqlite"
        self._command(f'CREATE DATABASE "{name}{self._made}"')
        return self._url(f"{name}{self._made}")

    def migrated(self, name: str) -> str:
        """Return the URL of a new database with our tables."""
        url = self.empty(name)
        in_own_thread(partial(migrate, url))
        return url

    def copy(self, url: str) -> str:
        """Return the URL of a copy that has everything the original has."""
        self._made += 1
        original = make_url(url)
        if self.kind == "sqlite":
            copied = Path(str(original.database)).with_name(f"copy{self._made}.sqlite")
            shutil.copyfile(str(original.database), copied)
            return f"sqlite+aiosqlite:///{copied}"
        self._command(f'CREATE DATABASE "copy{self._made}" TEMPLATE "{original.database}" STRATEGY FILE_COPY')
        return self._url(f"copy{self._made}")

    def drop(self, url: str) -> None:
        """Remove a database and what belongs to it."""
        name = str(make_url(url).database)
        if self.kind == "postgresql":
            self._command(f'DROP DATABASE "{name}" WITH (FORCE)')
            return
        for end in ("", "-wal", "-shm"):
            Path(f"{name}{end}").unlink(missing_ok=True)

    def journal(self, url: str) -> str:
        """Return the folder for a database's journal of what was accepted."""
        return f"{self.folder}/{self.kind}-{Path(str(make_url(url).database)).stem}-journal"

    def settle(self, url: str) -> None:
        """Let a freshly filled database write down what it holds, so that nothing measured pays for it."""
        if self.kind == "postgresql":
            self._command("VACUUM ANALYZE", url)
            self._command("CHECKPOINT")

    def _url(self, database: str) -> str:
        there = make_url(self.server).set(drivername="postgresql+asyncpg", database=database)
        return there.render_as_string(hide_password=False)

    def _command(self, statement: str, url: str | None = None) -> None:
        dsn = make_url(url or self.server).set(drivername="postgresql").render_as_string(hide_password=False)
        in_own_thread(lambda: asyncio.run(execute_on(dsn, statement)))
