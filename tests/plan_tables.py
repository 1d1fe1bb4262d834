"""What the hand-made tables of the plans are compared with: the listing of a plan as plain words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from config.plan import Plan, load_plan, plan_path
from deadlines.calendar import vietnam
from deadlines.duties import expand_duties, obligors_on
from deadlines.lateness import judge
from deadlines.model import DutyPeriod
from dondoc import clock

CALENDAR = vietnam()
LAST_DISTRICT_DAY, FIRST_NEW_DAY = date(2025, 6, 30), date(2025, 7, 1)


@dataclass(frozen=True, slots=True)
class Due:
    """One line of a hand-made table: a duty with its clause, rule, periods, days (dd/mm/yyyy), condition, modality."""

    duty: str
    kind: str
    clause: str
    rule: str
    periods: str = "once"  # one word, or first-last year
    opens: str | None = None
    due: str | None = None
    bound: str | None = None
    modality: str = "mandated"
    after: str | None = None  # the duty that must come first
    confirmed: bool = True

    def rows(self) -> Iterable[tuple[object, ...]]:
        first, _, last = self.periods.partition("-")
        for period in [first] if not last else [str(year) for year in range(int(first), int(last) + 1)]:
            after = "phase-decision" if self.after == "phase-2" and int(period) > 2025 else self.after
            yield (
                self.duty, self.kind, self.clause, self.rule, period, self.opens, self.due, self.bound, self.modality,
                None if after == "phase-2" else after, self.confirmed,
            )  # fmt: skip


def rows_of(key: str) -> tuple[Plan, list[DutyPeriod]]:
    """Return a shipped plan and everything it lists."""
    plan = load_plan(plan_path(key))
    return plan, expand_duties(plan, CALENDAR)


def listed(rows: Iterable[DutyPeriod]) -> list[tuple[object, ...]]:
    """Return rows in the words of the tables, in the plan's order."""
    return [
        (
            r.duty, r.kind, r.clause, r.rule, r.period, _day(r.opens_on), _day(r.due_on), _day(r.bound_on), r.modality,
            r.conditional_on, r.confirmed,
        )
        for r in rows
    ]  # fmt: skip


def owed_by(plan: Plan, duty: str, day: date) -> str:
    """Return who owes a duty on a day, how strongly: `department! front? commune~ school+` (role in brackets)."""
    sign = {"mandated": "!", "requested": "?", "invited": "~", "encouraged": "+"}
    return " ".join(
        f"{o.kind}{f'({o.role})' if o.role else ''}{sign[o.modality]}" for o in obligors_on(plan.duty(duty), day)
    )


def sent_to(plan: Plan, duty: str) -> list[tuple[str, str | None, str | None]]:
    """Return the addressees of a duty: to, through whom, for what."""
    return [(a.to, a.via, a.function) for a in plan.duty(duty).addressees]


def row(rows: Iterable[DutyPeriod], duty: str, period: str = "once") -> DutyPeriod:
    """Return the one row of a duty and period."""
    (found,) = [r for r in rows if (r.duty, r.period) == (duty, period)]
    return found


def judged(row: DutyPeriod, at: str) -> str | None:
    """Return how a receipt of a Vietnamese local time (`2022-09-30 23:59`) is judged: on-time, late, or not at all."""
    local = datetime.strptime(at, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    return judge(clock.at_local(local.date(), local.time()), row.due_on)


def _day(day: date | None) -> str | None:
    return f"{day:%d/%m/%Y}" if day else None
