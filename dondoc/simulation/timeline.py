"""What a played campaign looked like over time: a lane per duty with its dates, mails, reports and papers."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from config.plan import Plan
from dondoc.simulation.year import Played
from dondoc.store.campaigns import campaign
from dondoc.store.timelines import (
    Counted,
    DrawnPeriod,
    DrawnRuling,
    RegistryDay,
    briefs_by_instant,
    drawn_periods,
    drawn_rulings,
    notices_by_instant,
    registry_days_between,
    reports_by_instant,
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a period ended: the mandated by judgement, those merely asked by whether they answered."""

    on_time: int = 0
    late: int = 0
    not_recorded: int = 0
    answered: int = 0
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Lane:
    """One duty of the plan with all that happened to it."""

    duty: str
    title: str
    clause: str
    periods: tuple[DrawnPeriod, ...]
    notices: tuple[Counted, ...]
    reports: tuple[Counted, ...]
    briefs: tuple[Counted, ...]
    rulings: tuple[DrawnRuling, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A campaign from `first` up to, not including, `until`; `outcomes` are keyed by duty and period."""

    name: str
    phases: tuple[tuple[str, date, date], ...]
    first: date
    until: date
    live_since: date
    lanes: tuple[Lane, ...]
    registry: tuple[RegistryDay, ...]
    rulings: tuple[DrawnRuling, ...]
    outcomes: dict[tuple[str, str], Outcome]
    account: dict[str, Any]


async def timeline_of(plan: Plan, played: Played, first: date, until: date, account: dict[str, Any]) -> Timeline:
    """Read a played campaign from its own ledger."""
    database, key = played.world.database, played.campaign_id
    rulings = await drawn_rulings(database, key)
    periods: dict[str, list[DrawnPeriod]] = defaultdict(list)
    for period in await drawn_periods(database, key):
        periods[period.duty].append(period)
    notices = _by_duty(await notices_by_instant(database, key))
    reports = _by_duty(await reports_by_instant(database, key))
    briefs = _by_duty(await briefs_by_instant(database, key))
    return Timeline(
        name=plan.name,
        phases=tuple(
            (phase.name, date(_year(plan, phase.from_), 1, 1), date(_year(plan, phase.until), 12, 31))
            for phase in plan.phases
        ),
        first=first,
        until=until,
        live_since=(await campaign(database, plan.key)).since,
        lanes=tuple(
            Lane(
                duty, each[0].title, each[0].clause, tuple(each), tuple(notices[duty]), tuple(reports[duty]),
                tuple(briefs[duty]), tuple(ruling for ruling in rulings if ruling.duty == duty),
            )
            for duty, each in periods.items()
        ),
        registry=tuple(await registry_days_between(database, key, first, until)),
        rulings=tuple(ruling for ruling in rulings if ruling.duty is None),
        outcomes=outcomes_of(account["per_duty"]),
        account=account,
    )  # fmt: skip


def outcomes_of(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], Outcome]:
    """Return how each duty and period ended; the mandated and those asked stay apart."""
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 5)
    for row in rows:
        counts = found[row["duty"], row["period"]]
        if row["modality"] == "mandated":
            come = (row["on_time"] + row["received_undated"], row["late"], row["not_recorded"], 0, 0)
        else:
            come = (0, 0, 0, row["on_time"] + row["late"] + row["received_undated"], row["not_recorded"])
        found[row["duty"], row["period"]] = [old + new for old, new in zip(counts, come, strict=True)]
    return {key: Outcome(*counts) for key, counts in found.items()}


def _by_duty(counted: Iterable[Counted]) -> dict[str, list[Counted]]:
    found: dict[str, list[Counted]] = defaultdict(list)
    for each in counted:
        found[each.duty].append(each)
    return found


def _year(plan: Plan, number: int) -> int:
    return plan.period.first_year + number - 1
