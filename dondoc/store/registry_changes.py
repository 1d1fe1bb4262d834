"""What an officer's act writes into the registry: lives that end and begin, successors, contacts, days to follow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from dondoc.store import tables as t
from dondoc.store.engine import Database


@dataclass(frozen=True, slots=True)
class Life:
    """A unit from its first day until the day before `valid_to` (null: still there), as stored."""

    id: int
    code: str
    valid_from: date
    valid_to: date | None
    kind: str
    name: str
    office_name: str
    parent_code: str | None
    province_code: str
    territory: str
    protocol_order: int
    sample: bool

    def exists_on(self, day: date) -> bool:
        """Return whether the unit exists on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role of a campaign that a unit's code holds, from when until when."""

    campaign: str
    role: str
    unit_code: str
    valid_from: date
    valid_to: date | None


_COLUMNS = [t.unit.c[name] for name in Life.__slots__]


async def lock_registry(database: Database, connection: AsyncConnection) -> None:
    """Let acts on the registry take turns with each other and with the rounds of every campaign."""
    if not database.sqlite:  # there, whoever writes is alone
        await connection.execute(select(t.campaign.c.id).order_by(t.campaign.c.id).with_for_update())


async def lives_of(connection: AsyncConnection, codes: Sequence[str]) -> dict[str, list[Life]]:
    """Return every life of these codes, each code's in order of time; a code nobody has had is missing."""
    found = await connection.execute(
        select(*_COLUMNS).where(t.unit.c.code.in_(codes)).order_by(t.unit.c.code, t.unit.c.valid_from)
    )
    lives: dict[str, list[Life]] = {}
    for row in found:
        lives.setdefault(row.code, []).append(Life(*row))
    return lives


async def every_life(connection: AsyncConnection) -> list[Life]:
    """Return every unit of every time."""
    return [Life(*row) for row in await connection.execute(select(*_COLUMNS).order_by(t.unit.c.id))]


async def every_succession(connection: AsyncConnection) -> set[tuple[int, int]]:
    """Return who follows whom: (predecessor, successor)."""
    s = t.succession.c
    return {(row[0], row[1]) for row in await connection.execute(select(s.predecessor_id, s.successor_id))}


async def every_contact(connection: AsyncConnection) -> dict[tuple[int, str, str, date], tuple[Any, ...]]:
    """Return (name, position, phone, valid_to, sample) of every contact by (unit, role, address, valid_from)."""
    c, p = t.contact.c, t.person.c
    found = await connection.execute(
        select(c.unit_id, c.role, p.address, c.valid_from, c.name, c.position, c.phone, c.valid_to, c.sample).join(
            t.person, p.id == c.person_id
        )
    )
    return {(row[0], row[1], row[2], row[3]): tuple(row[4:]) for row in found}


async def children_from(connection: AsyncConnection, code: str, day: date) -> list[Life]:
    """Return the units under a code on `day` or later, in protocol order."""
    u = t.unit.c
    found = await connection.execute(
        select(*_COLUMNS)
        .where(u.parent_code == code, or_(u.valid_to.is_(None), u.valid_to > day))
        .order_by(u.protocol_order, u.code, u.valid_from)
    )
    return [Life(*row) for row in found]


async def last_in_protocol(connection: AsyncConnection, territory: str, kind: str) -> int | None:
    """Return the protocol order of the last unit of a kind on a province's ground; null when there is none."""
    u = t.unit.c
    found = await connection.execute(select(func.max(u.protocol_order)).where(u.territory == territory, u.kind == kind))
    last: int | None = found.scalar_one()
    return last


async def territory_of_province(connection: AsyncConnection, province_code: str, day: date) -> str | None:
    """Return on whose ground the units registered under a province lie, if all of them lie on one."""
    u = t.unit.c
    found = await connection.execute(
        select(u.territory).where(u.province_code == province_code, _exists_on(day)).distinct().limit(2)
    )
    territories = [row.territory for row in found]
    return territories[0] if len(territories) == 1 else None


async def begin_life(connection: AsyncConnection, values: dict[str, Any]) -> Life:
    """Insert a unit's life and return it."""
    added = await connection.execute(insert(t.unit).values(**values).returning(*_COLUMNS))
    return Life(*added.one())


