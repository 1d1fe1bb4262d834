"""Relays that refuse too many addresses at once: they are at fault, not the addresses. And addresses that refused."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dondoc.store import tables as t
from dondoc.store.engine import Database

_WINDOW, _TRIPS_AT = 100, 20
_TRY_AGAIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class RelayState:
    """A relay as it stands: refusals among its last hundred outcomes, and since when and why it is tripped."""

    relay: str
    refused: int
    tripped_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An address that refused for good, and whose it is."""

    address: str
    since: datetime
    reason: str
    units: tuple[str, ...]


async def note_outcomes(
    database: Database, connection: AsyncConnection, relay: str, outcomes: Sequence[tuple[int, bool]], at: datetime
) -> bool:
    """Remember a relay's latest outcomes, (message, refused for good), oldest first; trip it at 20 in its last 100.

    Then its refusals count for nothing: the addresses are lifted, the messages wait. An address that is refused once
    more after such a trip is believed. Returns whether it has tripped. A relay that refuses nobody costs one read.
    """
    refusals = [message for message, refused in outcomes if refused]
    window = await _window(database, connection, relay, lock=bool(refusals))
    if not any(window) and not refusals:
        return False
    if refusals and relay in await tripped_relays(connection):  # what was under way when it tripped
        await _take_back(connection, relay, refusals, at)
        return True
    believed = await _refused_before(connection, refusals)
    told = (message if refused and message not in believed else 0 for message, refused in outcomes)
    window = [*window, *told][-_WINDOW:]
    refused_ones = [message for message in window if message]
    tripped = len(refused_ones) >= _TRIPS_AT
    if tripped:
        reason = f"{len(refused_ones)} of its last {len(window)} messages refused for good"
        row = database.insert(t.relay_trip).values(relay=relay, reason=reason, tripped_at=at)
        await connection.execute(row.on_conflict_do_nothing())
        await _take_back(connection, relay, refused_ones, at)
        window = []
    await _keep(database, connection, relay, window)
    return tripped


async def refusals_lately(connection: AsyncConnection, relay: str) -> int:
    """Return how many of a relay's last hundred outcomes were refusals for good."""
    found = (await connection.execute(select(t.meta.c.value).where(t.meta.c.key == _key(relay)))).scalar()
    return sum(map(bool, json.loads(found or "[]")))


async def tripped_relays(connection: AsyncConnection) -> set[str]:
    """Return the relays nothing is sent through until an officer resets them."""
    found = await connection.execute(select(t.relay_trip.c.relay).where(t.relay_trip.c.reset_at.is_(None)))
    return set(found.scalars())


async def reset_relay(connection: AsyncConnection, relay: str, officer: str, at: datetime) -> bool:
    """Let a relay send again, from a clean slate; returns false when it was not tripped."""
    r = t.relay_trip.c
    done = await connection.execute(
        update(t.relay_trip).where(r.relay == relay, r.reset_at.is_(None)).values(reset_at=at, reset_by=officer)
    )
    await connection.execute(delete(t.meta).where(t.meta.c.key == _key(relay)))
    return bool(done.rowcount)


async def relay_states(connection: AsyncConnection) -> list[RelayState]:
    """Return every relay that has been heard of, by name."""
    r, m = t.relay_trip.c, t.meta.c
    found = await connection.execute(select(m.key, m.value).where(m.key.like("relay:%")))
    refused = {row.key.removeprefix("relay:"): sum(map(bool, json.loads(row.value))) for row in found}
    trips = {
        row.relay: row
        for row in await connection.execute(select(r.relay, r.tripped_at, r.reason).where(r.reset_at.is_(None)))
    }
    states: list[RelayState] = []
    for name in sorted({*refused, *trips}):
        trip = trips.get(name)
        at, reason = (trip.tripped_at, trip.reason) if trip else (None, None)
        states.append(RelayState(name, refused.get(name, 0), at, reason))
    return states


