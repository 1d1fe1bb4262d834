"""Questions to the registry of units, contacts and role holders, all of them dated."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, case, null, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import ScalarSelect

from config.errors import Refused
from dondoc.store import tables as t
from dondoc.store.engine import Database

_BATCH = 2_000


class UnknownUnit(Refused):
    """No unit, or several, answer to a name or code: says which and what is near."""


@dataclass(frozen=True, slots=True)
class UnitRef:
    """A unit as a command names it."""

    id: int
    code: str
    name: str
    office_name: str
    kind: str


async def save_units(database: Database, connection: AsyncConnection, rows: Iterable[dict[str, Any]]) -> None:
    """Insert or refresh dated units, keyed by (code, valid_from)."""
    for batch in _batches(rows):
        statement = database.insert(t.unit)
        changed = {name: statement.excluded[name] for name in batch[0] if name not in ("code", "valid_from")}
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["code", "valid_from"], set_=changed), batch
        )


async def unit_ids(connection: AsyncConnection) -> dict[tuple[str, date], int]:
    """Return every unit's row id by its key."""
    found = await connection.execute(select(t.unit.c.code, t.unit.c.valid_from, t.unit.c.id))
    return {(row.code, row.valid_from): row.id for row in found}


async def save_successions(database: Database, connection: AsyncConnection, rows: Iterable[dict[str, Any]]) -> None:
    """Insert who follows whom; a pair already known stays as it is."""
    for batch in _batches(rows):
        await connection.execute(database.insert(t.succession).on_conflict_do_nothing(), batch)


async def save_persons(database: Database, connection: AsyncConnection, addresses: Iterable[str]) -> dict[str, int]:
    """Insert the e-mail addresses that are new and return every one's row id."""
    for batch in _batches({"channel": "email", "address": address} for address in addresses):
        await connection.execute(database.insert(t.person).on_conflict_do_nothing(), batch)
    found = await connection.execute(select(t.person.c.address, t.person.c.id).where(t.person.c.channel == "email"))
    return {row.address: row.id for row in found}


async def save_contacts(database: Database, connection: AsyncConnection, rows: Iterable[dict[str, Any]]) -> None:
    """Insert or refresh contacts."""
    key = ("unit_id", "role", "person_id", "valid_from")
    for batch in _batches(rows):
        statement = database.insert(t.contact)
        changed = {name: statement.excluded[name] for name in batch[0] if name not in key}
        # Another number: which mobile it is, is found out before the next SMS.
        same = t.contact.c.phone.is_not_distinct_from(statement.excluded.phone)
        changed["mobile_id"] = case((same, t.contact.c.mobile_id), else_=null())
        await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed), batch)


async def find_unit(database: Database, text: str, search_key: str, day: date) -> UnitRef:
    """Return the unit with this code, or this name written with or without accents, existing on `day`.

    A code that no longer exists on `day` is found too (its past is still recorded). Errors: `UnknownUnit`.
    """
    async with database.read() as connection:
        return await find_unit_in(connection, text, search_key, day)


async def find_unit_in(connection: AsyncConnection, text: str, search_key: str, day: date) -> UnitRef:
    """Do what `find_unit` does, as a transaction sees it."""
    wanted = select(t.unit.c.id, t.unit.c.code, t.unit.c.name, t.unit.c.office_name, t.unit.c.kind)
    by_code = (
        await connection.execute(
            wanted.where(t.unit.c.code == text, t.unit.c.valid_from <= day).order_by(t.unit.c.valid_from.desc())
        )
    ).first()
    if by_code:
        return UnitRef(*by_code)
    exists = and_(t.unit.c.valid_from <= day, or_(t.unit.c.valid_to.is_(None), t.unit.c.valid_to > day))
    if not search_key:  # nothing but marks: it is part of every name
        raise UnknownUnit(f"unit '{text}': is no code and no name")
    key = t.unit.c.search_key
    named = or_(key == search_key, t.unit.c.office_name == text)  # as typed in a hurry, or as a letter prints it
    near = (await connection.execute(wanted.where(named, exists))).all()
    if not near:
        like = wanted.where(key.contains(search_key, autoescape=True), exists).order_by(key).limit(6)
        near = (await connection.execute(like)).all()
    if len(near) == 1:
        return UnitRef(*near[0])
    if near:
        listed = ", ".join(f"{row.code} ({row.name})" for row in near)
        raise UnknownUnit(f"unit '{text}': several match: {listed}; give the code")
    raise UnknownUnit(f"unit '{text}': none with this code or name on {day:%d/%m/%Y}")


