"""Signed links to a unit's own page: which were given out, which still open, which somebody said are not theirs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from dondoc.store import tables as t
from dondoc.store.engine import Database

Pair = tuple[int, int]  # assignment, person


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that was given out: about which assignment, to which person, and how long it opens."""

    id: int
    assignment_id: int
    person_id: int
    generation: int
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Disowned:
    """A link whose reader said: not my unit. The registry still names that person as a contact of the unit."""

    campaign: str
    unit_code: str
    unit_name: str
    address: str
    at: datetime


async def latest_generations(
    database: Database, connection: AsyncConnection, pairs: Collection[Pair]
) -> dict[Pair, tuple[int, bool]]:
    """Return the latest generation of links by (assignment, person), and whether it was revoked."""
    k = t.unit_link.c
    found = await connection.execute(
        select(k.assignment_id, k.person_id, k.generation, k.revoked_at)
        .where(database.among(k.assignment_id, {assignment for assignment, _ in pairs}))
        .order_by(k.generation)
    )
    latest = {(row.assignment_id, row.person_id): (row.generation, row.revoked_at is not None) for row in found}
    return {pair: each for pair, each in latest.items() if pair in pairs}


async def save_links(database: Database, connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write links down by the hash of their token; one that was given out before opens until the later day."""
    statement = database.insert(t.unit_link)
    later = statement.excluded.expires_at
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["token_sha256"], set_={"expires_at": later}, where=t.unit_link.c.expires_at < later
        ),
        list(rows),
    )


async def link_of_token(database: Database, token_sha256: str) -> LinkRow | None:
    """Return the link with this token, whatever has become of it."""
    found = await _links(database, t.unit_link.c.token_sha256 == token_sha256)
    return found[0] if found else None


async def link_of(database: Database, link_id: int) -> LinkRow | None:
    """Return a link by its number."""
    found = await _links(database, t.unit_link.c.id == link_id)
    return found[0] if found else None


_LINKS = select(*(t.unit_link.c[name] for name in LinkRow.__slots__))


async def _links(database: Database, which: ColumnElement[bool]) -> list[LinkRow]:
    async with database.read() as connection:
        return [LinkRow(*row) for row in await connection.execute(_LINKS.where(which))]


async def revoke_links(connection: AsyncConnection, unit_id: int, by: str, at: datetime) -> int:
    """Close every link of a unit that is still open; return how many."""
    k = t.unit_link.c
    ours = select(t.assignment.c.id).where(t.assignment.c.unit_id == unit_id)
    done = await connection.execute(
        update(t.unit_link)
        .where(k.assignment_id.in_(ours), k.revoked_at.is_(None), k.expires_at > at)
        .values(revoked_at=at, revoked_by=by)
        .returning(k.id)
    )
    return len(done.all())


async def disown_link(connection: AsyncConnection, link_id: int, at: datetime) -> None:
    """Note that the reader of a link says it is not their unit, and close it; said twice changes nothing."""
    k = t.unit_link.c
    await connection.execute(
        update(t.unit_link)
        .where(k.id == link_id, k.revoked_at.is_(None))
        .values(disowned_at=at, revoked_at=at, revoked_by="not-my-unit")
    )


async def disowned_links(database: Database, day: date) -> list[Disowned]:
    """Return what readers said is not theirs, oldest first, until the contact is corrected or a new link given."""
    k, c = t.unit_link.c, t.contact.c
    newer = t.unit_link.alias("newer")
    registered = exists().where(
        c.unit_id == t.unit.c.id, c.person_id == k.person_id, c.valid_from <= day,
        or_(c.valid_to.is_(None), c.valid_to > day),
    )  # fmt: skip
    answered = exists().where(
        and_(
            newer.c.assignment_id == k.assignment_id, newer.c.person_id == k.person_id,
            newer.c.generation > k.generation,
        )
    )  # fmt: skip
    wanted = (
        select(t.campaign.c.key, t.unit.c.code, t.unit.c.office_name, t.person.c.address, k.disowned_at)
        .join(t.assignment, t.assignment.c.id == k.assignment_id)
        .join(t.duty_period, t.duty_period.c.id == t.assignment.c.duty_period_id)
        .join(t.campaign, t.campaign.c.id == t.duty_period.c.campaign_id)
        .join(t.unit, t.unit.c.id == t.assignment.c.unit_id)
        .join(t.person, t.person.c.id == k.person_id)
        .where(k.disowned_at.is_not(None), registered, ~answered)
        .order_by(k.disowned_at, k.id)
    )
    async with database.read() as connection:
        found: Any = await connection.execute(wanted)
        return [Disowned(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Open:
    """An open assignment of a unit, for a link by the desk."""

    assignment_id: int
    campaign_key: str
    mode: str
    title: str
    period: str
    due_on: date | None


async def open_assignments(connection: AsyncConnection, unit_id: int) -> list[Open]:
    """Return what a unit still owes, or has sent and may complete, in the order of its dates."""
    a, d = t.assignment.c, t.duty_period.c
    found: Any = await connection.execute(
        select(a.id, t.campaign.c.key, t.campaign.c.state, d.title, d.period, t.cohort.c.due_on)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .where(a.unit_id == unit_id, a.state.in_(("open", "submitted")), t.campaign.c.state != "draft")
        .order_by(t.cohort.c.due_on, a.id)
    )
    return [Open(*row) for row in found]
