"""The outbox: claim under a lease, re-check, and commit what became of every envelope, fenced."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Integer, and_, bindparam, case, exists, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from dondoc.store import tables as t
from dondoc.store.brakes import not_paused
from dondoc.store.engine import Database
from dondoc.store.sent_before import settle_sent_before
from dondoc.store.types import Instant

_GONE = {"submitted": "already-submitted", "waived": "waived", "transferred": "withdrawn", "withdrawn": "withdrawn"}
_WAITING = ("queued", "deferred", "unknown")
# None is SQL's NULL here, not JSON's: what is null keeps what the row holds.
_JsonOrNull = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A claimed message: who it is for, and the token without which its outcome is not accepted."""

    id: int
    fence: int
    attempts: int
    campaign_id: int
    person_id: int
    address: str
    mode: str
    kind: str
    wave: str
    local_day: date
    part: int
    channel: str


@dataclass(frozen=True, slots=True)
class Content:
    """One item of a claimed digest, joined with what it is about."""

    message_id: int
    notice_id: int
    assignment_id: int
    rung: str
    step_kind: str | None
    tone: str | None
    modality: str
    unit_id: int
    unit_name: str
    unit_kind: str
    duty: str
    duty_kind: str
    title: str
    period: str
    due_on: date | None
    awaited_on: date | None
    target_on: date | None
    confirmed: bool
    facts: dict[str, Any]
    milestones: dict[str, str] | None
    reconciled_at: datetime | None
    ruling_document: str | None
    ruling: dict[str, Any] | None
    unit_code: str = ""
    due_key: str = ""
    recipient: str = ""
    alike: tuple[Any, ...] = ()  # two items with the same say the same, but for their unit's name


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt to send an envelope."""

    message_id: int
    fence: int
    state: str  # accepted | failed | deferred | unknown | queued (given back)
    at: datetime
    error: str | None = None
    retry_at: datetime | None = None
    header_id: str | None = None
    sha256: str | None = None
    template_version: str | None = None
    parameters: dict[str, Any] | None = None
    suppress: bool = False
    relay: str | None = None  # through which it was tried; null: it did not get that far
    counted: bool = True  # false: nothing was tried on this message, so it is no step towards giving up


async def modes_ready(
    database: Database,
    as_of: datetime,
    channel: str = "email",
    *,
    urgent_only: bool = False,
    kinds: tuple[str, ...] = (),
) -> set[str]:
    """Return the modes in which something of a channel may leave by `as_of`, so that a quiet round writes nothing."""
    m = t.message.c
    waiting = and_(m.state.in_(_WAITING), m.not_before <= as_of)
    lapsed = and_(m.state == "claimed", m.lease_until < database.time())
    urgent = (m.urgent,) if urgent_only else ()
    async with database.read() as connection:
        return {
            row.mode
            for row in await connection.execute(
                select(m.mode)
                .where(t.message_is_open, not_paused(), m.channel == channel, or_(waiting, lapsed), _of(kinds), *urgent)
                .distinct()
            )
        }


def _of(kinds: tuple[str, ...]) -> ColumnElement[bool]:
    return t.message.c.kind.in_(kinds) if kinds else true()


async def claim(
    database: Database,
    connection: AsyncConnection,
    *,
    as_of: datetime,
    modes: tuple[str, ...],
    limit: int,
    sender: str,
    lease: timedelta,
    channel: str = "email",
    urgent_only: bool = False,
    kinds: tuple[str, ...] = (),
) -> tuple[int, list[Envelope]]:
    """Take up to `limit` waiting envelopes under a lease in the database's time; re-check their items.

    If `kinds` are named, only envelopes of those.

    An envelope whose lease ran out is taken over with a higher fence, so its former holder's outcome no
    longer counts. Items whose report has come in meanwhile are withdrawn here, in the same transaction:
    this commit is the moment from which sending has begun. An envelope with no item left is withdrawn.
    Returns how many were taken, and those that still have something to say.
    """
    m, n = t.message.c, t.notice.c
    ready = (
        select(m.id)
        .where(
            t.message_is_open,
            not_paused(),
            m.channel == channel,
            m.mode.in_(modes),
            _of(kinds),
            *((m.urgent,) if urgent_only else ()),
            or_(
                and_(m.state.in_(_WAITING), m.not_before <= as_of),
                and_(m.state == "claimed", m.lease_until < database.time()),
            ),
        )
        .order_by(m.not_before, m.id)
        .limit(limit)
    )
    if not database.sqlite:
        ready = ready.with_for_update(skip_locked=True)
    # Named apart: PostgreSQL may run a plain subquery several times and lock more than `limit` rows.
    chosen = ready.cte("chosen")
    taken = await connection.execute(
        update(t.message)
        .where(m.id.in_(select(chosen.c.id)))
        .values(
            state="claimed",
            claimed_by=sender,
            lease_until=database.time(lease.total_seconds()),
            fence=m.fence + 1,
            attempts=m.attempts + 1,
        )
        .returning(
            m.id, m.fence, m.attempts, m.campaign_id, m.person_id, m.mode, m.kind, m.wave, m.local_day, m.part,
            m.channel,
        )
    )  # fmt: skip
    rows = {row.id: row for row in taken}
    count = len(rows)
    if not rows:
        return 0, []
    of_claimed = select(t.message_item.c.notice_id).where(database.among(t.message_item.c.message_id, rows))
    state = select(t.assignment.c.state).where(t.assignment.c.id == n.assignment_id).scalar_subquery()
    tone = select(t.step.c.tone).where(t.step.c.id == n.step_id).scalar_subquery()
    live = case((tone == "waived", "waived"), else_="open")  # who is told that nothing is owed owes nothing
    lapsed = exists().where(t.step.c.id == n.step_id, t.step.c.expires_at <= as_of)
    suppressed = exists().where(t.suppression.c.person_id == n.person_id, t.suppression.c.lifted_at.is_(None))
    await connection.execute(
        update(t.notice)
        .where(
            n.id.in_(of_claimed),
            n.state == "queued",
            or_(and_(n.step_id.is_not(None), or_(state != live, lapsed)), suppressed),
        )
        .values(
            state="withdrawn",
            reason=case(
                (and_(n.step_id.is_not(None), state != live), case(_GONE, value=state, else_="superseded")),
                (suppressed, "suppressed"),
                else_="stale",
            ),
            settled_at=as_of,
        )
    )
    _settled, sent_before = await settle_sent_before(connection, as_of, list(rows))
    for gone in sent_before:  # sent before the database was restored from a backup
        del rows[gone]
    filled = exists().where(
        t.message_item.c.message_id == m.id, t.message_item.c.notice_id == n.id, n.state == "queued"
    )
    emptied = await connection.execute(
        update(t.message)
        .where(database.among(m.id, rows), ~filled)
        .values(state="withdrawn", lease_until=None)
        .returning(m.id)
    )
    for (gone,) in emptied.all():
        del rows[gone]
    if not rows:
        return count, []
    people = await connection.execute(
        select(t.person.c.id, t.person.c.address).where(
            database.among(t.person.c.id, {row.person_id for row in rows.values()})
        )
    )
    address = {row.id: row.address for row in people}
    return count, [
        Envelope(
            r.id, r.fence, r.attempts, r.campaign_id, r.person_id, address[r.person_id], r.mode, r.kind, r.wave,
            r.local_day, r.part, r.channel,
        )
        for r in sorted(rows.values(), key=lambda row: row.id)
    ]  # fmt: skip


async def contents(
    database: Database, connection: AsyncConnection, message_ids: list[int], as_of: datetime
) -> dict[int, list[Content]]:
    """Return the items that claimed envelopes still carry, by envelope, in protocol order within each.

    What thousands of items share (duty, cohort, step, ruling) is read once, not with each of them.
    """
    n, a, u, c = t.notice.c, t.assignment.c, t.unit.c, t.cohort.c
    wanted = (
        select(
            t.message_item.c.message_id, n.id, a.id, n.rung, n.step_id, a.modality, u.id, u.office_name, u.kind,
            a.cohort_id, a.duty_period_id, u.code, n.due_key, n.recipient,
        )
        .select_from(t.message_item)
        .join(t.notice, n.id == t.message_item.c.notice_id)
        .join(t.assignment, a.id == n.assignment_id)
        .join(t.cohort, c.id == a.cohort_id)
        .join(t.unit, u.id == a.unit_id)
        .where(database.among(t.message_item.c.message_id, message_ids), n.state == "queued")
        .order_by(t.message_item.c.message_id, c.due_on, u.protocol_order, u.code, n.id)
    )  # fmt: skip
    items: list[Any] = list(await connection.execute(wanted))
    steps = await steps_by_id(connection, {row.step_id for row in items if row.step_id is not None})
    cohorts = await cohorts_by_id(connection, {row.cohort_id for row in items})
    duties = await duties_by_id(connection, {row.duty_period_id for row in items}, as_of)
    found: dict[int, list[Content]] = {}
    for (
        message_id, notice_id, assignment_id, rung, step_id, modality, unit_id, name, kind, cohort_id, duty_id, code,
        due_key, recipient,
    ) in items:  # fmt: skip
        duty, cohort, (step_kind, tone) = duties[duty_id], cohorts[cohort_id], steps.get(step_id, (None, None))
        found.setdefault(message_id, []).append(
            Content(
                message_id, notice_id, assignment_id, rung, step_kind, tone, modality, unit_id, name, kind, duty.duty,
                duty.kind, duty.title, duty.period, cohort.due_on, cohort.awaited_on, cohort.target_on,
                duty.confirmed, duty.facts, duty.milestones, duty.latest, cohort.document, cohort.value,
                code, due_key, recipient, (duty_id, cohort_id, step_id, rung, modality, kind),
            )
        )  # fmt: skip
    return found


async def steps_by_id(connection: AsyncConnection, ids: set[int]) -> dict[int, tuple[str, str]]:
    """Return kind and tone of steps, by id."""
    s = t.step.c
    return {
        row.id: (row.kind, row.tone)
        for row in await connection.execute(select(s.id, s.kind, s.tone).where(s.id.in_(ids)))
    }


async def cohorts_by_id(connection: AsyncConnection, ids: set[int]) -> dict[int, Any]:
    """Return the dates of cohorts and the rulings they rest on, by id."""
    c = t.cohort.c
    wanted = (
        select(c.id, c.due_on, c.awaited_on, c.target_on, t.ruling.c.document, t.ruling.c.value)
        .outerjoin(t.ruling, t.ruling.c.id == c.made_by_id)
        .where(c.id.in_(ids))
    )
    return {row.id: row for row in await connection.execute(wanted)}


async def duties_by_id(connection: AsyncConnection, ids: set[int], as_of: datetime) -> dict[int, Any]:
    """Return duty periods with the office's latest confirmed reconciliation, by id."""
    d = t.duty_period.c
    latest = (
        select(func.max(t.reconciliation.c.confirmed_at))
        .join(t.campaign, t.campaign.c.office_id == t.reconciliation.c.office_id)
        .where(
            t.campaign.c.id == d.campaign_id,
            t.reconciliation.c.confirmed_at <= as_of,
            t.reconciliation.c.undone_at.is_(None),
        )
        .correlate(t.duty_period)
        .scalar_subquery()
    )
    wanted = select(
        d.id, d.duty, d.kind, d.title, d.period, d.confirmed, d.facts, d.milestones, latest.label("latest")
    ).where(d.id.in_(ids))
    return {row.id: row for row in await connection.execute(wanted)}