async def end_life(connection: AsyncConnection, unit_id: int, day: date) -> None:
    """End a unit: `day` is the first on which it no longer exists."""
    await connection.execute(update(t.unit).where(t.unit.c.id == unit_id).values(valid_to=day))


async def end_contacts(connection: AsyncConnection, unit_ids: Sequence[int], day: date) -> None:
    """End the contacts of units that have ended on `day`."""
    c = t.contact.c
    await connection.execute(
        update(t.contact).where(c.unit_id.in_(unit_ids), c.valid_from < day, _contact_goes_on(day)).values(valid_to=day)
    )


async def set_parent(connection: AsyncConnection, unit_id: int, parent_code: str) -> None:
    """Put a unit that is still to begin under another."""
    await connection.execute(update(t.unit).where(t.unit.c.id == unit_id).values(parent_code=parent_code))


async def add_successions(connection: AsyncConnection, pairs: Iterable[tuple[int, int]], day: date, rule: str) -> None:
    """Insert who follows whom on `day`: (predecessor, successor)."""
    await connection.execute(
        insert(t.succession),
        [{"predecessor_id": gone, "successor_id": heir, "on_date": day, "rule": rule} for gone, heir in pairs],
    )


async def pass_on_later_successions(connection: AsyncConnection, from_id: int, to_id: int, day: date) -> None:
    """Let what is already recorded for days after `day` concern the life that exists then."""
    s = t.succession.c
    for side in ("predecessor_id", "successor_id"):
        await connection.execute(update(t.succession).where(s[side] == from_id, s.on_date > day).values({side: to_id}))


async def carry_contacts(database: Database, connection: AsyncConnection, from_id: int, to_id: int, day: date) -> int:
    """Copy the contacts a unit has on `day` or later to another from that day on; return how many."""
    c = t.contact.c
    begins = func.max(c.valid_from, literal(day)) if database.sqlite else func.greatest(c.valid_from, literal(day))
    copied = select(
        literal(to_id), c.person_id, c.role, c.name, c.position, c.phone, begins, c.valid_to, c.sample
    ).where(c.unit_id == from_id, _contact_goes_on(day))
    target = ["unit_id", "person_id", "role", "name", "position", "phone", "valid_from", "valid_to", "sample"]
    done = await connection.execute(
        database.insert(t.contact).from_select(target, copied.order_by(c.id)).on_conflict_do_nothing()
    )
    return int(done.rowcount)


async def with_contact(connection: AsyncConnection, unit_ids: Sequence[int], day: date) -> set[int]:
    """Return which of these units have anybody to write to on `day` or later."""
    c = t.contact.c
    found = await connection.execute(select(c.unit_id).where(c.unit_id.in_(unit_ids), _contact_goes_on(day)).distinct())
    return {row.unit_id for row in found}


async def roles_held_from(connection: AsyncConnection, codes: Sequence[str], day: date) -> list[HeldRole]:
    """Return the roles that these codes hold on `day` or later, in every campaign."""
    h = t.role_holder.c
    found = await connection.execute(
        select(t.campaign.c.key, h.role, h.unit_code, h.valid_from, h.valid_to)
        .join(t.campaign, t.campaign.c.id == h.campaign_id)
        .where(h.unit_code.in_(codes), or_(h.valid_to.is_(None), h.valid_to > day))
        .order_by(t.campaign.c.key, h.role, h.valid_from)
    )
    return [HeldRole(*row) for row in found]


async def record_change(connection: AsyncConnection, values: dict[str, Any]) -> int:
    """Record an officer's act upon the registry and return its number."""
    added = await connection.execute(insert(t.registry_change).values(**values).returning(t.registry_change.c.id))
    return int(added.scalar_one())


def _exists_on(day: date) -> ColumnElement[bool]:
    return and_(t.unit.c.valid_from <= day, or_(t.unit.c.valid_to.is_(None), t.unit.c.valid_to > day))


def _contact_goes_on(day: date) -> ColumnElement[bool]:
    return or_(t.contact.c.valid_to.is_(None), t.contact.c.valid_to > day)
