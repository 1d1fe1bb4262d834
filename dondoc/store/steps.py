"""The sweep over our own step table, and firing a step: one transaction, one ledger row per notice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, and_, case, cast, exists, false, func, literal, null, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import CTE, Subquery

from deadlines.staleness import DueStep
from dondoc import clock
from dondoc.store import tables as t
from dondoc.store.brakes import not_paused
from dondoc.store.courtesy import told_enough
from dondoc.store.engine import Database
from dondoc.store.held import in_envelope
from dondoc.store.registry import contact_for
from dondoc.store.types import Id, Instant

_earlier = t.message.alias("earlier")
# From here on PostgreSQL counts a wave at once: left to itself it does so within minutes, and until then claims for the
# sender, planned for the few rows of yesterday, go through the whole wave each time.
_LARGE_WAVE = 5_000
_NOBODY: ColumnElement[Any] = cast(null(), Id)
# Why an assignment that is no longer open gets no notice, in the words of the closed list.
_CLOSED = {"submitted": "already-submitted", "waived": "waived", "transferred": "withdrawn", "withdrawn": "withdrawn"}


@dataclass(frozen=True, slots=True)
class Fired:
    """What firing a step wrote: ledger rows by state."""

    queued: int
    laid: int
    skipped: int


async def steps_due(database: Database, as_of: datetime) -> list[DueStep]:
    """Return what has fallen due by `as_of` and is not settled, oldest first; missed rounds catch up here."""
    s, c, d = t.step.c, t.campaign.c, t.duty_period.c
    latest = (
        select(func.max(t.reconciliation.c.confirmed_at))
        .where(
            t.reconciliation.c.office_id == c.office_id,
            t.reconciliation.c.undone_at.is_(None),
            t.reconciliation.c.confirmed_at <= as_of,
        )
        .scalar_subquery()
    )
    wanted = (
        select(
            s.id, s.campaign_id, c.key, c.state, s.cohort_id, s.duty, d.kind, s.period, d.title, s.due_on, s.rung,
            s.kind, s.tone, s.recipient, s.late, s.reconciled, s.fire_at, s.expires_at, s.waits_for, latest, s.channel,
        )
        .select_from(t.step)
        .join(t.campaign, c.id == s.campaign_id)
        .join(t.cohort, t.cohort.c.id == s.cohort_id)
        .join(t.duty_period, t.duty_period.c.id == t.cohort.c.duty_period_id)
        .where(s.fired_at.is_(None), s.reason.is_(None), s.fire_at <= as_of, c.state != "draft", c.ended_on.is_(None))
        .order_by(s.fire_at, s.id)
    )  # fmt: skip
    async with database.read() as connection:
        found: Any = await connection.execute(wanted)
        return [DueStep(*row) for row in found]


async def next_instant(database: Database) -> datetime | None:
    """Return when the next thing falls due: a first day, a day of the registry, a step, a message.

    Steps that wait for the desk, and messages a stop button or a guard holds, are left out: time alone does not move
    them.
    """
    s, m, d, e, p = t.step.c, t.message.c, t.duty_period.c, t.registry_event.c, t.supplement_step.c
    speaking = select(t.campaign.c.id).where(t.campaign.c.state != "draft")
    waiting = select(
        select(s.fire_at)
        .where(
            s.fired_at.is_(None),
            s.reason.is_(None),
            s.waits_for.is_(None),
            exists().where(t.campaign.c.id == s.campaign_id, t.campaign.c.state != "draft"),
        )
        .order_by(s.fire_at)  # the first of the index, however many there are
        .limit(1)
        .scalar_subquery(),
        select(func.min(m.not_before)).where(t.message_is_open, not_paused()).scalar_subquery(),
        select(func.min(d.opens_on))
        .where(d.opened_at.is_(None), d.tracked, d.campaign_id.in_(speaking))
        .scalar_subquery(),
        select(func.min(e.on_date)).where(e.followed_at.is_(None), e.campaign_id.in_(speaking)).scalar_subquery(),
        select(func.min(p.fire_at))
        .where(p.fired_at.is_(None), p.reason.is_(None), p.waits_for.is_(None))
        .scalar_subquery(),
    )
    async with database.read() as connection:
        step_at, message_at, opens_on, changes_on, supplement_at = (await connection.execute(waiting)).one()
    days = [clock.at_local(day, time()) for day in (opens_on, changes_on) if day is not None]
    instants = [at for at in (step_at, message_at, supplement_at, *days) if at is not None]
    return min(instants) if instants else None


async def note_waiting(connection: AsyncConnection, step_ids: list[int], reason: str) -> None:
    """Note why steps wait, so that a page can say so; they are found again by every sweep."""
    await connection.execute(update(t.step).where(t.step.c.id.in_(step_ids)).values(waits_for=reason))


async def skip_step(database: Database, connection: AsyncConnection, step: DueStep, reason: str, at: datetime) -> int:
    """Settle a step that does not go out; every assignment it would have reached gets its ledger row."""
    done = await connection.execute(
        update(t.step)
        .where(t.step.c.id == step.id, t.step.c.fired_at.is_(None), t.step.c.reason.is_(None))
        .values(reason=reason, waits_for=None)
    )
    if not done.rowcount:
        return 0
    rows = _notices(step, at, _asked(step, _NOBODY), state=literal("skipped"), reason=literal(reason))
    return await _insert_notices(database, connection, rows)


async def fire_step(
    database: Database, connection: AsyncConnection, step: DueStep, day: date, at: datetime, *, most: int = 4
) -> Fired | None:
    """Write a step's notices: queued for whoever still owes, skipped with the reason for all others.

    Who has been sent all but one of the `most` reminders of this duty hears the last one only.

    Returns null when another round has settled it in the meantime.
    """
    done = await connection.execute(
        update(t.step)
        .where(t.step.c.id == step.id, t.step.c.fired_at.is_(None), t.step.c.reason.is_(None))
        .values(fired_at=at, waits_for=None)
    )
    if not done.rowcount:
        return None
    if step.kind == "brief":
        asked = _asked(step, _NOBODY)
        is_open = asked.c.state == "open"
        state = case((is_open, "laid"), else_="skipped")
        reason = case((is_open, null()), else_=case(_CLOSED, value=asked.c.state))
    else:
        enough = await told_enough(connection, step, most)
        asked = _asked(step, recipient_of(step, day), false() if enough is None else enough)
        # A waiver is told to those it is for.
        is_open = asked.c.state == ("waived" if step.tone == "waived" else "open")
        told = and_(is_open, asked.c.enough)
        reachable = and_(is_open, asked.c.person_id.is_not(None))
        state = case((told, "skipped"), (reachable, "queued"), else_="skipped")
        reason = case(
            (told, "folded"), (reachable, null()), (is_open, "no-address"), else_=case(_CLOSED, value=asked.c.state)
        )
    await _insert_notices(database, connection, _notices(step, at, asked, state=state, reason=reason))
    n = t.notice.c
    counted = await connection.execute(
        select(n.state, func.count().label("notices")).where(n.step_id == step.id).group_by(n.state)
    )
    by_state: dict[str, int] = {row.state: row.notices for row in counted}
    return Fired(by_state.get("queued", 0), by_state.get("laid", 0), by_state.get("skipped", 0))


async def queue_messages(
    database: Database,
    connection: AsyncConnection,
    *,
    campaign_id: int,
    step_ids: list[int],
    mode: str,
    kind: str,
    local_day: date,
    wave: str,
    not_before: datetime,
    at: datetime,
    channel: str = "email",
) -> int:
    """Put the queued notices of a channel's steps into envelopes: one per person, campaign, day and wave.

    An envelope that is still queued takes more items; one that has left is followed by another part.
    Returns how many notices found their envelope.
    """
    linked = 0
    step_ids = await _of_channel(connection, step_ids, channel)
    m, n = t.message.c, t.notice.c
    loose = and_(n.step_id.in_(step_ids), n.state == "queued", n.reason.is_(None), ~in_envelope())
    in_wave = (
        m.campaign_id == campaign_id, m.channel == channel, m.local_day == local_day, m.wave == wave, m.mode == mode,
    )  # fmt: skip
    # Asked notice by notice and through the key of messages, which begins with the person. A database that has not
    # yet counted a new day's rows would else go through all envelopes of the campaign for each notice: `+ 0` leaves
    # it no other way.
    envelope = (
        select(func.max(case((m.state == "queued", m.id))))
        .where(
            m.person_id == n.person_id, m.channel == channel, m.campaign_id + 0 == campaign_id,
            m.local_day == local_day, m.wave == wave, m.mode == mode,
        )
        .correlate(t.notice)
        .scalar_subquery()
    )  # fmt: skip
    placed = select(envelope.label("message_id"), n.id.label("notice_id")).where(loose).subquery()
    part = (
        select(func.coalesce(func.max(_earlier.c.part) + 1, 0))
        .where(
            _earlier.c.person_id == n.person_id,
            _earlier.c.campaign_id == campaign_id,
            _earlier.c.channel == channel,
            _earlier.c.local_day == local_day,
            _earlier.c.wave == wave,
            _earlier.c.mode == mode,
        )
        .correlate(t.notice)
        .scalar_subquery()
    )
    new = select(
        literal(campaign_id, Id), n.person_id, literal(channel), literal(local_day), literal(wave), part,
        literal(mode), literal(kind), literal("queued"), literal(not_before, Instant()), literal(at, Instant()),
        literal(0), literal(0),
    ).where(loose).distinct()  # fmt: skip
    target = [
        "campaign_id", "person_id", "channel", "local_day", "wave", "part", "mode", "kind", "state", "not_before",
        "queued_at", "fence", "attempts",
    ]  # fmt: skip
    # The first of a wave finds no open envelope: then nobody is looked for among them. If after that as many envelopes
    # are made as there are persons, all are of this transaction: no sender sees them, and none need be locked.
    looked = await _any(connection, select(m.id).where(m.state == "queued", *in_wave))
    counts = select(func.count().label("notices"), func.count(n.person_id.distinct()).label("persons")).where(loose)
    expected = None if looked else (await connection.execute(counts)).one()
    ours = False
    while True:
        here = await _into_open(database, connection, placed, lock=not ours) if looked else 0
        linked += here
        if here and (
            (expected and linked == expected.notices) or not await _any(connection, select(n.id).where(loose))
        ):
            break
        added = await connection.execute(database.insert(t.message).from_select(target, new).on_conflict_do_nothing())
        if looked and not here and not added.rowcount:
            break
        ours = not looked and expected is not None and added.rowcount == expected.persons
        looked = True
    if linked >= _LARGE_WAVE and not database.sqlite:
        await connection.execute(text("ANALYZE notice, message, message_item"))
    return linked


async def _into_open(database: Database, connection: AsyncConnection, placed: Subquery, *, lock: bool) -> int:
    """Put notices into the open envelopes of their persons, and return how many found one.

    Those are locked first: a sender that claims one in between would leave without what is put in.
    """
    m = t.message.c
    if lock and not database.sqlite:
        found = select(placed.c.message_id).where(placed.c.message_id.is_not(None)).distinct()
        open_ones = found.cte("open_ones").prefix_with("MATERIALIZED")
        to_lock = select(m.id).where(m.id.in_(select(open_ones.c.message_id)))
        await connection.execute(to_lock.order_by(m.id).with_for_update())
    # In order, so that all are found before the first is written: a table that was nearly empty when PostgreSQL
    # made its plan is read whole for every notice, and would fill meanwhile.
    places = (
        select(placed.c.message_id, placed.c.notice_id)
        .where(placed.c.message_id.is_not(None))
        .order_by(placed.c.message_id, placed.c.notice_id)
    )
    done = await connection.execute(t.message_item.insert().from_select(["message_id", "notice_id"], places))
    return done.rowcount


async def _any(connection: AsyncConnection, wanted: Select[int]) -> bool:
    return (await connection.execute(wanted.limit(1))).first() is not None


async def by_channel(connection: AsyncConnection, step_ids: Sequence[int]) -> dict[tuple[str, str], list[int]]:
    """Return steps by channel and kind: a short message says what is to come or what is missing, not both."""
    s, found = t.step.c, dict[tuple[str, str], list[int]]()
    for row in await connection.execute(select(s.id, s.channel, s.kind).where(s.id.in_(step_ids)).order_by(s.id)):
        found.setdefault((row.channel, row.kind), []).append(row.id)
    return found


async def _of_channel(connection: AsyncConnection, step_ids: list[int], channel: str) -> list[int]:
    """Return the steps that go by a channel: a telephone's envelope never takes what is for a mailbox."""
    s = t.step.c
    found = await connection.execute(select(s.id).where(s.id.in_(step_ids), s.channel == channel))
    return [row.id for row in found]