async def contact_names(
    database: Database, connection: AsyncConnection, person_ids: set[int], unit_ids: set[int]
) -> dict[tuple[int, int], str]:
    """Return under which name a person is registered at a unit, by (person, unit)."""
    c = t.contact.c
    found = await connection.execute(
        select(c.person_id, c.unit_id, c.name).where(
            database.among(c.person_id, person_ids), database.among(c.unit_id, unit_ids)
        )
    )
    return {(row.person_id, row.unit_id): row.name for row in found}


_RECORD = (
    update(t.message)
    .where(
        t.message.c.id == bindparam("b_id"), t.message.c.fence == bindparam("b_fence"), t.message.c.state == "claimed"
    )
    .values(
        state=bindparam("b_state"),
        last_error=bindparam("b_error"),
        lease_until=None,
        not_before=func.coalesce(bindparam("b_retry", type_=Instant()), t.message.c.not_before),
        accepted_at=bindparam("b_accepted", type_=Instant()),
        attempts=t.message.c.attempts - bindparam("b_uncounted", type_=Integer),
        # What an attempt did not get as far as making stays: a letter's parameters are all there is of it.
        relay=func.coalesce(bindparam("b_relay"), t.message.c.relay),
        message_id=func.coalesce(bindparam("b_header"), t.message.c.message_id),
        sha256=func.coalesce(bindparam("b_sha"), t.message.c.sha256),
        template_version=func.coalesce(bindparam("b_template"), t.message.c.template_version),
        parameters=func.coalesce(bindparam("b_parameters", type_=_JsonOrNull), t.message.c.parameters),
    )
)


