"""What the auditor asks of the ledger, in a few set-based questions, and the findings it keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import String, and_, cast, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from deadlines.audit import Finding, Kind, Standing
from dondoc.store import tables as t
from dondoc.store.brakes import not_paused, open_pauses, open_stops
from dondoc.store.engine import Database
from dondoc.store.registry import person_for

_MOST = 500  # findings of a kind that are listed one by one; the same ones stay first
_LOOK_BACK = timedelta(days=40)  # steps whose notices are counted again
_SOON = timedelta(hours=4)  # the longest a retry is put off
_A_DAY, _A_MONTH = timedelta(days=1), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as kept: one row as long as it lasts."""

    kind: Kind
    subject: str
    detail: dict[str, Any]
    first_seen: datetime
    last_seen: datetime


async def standings(connection: AsyncConnection) -> list[Standing]:
    """Return every cohort in force of campaigns that speak, with its steps and how many of its units still owe."""
    c, d, s, a, k = t.cohort.c, t.duty_period.c, t.step.c, t.assignment.c, t.campaign.c
    owing = (
        select(a.cohort_id, func.count().label("open"), func.min(a.opened_at).label("opened_at"))
        .where(a.state == "open")
        .group_by(a.cohort_id)
        .subquery()
    )
    rows = (
        await connection.execute(
            select(
                c.id, k.key, d.duty, d.period, c.modality, c.due_on, c.target_on, c.ladder, c.ruling_id,
                and_(d.confirmed, d.binding).label("settled"), func.coalesce(owing.c.open, 0).label("open"),
                owing.c.opened_at,
            )
            .join(t.duty_period, d.id == c.duty_period_id)
            .join(t.campaign, k.id == d.campaign_id)
            .outerjoin(owing, owing.c.cohort_id == c.id)
            .where(c.withdrawn_at.is_(None), d.withdrawn_at.is_(None), d.tracked, *_speaks())
            .order_by(c.id)
        )
    ).all()  # fmt: skip
    steps: dict[int, list[Any]] = {}
    for step in await connection.execute(
        select(s.cohort_id, s.rung, s.fire_at, s.fired_at, s.reason, s.waits_for).order_by(s.fire_at, s.id)
    ):
        steps.setdefault(step.cohort_id, []).append(step)
    return [_standing(row, steps.get(row.id, [])) for row in rows]


def _standing(row: Any, steps: Sequence[Any]) -> Standing:
    coming = next((step for step in steps if step.fired_at is None and step.reason is None), None)
    return Standing(
        row.key, row.duty, row.period, row.modality, row.due_on, row.target_on is not None, bool(row.settled),
        [rung["slug"] for rung in row.ladder], [step.rung for step in steps], row.open, row.opened_at,
        coming.fire_at if coming else None, coming.waits_for if coming else None,
        max((step.fired_at or step.fire_at for step in steps if step is not coming), default=None),
        apart=row.ruling_id is not None,
    )  # fmt: skip


async def ledger_findings(database: Database, connection: AsyncConnection, as_of: datetime, day: date) -> list[Finding]:
    """Return what is wrong beyond the cohorts: notices, messages, briefs, first days, units nobody can reach."""
    return [
        *await _notices_missing(connection, as_of),
        *await _notices_loose(connection, as_of),
        *await _messages_stuck(database, connection, as_of, day),
        *await _messages_refused(connection, day),
        *await _unreachable(connection, day),
        *await _not_opened(connection, day),
        *await _briefs_waiting(connection, as_of),
        *await _standing_still(connection, as_of),
    ]


async def _notices_missing(connection: AsyncConnection, as_of: datetime) -> list[Finding]:
    """Return steps that have fired and lack the ledger row of a unit that was among theirs."""
    s, a, n, k = t.step.c, t.assignment.c, t.notice.c, t.campaign.c
    told = exists().where(
        n.assignment_id == a.id, n.rung == s.rung, n.due_key == cast(s.due_on, String), n.recipient == s.recipient
    )
    found = await connection.execute(
        select(k.key, s.duty, s.period, s.rung, s.due_on, func.count().label("units"))
        .select_from(t.step)
        .join(t.campaign, k.id == s.campaign_id)
        .join(t.assignment, a.cohort_id == s.cohort_id)
        .where(s.fired_at >= as_of - _LOOK_BACK, a.opened_at <= s.fired_at, ~told)
        .group_by(s.id, k.key, s.duty, s.period, s.rung, s.due_on)
        .order_by(s.id)
        .limit(_MOST)
    )
    return [
        Finding("notices-missing", f"{row.key} {row.duty} {row.period} {row.rung} {row.due_on}", {"units": row.units})
        for row in found
    ]


