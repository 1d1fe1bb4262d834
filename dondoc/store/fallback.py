"""Another way to a unit whose address refused for good: its next contact, its office, then the desk's telephone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, func, insert, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.registry import contact_for

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Refused:
    """Notices whose addresses or numbers refused for good, by whom they are for; `letters` are no digests."""

    campaign_id: int
    recipient: str
    letters: bool
    channel: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter whose address refused for good, and whom it goes to now."""

    notice_id: int
    person_id: int
    message_id: int
    campaign_id: int
    wave: str
    kind: str
    mode: str
    address: str
    name: str
    parameters: dict[str, Any] | None


async def refused_notices(connection: AsyncConnection) -> list[Refused]:
    """Return whose addresses refused since this was last asked; a quiet look costs one small index."""
    n, d = t.notice.c, t.duty_period.c
    wanted = (
        select(d.campaign_id, n.recipient, n.step_id.is_(None), _channel())
        .select_from(t.notice)
        .outerjoin(t.step, t.step.c.id == n.step_id)
        .join(t.assignment, t.assignment.c.id == n.assignment_id)
        .join(t.duty_period, d.id == t.assignment.c.duty_period_id)
        .where(*_refused())
        .distinct()
    )
    return [Refused(*row) for row in await connection.execute(wanted)]


async def take_nothing_back(connection: AsyncConnection, as_of: datetime) -> None:
    """Close what needs no other way: nobody owes it any more, a later reminder says it, or its campaign went live."""
    n, a = t.notice.c, t.assignment.c
    state = select(a.state).where(a.id == n.assignment_id).scalar_subquery()
    running = (
        select(t.campaign.c.state)
        .join(t.duty_period, t.duty_period.c.campaign_id == t.campaign.c.id)
        .join(t.assignment, a.duty_period_id == t.duty_period.c.id)
        .where(a.id == n.assignment_id)
        .scalar_subquery()
    )
    own, later, its = t.step.alias("own"), t.notice.alias("later"), t.step.alias("its")
    goes_on = or_(later.c.state.in_(("queued", "accepted")), later.c.reason == "suppressed")
    told_later = (
        exists()
        .where(
            own.c.id == n.step_id, own.c.kind == "remind", later.c.assignment_id == n.assignment_id,
            later.c.mode == n.mode, goes_on, its.c.id == later.c.step_id, its.c.kind == "remind",
            its.c.fire_at > own.c.fire_at,
        )
        .correlate(t.notice)
    )  # fmt: skip
    lapsed = exists().where(own.c.id == n.step_id, own.c.expires_at <= as_of).correlate(t.notice)
    reminds = n.step_id.is_not(None)
    for condition, reason in (
        (running != n.mode, "outside-live"),
        (and_(reminds, state == "submitted"), "already-submitted"),
        (told_later, "folded"),
        (lapsed, "stale"),
    ):
        await connection.execute(
            update(t.notice).where(*_refused(), condition).values(state="withdrawn", reason=reason, settled_at=as_of)
        )


