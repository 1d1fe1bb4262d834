"""The order inside a review season: unit review ≤ unit report ≤ consolidation ≤ provincial review ≤ awards (A-X-04)."""

from collections.abc import Sequence
from datetime import date

from config.plan import Plan
from deadlines.model import DutyPeriod


def out_of_order(plan: Plan, rows: Sequence[DutyPeriod], duty: str, period: str, due_on: date) -> str | None:
    """Return which other date a new one would turn round, in words; null where the order of the plan's chains holds.

    Only duties of the same season are compared: the same period, or one that happens once and falls in that year.
    """
    for chain in plan.chains:
        if duty not in chain.order:
            continue
        place = chain.order.index(duty)
        for row in rows:
            if row.duty not in chain.order or row.duty == duty or row.due_on is None:
                continue
            if row.period != period and row.due_on.year != due_on.year:
                continue
            before = chain.order.index(row.duty) < place
            if (row.due_on > due_on) if before else (row.due_on < due_on):
                side, rank = ("before", "first") if before else ("after", "later")
                return (
                    f"lies {side} {row.duty} {row.period}, whose date is {row.due_on:%d/%m/%Y}, though that comes "
                    f"{rank} (order '{chain.slug}', {chain.clause})"
                )
    return None