async def keep_forms(
    database: Database, forms: dict[str, dict[str, Any]], templates: dict[str, dict[str, str]]
) -> None:
    """Keep what messages about to leave are written with, so that each can be shown again, byte for byte."""
    async with database.write() as connection:
        for table, rows in (
            (t.message_form, [{"key": key, "parameters": each} for key, each in forms.items()]),
            (t.template_set, [{"version": version, "sources": each} for version, each in templates.items()]),
        ):
            if rows:
                await connection.execute(database.insert(table).values(rows).on_conflict_do_nothing())


async def commit_outcomes(database: Database, outcomes: list[Outcome]) -> None:
    """Record what became of attempts in one transaction; an outcome with an old fence changes nothing."""
    if not outcomes:
        return
    async with database.write() as connection:
        await connection.execute(
            _RECORD,
            [
                {"b_id": o.message_id, "b_fence": o.fence, "b_state": o.state, "b_error": o.error,
                 "b_retry": o.retry_at, "b_accepted": o.at if o.state == "accepted" else None,
                 "b_header": o.header_id, "b_sha": o.sha256, "b_template": o.template_version,
                 "b_parameters": o.parameters, "b_uncounted": int(not o.counted), "b_relay": o.relay}
                for o in outcomes
            ],
        )  # fmt: skip
        final: dict[tuple[str, bool, datetime], list[int]] = {}
        for o in outcomes:
            if o.state in ("accepted", "failed"):
                final.setdefault((o.state, o.suppress, o.at), []).append(o.message_id)
        for (state, suppressed, at), ids in final.items():
            await connection.execute(_settle(ids, state, at, "suppressed" if suppressed else None))
        for o in outcomes:
            if o.suppress:
                m = t.message.c
                ours = select(m.person_id, literal((o.error or "refused")[:400]), literal(o.at, Instant())).where(
                    m.id == o.message_id, m.fence == o.fence, m.state == o.state
                )
                await connection.execute(
                    database.insert(t.suppression)
                    .from_select(["person_id", "reason", "since"], ours)
                    .on_conflict_do_nothing()
                )


def _settle(ids: list[int], state: str, at: datetime, reason: str | None) -> Any:
    """Return the statement that settles the notices of messages which have come to this state.

    A message whose fence was old has not, or its new holder has settled its notices in the same transaction.
    """
    inside = (
        select(t.message_item.c.notice_id)
        .join(t.message, t.message.c.id == t.message_item.c.message_id)
        .where(t.message.c.id.in_(ids), t.message.c.state == state)
    )
    return (
        update(t.notice)
        .where(t.notice.c.state == "queued", t.notice.c.id.in_(inside))
        .values(state=state, settled_at=at, reason=reason)
    )


async def release_claims(database: Database, sender: str, retry_at: datetime) -> None:
    """Give back what a sender that stops in good order still holds."""
    m = t.message.c
    async with database.write() as connection:
        await connection.execute(
            update(t.message)
            .where(m.state == "claimed", m.claimed_by == sender)
            # Deferred, not queued: it may have been begun, so it takes no further items under its Message-ID.
            .values(state="deferred", not_before=retry_at, lease_until=None, attempts=m.attempts - 1)
        )
