"""What a unit has written on its page and not sent yet: the form as it stands, and the files beside it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from dondoc.store import tables as t
from dondoc.store.engine import Database


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file kept for a draft, under its SHA-256."""

    id: int
    name: str
    size: int
    sha256: str
    kind: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft: `content` as typed, field by field; `version` rises with each saving."""

    assignment_id: int
    form_key: str
    content: dict[str, str]
    version: int
    saved_at: datetime
    files: tuple[DraftFile, ...]


async def draft_of(database: Database, assignment_id: int) -> Draft | None:
    """Return the draft of an assignment with its files; null when nothing was saved."""
    d = t.draft.c
    wanted = select(d.assignment_id, d.form_key, d.content, d.version, d.saved_at).where(
        d.assignment_id == assignment_id
    )
    async with database.read() as connection:
        row: Any = (await connection.execute(wanted)).first()
        return Draft(*(*row, await _files(connection, assignment_id))) if row else None


async def files_of(database: Database, assignment_id: int) -> tuple[DraftFile, ...]:
    """Return the files kept for a draft, also before its form was first saved."""
    async with database.read() as connection:
        return await _files(connection, assignment_id)


async def _files(connection: AsyncConnection, assignment_id: int) -> tuple[DraftFile, ...]:
    u = t.upload.c
    found: Any = await connection.execute(
        select(u.id, u.name, u.size, u.sha256, u.kind)
        .where(u.assignment_id == assignment_id, u.state == "kept")
        .order_by(u.id)
    )
    return tuple(DraftFile(*each) for each in found)


async def files_and_bytes(database: Database, assignment_id: int) -> tuple[list[str], int]:
    """Return the names of a draft's files and their bytes together, those still coming included."""
    u = t.upload.c
    async with database.read() as connection:
        found = (await connection.execute(select(u.name, u.size).where(u.assignment_id == assignment_id))).all()
    return [row.name for row in found], sum(row.size for row in found)


@dataclass(frozen=True, slots=True)
class Partial:
    """A file of which only the first `received` bytes are here."""

    id: int
    name: str
    size: int
    received: int


def _partials(*conditions: ColumnElement[bool]) -> Select[Any]:
    u = t.upload.c
    return select(u.id, u.name, u.size, u.received).where(u.state == "partial", *conditions)


async def partial_named(database: Database, assignment_id: int, name: str, size: int) -> Partial | None:
    """Return a file that is on its way into a draft, by its name and size."""
    u = t.upload.c
    wanted = _partials(u.assignment_id == assignment_id, u.name == name, u.size == size).order_by(u.id).limit(1)
    async with database.read() as connection:
        row = (await connection.execute(wanted)).first()
        return Partial(*row) if row else None


async def add_partial(connection: AsyncConnection, assignment_id: int, name: str, size: int, at: datetime) -> Partial:
    """Begin a file of which nothing is here yet."""
    added = await connection.execute(
        insert(t.upload)
        .values(assignment_id=assignment_id, name=name, size=size, received=0, state="partial", begun_at=at)
        .returning(t.upload.c.id)
    )
    return Partial(int(added.scalar_one()), name, size, 0)


async def note_piece(connection: AsyncConnection, upload_id: int, before: int, after: int) -> bool:
    """Note that bytes came in after the first `before`; false when others have come meanwhile."""
    u = t.upload.c
    done = await connection.execute(
        update(t.upload)
        .where(u.id == upload_id, u.state == "partial", u.received == before)
        .values(received=after)
        .returning(u.id)
    )
    return done.first() is not None


async def finish_partial(connection: AsyncConnection, upload_id: int, sha256: str, kind: str) -> None:
    """Put a file that is here beside its draft."""
    await connection.execute(
        update(t.upload).where(t.upload.c.id == upload_id).values(state="kept", sha256=sha256, kind=kind)
    )


async def drop_partials(connection: AsyncConnection, assignment_id: int, before: datetime) -> list[int]:
    """Forget files of a draft that were begun before an instant and never came whole; return their numbers."""
    u = t.upload.c
    gone = await connection.execute(
        delete(t.upload)
        .where(u.assignment_id == assignment_id, u.state == "partial", u.begun_at < before)
        .returning(u.id)
    )
    return [row.id for row in gone]


async def save_draft(
    database: Database, connection: AsyncConnection, assignment_id: int, content: dict[str, str], version: int,
    form_key: str, at: datetime,
) -> bool:  # fmt: skip
    """Save a draft that was read at `version` (0: there was none); false when somebody has saved another meanwhile."""
    d = t.draft.c
    if version == 0:
        statement = database.insert(t.draft).values(
            assignment_id=assignment_id, form_key=form_key, content=content, version=1, saved_at=at
        )
        done = await connection.execute(statement.on_conflict_do_nothing().returning(d.id))
    else:
        done = await connection.execute(
            update(t.draft)
            .where(d.assignment_id == assignment_id, d.version == version)
            .values(content=content, version=version + 1, saved_at=at)
            .returning(d.id)
        )
    return done.first() is not None


async def add_file(connection: AsyncConnection, assignment_id: int, file: dict[str, Any], at: datetime) -> None:
    """Put a kept file beside a draft."""
    await connection.execute(
        insert(t.upload).values(
            assignment_id=assignment_id, received=file["size"], state="kept", begun_at=at, **file
        )
    )  # fmt: skip


async def drop_file(connection: AsyncConnection, assignment_id: int, upload_id: int) -> bool:
    """Take a file away from a draft; false when the draft has none of that number."""
    u = t.upload.c
    gone = delete(t.upload).where(u.id == upload_id, u.assignment_id == assignment_id).returning(u.id)
    return (await connection.execute(gone)).first() is not None


async def clear_draft(connection: AsyncConnection, draft: Draft) -> None:
    """Remove a draft that was sent, with the files sent with it; what has come since is left alone."""
    d, u = t.draft.c, t.upload.c
    await connection.execute(
        delete(t.draft).where(d.assignment_id == draft.assignment_id, d.form_key == draft.form_key)
    )
    await connection.execute(delete(t.upload).where(u.id.in_([each.id for each in draft.files])))
