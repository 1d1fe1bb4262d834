"""The order of duties inside one season: unit review, unit report, consolidation, provincial review, awards."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from config.plan import Chain, Plan
from deadlines.model import DutyPeriod
from deadlines.periods import ONCE


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """Two rows whose last days contradict a chain: `earlier` must not end after `later`, and does."""

    chain: Chain
    earlier: DutyPeriod
    later: DutyPeriod


def out_of_order(plan: Plan, rows: Sequence[DutyPeriod]) -> list[OutOfOrder]:
    """Return every pair of dated rows of one season that contradicts a chain, in the plan's order.

    Of one season are rows of the same period; what happens once belongs to the season in which it ends.
    Equal days are in order. Undated rows contradict nothing.
    """
    found = []
    for chain in plan.chains:
        for first, second in combinations(chain.order, 2):
            for earlier in (row for row in rows if row.duty == first):
                found += [
                    OutOfOrder(chain, earlier, later)
                    for later in rows
                    if later.duty == second and _contradict(earlier, later)
                ]
    return found


def _contradict(earlier: DutyPeriod, later: DutyPeriod) -> bool:
    if earlier.due_on is None or later.due_on is None or earlier.due_on <= later.due_on:
        return False
    if earlier.period == later.period:
        return True
    return ONCE in (earlier.period, later.period) and earlier.due_on.year == later.due_on.year
