"""Questions to the registry about units: which exist on a day, how many of each kind, and all about one of them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from dondoc.store import tables as t
from dondoc.store.registry import exists_on
from dondoc.store.registry_changes import Life


@dataclass(frozen=True, slots=True)
class Kinship:
    """Who followed whom on a day, by which rule, as one of the two sees the other."""

    on_date: date
    rule: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to at a unit, and since and until when."""

    role: str
    name: str
    position: str
    address: str
    phone: str | None
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Owed:
    """How an assignment of the unit that had a code from `unit_from` on stands."""

    unit_from: date
    campaign: str
    duty: str
    period: str
    modality: str
    state: str
    due_on: date | None
    first_received_at: datetime | None
    judged: str | None


_LIFE = [t.unit.c[name] for name in Life.__slots__]


async def units_on(
    connection: AsyncConnection, day: date, *, kind: str | None = None, under: str | None = None,
    territory: str | None = None, limit: int | None = None,
) -> list[Life]:  # fmt: skip
    """Return the units that exist on `day`, in protocol order: of a kind, below a unit, on a province's ground."""
    wanted = select(*_LIFE).where(_wanted(day, kind, under, territory))
    found = await connection.execute(wanted.order_by(t.unit.c.protocol_order, t.unit.c.code).limit(limit))
    return [Life(*row) for row in found]


async def counts_on(
    connection: AsyncConnection, day: date, *, kind: str | None = None, under: str | None = None,
    territory: str | None = None,
) -> dict[str, int]:  # fmt: skip
    """Return how many of these units there are of each kind: the denominators of `day`."""
    found = await connection.execute(
        select(t.unit.c.kind, func.count())
        .where(_wanted(day, kind, under, territory))
        .group_by(t.unit.c.kind)
        .order_by(func.min(t.unit.c.protocol_order))
    )
    return {row[0]: row[1] for row in found}


async def predecessors_of(connection: AsyncConnection, code: str) -> list[Kinship]:
    """Return whom the lives of a code have followed, oldest first."""
    return await _kin(connection, code, "successor_id", "predecessor_id")


async def successors_of(connection: AsyncConnection, code: str) -> list[Kinship]:
    """Return who has followed the lives of a code, oldest first."""
    return await _kin(connection, code, "predecessor_id", "successor_id")


async def contacts_of(connection: AsyncConnection, unit_id: int, day: date) -> list[Contact]:
    """Return the contacts of a unit on `day`."""
    c = t.contact.c
    found = await connection.execute(
        select(c.role, c.name, c.position, t.person.c.address, c.phone, c.valid_from, c.valid_to)
        .join(t.person, t.person.c.id == c.person_id)
        .where(c.unit_id == unit_id, c.valid_from <= day, func.coalesce(c.valid_to, date.max) > day)
        .order_by(c.role.desc(), c.id)
    )
    return [Contact(*row) for row in found]


async def owed_by(connection: AsyncConnection, code: str) -> list[Owed]:
    """Return the assignments of every life of a code, open ones first, then the latest."""
    a, d = t.assignment.c, t.duty_period.c
    found = await connection.execute(
        select(
            t.unit.c.valid_from,
            t.campaign.c.key,
            d.duty,
            d.period,
            a.modality,
            a.state,
            t.cohort.c.due_on,
            a.first_received_at,
            a.judged,
        )
        .join(t.unit, t.unit.c.id == a.unit_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .where(t.unit.c.code == code)
        .order_by(a.state != "open", t.campaign.c.key, d.id.desc(), a.id.desc())
    )
    return [Owed(*row) for row in found]


async def _kin(connection: AsyncConnection, code: str, ours: str, theirs: str) -> list[Kinship]:
    s, other = t.succession.c, t.unit.alias("other")
    found = await connection.execute(
        select(s.on_date, s.rule, other.c.code, other.c.name)
        .join(t.unit, t.unit.c.id == s[ours])
        .join(other, other.c.id == s[theirs])
        .where(t.unit.c.code == code)
        .order_by(s.on_date, other.c.protocol_order, other.c.code)
    )
    return [Kinship(*row) for row in found]


def _wanted(day: date, kind: str | None, under: str | None, territory: str | None) -> ColumnElement[bool]:
    conditions = [exists_on(day)]
    if kind is not None:
        conditions.append(t.unit.c.kind == kind)
    if territory is not None:
        conditions.append(t.unit.c.territory == territory)
    if under is not None:
        conditions.append(t.unit.c.parent_code.in_(_at_or_below(under, day)))
    return and_(*conditions)


def _at_or_below(code: str, day: date) -> Any:
    """Return the codes of a unit and of everything below it on `day`, however deep."""
    top = select(t.unit.c.code).where(t.unit.c.code == code, exists_on(day)).cte("line", recursive=True)
    child = t.unit.alias("child")
    exists = and_(child.c.valid_from <= day, func.coalesce(child.c.valid_to, date.max) > day)
    every = top.union(select(child.c.code).join(top, child.c.parent_code == top.c.code).where(exists))
    return select(every.c.code)
