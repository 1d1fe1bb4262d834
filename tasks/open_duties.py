"""Open what has reached its first day, and let open work follow units that end, merge or split."""

from dataclasses import dataclass
from datetime import date, datetime

from deadlines.model import DutyPeriod, Obligor
from dondoc import clock
from dondoc.store import duties
from dondoc.store.campaigns import CampaignRow, campaigns, lock_campaign
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


async def open_duties(world: World, as_of: datetime) -> Opened:
    """Do what the calendar day asks of the registry: first days of duties and days on which units change.

    Both are taken in the order of their days, so that a late round ends where a punctual one would have.
    """
    database, today = world.database, clock.local_day(as_of)
    async with database.read() as connection:
        to_open = await duties.periods_to_open(connection, today)
        events = await duties.events_to_follow(connection, today)
    if not to_open and not events:
        return Opened()
    by_id = {row.id: row for row in await campaigns(database)}
    work: list[tuple[date, int, DutyPeriodRow | tuple[int, int, date]]] = [
        (max(row.opens_on or today, by_id[row.campaign_id].since), 1, row) for row in to_open
    ]
    work += [(event[2], 0, event) for event in events]
    opened = transferred = joined = 0
    for day, _order, what in sorted(work, key=lambda entry: entry[:2]):
        if isinstance(what, DutyPeriodRow):
            opened += await _open(world, by_id[what.campaign_id], what, min(day, today), as_of)
        else:
            gone, came = await _follow(world, by_id[what[1]], what[0], what[2], as_of)
            transferred, joined = transferred + gone, joined + came
    return Opened(opened, transferred, joined)


async def assign_on_request(
    world: World, connection: Connection, campaign: CampaignRow, row: DutyPeriodRow, unit: UnitRef, at: datetime
) -> AssignmentRow | None:
    """Give one unit an assignment because its report came in before anybody asked, if its kind is named at all."""
    for obligor in obligors_of(row):
        if obligor.kind == unit.kind and obligor.role is None:
            cohorts = await duties.open_cohorts(connection, row.id)
            if obligor.modality in cohorts and row.tracked and row.opened_at is None:
                which = duties.this_unit(unit.id)
                await duties.assign_units(
                    world.database, connection, row, cohorts[obligor.modality], obligor.modality, which, at
                )
                return await assignment_of(world.database, connection, row.id, unit.id)
    return None


async def may_be_assigned(world: World, row: DutyPeriodRow, unit: UnitRef) -> bool:
    """Return whether a unit's report may be taken although nobody has asked for it yet."""
    async with world.database.read() as connection:
        cohorts = await duties.open_cohorts(connection, row.id)
    named = any(o.kind == unit.kind and o.role is None and o.modality in cohorts for o in obligors_of(row))
    return named and row.tracked and row.opened_at is None


async def _open(world: World, campaign: CampaignRow, row: DutyPeriodRow, day: date, at: datetime) -> int:
    async with world.database.write() as connection:
        await lock_campaign(world.database, connection, campaign.id)
        opened = await _assign(world, connection, campaign, row, day, at, None)
        await duties.mark_opened(connection, row.id, at)
    return opened


async def _follow(world: World, campaign: CampaignRow, event_id: int, day: date, at: datetime) -> tuple[int, int]:
    """Carry open work over a day on which units or role holders change.

    What a role owes passes only while somebody's work is really left open, so a holder that has reported
    is not asked again through its successor.
    """
    async with world.database.write() as connection:
        await lock_campaign(world.database, connection, campaign.id)
        transferred = await duties.end_dissolved(connection, campaign.id, day, at)
        joined = 0
        for row in await duties.running_periods(connection, campaign.id, day):
            joined += await _assign(world, connection, campaign, row, day, at, duties.new_on(row, day))
        await duties.mark_followed(connection, event_id, at)
    return transferred, joined


async def _assign(
    world: World,
    connection: Connection,
    campaign: CampaignRow,
    row: DutyPeriodRow,
    day: date,
    at: datetime,
    only: duties.Condition | None,
) -> int:
    province = world.plan_of(campaign).province.code
    cohorts = await duties.open_cohorts(connection, row.id)
    opened = 0
    for obligor in obligors_of(row):
        if not obligor.bound_on(day) or obligor.modality not in cohorts:
            continue
        if obligor.role:  # whoever holds the role now owes it, also when the holder is an old unit
            which = duties.both(duties.unit_in_role(campaign.id, obligor.role, day), duties.unreported(row))
        else:
            which = duties.units_of_kind(province, obligor.kind, day)
            if only is not None:
                which = duties.both(which, only)
        opened += await duties.assign_units(
            world.database, connection, row, cohorts[obligor.modality], obligor.modality, which, at
        )
    return opened


async def assign_now(
    world: World, connection: Connection, campaign: CampaignRow, duty_period_id: int, at: datetime
) -> int:
    """Give every unit that owes an opened duty period today and has no assignment yet its own; return how many."""
    row = await duties.period_in(connection, duty_period_id)
    return await _assign(world, connection, campaign, row, clock.local_day(at), at, None)


def obligors_of(row: DutyPeriodRow) -> tuple[Obligor, ...]:
    """Return who owes a stored duty period, as its facts say."""
    return DutyPeriod.from_json(row.facts).obligors
