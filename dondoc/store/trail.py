"""The trail in the database: append a row to the chain, read it in order."""

from collections.abc import AsyncIterator
from datetime import datetime

from sqlalchemy import func, insert, select

from deadlines.trail import NO_ROW, Entry, digest
from dondoc.store import tables as t
from dondoc.store.engine import Connection, Database

_TURN = 2159  # the number of the lock under which PostgreSQL lets one process at a time append
_BATCH = 1_000
_COLUMNS = [t.trail.c[name] for name in Entry.__slots__]


async def append(database: Database, connection: Connection, at: datetime, who: str, act: str, what: str) -> Entry:
    """Chain a row to the last one; whoever else appends waits until this transaction has ended."""
    if not database.sqlite:  # on SQLite a writing transaction has the whole file to itself
        await connection.execute(select(func.pg_advisory_xact_lock(_TURN)))
    wanted = select(t.trail.c.serial, t.trail.c.hash).order_by(t.trail.c.serial.desc()).limit(1)
    last = (await connection.execute(wanted)).first()
    serial, previous = (last.serial + 1, last.hash) if last else (1, NO_ROW)
    row = Entry(serial, at, who, act, what, previous, digest(serial, at, who, act, what, previous))
    await connection.execute(insert(t.trail).values({name: getattr(row, name) for name in Entry.__slots__}))
    return row


async def hash_at(connection: Connection, serial: int) -> str | None:
    """Return the hash of one row, null if there is none."""
    return (await connection.execute(select(t.trail.c.hash).where(t.trail.c.serial == serial))).scalar_one_or_none()


async def every_row(connection: Connection) -> AsyncIterator[Entry]:
    """Yield the whole trail in order, a thousand rows in memory at a time."""
    behind = -1
    while rows := await _rows(connection, behind):
        for row in rows:
            yield row
        behind = rows[-1].serial


async def last_rows(connection: Connection, most: int) -> list[Entry]:
    """Return the newest rows, the newest first."""
    found = await connection.execute(select(*_COLUMNS).order_by(t.trail.c.serial.desc()).limit(most))
    return [Entry(*row) for row in found]


async def _rows(connection: Connection, behind: int) -> list[Entry]:
    wanted = select(*_COLUMNS).where(t.trail.c.serial > behind).order_by(t.trail.c.serial).limit(_BATCH)
    return [Entry(*row) for row in await connection.execute(wanted)]