async def _notices_loose(connection: AsyncConnection, as_of: datetime) -> list[Finding]:
    """Return notices that are to go out and lie in no envelope, by campaign and rung."""
    n, i, d, a, k = t.notice.c, t.message_item.c, t.duty_period.c, t.assignment.c, t.campaign.c
    in_open = exists().where(i.notice_id == n.id, i.message_id == t.message.c.id, t.message_is_open)
    aside = and_(n.reason.is_not(None), n.created_at >= as_of - _A_MONTH)  # waits for the desk or another contact
    found = await connection.execute(
        select(k.key, d.duty, d.period, n.rung, func.count().label("notices"), func.min(n.created_at).label("since"))
        .select_from(t.notice)
        .join(t.assignment, a.id == n.assignment_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, k.id == d.campaign_id)
        .where(n.state == "queued", n.created_at < as_of - _A_DAY, ~aside, ~in_open, *_speaks())
        .group_by(k.key, d.duty, d.period, n.rung)
        .order_by(k.key, d.duty, d.period, n.rung)
        .limit(_MOST)
    )
    return [
        Finding(
            "notice-loose", f"{row.key} {row.duty} {row.period} {row.rung}",
            {"notices": row.notices, "since": row.since.isoformat()},
        )
        for row in found
    ]  # fmt: skip


async def _messages_stuck(database: Database, connection: AsyncConnection, as_of: datetime, day: date) -> list[Finding]:
    """Return messages that should have left a day ago and nothing holds, and claims whose lease lapsed an hour ago."""
    m, k = t.message.c, t.campaign.c
    overdue = or_(
        m.not_before < as_of - _A_DAY, and_(m.local_day <= day - timedelta(days=2), m.not_before < as_of + _SOON)
    )
    lapsed = and_(m.state == "claimed", m.lease_until < database.time(-3600))
    kinds: tuple[tuple[Kind, ColumnElement[bool]], ...] = (
        ("message-stuck", and_(overdue, m.state != "claimed", not_paused())),
        ("claim-lapsed", lapsed),
    )
    findings = []
    for kind, wrong in kinds:
        found = await connection.execute(
            select(
                k.key, m.channel, m.mode, func.count().label("messages"), func.min(m.queued_at).label("since"),
                func.min(m.id).label("first"),
            )
            .select_from(t.message)
            .join(t.campaign, k.id == m.campaign_id)
            .where(t.message_is_open, wrong)
            .group_by(k.key, m.channel, m.mode)
            .order_by(k.key, m.channel, m.mode)
        )  # fmt: skip
        findings += [
            Finding(
                kind, f"{row.key} {row.channel} {row.mode}",
                {"messages": row.messages, "since": row.since.isoformat(), "first": row.first},
            )
            for row in found
        ]  # fmt: skip
    return findings


async def _messages_refused(connection: AsyncConnection, day: date) -> list[Finding]:
    """Return messages refused for good for what they are, not for their address, about what is still owed.

    A refused address has its own ways out: the next contact, the office, the call list.
    """
    m, n, a, k = t.message.c, t.notice.c, t.assignment.c, t.campaign.c
    later = t.notice.alias("later")
    told_since = exists().where(later.c.assignment_id == n.assignment_id, later.c.mode == n.mode, later.c.id > n.id,
                                later.c.state.in_(("queued", "accepted")))  # fmt: skip
    found = await connection.execute(
        select(
            k.key, m.channel, m.mode, func.count(m.id.distinct()).label("messages"), func.count().label("notices"),
            func.min(m.id).label("first"), func.min(m.queued_at).label("since"),
        )
        .join(t.campaign, k.id == m.campaign_id)
        .join(t.message_item, t.message_item.c.message_id == m.id)
        .join(t.notice, n.id == t.message_item.c.notice_id)
        .join(t.assignment, a.id == n.assignment_id)
        .where(
            m.state == "failed", m.local_day >= day - _A_MONTH, n.state == "failed", n.reason.is_(None),
            a.state == "open", ~told_since, *_speaks(),
        )
        .group_by(k.key, m.channel, m.mode)
        .order_by(k.key, m.channel, m.mode)
    )  # fmt: skip
    return [
        Finding(
            "message-refused", f"{row.key} {row.channel} {row.mode}",
            {"messages": row.messages, "notices": row.notices, "first": row.first, "since": row.since.isoformat()},
        )
        for row in found
    ]  # fmt: skip


