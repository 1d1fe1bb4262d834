"""What was held and leaves anew: re-checked, folded, and put into the envelopes of the day it leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import ScalarSelect

from dondoc.store import tables as t

_BATCH = 1_000
_LET_GO = ("withdrawn", "failed", "bounced")  # envelopes that carry nothing any more: what lay in them is loose


@dataclass(frozen=True, slots=True)
class LooseStep:
    """A step whose notices lie in no envelope: the office's latest reconciliation says whether it may speak."""

    id: int
    campaign_id: int
    mode: str
    due_on: date
    reconciled: bool
    reconciled_at: datetime | None


@dataclass(frozen=True, slots=True)
class TakenOut:
    """What became of notices that were held: told by a later rung, of no use any more, or loose again, by step."""

    folded: int
    lapsed: int
    steps: tuple[LooseStep, ...]


async def take_out_held(
    connection: AsyncConnection,
    *,
    campaign_id: int | None,
    channel: str | None,
    today: date,
    as_of: datetime,
    reason: str,
) -> TakenOut:
    """Take out of their envelopes the reminders of earlier days that have not been begun, by the staleness policy.

    Of several rungs of one ladder the latest stays, the others are `folded`; what is past its time is withdrawn with
    `reason`. The envelopes are withdrawn: what stays goes into those of the day it leaves.
    """
    m, n, s = t.message.c, t.notice.c, t.step.c
    held: list[Any] = [m.state == "queued", m.kind.in_(("digest", "sms")), m.local_day < today, t.message_is_open]
    if campaign_id is not None:
        held.append(m.campaign_id == campaign_id)
    if channel is not None:
        held.append(m.channel == channel)
    envelopes = list((await connection.execute(select(m.id).where(*held).with_for_update())).scalars())
    folded = lapsed = 0
    steps: set[int] = set()
    for start in range(0, len(envelopes), _BATCH):
        batch = envelopes[start : start + _BATCH]
        inside = select(t.message_item.c.notice_id).where(t.message_item.c.message_id.in_(batch))
        mine = and_(n.id.in_(inside), n.state == "queued")
        gone = exists().where(s.id == n.step_id, s.expires_at <= as_of)
        done = await connection.execute(
            update(t.notice).where(mine, gone).values(state="withdrawn", reason=reason, settled_at=as_of)
        )
        lapsed += done.rowcount
        done = await connection.execute(
            update(t.notice).where(mine, _told_later(as_of)).values(
                state="withdrawn", settled_at=as_of,
                reason=case((select(s.late).where(s.id == n.step_id).scalar_subquery() == "fold", "folded"),
                            else_=reason),
            )
        )  # fmt: skip
        folded += done.rowcount
        left = select(n.step_id).where(mine, n.step_id.is_not(None)).distinct()
        steps |= set((await connection.execute(left)).scalars())
        await connection.execute(update(t.message).where(m.id.in_(batch)).values(state="withdrawn", lease_until=None))
    return TakenOut(folded, lapsed, await loose_steps(connection, sorted(steps), as_of))


async def loose_steps(connection: AsyncConnection, step_ids: Sequence[int], as_of: datetime) -> tuple[LooseStep, ...]:
    """Return what decides whether notices of these steps may leave, in the order of their steps."""
    s, c, found = t.step.c, t.campaign.c, list[LooseStep]()
    for start in range(0, len(step_ids), _BATCH):
        wanted = (
            select(s.id, s.campaign_id, c.state, s.due_on, s.reconciled, _reconciled_at(as_of))
            .join(t.campaign, c.id == s.campaign_id)
            .where(s.id.in_(step_ids[start : start + _BATCH]))
            .order_by(s.id)
        )
        found += [LooseStep(*row) for row in await connection.execute(wanted)]
    return tuple(found)


async def stand_aside(connection: AsyncConnection, step_ids: Sequence[int]) -> int:
    """Let loose notices wait until the desk has compared its registers once more; return how many."""
    n = t.notice.c
    done = await connection.execute(
        update(t.notice)
        .where(n.step_id.in_(step_ids), n.state == "queued", ~in_envelope())
        .values(reason="not-reconciled")
    )
    return int(done.rowcount)


async def waiting_aside(connection: AsyncConnection, as_of: datetime) -> tuple[LooseStep, ...]:
    """Return the steps whose notices wait for the desk once more; a quiet look costs one small index."""
    n = t.notice.c
    aside = select(n.step_id).where(t.notice_stands_aside, n.state == "queued", n.reason == "not-reconciled")
    step_ids = sorted((await connection.execute(aside.distinct())).scalars())
    return await loose_steps(connection, step_ids, as_of) if step_ids else ()


async def step_in(connection: AsyncConnection, step_ids: Sequence[int]) -> None:
    """Let notices that waited go on."""
    n = t.notice.c
    await connection.execute(
        update(t.notice)
        .where(n.step_id.in_(step_ids), n.state == "queued", n.reason == "not-reconciled")
        .values(reason=null())
    )


def _told_later(as_of: datetime) -> ColumnElement[bool]:
    """Return the condition that a later reminder of the same ladder is held too, so that it alone need go."""
    n = t.notice.c
    own, later, its = t.step.alias("own"), t.notice.alias("later"), t.step.alias("its")
    return (
        exists()
        .where(
            own.c.id == n.step_id,
            own.c.kind == "remind",
            own.c.late.in_(("fold", "skip")),
            later.c.assignment_id == n.assignment_id,
            later.c.mode == n.mode,
            later.c.state == "queued",
            its.c.id == later.c.step_id,
            its.c.kind == "remind",
            its.c.channel == own.c.channel,
            its.c.fire_at > own.c.fire_at,
            or_(its.c.expires_at.is_(None), its.c.expires_at > as_of),
        )
        .correlate(t.notice)
    )


def in_envelope() -> ColumnElement[bool]:
    """Return the condition that a notice lies in an envelope that is still to go or has gone."""
    holding = t.message.alias("holding")
    return (
        exists()
        .where(
            t.message_item.c.notice_id == t.notice.c.id,
            holding.c.id == t.message_item.c.message_id,
            holding.c.state.not_in(_LET_GO),
        )
        .correlate(t.notice)
    )


def _reconciled_at(as_of: datetime) -> ScalarSelect[Any]:
    r = t.reconciliation.c
    return (
        select(func.max(r.confirmed_at))
        .where(r.office_id == t.campaign.c.office_id, r.undone_at.is_(None), r.confirmed_at <= as_of)
        .correlate(t.campaign)
        .scalar_subquery()
    )