def recipient_of(step: DueStep, day: date) -> ColumnElement[Any]:
    """Return who hears of a step at each unit."""
    return contact_for(
        t.assignment.c.unit_id, channel=step.channel, recipient=step.recipient, campaign_id=step.campaign_id, day=day
    )


def _asked(step: DueStep, person: ColumnElement[Any], enough: ColumnElement[bool] | None = None) -> CTE:
    """Return a step's assignments with who hears of each and whether it has been told enough, each looked up once."""
    a = t.assignment.c
    columns = [a.id, a.state, person.label("person_id"), *([] if enough is None else [enough.label("enough")])]
    asked = select(*columns).where(a.cohort_id == step.cohort_id).order_by(a.id)
    return asked.cte("asked").prefix_with("MATERIALIZED")


def _notices(step: DueStep, at: datetime, asked: CTE, *, state: ColumnElement[Any], reason: ColumnElement[Any]) -> Any:
    return select(
        asked.c.id, literal(step.id, Id), literal(step.rung), literal(step.due_on.isoformat()),
        literal(step.recipient), literal(step.mode), asked.c.person_id, state, reason, literal(at, Instant()),
        case((state == "skipped", literal(at, Instant())), else_=null()),
    ).order_by(asked.c.id)  # fmt: skip


async def _insert_notices(database: Database, connection: AsyncConnection, rows: Any) -> int:
    target = [
        "assignment_id", "step_id", "rung", "due_key", "recipient", "mode", "person_id", "state", "reason",
        "created_at", "settled_at",
    ]  # fmt: skip
    done = await connection.execute(database.insert(t.notice).from_select(target, rows).on_conflict_do_nothing())
    return int(done.rowcount)