async def suppressions(database: Database) -> list[Suppressed]:
    """Return every address that refuses for good, oldest first, with the units it serves."""
    s, c, u = t.suppression.c, t.contact.c, t.unit.c
    wanted = (
        select(t.person.c.address, s.since, s.reason, u.name)
        .select_from(t.suppression)
        .join(t.person, t.person.c.id == s.person_id)
        .outerjoin(t.contact, c.person_id == s.person_id)
        .outerjoin(t.unit, u.id == c.unit_id)
        .where(s.lifted_at.is_(None))
        .order_by(s.since, s.id, u.protocol_order)
    )
    known: dict[str, Suppressed] = {}
    async with database.read() as connection:
        for address, since, reason, unit in await connection.execute(wanted):
            before = known[address].units if address in known else ()
            units = before if unit is None or unit in before else (*before, unit)
            known[address] = Suppressed(address, since, reason, units)
    return list(known.values())


async def lift(connection: AsyncConnection, address: str, officer: str, at: datetime) -> bool:
    """Let an address be written to again; returns false when it was not suppressed."""
    persons = select(t.person.c.id).where(func.lower(t.person.c.address) == address.lower())
    s = t.suppression.c
    done = await connection.execute(
        update(t.suppression)
        .where(s.person_id.in_(persons), s.lifted_at.is_(None))
        .values(lifted_at=at, lifted_by=officer)
    )
    return bool(done.rowcount)


async def _take_back(connection: AsyncConnection, relay: str, messages: Sequence[int], at: datetime) -> None:
    """Undo what a relay's refusals did: addresses count again, messages wait; what found another way stays there."""
    m, n, s, i = t.message.c, t.notice.c, t.suppression.c, t.message_item.c
    persons = select(m.person_id).where(m.id.in_(messages))
    await connection.execute(
        update(t.suppression)
        .where(s.person_id.in_(persons), s.lifted_at.is_(None))
        .values(lifted_at=at, lifted_by=f"relay {relay}")
    )
    inside = select(i.notice_id).where(i.message_id.in_(messages))
    await connection.execute(
        update(t.notice)
        .where(n.id.in_(inside), n.state == "failed")
        .values(state="queued", reason=null(), settled_at=null())
    )
    elsewhere = t.message_item.alias("elsewhere")
    moved_on = exists().where(elsewhere.c.notice_id == n.id, elsewhere.c.message_id > i.message_id)
    waits = (
        select(i.message_id)
        .join(t.notice, n.id == i.notice_id)
        .where(i.message_id.in_(messages), n.state == "queued", ~moved_on.correlate(t.notice, t.message_item))
    )
    # Deferred, not queued: a server has seen it, so it takes no further items under its Message-ID.
    await connection.execute(
        update(t.message)
        .where(m.id.in_(waits), m.state == "failed")
        .values(state="deferred", not_before=at + _TRY_AGAIN)
    )


async def _refused_before(connection: AsyncConnection, messages: Sequence[int]) -> set[int]:
    """Return which of these messages go to addresses whose refusal was once held against a relay instead."""
    m, s = t.message.c, t.suppression.c
    before = exists().where(s.person_id == m.person_id, s.lifted_by.like("relay %"))
    return set((await connection.execute(select(m.id).where(m.id.in_(messages), before))).scalars())


async def _window(database: Database, connection: AsyncConnection, relay: str, *, lock: bool) -> list[int]:
    wanted = select(t.meta.c.value).where(t.meta.c.key == _key(relay))
    if lock:  # two senders of one relay take turns; the row must be there to be held
        empty = database.insert(t.meta).values(key=_key(relay), value="[]")
        await connection.execute(empty.on_conflict_do_nothing())
        wanted = wanted.with_for_update()
    found = (await connection.execute(wanted)).scalar()
    return [int(message) for message in json.loads(found or "[]")]


async def _keep(database: Database, connection: AsyncConnection, relay: str, window: list[int]) -> None:
    value = json.dumps(window, separators=(",", ":"))
    row = database.insert(t.meta).values(key=_key(relay), value=value)
    await connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def _key(relay: str) -> str:
    return f"relay:{relay}"[:40]