def exists_on(day: date) -> ColumnElement[bool]:
    """Return the condition that a unit exists on `day`."""
    return and_(t.unit.c.valid_from <= day, or_(t.unit.c.valid_to.is_(None), t.unit.c.valid_to > day))


def under(code: str) -> ColumnElement[bool]:
    """Return the condition that a unit is one with this code or a child or grandchild of it."""
    child = t.unit.alias("child")
    children = select(child.c.code).where(child.c.parent_code == code)
    return or_(t.unit.c.code == code, t.unit.c.parent_code == code, t.unit.c.parent_code.in_(children))


def person_for(unit_id: ColumnElement[Any], roles: Sequence[str], day: date) -> ScalarSelect[Any]:
    """Return the reachable person of a unit who holds the first filled of `roles` on `day`, as a subquery.

    An address that refused for good is passed over, so the next contact of the same unit is asked.
    """
    return _reachable(t.contact.c.person_id, unit_id, roles, day)


def mobile_for(unit_id: ColumnElement[Any], roles: Sequence[str], day: date) -> ScalarSelect[Any]:
    """Return the reachable mobile telephone of a unit in the same way; null where only landlines are known."""
    return _reachable(t.contact.c.mobile_id, unit_id, roles, day)


def contact_for(
    unit_id: ColumnElement[Any], *, channel: str, recipient: str, campaign_id: int, day: date
) -> ScalarSelect[Any]:
    """Return who hears of something: the unit's officer, else its mailbox; or whoever holds a role. Never its head."""
    if channel == "sms":
        return mobile_for(unit_id, ("office", "officer") if recipient == "office" else ("officer",), day)
    if recipient.startswith("role:"):
        holder = holder_unit(campaign_id, recipient.removeprefix("role:"), day)
        return person_for(holder, ("officer", "office"), day)
    return person_for(unit_id, ("office", "officer") if recipient == "office" else ("officer", "office"), day)


def _reachable(
    person: ColumnElement[Any], unit_id: ColumnElement[Any], roles: Sequence[str], day: date
) -> ScalarSelect[Any]:
    c = t.contact.c
    suppressed = select(t.suppression.c.id).where(
        t.suppression.c.person_id == person, t.suppression.c.lifted_at.is_(None)
    )
    return (
        select(person)
        .where(
            c.unit_id == unit_id,
            c.role.in_(roles),
            c.valid_from <= day,
            or_(c.valid_to.is_(None), c.valid_to > day),
            person.is_not(None),
            ~suppressed.exists(),
        )
        .order_by(case({role: rank for rank, role in enumerate(roles)}, value=c.role), c.id)
        .limit(1)
        .scalar_subquery()
    )


def holder_unit(campaign_id: int, role: str, day: date) -> ScalarSelect[Any]:
    """Return the unit that holds a role of a campaign on `day`, as a subquery; null when vacant."""
    h = t.role_holder.c
    return (
        select(t.unit.c.id)
        .join(t.role_holder, h.unit_code == t.unit.c.code)
        .where(
            h.campaign_id == campaign_id,
            h.role == role,
            h.valid_from <= day,
            or_(h.valid_to.is_(None), h.valid_to > day),
            exists_on(day),
        )
        .order_by(h.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )


def _batches(rows: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def office_names(database: Database) -> dict[str, list[tuple[date, str]]]:
    """Return how letters address every organisation that has ever held a role: unit code → (first day, name), by day.

    A code may have two lives: 91-so-noi-vu is Kiên Giang's until 30/6/2025 and An Giang's from 1/7/2025.
    """
    held = select(t.role_holder.c.unit_code)
    async with database.read() as connection:
        found = await connection.execute(
            select(t.unit.c.code, t.unit.c.valid_from, t.unit.c.office_name)
            .where(t.unit.c.code.in_(held))
            .order_by(t.unit.c.code, t.unit.c.valid_from)
        )
        names: dict[str, list[tuple[date, str]]] = {}
        for row in found:
            names.setdefault(row.code, []).append((row.valid_from, row.office_name))
        return names
