"""Open what has reached its first day, and let open work follow units that end, merge or split."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from deadlines.model import DutyPeriod, Obligor
from dondoc import clock
from dondoc.store import duties, following
from dondoc.store.campaigns import CampaignRow, campaign_rows_in, lock_campaign
from dondoc.store.cohorts import set_apart
from dondoc.store.duties import DutyPeriodRow
from dondoc.store.engine import Connection
from dondoc.store.registry import UnitRef
from dondoc.store.submissions import AssignmentRow, assignment_of
from tasks.world import World


@dataclass(frozen=True, slots=True)
class Opened:
    """How many assignments a sweep opened, ended as transferred, or opened for units that newly exist."""

    opened: int = 0
    transferred: int = 0
    joined: int = 0

    def __add__(self, other: "Opened") -> "Opened":
        return Opened(self.opened + other.opened, self.transferred + other.transferred, self.joined + other.joined)


@dataclass(frozen=True, slots=True)
class _Pending:
    """One thing the calendar asks for: a duty that opens, or a day of the registry to follow (`event_id`)."""

    day: date
    campaign: CampaignRow
    row: DutyPeriodRow | None = None
    event_id: int | None = None


async def open_duties(world: World, as_of: datetime) -> Opened:
    """Do what the calendar day asks of the registry: first days of duties and days on which units change.

    Both are taken in the order of their days, so that a late round ends where a punctual one would have;
    each in a transaction of its own.
    """
    done = Opened()
    async with world.database.read() as connection:
        pending = await _pending(connection, clock.local_day(as_of))
    for each in pending:
        async with world.database.write() as connection:
            done += await _do(world, connection, each, as_of)
    return done


async def open_duties_in(
    world: World, connection: Connection, as_of: datetime, campaign: CampaignRow | None = None
) -> Opened:
    """Do the same inside a transaction that is under way, for all campaigns or one: all of it or nothing."""
    done = Opened()
    for each in await _pending(connection, clock.local_day(as_of)):
        if campaign is None or each.campaign.id == campaign.id:
            done += await _do(world, connection, each, as_of)
    return done


async def follow_day(
    world: World, connection: Connection, campaign: CampaignRow, day: date, at: datetime
) -> tuple[int, int]:
    """Carry open work over a day on which units or role holders change; return (transferred, joined).

    The campaign is locked by whoever calls. What a role owes passes only while nobody who held it has
    answered, so a holder that has reported is not asked again through its successor. Doing it twice is as
    good as once.
    """
    transferred = await following.end_dissolved(connection, campaign.id, day, at)
    joined = 0
    for row in await duties.running_periods(connection, campaign.id, day):
        obligors = obligors_of(row)
        if roles := [o.role for o in obligors if o.role]:
            kinds = [o.kind for o in obligors if o.role is None]
            transferred += await following.end_former_holders(connection, row, roles, kinds, day, at)
        joined += await _assign(world, connection, campaign, row, day, at, follows=True)
    return transferred, joined


async def assign_on_request(
    world: World, connection: Connection, campaign: CampaignRow, row: DutyPeriodRow, unit: UnitRef, at: datetime
) -> AssignmentRow | None:
    """Give one unit an assignment because its report came in before anybody asked, if it is named at all.

    A unit is named by its kind, or because it holds the role that owes the duty.
    """
    modality = await _named_as(connection, row, unit, clock.local_day(at))
    if modality is None:
        return None
    cohorts = await duties.open_cohorts(connection, row.id)
    which = duties.this_unit(unit.id)
    await duties.assign_units(world.database, connection, row, cohorts[modality], modality, which, at)
    return await assignment_of(world.database, connection, row.id, unit.id)


async def assign_reported(
    world: World, connection: Connection, campaign: CampaignRow, row: DutyPeriodRow, unit_ids: Sequence[int],
    at: datetime,
) -> int:  # fmt: skip
    """Give units that have reported their assignment, whether or not they were asked; return how many are new.

    Units of a kind the duty does not name get none.
    """
    cohorts = await duties.open_cohorts(connection, row.id)
    province = world.plan_of(campaign).province.code
    opened = 0
    for obligor in obligors_of(row):
        if obligor.modality not in cohorts:
            continue
        if obligor.role:
            named = duties.ever_in_role(campaign.id, obligor.role)
        else:
            named = duties.of_kind(province, obligor.kind)
        opened += await duties.assign_units(
            world.database, connection, row, cohorts[obligor.modality], obligor.modality,
            duties.both(named, duties.these_units(unit_ids)), at,
        )  # fmt: skip
    if opened:
        await set_apart(connection, row.id, at)
    return opened


async def may_be_assigned(world: World, row: DutyPeriodRow, unit: UnitRef, at: datetime) -> bool:
    """Return whether a unit's report may be taken although nobody has asked for it yet."""
    async with world.database.read() as connection:
        return await _named_as(connection, row, unit, clock.local_day(at)) is not None


