"""Files on their way into a draft: whole with the form, or piece by piece, going on where the line was cut."""

import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from config.errors import Refused
from dondoc.store import drafts
from dondoc.store.drafts import Partial
from tasks.file_kinds import StrangeFile, kind_of, safe_name
from tasks.receipts import MOST_BYTES, RefusedReceipt, StoredFile, keep_stream
from tasks.submit_report import NARRATIVE
from tasks.unit_page import UnitPage
from tasks.world import World

MOST_FILES: Final = 20
_MOST_TOGETHER: Final = 200_000_000  # bytes of one draft, what is still coming included
_WAITED_FOR: Final = timedelta(days=7)  # an upload nobody has gone on with


class TooManyFiles(Refused):
    """A draft holds as many files, or bytes, as it may."""


async def keep_upload(world: World, page: UnitPage, name: str, content: BinaryIO, store: Path, at: datetime) -> None:
    """Keep a file beside the draft: under its hash, of a kind known by its content, under a harmless name.

    Errors: `TooManyFiles`, `StrangeFile`, `RefusedReceipt` for one that is too large.
    """
    size = await asyncio.to_thread(content.seek, 0, 2)
    harmless = await _room_for(world, page, name, size)
    kind = await asyncio.to_thread(kind_of, content, harmless)
    stored = await asyncio.to_thread(keep_stream, harmless, content, store)
    file = {"name": stored.name, "size": stored.size, "sha256": stored.sha256, "kind": kind}
    async with world.database.write() as connection:
        await drafts.add_file(connection, page.row.assignment_id, file, at)


async def _room_for(world: World, page: UnitPage, name: str, size: int) -> str:
    """Return under which name a further file of a draft may be kept. Errors: `TooManyFiles`, `RefusedReceipt`."""
    if size > MOST_BYTES:
        raise RefusedReceipt(f"file {name}: more than {MOST_BYTES} bytes")
    names, together = await drafts.files_and_bytes(world.database, page.row.assignment_id)
    if len(names) >= MOST_FILES or together + size > _MOST_TOGETHER:
        raise TooManyFiles(f"{name}: {len(names)} files of {together} bytes are there already")
    return safe_name(name, [NARRATIVE, *names])


async def begin_upload(world: World, page: UnitPage, name: str, size: int, store: Path, at: datetime) -> Partial:
    """Begin a file that comes in pieces; the same name and size again goes on where it stopped.

    Errors: `TooManyFiles`, `RefusedReceipt` for one that is too large, `StrangeFile` for one that is empty.
    """
    async with world.database.write() as connection:
        gone = await drafts.drop_partials(connection, page.row.assignment_id, at - _WAITED_FOR)
    for old in gone:  # their rows first: a row without its bytes would never be gone on with
        _place(store, old).unlink(missing_ok=True)
    if not size:
        raise StrangeFile("empty")
    known = await drafts.partial_named(world.database, page.row.assignment_id, safe_name(name), size)
    if known and (not known.received or _there(_place(store, known.id)) >= known.received):
        return known
    harmless = await _room_for(world, page, name, size)
    async with world.database.write() as connection:
        return await drafts.add_partial(connection, page.row.assignment_id, harmless, size, at)


async def take_piece(
    world: World, assignment_id: int, begun: Partial, at: int, piece: bytes | bytearray, store: Path
) -> int:
    """Write a piece of a file at its place and return how many bytes are here; one out of turn changes nothing.

    With the last piece the file is kept beside the draft. Errors: `StrangeFile`, and then nothing of it stays.
    """
    after, place = at + len(piece), _place(store, begun.id)
    if at != begun.received or after > begun.size:
        return begun.received
    if piece:
        await asyncio.to_thread(_write, place, at, piece)
        async with world.database.write(one_statement=True) as connection:
            if not await drafts.note_piece(connection, begun.id, at, after):
                return begun.received
    if after < begun.size:
        return after
    try:
        kind, stored = await asyncio.to_thread(_looked_at, begun.name, place, store)
    except StrangeFile:
        async with world.database.write() as connection:
            await drafts.drop_file(connection, assignment_id, begun.id)
        await asyncio.to_thread(place.unlink, missing_ok=True)
        raise
    async with world.database.write() as connection:
        await drafts.finish_partial(connection, begun.id, stored.sha256, kind)
    await asyncio.to_thread(place.unlink, missing_ok=True)  # megabytes take milliseconds, in which nobody is served
    return after


async def drop_upload(world: World, page: UnitPage, upload_id: int, store: Path) -> None:
    """Take a file away from the draft, also one of which only a part is here."""
    async with world.database.write() as connection:
        dropped = await drafts.drop_file(connection, page.row.assignment_id, upload_id)
    if dropped:
        await asyncio.to_thread(_place(store, upload_id).unlink, missing_ok=True)


def _looked_at(name: str, place: Path, store: Path) -> tuple[str, StoredFile]:
    with place.open("rb") as content:
        return kind_of(content, name), keep_stream(name, content, store)


def _place(store: Path, number: int) -> Path:
    return store.with_name(f"{store.name}-coming") / str(number)


def _there(place: Path) -> int:
    return place.stat().st_size if place.exists() else 0


def _write(place: Path, at: int, piece: bytes | bytearray) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(place, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        file.seek(at)
        file.write(piece)
        file.flush()
        os.fsync(file.fileno())
