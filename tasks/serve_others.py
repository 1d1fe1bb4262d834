"""One report that, by ruling, serves a duty of another campaign too: taken in there as well, judged by its own date."""

from dataclasses import replace

from deadlines.lateness import days_late
from deadlines.ruling import Ruling, standing
from dondoc.store.campaigns import CampaignRow, campaign_rows_in
from dondoc.store.duties import DutyPeriodRow, duty_periods_in
from dondoc.store.engine import Connection
from dondoc.store.registry import UnitRef
from dondoc.store.rulings import rulings_in
from dondoc.store.submissions import assignment_of
from tasks.open_duties import assign_on_request
from tasks.receipts import Served, receivers_of
from tasks.take_in import Arrival, Taken, take_in
from tasks.world import World


async def serve_others(
    world: World, connection: Connection, owner: CampaignRow, row: DutyPeriodRow, unit: UnitRef, arrival: Arrival,
    taken: Taken,
) -> tuple[Served, ...]:  # fmt: skip
    """Take a report in for every duty it serves by a standing ruling, in the transaction that records it.

    Where the period is not plain or the unit owes nothing there, nothing is recorded and the reason is returned.
    """
    serving = [
        ruling
        for ruling in standing(await rulings_in(connection, owner.id))
        if ruling.kind == "relate" and ruling.value.get("relation") == "serves" and ruling.value["duty"] == row.duty
    ]
    if not serving:
        return ()
    others = {each.key: each for each in await campaign_rows_in(connection)}
    return tuple(
        [
            await _serve(world, connection, others[str(ruling.value["other"])], ruling, row, unit, arrival, taken)
            for ruling in serving
        ]
    )


async def _serve(
    world: World, connection: Connection, other: CampaignRow, ruling: Ruling, row: DutyPeriodRow, unit: UnitRef,
    arrival: Arrival, taken: Taken,
) -> Served:  # fmt: skip
    duty = str(ruling.value["other_duty"])
    rows = [each for each in await duty_periods_in(connection, other.id) if each.duty == duty and not each.withdrawn_at]
    there = _period_served(rows, row.period)
    if there is None:
        return Served(other.key, duty, None, reason="no-plain-period")
    assignment = await assignment_of(world.database, connection, there.id, unit.id)
    if assignment is None:
        assignment = await assign_on_request(world, connection, other, there, unit, arrival.recorded_at)
    if assignment is None:
        return Served(other.key, duty, there.period, reason="owes-nothing")
    receiver = receivers_of(world.plan_of(other), duty)[0]
    arrived = replace(arrival, receiver=receiver, names=(), served_by=taken.submission_id)
    done = await take_in(world, connection, other, there, unit, assignment, arrived)
    after = done.after
    late = days_late(after.judged_at, after.due_on) if after.judged_at else 0
    return Served(other.key, duty, there.period, done.code, after.judged, late, after.modality)


def _period_served(rows: list[DutyPeriodRow], period: str) -> DutyPeriodRow | None:
    """The period of the same name, else what happens once, else the only one under way; else none."""
    by_name = {each.period: each for each in rows}
    if found := by_name.get(period) or by_name.get("once"):
        return found
    under_way = [each for each in rows if each.opened_at is not None and each.tracked]
    return under_way[0] if len(under_way) == 1 else None
