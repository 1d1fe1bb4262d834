"""Look at coverage: how far launches, own plans, registrations and pilots have come, and who has and who has not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from config.plan import Count, Coverage, Plan
from deadlines.coverage import KINDS, Reached, Standing, reached, standing
from deadlines.periods import span_of
from dondoc import clock
from dondoc.store.campaigns import CampaignRow
from dondoc.store.coverage import CoveredUnit, covered_units, tallies
from dondoc.store.duties import DutyPeriodRow, duty_periods
from tasks.world import World

Unknown = Literal["untracked", "not-binding"]


@dataclass(frozen=True, slots=True)
class Covered:
    """How far one duty and period has come: per modality, or `unknown` says why there is nothing to tell.

    `count` is how many names one unit registers, `coverage` what share of the units must do it; null: silent.
    """

    row: DutyPeriodRow
    count: Count | None
    coverage: Coverage | None
    unknown: Unknown | None = None
    reached: Mapping[str, Reached] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stands:
    """One unit and how it stands."""

    unit: CoveredUnit
    standing: Standing


async def coverage_of(
    world: World, owner: CampaignRow, as_of: datetime, under: str | None = None
) -> list[Covered]:  # fmt: skip
    """Return every duty of these kinds, or with a number or a share in the plan, whose time has come, in its order."""
    plan = world.plan_of(owner)
    rows = [row for row in await duty_periods(world.database, owner.id) if _concerns(plan, row, as_of)]
    counted = await tallies(world.database, [r for r in rows if _unknown(r) is None], _territory(plan), as_of, under)
    found = []
    for row in rows:
        count, coverage = _asked(plan, row.duty)
        per_modality = reached(counted.get(row.id, ()), count, coverage)
        found.append(Covered(row, count, coverage, _unknown(row), per_modality))
    return found


async def coverage_list(
    world: World, owner: CampaignRow, row: DutyPeriodRow, as_of: datetime, under: str | None = None
) -> tuple[Covered, list[Stands]]:
    """Return how far one duty and period has come and every unit of it, in protocol order."""
    plan = world.plan_of(owner)
    count, coverage = _asked(plan, row.duty)
    if unknown := _unknown(row):
        return Covered(row, count, coverage, unknown), []
    counted = await tallies(world.database, [row], _territory(plan), as_of, under)
    units = await covered_units(world.database, row, _territory(plan), as_of, under)
    stands = [Stands(unit, standing(unit.received_at is not None, len(unit.names), count)) for unit in units]
    return Covered(row, count, coverage, None, reached(counted[row.id], count, coverage)), stands


def _concerns(plan: Plan, row: DutyPeriodRow, as_of: datetime) -> bool:
    day, span = clock.local_day(as_of), span_of(row.period)
    if (row.opens_on or (span.first if span else day)) > day:
        return False
    return row.kind in KINDS or any(_asked(plan, row.duty))


def _asked(plan: Plan, duty: str) -> tuple[Count | None, Coverage | None]:
    found = plan.duty(duty)
    return found.count, found.coverage


def _unknown(row: DutyPeriodRow) -> Unknown | None:
    if not row.tracked:
        return "untracked"
    return None if row.binding else "not-binding"


def _territory(plan: Plan) -> str:
    return plan.province.code
