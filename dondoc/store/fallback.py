"""Another way to a unit whose address refused for good: its next contact, its office, then the desk's telephone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, insert, literal, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.registry import holder_unit, person_for

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Refused:
    """Notices whose addresses refused for good, by whom they are for; `letters` are no digests."""

    campaign_id: int
    recipient: str
    letters: bool


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


@dataclass(frozen=True, slots=True)
class Call:
    """A unit the desk must telephone: nobody can be written to about what it owes."""

    campaign: str
    duty: str
    period: str
    title: str
    unit_code: str
    unit_name: str
    due_on: date | None
    rung: str  # what it should have heard
    since: datetime
    last_told: str | None
    last_told_at: datetime | None
    contacts: tuple[tuple[str, str, str], ...] = ()  # name, position, telephone; never its head's


async def refused_notices(connection: AsyncConnection) -> list[Refused]:
    """Return whose addresses refused since this was last asked; a quiet look costs one small index."""
    n, d = t.notice.c, t.duty_period.c
    wanted = (
        select(d.campaign_id, n.recipient, n.step_id.is_(None))
        .select_from(t.notice)
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
        .join(t.assignment, a.id == n.assignment_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .where(
            *_refused(),
            d.campaign_id == those.campaign_id,
            n.recipient == those.recipient,
            n.step_id.is_(None) if those.letters else n.step_id.is_not(None),
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


async def call_list(database: Database, campaign_id: int | None, day: date) -> list[Call]:
    """Return the units to telephone, in protocol order: they owe something, and nobody there can be written to."""
    n, a, d, u = t.notice.c, t.assignment.c, t.duty_period.c, t.unit.c
    told = t.notice.alias("told")
    heard = (
        select(told.c.rung)
        .where(told.c.assignment_id == a.id, told.c.mode == n.mode, told.c.state == "accepted")
        .order_by(told.c.settled_at.desc(), told.c.id.desc())
        .limit(1)
        .correlate(t.assignment, t.notice)
    )
    newer = t.notice.alias("newer")
    wanted = (
        select(
            t.campaign.c.key, d.duty, d.period, d.title, u.code, u.office_name, t.cohort.c.due_on, n.rung, n.settled_at,
            heard.scalar_subquery(), heard.with_only_columns(told.c.settled_at).scalar_subquery(), u.id,
        )
        .select_from(t.notice)
        .join(t.assignment, a.id == n.assignment_id)
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .join(t.unit, u.id == a.unit_id)
        .where(
            n.reason == "no-address",
            n.state.in_(("failed", "skipped")),
            a.state == "open",
            n.mode == t.campaign.c.state,
            ~exists().where(newer.c.assignment_id == a.id, newer.c.mode == n.mode, newer.c.id > n.id),
            literal(True) if campaign_id is None else d.campaign_id == campaign_id,
        )
        .order_by(t.campaign.c.key, u.protocol_order, u.code, d.id)
    )  # fmt: skip
    async with database.read() as connection:
        rows: Any = (await connection.execute(wanted)).all()
        phones = await _phones(connection, sorted({row[-1] for row in rows}), day)
    return [replace(Call(*row[:-1]), contacts=phones.get(row[-1], ())) for row in rows]


async def _phones(
    connection: AsyncConnection, unit_ids: Sequence[int], day: date
) -> dict[int, tuple[tuple[str, str, str], ...]]:
    c, phones = t.contact.c, dict[int, tuple[tuple[str, str, str], ...]]()
    for start in range(0, len(unit_ids), _BATCH):
        wanted = (
            select(c.unit_id, c.name, c.position, c.phone)
            .where(
                c.unit_id.in_(unit_ids[start : start + _BATCH]),
                c.role.in_(("officer", "office")),
                c.phone.is_not(None),
                c.valid_from <= day,
                or_(c.valid_to.is_(None), c.valid_to > day),
            )
            .order_by(c.unit_id, case({"officer": 0, "office": 1}, value=c.role), c.id)
        )
        for row in await connection.execute(wanted):
            phones[row.unit_id] = (*phones.get(row.unit_id, ()), (row.name, row.position, row.phone))
    return phones


def _next_contact(those: Refused, day: date) -> ColumnElement[Any]:
    """Return who is reached instead: as a step chooses whom it writes to, past whatever refused. Never a head."""
    if those.recipient.startswith("role:"):
        role = those.recipient.removeprefix("role:")
        return person_for(holder_unit(those.campaign_id, role, day), ("officer", "office"), day)
    a = t.assignment.c
    unit = select(a.unit_id).where(a.id == t.notice.c.assignment_id).correlate(t.notice).scalar_subquery()
    roles = ("office", "officer") if those.recipient == "office" else ("officer", "office")
    return person_for(unit, roles, day)


def _refused() -> tuple[Any, ...]:
    n = t.notice.c
    return t.notice_stands_aside, n.reason == "suppressed", n.state.in_(("failed", "withdrawn"))
