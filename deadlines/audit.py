"""What an auditor finds wrong: open work without a coming step or an accepted reason, each reason with its last day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from dondoc import clock

Kind = Literal[
    "step-missing", "step-late", "no-step", "waits-too-long", "notices-missing", "notice-loose", "message-stuck",
    "message-refused", "claim-lapsed", "unreachable", "not-opened", "brief-waits", "stands-still", "heartbeat",
    "trail-broken",
]  # fmt: skip
# Why open work may have no step before it, and for how many days that is accepted before a person has to look.
Reason = Literal["undated", "not-confirmed", "not-reconciled", "not-chased", "ladder-ended"]
MOST_DAYS: dict[Reason, int] = {
    "undated": 400,  # a year and its holidays: plans leave a date open from one year's report to the next
    "not-confirmed": 400,
    "not-reconciled": 14,  # the desk compares its registers every working day, Tết lies between at the most
    "not-chased": 400,  # who is asked or invited is reminded and then left in peace
    "ladder-ended": 90,  # all rungs have gone, the superior has been told; then somebody decides
}
_LATE = timedelta(hours=2)  # a round that stands still is noticed before the wave is over


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now. `subject` names it so that the next audit knows it again; no person's address."""

    kind: Kind
    subject: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """A cohort in force as it is stored: what its ladder promises, which steps it has, and how many still owe.

    `next_at`, `waits_for`: its earliest step that is not settled; `last_at`: its latest step that is.
    """

    campaign: str
    duty: str
    period: str
    modality: str
    due_on: date | None
    dated: bool  # it has a day its reminders aim at
    settled: bool  # confirmed and binding
    ladder: Sequence[str]
    steps: Sequence[str]
    open: int
    opened_at: datetime | None
    next_at: datetime | None
    waits_for: str | None
    last_at: datetime | None
    apart: bool = False  # set apart by a ruling: a waiver has no ladder before it

    @property
    def subject(self) -> str:
        """Return how a finding names this cohort."""
        due = self.due_on.isoformat() if self.due_on else "undated"
        return f"{self.campaign} {self.duty} {self.period} {self.modality} {due}"


def judge(standings: Sequence[Standing], *, as_of: datetime) -> Iterator[Finding]:
    """Yield what is wrong with cohorts: a rung of the ladder that has no step, a step that nobody settles, and open
    work with nothing before it and no reason, or one that has lasted too long.
    """
    for each in standings:
        gone = _missing(each)
        if gone:
            yield Finding("step-missing", each.subject, {"rungs": gone, "units": each.open})
        if each.next_at is not None and each.waits_for is None:
            if each.next_at < as_of - _LATE:
                yield Finding("step-late", each.subject, {"since": each.next_at.isoformat(), "units": each.open})
        elif each.open and not gone:
            yield from _explained(each, as_of)


def _missing(each: Standing) -> list[str]:
    """Return the rungs of a ladder that have no step: deleted by hand, or never written."""
    if not each.dated or not each.settled or (each.apart and not each.open):
        return []
    return [rung for rung in each.ladder if rung not in each.steps]


def _explained(each: Standing, as_of: datetime) -> Iterator[Finding]:
    reason, since = reason_of(each)
    age = (as_of - since).days if since is not None else 0
    if age > MOST_DAYS[reason]:
        kind: Kind = "waits-too-long" if each.next_at is not None else "no-step"
        yield Finding(kind, each.subject, {"reason": reason, "days": age, "units": each.open})


def reason_of(each: Standing) -> tuple[Reason, datetime | None]:
    """Return why open work has no step before it, of the closed list, and since when that has been so."""
    if each.next_at is not None:
        return "not-reconciled", each.next_at
    if not each.settled:
        return "not-confirmed", each.opened_at
    if not each.dated or each.due_on is None:
        return "undated", each.opened_at
    ended = max(filter(None, (clock.end_of(each.due_on), each.last_at, each.opened_at)))
    return ("ladder-ended" if each.modality == "mandated" else "not-chased"), ended
