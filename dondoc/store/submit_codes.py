"""Codes that let a unit's form in: asked for, tried, used once."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.submissions import Officer, officer_of

_HEARS = ("officer", "office")


@dataclass(frozen=True, slots=True)
class CodeRow:
    """The latest code of an assignment: to whom it went, until when it holds, how often it may still be tried."""

    id: int
    person_id: int
    nonce: str
    created_at: datetime
    expires_at: datetime
    tries_left: int
    used_for: str | None


async def add_code(
    connection: AsyncConnection, assignment_id: int, person_id: int, nonce: str, at: datetime, until: datetime,
    tries: int,
) -> int:  # fmt: skip
    """Write a code down; only its nonce is kept. Returns its number."""
    added = await connection.execute(
        insert(t.submit_code)
        .values(assignment_id=assignment_id, person_id=person_id, nonce=nonce, created_at=at, expires_at=until,
                tries_left=tries)
        .returning(t.submit_code.c.id)
    )  # fmt: skip
    return int(added.scalar_one())


async def codes_since(connection: AsyncConnection, assignment_id: int, since: datetime) -> int:
    """Return how many codes an assignment has asked for since an instant."""
    c = t.submit_code.c
    found = await connection.execute(
        select(func.count()).select_from(t.submit_code).where(c.assignment_id == assignment_id, c.created_at > since)
    )
    return int(found.scalar_one())


async def latest_code(
    database: Database, connection: AsyncConnection, assignment_id: int, *, lock: bool = False
) -> CodeRow | None:
    """Return the code an assignment asked for last; `lock` keeps it until the transaction ends."""
    c = t.submit_code.c
    wanted = (
        select(c.id, c.person_id, c.nonce, c.created_at, c.expires_at, c.tries_left, c.used_for)
        .where(c.assignment_id == assignment_id)
        .order_by(c.id.desc())
        .limit(1)
    )
    row = (await connection.execute(wanted.with_for_update() if lock and not database.sqlite else wanted)).first()
    return CodeRow(*row) if row else None


async def take_try(connection: AsyncConnection, code_id: int) -> bool:
    """Use up one try of a code, before it is looked at; false when none is left."""
    c = t.submit_code.c
    done = await connection.execute(
        update(t.submit_code)
        .where(c.id == code_id, c.tries_left > 0, c.used_at.is_(None))
        .values(tries_left=c.tries_left - 1)
        .returning(c.id)
    )
    return done.first() is not None


async def use_code(connection: AsyncConnection, code_id: int, form_key: str, at: datetime) -> None:
    """Note for which form a code was used."""
    await connection.execute(
        update(t.submit_code).where(t.submit_code.c.id == code_id).values(used_at=at, used_for=form_key)
    )


async def contact_for_code(connection: AsyncConnection, unit_id: int, person_id: int, day: date) -> Officer | None:
    """Return who gets a unit's code: the reader of the link while still registered, else who hears of its reports."""
    c, refused = t.contact.c, t.suppression.c
    row = (
        await connection.execute(
            select(t.person.c.id, t.person.c.address, c.name)
            .join(t.contact, c.person_id == t.person.c.id)
            .where(
                c.unit_id == unit_id, c.person_id == person_id, c.role.in_(_HEARS), c.valid_from <= day,
                or_(c.valid_to.is_(None), c.valid_to > day), t.person.c.channel == "email",
                ~exists().where(refused.person_id == person_id, refused.lifted_at.is_(None)),
            )
            .order_by(c.id)
            .limit(1)
        )
    ).first()  # fmt: skip
    return Officer(*row) if row else await officer_of(connection, unit_id, day, _HEARS)
