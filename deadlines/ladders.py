"""From a due date to the steps of its ladder: when each rung falls, whom it is for, when it lapses."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from config.plan import Rung
from deadlines.calendar import Calendar
from deadlines.waves import place_on_or_before
from dondoc import clock

Reason = Literal[
    "before-go-live", "superseded", "already-submitted", "withdrawn", "waived", "extended", "folded", "stale",
    "not-confirmed", "undated", "not-reconciled", "no-address", "suppressed", "paused", "outside-live",
    "no-template",
]  # fmt: skip

Announce = Literal["informs", "changed", "extended", "late-accepted", "waived"]  # how a ruling is told
_ANNOUNCED: dict[Announce, str] = {
    "informs": "announced", "changed": "date-changed", "extended": "extended", "late-accepted": "late-accepted",
    "waived": "waived",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One rung at one instant for one cohort. `reason` is set when it is born not to go out."""

    rung: str
    kind: str  # remind | overdue | brief
    tone: str
    recipient: str  # officer | office | head | role:<slug>
    late: str  # fold | send | skip
    reconciled: bool
    fire_at: datetime
    expires_at: datetime | None
    reason: Reason | None
    channel: str = "email"  # email | sms


@dataclass(frozen=True, slots=True)
class CohortPlan:
    """Who shares one due instant, one ladder and one cause, and the steps that follow from these."""

    modality: str
    due_on: date | None
    target_on: date | None
    ladder: tuple[Rung, ...]
    cause: str
    steps: tuple[PlannedStep, ...]
    awaited_on: date | None = None  # late reports are awaited until then; the judgement stays with `due_on`
    ruling: int | None = None  # the ruling that sets its units apart

    @property
    def key(self) -> str:
        """Return the cohort's part of a step key: a hash of due instant, ladder and cause."""
        facts = [
            self.due_on.isoformat() if self.due_on else None,
            self.modality,
            self.cause,
            ladder_snapshot(self.ladder),
            *([self.awaited_on.isoformat() if self.awaited_on else None, self.ruling] if self.ruling else []),
        ]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def ladder_snapshot(ladder: Sequence[Rung]) -> list[dict[str, object]]:
    """Return a ladder as plain values, as it stands when a cohort is made."""
    # Mail is not named: ladders from before there was another way keep the keys of their cohorts.
    return [rung.model_dump(mode="json", exclude={"channel"} if rung.channel == "email" else None) for rung in ladder]


def plan_cohort(
    *,
    modality: str,
    due_on: date | None,
    target_on: date | None,
    confirmed: bool,
    ladder: Sequence[Rung],
    cause: str,
    since: date,
    decided_at: datetime | None,
    calendar: Calendar,
    announce: Announce | None = None,
    awaited_on: date | None = None,
    ruling: int | None = None,
    silent: bool = False,
) -> CohortPlan:
    """Return a cohort with every step its ladder yields.

    `since` is the day from which the campaign speaks (go-live or the plan's own date): an earlier step
    is born `before-go-live`. `decided_at` is the instant of the ruling that made this cohort, null for
    the plan itself: an earlier step is born `superseded`, and with `announce` everybody whom the ladder
    would remind hears of it at once. Undated: no steps at all; `silent` (waived, or waiting for a decision): none
    but the announcement. A rung that counts back from the date is placed on a working day; one that counts
    forward counts working days. While a late report is awaited the ladder counts from `awaited_on`.
    """
    steps: list[PlannedStep] = []
    aims_at = awaited_on or due_on
    if aims_at is not None and target_on is not None:
        if announce is not None and decided_at is not None and confirmed and ladder:
            steps.append(_announcement(_first_mail(ladder), announce, decided_at, aims_at))
        for rung in () if silent else ladder:
            fire_at, expires_at = _fire_at(rung, aims_at, target_on, calendar), lapse(rung.kind, aims_at)
            reason: Reason | None = None
            if clock.local_day(fire_at) < since:
                reason = "before-go-live"
            elif decided_at is not None and fire_at < decided_at:
                reason = "superseded"
            elif not confirmed:
                reason = "not-confirmed"
            steps.append(
                PlannedStep(
                    rung.slug,
                    rung.kind,
                    rung.tone,
                    rung.to,
                    rung.late,
                    rung.reconciled,
                    fire_at,
                    expires_at,
                    reason,
                    rung.channel,
                )
            )
    return CohortPlan(modality, due_on, target_on, tuple(ladder), cause, tuple(steps), awaited_on, ruling)


def lapse(kind: str, due_on: date) -> datetime | None:
    """Return when a step is no longer worth sending: a reminder when its day is over, others never."""
    return clock.end_of(due_on) if kind == "remind" else None


def _first_mail(ladder: Sequence[Rung]) -> Rung:
    """Return the first rung that goes by mail: a ruling is told in full, which an SMS cannot."""
    return next((rung for rung in ladder if rung.channel == "email"), ladder[0])


def _announcement(first: Rung, tone: Announce, decided_at: datetime, due_on: date) -> PlannedStep:
    """Return the step that tells of a ruling.

    A date that was set or moved is folded into a reminder that falls due with it; what an officer granted to some
    units is told in words of its own, also when its day has passed.
    """
    slug = _ANNOUNCED[tone]
    if tone in ("informs", "changed"):
        return PlannedStep(slug, "remind", tone, first.to, "fold", False, decided_at, clock.end_of(due_on), None)
    return PlannedStep(slug, "remind", tone, first.to, "send", False, decided_at, None, None)


def _fire_at(rung: Rung, due_on: date, target_on: date, calendar: Calendar) -> datetime:
    base = due_on if rung.from_ == "due_on" else target_on
    if rung.offset_working_days is not None:
        return clock.at_local(calendar.add_working_days(base, rung.offset_working_days), rung.at)
    days = rung.offset_days or 0
    return place_on_or_before(date.fromordinal(base.toordinal() + days), rung.at, calendar)
