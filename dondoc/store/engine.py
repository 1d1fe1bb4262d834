"""Opening the database: one reader, one writing queue, the database's own time, and what kind it is."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import BigInteger, any_, bindparam, event, literal_column, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql.elements import ColumnElement

from config.errors import Refused
from dondoc import clock
from dondoc.store import tables as t
from dondoc.store.types import Instant

_DRIVERS = {"sqlite": "aiosqlite", "postgresql": "asyncpg"}
_URLS = "write sqlite+aiosqlite:////folder/file.sqlite or postgresql+asyncpg://user:password@host/database"

Connection = AsyncConnection  # what the layers above pass along without knowing SQLAlchemy
# What is done last in a transaction; what it returns is called when that is committed.
Last = Callable[[AsyncConnection], Awaitable[Callable[[], None] | None]]


# What a driver may raise while it connects: its own errors come as they are, not wrapped.
UNREACHABLE = (DBAPIError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)

_RESTED = 1.0  # seconds after which a connection is asked whether it lives before it is used


class DatabaseUnreachable(Refused):
    """The database cannot be opened: says which one, why, and what to do."""


class WrongDatabase(Refused):
    """A live database was asked to simulate, or a simulation to be live."""


class Database:
    """One open database; `read()` and `write()` hand out connections, nobody else begins transactions.

    On SQLite every writing transaction is `BEGIN IMMEDIATE` and they queue inside the process, so
    the lock is waited for in memory and not by polling the file.
    """

    def __init__(self, engine: AsyncEngine, offset: timedelta, kind: str, *, relaxed: bool = False) -> None:
        self.engine = engine
        self.relaxed = relaxed
        self.kind = kind
        self.sqlite = engine.dialect.name == "sqlite"
        # What only looks needs no transaction on PostgreSQL: each would cost two more journeys to the server.
        self._looking = engine if self.sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        self._offset = offset
        self._stands_at: datetime | None = None
        self.plan_texts: dict[str, str] = {}  # the plans this process has read, by their SHA-256
        self._write_queue = asyncio.Lock()
        self._last: dict[int, list[Last]] = {}  # by the connection of each transaction under way

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection to look with; each statement sees one consistent state."""
        with self.told():
            async with self._looking.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self, *, one_statement: bool = False) -> AsyncIterator[AsyncConnection]:
        """Lend a connection inside one transaction, committed at the end or not at all.

        What writes by `one_statement` needs nobody to begin and commit it on PostgreSQL: one journey instead of three.
        """
        if one_statement and not self.sqlite:
            async with self.read() as connection:
                yield connection
            return
        with self.told():
            async with self._transaction() as connection:
                last = self._last[id(connection)] = []
                try:
                    yield connection
                    committed = [await work(connection) for work in last]
                finally:
                    del self._last[id(connection)]
        for tell in committed:
            if tell is not None:
                tell()

    def last_of_all(self, connection: AsyncConnection, work: Last) -> None:
        """Do `work` as the last thing of a transaction under way: a lock that many want is held shortest there."""
        self._last[id(connection)].append(work)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        if not self.sqlite:
            async with self.engine.begin() as connection:
                yield connection
            return
        async with self.turn(), self.engine.connect() as connection:
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                await connection.rollback()
                raise
            await connection.commit()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for this process's turn to write, which SQLite gives to one at a time."""
        with self.told():
            async with self._write_queue:
                yield

    @asynccontextmanager
    async def driver(self) -> AsyncIterator[Any]:
        """Lend asyncpg's own connection, outside any transaction."""
        with self.told():
            async with self.engine.connect() as connection:
                yield (await connection.get_raw_connection()).driver_connection

    @property
    def path(self) -> str:
        """Return the file of a SQLite database."""
        return str(self.engine.url.database)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Tell a database that was lost, locked, full or read-only in one line."""
        try:
            yield
        except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if not _is_gone(error):
                raise
            raise DatabaseUnreachable(why_unreachable(self.engine.url, error)) from error

    def now(self) -> datetime:
        """Return the instant this database lives in: the real one, or a simulation's."""
        return self._stands_at or clock.now(self._offset)

    def stand_at(self, at: datetime) -> None:
        """Let a simulation's clock stand at an instant, for what is done there. Errors: `WrongDatabase`."""
        if not self.simulated:
            raise WrongDatabase("this database is live; its clock is the real one")
        self._stands_at = at

    @property
    def simulated(self) -> bool:
        """Return whether this database is marked as a simulation."""
        return self.kind == "simulation"

    def insert(self, table: Any) -> Any:
        """Return the dialect's INSERT, which knows ON CONFLICT."""
        return sqlite.insert(table) if self.sqlite else postgresql.insert(table)

    def among(self, column: Any, ids: Collection[int]) -> ColumnElement[bool]:
        """Return that a column of numbers is one of `ids`: one parameter on PostgreSQL, however many they are."""
        wanted: ColumnElement[bool] = (
            column.in_(ids) if self.sqlite else column == any_(bindparam(None, list(ids), postgresql.ARRAY(BigInteger)))
        )
        return wanted

    def time(self, plus_seconds: float = 0) -> ColumnElement[datetime]:
        """Return the database's own present time as an expression, for leases that several hosts share."""
        if self.sqlite:
            shift = f"{plus_seconds:+.3f} seconds"
            return literal_column(f"strftime('%Y-%m-%dT%H:%M:%f', 'now', '{shift}') || '000Z'", Instant())
        return literal_column(f"(clock_timestamp() + interval '{plus_seconds:.3f} seconds')", Instant())

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


