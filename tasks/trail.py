"""The trail: what a named officer did is written down in the transaction that does it, and can be verified."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from unicodedata import normalize

from config.errors import Refused
from deadlines.trail import Broken, Check, Entry, Head
from dondoc.store import trail as store
from dondoc.store.engine import Connection
from dondoc.store.trail_head import HeadFile, HeadUnusable
from tasks.world import World

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying found: how many rows there are, what is broken, and whether a head was remembered here."""

    rows: int
    broken: tuple[Broken, ...]
    head: Head | None


def note(connection: Connection, world: World, who: str, act: str, what: dict[str, Any], *, at: datetime) -> None:
    """Write down that somebody did something; it is chained as the last thing of the transaction under way.

    `what` is plain JSON: keys, numbers, days; never a password, code or token. Taken back with the transaction. What
    is done on the command line also says under which account of the operating system.
    """
    # `who` is what somebody calls themselves.
    said = what if world.terminal is None else {**what, "terminal": world.terminal}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    clean = normalize("NFC", text).encode("utf-8", "backslashreplace").decode()
    world.database.last_of_all(connection, partial(_append, world, at, normalize("NFC", who), act, clean))


async def _append(
    world: World, at: datetime, who: str, act: str, what: str, connection: Connection
) -> Callable[[], None] | None:
    """Chain the row; return what remembers it outside the database once it is committed."""
    row = await store.append(world.database, connection, at, who, act, what)
    file = head_file(world)
    if file is None:
        return None
    try:
        known = file.read()
        if known is not None and await store.hash_at(connection, known.serial) != known.hash:
            log.error("the trail is not the one remembered in %s; see 'dondoc audit verify'", file.path)
            return None  # what is remembered is the only witness: it stays until an officer accepts
    except HeadUnusable as error:
        log.error("%s", error)
        return None
    return partial(_remember, file, Head(row.serial, row.hash))


def _remember(file: HeadFile, head: Head) -> None:
    try:
        file.remember(head)
    except HeadUnusable as error:  # the act is committed; the next one remembers it too
        log.error("%s", error)


def head_file(world: World) -> HeadFile | None:
    """Return where the head is remembered: beside the journal; null where none is kept (a simulation)."""
    return HeadFile(world.journal.folder) if world.journal else None


async def verify(world: World) -> Verified:
    """Read the whole trail and say which rows were changed, removed, swapped or put back. Errors: `HeadUnusable`."""
    file = head_file(world)
    head = file.read() if file else None  # before the rows: what is committed meanwhile lies beyond it
    check = Check(head)
    async with world.database.read() as connection:
        async for row in store.every_row(connection):
            check.take(row)
    return Verified(check.rows, tuple(check.end()), head)


async def accept(world: World, *, officer: str, reason: str, as_of: datetime) -> Head:
    """Go on from the trail as it is, because an officer knows why: an older copy was put back on purpose.

    What was remembered is written into the trail itself. Errors: `Refused` where nothing is remembered or wrong.
    """
    file = head_file(world)
    if file is None:
        raise Refused("audit accept: no head is remembered here; nothing is to be accepted")
    try:
        lost = file.read()
    except HeadUnusable:
        lost = None  # unreadable: it cannot say more than that
    async with world.database.write() as connection:
        if lost is not None and await store.hash_at(connection, lost.serial) == lost.hash:
            raise Refused(f"audit accept: the trail goes on from row {lost.serial} as remembered; nothing to accept")
        what = {"remembered": {"serial": lost.serial, "hash": lost.hash} if lost else None, "reason": reason}
        note(connection, world, officer, "trail-accepted", what, at=as_of)
    async with world.database.read() as connection:
        [row] = await store.last_rows(connection, 1)
    head = Head(row.serial, row.hash)
    file.remember(head, even_back=True)
    return head


async def newest(world: World, most: int) -> list[Entry]:
    """Return what was done last, the newest first."""
    async with world.database.read() as connection:
        return await store.last_rows(connection, most)


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
