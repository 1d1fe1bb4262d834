"""The outbox as an operator sees it: which envelopes there are, one tried again, one taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.types import Instant

OPEN = ("queued", "claimed", "deferred", "unknown")
STATES = (*OPEN, "accepted", "delivered", "bounced", "withdrawn", "failed")
_WAITS = ("queued", "deferred", "unknown")


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One envelope: to whom, about how many notices, in which state, and what the last attempt said."""

    id: int
    campaign: str
    kind: str
    channel: str
    mode: str
    wave: str
    state: str
    address: str
    units: int
    first_unit: str | None
    notices: int
    not_before: datetime
    queued_at: datetime
    accepted_at: datetime | None
    attempts: int
    last_error: str | None
    relay: str | None
    message_id: str | None


async def list_messages(
    database: Database,
    *,
    campaign: str | None = None,
    states: Sequence[str] = (),
    address: str | None = None,
    ids: Sequence[int] = (),
    limit: int = 50,
) -> list[MessageRow]:
    """Return envelopes, the youngest first; all conditions given must hold."""
    m, n, u, item = t.message.c, t.notice.c, t.unit.c, t.message_item.c
    inside = (
        t.message_item.join(t.notice, n.id == item.notice_id)
        .join(t.assignment, t.assignment.c.id == n.assignment_id)
        .join(t.unit, u.id == t.assignment.c.unit_id)
    )  # fmt: skip

    def of_message(what: Any) -> Any:
        return select(what).select_from(inside).where(item.message_id == m.id).correlate(t.message).scalar_subquery()

    wanted = (
        select(
            m.id, t.campaign.c.key, m.kind, m.channel, m.mode, m.wave, m.state, t.person.c.address,
            of_message(func.count(u.id.distinct())), of_message(func.min(u.office_name)), of_message(func.count()),
            m.not_before, m.queued_at, m.accepted_at, m.attempts, m.last_error, m.relay, m.message_id,
        )
        .join(t.campaign, t.campaign.c.id == m.campaign_id)
        .join(t.person, t.person.c.id == m.person_id)
        .order_by(m.id.desc())
        .limit(limit)
    )  # fmt: skip
    if campaign is not None:
        wanted = wanted.where(t.campaign.c.key == campaign)
    if states:
        wanted = wanted.where(m.state.in_(states))
    if address is not None:
        wanted = wanted.where(t.person.c.address == address)
    if ids:
        wanted = wanted.where(m.id.in_(ids))
    async with database.read() as connection:
        found: Any = await connection.execute(wanted)
        return [MessageRow(*row) for row in found]


async def count_messages(database: Database, campaign: str | None = None) -> dict[str, int]:
    """Return how many envelopes are in which state."""
    m = t.message.c
    wanted = select(m.state, func.count().label("messages")).group_by(m.state)
    if campaign is not None:
        wanted = wanted.where(m.campaign_id.in_(select(t.campaign.c.id).where(t.campaign.c.key == campaign)))
    async with database.read() as connection:
        return {row.state: row.messages for row in await connection.execute(wanted)}


async def retry_messages(connection: AsyncConnection, ids: Sequence[int], at: datetime) -> set[int]:
    """Let failed, deferred and unknown envelopes be tried again from `at`; return which.

    Never one that was accepted: a second copy is no retry. What a failure settled is open again with its
    own ledger row.
    """
    m, n = t.message.c, t.notice.c
    done = await connection.execute(
        update(t.message)
        .where(m.id.in_(ids), m.state.in_(("failed", "deferred", "unknown")))
        # Deferred, not queued: it has been begun, so it takes no further items under its Message-ID.
        .values(state="deferred", not_before=at, attempts=0, lease_until=None, fence=m.fence + 1)
        .returning(m.id)
    )
    changed = {row.id for row in done}
    await connection.execute(
        update(t.notice)
        .where(n.id.in_(_items_of(changed)), n.state == "failed")
        .values(state="queued", reason=None, settled_at=None)
    )
    return changed


async def hurry_messages(connection: AsyncConnection, ids: Sequence[int], by: str, at: datetime) -> set[int]:
    """Let envelopes that wait leave at once, whatever the hour and whatever their person has heard; return which."""
    m = t.message.c
    done = await connection.execute(
        update(t.message)
        .where(m.id.in_(ids), m.state.in_(("queued", "deferred")))
        .values(urgent=True, not_before=at, last_error=func.substr(literal(f"urgent: {by}", String(400)), 1, 400))
        .returning(m.id)
    )
    return {row.id for row in done}


async def recall_messages(connection: AsyncConnection, ids: Sequence[int], why: str, at: datetime) -> set[int]:
    """Take back envelopes that wait, with the notices in them; return which. One being sent is not taken back."""
    m, n = t.message.c, t.notice.c
    done = await connection.execute(
        update(t.message)
        .where(m.id.in_(ids), m.state.in_(_WAITS))
        .values(
            state="withdrawn", lease_until=None, fence=m.fence + 1,
            last_error=func.substr(literal(f"recalled: {why}", String(400)), 1, 400),
        )
        .returning(m.id)
    )  # fmt: skip
    changed = {row.id for row in done}
    await connection.execute(
        update(t.notice)
        .where(n.id.in_(_items_of(changed)), n.state == "queued")
        .values(state="withdrawn", reason="withdrawn", settled_at=literal(at, Instant()))
    )
    return changed


async def suppressed_of(connection: AsyncConnection, ids: Sequence[int]) -> set[int]:
    """Return which envelopes go to an address that has refused for good."""
    m, s = t.message.c, t.suppression.c
    found = await connection.execute(
        select(m.id).join(t.suppression, s.person_id == m.person_id).where(m.id.in_(ids), s.lifted_at.is_(None))
    )
    return {row.id for row in found}


def _items_of(ids: set[int]) -> Any:
    return select(t.message_item.c.notice_id).where(t.message_item.c.message_id.in_(ids))