def _is_gone(error: Exception) -> bool:
    """Return whether the database went away, is locked, full or read-only; else the statement was wrong."""
    gone = (OperationalError, InterfaceError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)
    if isinstance(error, gone):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    # Class 57P: shut down by an administrator, crashed, starting up again. SQLAlchemy has no name of its own for it.
    return str(getattr(getattr(error, "orig", error), "sqlstate", None) or "").startswith("57P")


async def open_database(url: str, *, relaxed: bool = False) -> Database:
    """Open a migrated database and learn what kind it is.

    `relaxed` gives up waiting for the disk on SQLite: right for a simulation's throw-away file,
    never for a ledger. Errors: `DatabaseUnreachable`.
    """
    where = checked_url(url)
    refuse_unusable_file(where)
    engine = _engine(where, relaxed)
    try:
        async with engine.connect() as connection:
            rows: dict[str, str] = {row.key: row.value for row in await connection.execute(select(t.meta))}
    except UNREACHABLE as error:
        await engine.dispose()
        raise DatabaseUnreachable(why_unreachable(where, error)) from error
    offset = timedelta(seconds=float(rows.get("clock_offset_seconds", "0")))
    return Database(engine, offset, rows.get("kind", "live"), relaxed=relaxed)


def checked_url(url: str) -> URL:
    """Return a database URL with the driver we use. Errors: `DatabaseUnreachable` for any other database."""
    try:
        where = make_url(url)
        backend = where.get_backend_name()
    except (ArgumentError, ValueError):
        raise DatabaseUnreachable("DONDOC_DATABASE_URL: is no database URL; " + _URLS) from None
    if backend not in _DRIVERS or where.drivername not in (backend, f"{backend}+{_DRIVERS[backend]}"):
        raise DatabaseUnreachable(f"DONDOC_DATABASE_URL: {where.drivername} is not supported; {_URLS}")
    return where.set(drivername=f"{backend}+{_DRIVERS[backend]}")


def _engine(url: URL, relaxed: bool) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        return _asked_after_a_rest(create_async_engine(url, pool_size=8, max_overflow=8))
    engine = create_async_engine(url, connect_args={"timeout": 60}, pool_size=8, max_overflow=8)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        prepare_sqlite(connection, relaxed=relaxed)

    return engine