async def _named_as(connection: Connection, row: DutyPeriodRow, unit: UnitRef, day: date) -> str | None:
    """Return how a duty that nobody has been asked for yet binds a unit; null if it does not name it."""
    if not row.tracked or row.opened_at is not None:
        return None
    cohorts = await duties.open_cohorts(connection, row.id)
    for obligor in obligors_of(row):
        if obligor.modality not in cohorts:
            continue
        if obligor.role is None and obligor.kind == unit.kind:
            return obligor.modality
        if obligor.role and await duties.holds_role(connection, row.campaign_id, obligor.role, unit.id, day):
            return obligor.modality
    return None


async def _pending(connection: Connection, today: date) -> list[_Pending]:
    """Return what the days until `today` ask for, in their order; on one day, units change before a duty opens."""
    to_open = await duties.periods_to_open(connection, today)
    events = await following.events_to_follow(connection, today)
    if not to_open and not events:
        return []
    by_id = {row.id: row for row in await campaign_rows_in(connection)}
    pending = [
        _Pending(min(_resolved_on(by_id[row.campaign_id], row, today), today), by_id[row.campaign_id], row=row)
        for row in to_open
    ]
    pending += [_Pending(day, by_id[campaign_id], event_id=event_id) for event_id, campaign_id, day in events]
    return sorted(pending, key=lambda each: (each.day, each.row is not None))


async def _do(world: World, connection: Connection, what: _Pending, at: datetime) -> Opened:
    campaign = await lock_campaign(world.database, connection, what.campaign.id)
    if what.row is not None:
        opened = await _assign(world, connection, campaign, what.row, what.day, at, follows=False)
        await duties.mark_opened(connection, what.row.id, at)
        return Opened(opened=opened)
    assert what.event_id is not None
    transferred, joined = await follow_day(world, connection, campaign, what.day, at)
    await following.mark_followed(connection, what.event_id, at)
    return Opened(transferred=transferred, joined=joined)


async def _assign(
    world: World, connection: Connection, campaign: CampaignRow, row: DutyPeriodRow, day: date, at: datetime, *,
    follows: bool,
) -> int:  # fmt: skip
    """Give everybody who owes a duty period on `day` an assignment; `follows` takes only who newly owes it.

    A change that became known later is looked at on the day the duty opened: whoever was gone by then is
    not asked, and a role belongs to whoever held it then.
    """
    province = world.plan_of(campaign).province.code
    cohorts = await duties.open_cohorts(connection, row.id)
    seen_on = max(day, _resolved_on(campaign, row, day))
    opened = 0
    for obligor in obligors_of(row):
        if not obligor.bound_on(seen_on) or obligor.modality not in cohorts:
            continue
        if obligor.role:  # whoever holds the role now owes it, also when the holder is an old unit
            held = duties.unit_in_role(campaign.id, obligor.role, seen_on)
            which = duties.both(held, following.unreported(row, obligor.role))
        else:
            which = duties.both(duties.units_of_kind(province, obligor.kind, day), following.unanswered(row))
            if follows:
                begins = obligor.from_ == day
                which = duties.both(which, following.newly_owes(row, day, seen_on, kind_begins=begins))
        opened += await duties.assign_units(
            world.database, connection, row, cohorts[obligor.modality], obligor.modality, which, at
        )
    if opened:
        await set_apart(connection, row.id, at)
    return opened


async def assign_now(
    world: World, connection: Connection, campaign: CampaignRow, duty_period_id: int, at: datetime
) -> int:
    """Give every unit that owes an opened duty period today and has no assignment yet its own; return how many."""
    row = await duties.period_in(connection, duty_period_id)
    return await _assign(world, connection, campaign, row, clock.local_day(at), at, follows=False)


def _resolved_on(campaign: CampaignRow, row: DutyPeriodRow, day: date) -> date:
    """Return the day on which a duty's units were or will be resolved, `day` for one that opens with no date."""
    return max(row.opens_on or day, campaign.since)


def obligors_of(row: DutyPeriodRow) -> tuple[Obligor, ...]:
    """Return who owes a stored duty period, as its facts say."""
    return DutyPeriod.from_json(row.facts).obligors