async def _unreachable(connection: AsyncConnection, day: date) -> list[Finding]:
    """Return units that owe what they are bound to and have no contact whose address takes mail."""
    a, d, u, k = t.assignment.c, t.duty_period.c, t.unit.c, t.campaign.c
    owing = (
        select(a.unit_id, k.key, func.count().label("duties"))
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, k.id == d.campaign_id)
        .where(a.state == "open", a.modality == "mandated", d.tracked, d.withdrawn_at.is_(None), *_speaks())
        .group_by(a.unit_id, k.key)
        .subquery()
    )
    found = await connection.execute(
        select(owing.c.key, u.code, owing.c.duties)
        .join(owing, owing.c.unit_id == u.id)
        .where(person_for(u.id, ("officer", "office"), day).is_(None))
        .order_by(owing.c.key, u.id)
        .limit(_MOST)
    )
    return [Finding("unreachable", f"{row.key} {row.code}", {"duties": row.duties}) for row in found]


async def _not_opened(connection: AsyncConnection, day: date) -> list[Finding]:
    """Return duties whose first day has passed and whose units nobody has looked up."""
    d, k = t.duty_period.c, t.campaign.c
    found = await connection.execute(
        select(k.key, d.duty, d.period, d.opens_on)
        .join(t.campaign, k.id == d.campaign_id)
        .where(d.opened_at.is_(None), d.opens_on < day, d.tracked, d.withdrawn_at.is_(None), *_speaks())
        .order_by(d.id)
        .limit(_MOST)
    )
    return [
        Finding("not-opened", f"{row.key} {row.duty} {row.period}", {"since": row.opens_on.isoformat()})
        for row in found
    ]


async def _briefs_waiting(connection: AsyncConnection, as_of: datetime) -> list[Finding]:
    b = t.brief.c
    found = await connection.execute(
        select(b.code, b.laid_at).where(b.state == "laid", b.laid_at < as_of - _A_MONTH).order_by(b.id).limit(_MOST)
    )
    return [Finding("brief-waits", row.code, {"since": row.laid_at.isoformat()}) for row in found]


async def _standing_still(connection: AsyncConnection, as_of: datetime) -> list[Finding]:
    """Return stops and trips nobody has released for a day, and pauses of more than two weeks."""
    r = t.relay_trip.c
    trips = await connection.execute(
        select(r.relay, r.tripped_at).where(r.reset_at.is_(None), r.tripped_at < as_of - _A_DAY).order_by(r.id)
    )
    held = [(f"guard {stop.kind}", stop.stopped_at, _A_DAY) for stop in await open_stops(connection)]
    held += [(f"relay {trip.relay}", trip.tripped_at, _A_DAY) for trip in trips]
    held += [
        (" ".join(filter(None, ("pause", each.campaign, each.channel))), each.paused_at, 14 * _A_DAY)
        for each in await open_pauses(connection)
    ]
    return [
        Finding("stands-still", subject, {"since": since.isoformat()})
        for subject, since, allowed in held
        if since < as_of - allowed
    ]


def _speaks() -> tuple[ColumnElement[bool], ...]:
    return t.campaign.c.state != "draft", t.campaign.c.ended_on.is_(None)


async def save_findings(
    database: Database, connection: AsyncConnection, found: Sequence[Finding], as_of: datetime
) -> tuple[int, int]:
    """Keep what was found: what lasts stays one row, what is gone is cleared. Returns how many are new and cleared."""
    f = t.finding.c
    known = {
        (row.kind, row.subject): row.id
        for row in await connection.execute(select(f.id, f.kind, f.subject).where(f.cleared_at.is_(None)))
    }
    seen = {(each.kind, each.subject[:200]): each for each in found}
    for key, each in seen.items():
        if key in known:
            await connection.execute(
                update(t.finding).where(f.id == known[key]).values(detail=each.detail, last_seen=as_of)
            )
    fresh = [
        {"kind": kind, "subject": subject, "detail": each.detail, "first_seen": as_of, "last_seen": as_of}
        for (kind, subject), each in seen.items()
        if (kind, subject) not in known
    ]
    if fresh:
        await connection.execute(database.insert(t.finding).on_conflict_do_nothing(), fresh)
    gone = [number for key, number in known.items() if key not in seen]
    for start in range(0, len(gone), _MOST):
        batch = f.id.in_(gone[start : start + _MOST])
        await connection.execute(update(t.finding).where(batch).values(cleared_at=as_of))
    return len(fresh), len(gone)


async def open_findings(connection: AsyncConnection) -> list[FindingRow]:
    """Return what the last audit found and is not over, oldest first."""
    f = t.finding.c
    found: Any = await connection.execute(
        select(f.kind, f.subject, f.detail, f.first_seen, f.last_seen)
        .where(f.cleared_at.is_(None))
        .order_by(f.first_seen, f.kind, f.subject)
    )
    return [FindingRow(*row) for row in found]