def _asked_after_a_rest(engine: AsyncEngine) -> AsyncEngine:
    """Ask a connection whether it lives only when it has rested: before every use it would be every second journey."""

    @event.listens_for(engine.sync_engine, "connect")
    @event.listens_for(engine.sync_engine, "checkin")
    def rests(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = clock.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def lives(connection: Any, record: Any, _lent: Any) -> None:
        if connection.driver_connection.is_closed():  # as far as this side has heard
            raise InvalidatePoolError  # the pool makes new ones
        if clock.monotonic() < record.info["rests_since"] + _RESTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    return engine


def prepare_sqlite(connection: Any, *, relaxed: bool) -> None:
    """Make a new connection to a SQLite file what every one of ours is."""
    connection.isolation_level = None  # we say BEGIN IMMEDIATE ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        f"synchronous={'OFF' if relaxed else 'FULL'}",  # a mailed receipt must survive a power cut
        "busy_timeout=60000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def refuse_unusable_file(url: URL, *, new: bool = False) -> None:
    """Refuse a SQLite file that cannot be opened, before the driver tries and leaves a thread behind.

    `new`: it may be made. Errors: `DatabaseUnreachable`.
    """
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":memory:", "file:")):
        return
    path = Path(url.database)
    if not path.exists() and not new:
        raise DatabaseUnreachable(
            f"database {path}: no such file; run 'dondoc up' or 'dondoc migrate', or set DONDOC_DATABASE_URL"
        )
    if path.exists() and not path.is_file():
        raise DatabaseUnreachable(f"database {path}: is no file; set DONDOC_DATABASE_URL to one")
    if not os.access(path if path.exists() else path.parent, os.R_OK | os.W_OK):
        raise DatabaseUnreachable(f"database {path}: may not be written by this account; check its owner and mode")


def masked_url(url: str) -> str:
    """Return a database URL as it may be shown: without its password, and nothing of one that cannot be read."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return "••••"


def why_unreachable(url: URL, error: Exception) -> str:
    """Return one line: which database, why, and what to do."""
    shown = url.render_as_string(hide_password=True)
    cause = (str(getattr(error, "orig", None) or error) or type(error).__name__).splitlines()[0]
    cause = cause.rpartition("'>: ")[2]  # SQLAlchemy puts the class of asyncpg's error in front
    if isinstance(error, DBAPIError) and cause.endswith(("no such table: meta", 'relation "meta" does not exist')):
        return f"database {shown}: not set up yet ({cause}); run 'dondoc migrate'"
    return f"database {shown}: cannot be reached ({cause}); check DONDOC_DATABASE_URL"


async def mark_simulation(database: Database, as_of: datetime) -> None:
    """Make an empty database a simulation whose clock starts at `as_of`."""
    async with database.write() as connection:
        if (await connection.execute(select(t.campaign.c.id).limit(1))).first() and not database.simulated:
            raise WrongDatabase("this database holds live campaigns; a simulation needs a database of its own")
        await _set_offset(database, connection, as_of - clock.now())
        await _set(database, connection, "kind", "simulation")
    database.kind = "simulation"


async def move_clock(database: Database, to: datetime) -> None:
    """Move a simulation's clock ahead, for every process that opens it from now on; it never goes back.

    Errors: `WrongDatabase`.
    """
    if not database.simulated:
        raise WrongDatabase("this database is live; its clock is the real one")
    if to > database.now():
        async with database.write() as connection:
            await _set_offset(database, connection, to - clock.now())


async def _set_offset(database: Database, connection: AsyncConnection, offset: timedelta) -> None:
    await _set(database, connection, "clock_offset_seconds", str(offset.total_seconds()))
    database._offset = offset


async def _set(database: Database, connection: AsyncConnection, key: str, value: str) -> None:
    statement = database.insert(t.meta).values(key=key, value=value)
    await connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
