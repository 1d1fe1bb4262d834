"""What a late round does with the rungs it finds: send, fold into the latest, skip, or wait for the desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Literal

from deadlines.calendar import Calendar
from dondoc import clock


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step whose time has come and that has not been settled yet."""

    id: int
    campaign_id: int
    campaign: str
    mode: str
    cohort_id: int
    duty: str
    duty_kind: str
    period: str
    title: str
    due_on: date
    rung: str
    kind: str
    tone: str
    recipient: str
    late: str
    reconciled: bool
    fire_at: datetime
    expires_at: datetime | None
    waits_for: str | None
    reconciled_at: datetime | None  # the office's latest confirmed reconciliation
    channel: str = "email"  # email | sms


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to one due step now: it fires, it is skipped for a recorded reason, or it waits for one."""

    step: DueStep
    act: Literal["fire", "skip", "wait"]
    reason: str | None = None


def settle(steps: Iterable[DueStep], *, as_of: datetime, calendar: Calendar) -> list[Decision]:
    """Decide every due step, oldest first within its cohort.

    A reminder whose due date has passed is `stale`; of several missed reminders that fold only the
    latest goes out; what tells a unit or a superior that something is missing waits until the desk
    has confirmed a reconciliation of its registers.
    """
    decisions: list[Decision] = []
    for _cohort, group in groupby(sorted(steps, key=_by_cohort), key=lambda step: step.cohort_id):
        due = list(group)
        alive = [step for step in due if not _lapsed(step, as_of)]
        # Each channel by itself: an SMS says less than the mail it goes beside and does not stand for it.
        latest = {s.channel: s.fire_at for s in alive if s.kind == "remind"}
        decisions.extend(_decide(step, latest.get(step.channel), as_of, calendar) for step in due)
    return sorted(decisions, key=lambda decision: (decision.step.fire_at, decision.step.id))


def _decide(step: DueStep, latest_reminder: datetime | None, as_of: datetime, calendar: Calendar) -> Decision:
    if _lapsed(step, as_of):
        return Decision(step, "skip", "stale")
    if step.kind == "remind" and latest_reminder is not None and step.fire_at < latest_reminder:
        if step.late == "fold":
            return Decision(step, "skip", "folded")
        if step.late == "skip":
            return Decision(step, "skip", "stale")
    if step.reconciled and not reconciled_for(step.due_on, step.reconciled_at, as_of=as_of, calendar=calendar):
        return Decision(step, "wait", "not-reconciled")
    return Decision(step, "fire")


def reconciled_for(due_on: date, confirmed_at: datetime | None, *, as_of: datetime, calendar: Calendar) -> bool:
    """Return whether the desk has looked into its registers recently enough to say "chưa ghi nhận".

    Confirmed after the due date had passed, and not before the working day that precedes `as_of`.
    """
    if confirmed_at is None or confirmed_at > as_of or confirmed_at < clock.end_of(due_on):
        return False
    today = clock.local_day(as_of)
    oldest = calendar.previous_working_day(date.fromordinal(today.toordinal() - 1))
    return clock.local_day(confirmed_at) >= oldest


def _lapsed(step: DueStep, as_of: datetime) -> bool:
    return step.expires_at is not None and step.expires_at <= as_of


def _by_cohort(step: DueStep) -> tuple[int, datetime, int]:
    return step.cohort_id, step.fire_at, step.id
