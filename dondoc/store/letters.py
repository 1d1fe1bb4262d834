"""Letters outside the digests, and what waits in the outbox: acknowledgements, pointers to documents, withdrawals."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dondoc.store import tables as t
from dondoc.store.engine import Database


async def letter_parameters(connection: AsyncConnection, message_ids: list[int]) -> dict[int, dict[str, Any]]:
    """Return what letters outside the digests were queued with, by message."""
    if not message_ids:
        return {}
    m = t.message.c
    found = await connection.execute(select(m.id, m.parameters).where(m.id.in_(message_ids)))
    return {row.id: dict(row.parameters or {}) for row in found}


async def add_letter(
    database: Database,
    connection: AsyncConnection,
    *,
    campaign_id: int,
    assignment_id: int,
    person_id: int | None,
    rung: str,
    due_key: str,
    recipient: str,
    mode: str,
    kind: str,
    wave: str,
    local_day: date,
    not_before: datetime,
    at: datetime,
    parameters: dict[str, Any] | None = None,
) -> bool:
    """Queue one letter outside the digests (an acknowledgement, a pointer to a document) with its ledger row.

    Without an address the ledger row says so. Returns whether a message was queued; the same letter
    asked for twice is queued once.
    """
    reached = person_id is not None
    added = await connection.execute(
        database.insert(t.notice)
        .values(
            assignment_id=assignment_id, rung=rung, due_key=due_key, recipient=recipient, mode=mode,
            person_id=person_id, state="queued" if reached else "skipped", reason=None if reached else "no-address",
            created_at=at, settled_at=None if reached else at,
        )
        .on_conflict_do_nothing()
        .returning(t.notice.c.id)
    )  # fmt: skip
    notice_id = added.scalar_one_or_none()
    if notice_id is None or not reached:
        return False
    key = {
        "person_id": person_id, "channel": "email", "campaign_id": campaign_id, "local_day": local_day, "wave": wave,
        "part": 0, "mode": mode,
    }  # fmt: skip
    m = t.message.c
    await connection.execute(
        database.insert(t.message)
        .values(
            **key, kind=kind, state="queued", not_before=not_before, queued_at=at, fence=0, attempts=0,
            parameters=parameters,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    found = await connection.execute(select(m.id).where(*(m[name] == value for name, value in key.items())))
    await connection.execute(
        insert(t.message_item).from_select(
            ["message_id", "notice_id"], select(literal(found.scalar_one()), literal(notice_id))
        )
    )
    return True


async def withdraw_queued(connection: AsyncConnection, campaign_id: int, mode: str, reason: str, at: datetime) -> None:
    """Withdraw everything a campaign has queued in one mode, for instance when a rehearsal ends."""
    m, n = t.message.c, t.notice.c
    ours = select(m.id).where(m.campaign_id == campaign_id, m.mode == mode, t.message_is_open)
    items = select(t.message_item.c.notice_id).where(t.message_item.c.message_id.in_(ours))
    await connection.execute(
        update(t.notice)
        .where(n.id.in_(items), n.state == "queued")
        .values(state="withdrawn", reason=reason, settled_at=at)
    )
    await connection.execute(
        update(t.message)
        .where(m.campaign_id == campaign_id, m.mode == mode, t.message_is_open)
        .values(state="withdrawn", lease_until=None, fence=m.fence + 1)
    )


async def waiting_messages(database: Database, limit: int = 20) -> list[Any]:
    """Return what waits in the outbox: campaign, wave, from when, how many, in which state."""
    m = t.message.c
    wanted = (
        select(t.campaign.c.key, m.mode, m.kind, m.wave, m.not_before, m.state, func.count().label("messages"),
               func.max(m.last_error).label("last_error"))
        .join(t.campaign, t.campaign.c.id == m.campaign_id)
        .where(t.message_is_open)
        .group_by(t.campaign.c.key, m.mode, m.kind, m.wave, m.not_before, m.state)
        .order_by(m.not_before)
        .limit(limit)
    )  # fmt: skip
    async with database.read() as connection:
        return list((await connection.execute(wanted)).all())
