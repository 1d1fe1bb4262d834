"""What a change does to what lies ahead: told before it is applied, and the same afterwards."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True, order=True)
class StepLine:
    """One step in words that mean the same before and after: whose, which rung, when."""

    campaign: str
    duty: str
    period: str
    apart: str  # whom a ruling has set apart, in words; empty: all others
    modality: str
    due_on: date
    rung: str
    fire_at: datetime


@dataclass(frozen=True, slots=True)
class StepState:
    """A step as it stands: `state` is fired, waiting, or the reason for which it does not go out."""

    line: StepLine
    state: str
    fired_at: datetime | None


@dataclass(frozen=True, slots=True, order=True)
class PeriodKey:
    """One duty for one period of one campaign."""

    campaign: str
    duty: str
    period: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is due and to whom, as a transaction sees it: dates by duty period, steps by row, assignments counted.

    An assignment is counted under (campaign, duty, period, modality, due day, set apart by, state).
    """

    periods: Mapping[PeriodKey, Mapping[str, object]]
    steps: Mapping[int, StepState]
    assignments: Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes: dates, steps that come, go or move, and how many assignments stand differently.

    `added` steps that will go out; `stillborn` new ones that lie before the change, with their reason; `ended`
    with the reason they ended for; `moved` with their new instant.
    """

    periods: tuple[tuple[PeriodKey, str, object, object], ...] = ()
    added: tuple[StepLine, ...] = ()
    stillborn: tuple[tuple[StepLine, str], ...] = ()
    ended: tuple[tuple[StepLine, str], ...] = ()
    moved: tuple[tuple[StepLine, datetime], ...] = ()
    assignments: tuple[tuple[tuple[str, ...], int, int], ...] = ()
    rewritten: tuple[StepLine, ...] = field(default=())  # always empty: what has fired stays as it was

    @property
    def nothing(self) -> bool:
        """Return whether nothing changes."""
        return not (self.periods or self.added or self.ended or self.moved or self.assignments)


def difference(before: Snapshot, after: Snapshot) -> Difference:
    """Return what lies between two snapshots, in an order that does not depend on row numbers."""
    new = [state for row, state in after.steps.items() if row not in before.steps]
    both = [(state, after.steps[row]) for row, state in before.steps.items() if row in after.steps]
    waiting = [(old, now) for old, now in both if old.state == "waiting"]
    changed = Counter(after.assignments)
    changed.subtract(before.assignments)
    return Difference(
        periods=tuple(_dates(before, after)),
        added=tuple(sorted(state.line for state in new if state.state == "waiting")),
        stillborn=tuple(sorted((state.line, state.state) for state in new if state.state != "waiting")),
        ended=tuple(sorted((old.line, now.state) for old, now in waiting if now.state != "waiting")),
        moved=tuple(
            sorted(
                (old.line, now.line.fire_at)
                for old, now in waiting
                if now.state == "waiting" and now.line.fire_at != old.line.fire_at
            )
        ),
        assignments=tuple(
            (key, before.assignments.get(key, 0), after.assignments.get(key, 0))
            for key in sorted(key for key, count in changed.items() if count)
        ),
        rewritten=tuple(
            sorted(
                old.line
                for old, now in both
                if old.state == "fired" and (old.state, old.fired_at, old.line) != (now.state, now.fired_at, now.line)
            )
        ),
    )


def _dates(before: Snapshot, after: Snapshot) -> list[tuple[PeriodKey, str, object, object]]:
    found: list[tuple[PeriodKey, str, object, object]] = []
    for key in sorted({*before.periods, *after.periods}):
        old, now = before.periods.get(key, {}), after.periods.get(key, {})
        names = sorted({*old, *now})
        found += [(key, name, old.get(name), now.get(name)) for name in names if old.get(name) != now.get(name)]
    return found