async def readdress(connection: AsyncConnection, those: Refused, day: date, as_of: datetime) -> tuple[list[int], int]:
    """Send notices to the next contact of their unit; where there is none, say so. Only officers and offices are asked.

    Returns the notices that have somebody to go to now, and how many have nobody.
    """
    n, a, d = t.notice.c, t.assignment.c, t.duty_period.c
    ours = (
        select(n.id)
        .select_from(t.notice)
        .outerjoin(t.step, t.step.c.id == n.step_id)
        .join(t.assignment, a.id == n.assignment_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .where(
            *_refused(),
            d.campaign_id == those.campaign_id,
            n.recipient == those.recipient,
            n.step_id.is_(None) if those.letters else n.step_id.is_not(None),
            _channel() == those.channel,
        )
    )
    notices = list((await connection.execute(ours)).scalars())
    person = _next_contact(those, day)
    found: list[int] = []
    for start in range(0, len(notices), _BATCH):
        batch = n.id.in_(notices[start : start + _BATCH])
        moved = await connection.execute(
            update(t.notice)
            .where(batch, person.is_not(None))
            .values(person_id=person, state="queued", reason=null(), settled_at=null())
            .returning(n.id)
        )
        found += moved.scalars()
        await connection.execute(
            update(t.notice)
            .where(batch, n.state != "queued")
            .values(state="failed", reason="no-address", settled_at=as_of)
        )
    return found, len(notices) - len(found)


async def steps_of(connection: AsyncConnection, notice_ids: Sequence[int]) -> list[int]:
    """Return the steps that notices belong to."""
    n, steps = t.notice.c, set[int]()
    for start in range(0, len(notice_ids), _BATCH):
        wanted = select(n.step_id).where(n.id.in_(notice_ids[start : start + _BATCH])).distinct()
        steps |= set((await connection.execute(wanted)).scalars())
    return sorted(steps)


async def letters_again(connection: AsyncConnection, notice_ids: Sequence[int]) -> list[Letter]:
    """Return letters that go to somebody else now, with what they said."""
    n, m, i, c = t.notice.c, t.message.c, t.message_item.c, t.contact.c
    last = select(func.max(i.message_id)).where(i.notice_id == n.id).scalar_subquery()
    name = (
        select(c.name)
        .where(c.person_id == n.person_id, c.unit_id == t.assignment.c.unit_id)
        .order_by(c.id)
        .limit(1)
        .correlate(t.notice, t.assignment)
        .scalar_subquery()
    )
    wanted = (
        select(
            n.id, n.person_id, m.id, m.campaign_id, m.wave, m.kind, m.mode, t.person.c.address,
            func.coalesce(name, ""), m.parameters,
        )
        .select_from(t.notice)
        .join(t.assignment, t.assignment.c.id == n.assignment_id)
        .join(t.person, t.person.c.id == n.person_id)
        .join(t.message, m.id == last)
        .where(n.id.in_(notice_ids))
        .order_by(n.id)
    )  # fmt: skip
    found: Any = await connection.execute(wanted)
    return [Letter(*row) for row in found]


async def send_letter_again(
    database: Database,
    connection: AsyncConnection,
    letter: Letter,
    parameters: dict[str, Any],
    *,
    day: date,
    at: datetime,
) -> None:
    """Queue a letter for whom it goes to now; several of one wave for one person share an envelope."""
    key = {
        "person_id": letter.person_id, "channel": "email", "campaign_id": letter.campaign_id, "local_day": day,
        "wave": letter.wave, "part": 0, "mode": letter.mode,
    }  # fmt: skip
    m = t.message.c
    row = database.insert(t.message).values(
        **key, kind=letter.kind, state="queued", not_before=at, queued_at=at, fence=0, attempts=0, parameters=parameters
    )
    await connection.execute(row.on_conflict_do_nothing())
    found = await connection.execute(select(m.id).where(*(m[name] == value for name, value in key.items())))
    await connection.execute(insert(t.message_item).values(message_id=found.scalar_one(), notice_id=letter.notice_id))


def _channel() -> ColumnElement[str]:
    """Return by which channel a notice speaks; letters are mail."""
    return func.coalesce(t.step.c.channel, "email")


def _next_contact(those: Refused, day: date) -> ColumnElement[Any]:
    """Return who is reached instead: as a step chooses whom it writes to, past whatever refused. Never a head."""
    a = t.assignment.c
    unit = select(a.unit_id).where(a.id == t.notice.c.assignment_id).correlate(t.notice).scalar_subquery()
    return contact_for(unit, channel=those.channel, recipient=those.recipient, campaign_id=those.campaign_id, day=day)


def _refused() -> tuple[Any, ...]:
    n = t.notice.c
    return t.notice_stands_aside, n.reason == "suppressed", n.state.in_(("failed", "withdrawn"))
