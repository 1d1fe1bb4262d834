"""A supplement asked for by a reviewer: its own small ladder, and what several receivers say together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from config.review import SupplementRung
from deadlines.calendar import Calendar
from dondoc import clock


@dataclass(frozen=True, slots=True)
class PlannedRung:
    """One reminder of a supplement, and the instant at which it falls due."""

    rung: str
    side: str
    fire_at: datetime


def supplement_steps(
    by: date, asked_at: datetime, ladder: Sequence[SupplementRung], calendar: Calendar, *, may_be_late: bool
) -> list[PlannedRung]:
    """Return the reminders of a supplement that is due until the end of `by`, in their order.

    None falls on the day on which it was asked for. Reminders aim at the working day on or before `by`. What says that
    nothing is recorded comes after `by` only, and only to those who can be late (`may_be_late`).
    """
    asked, target = clock.local_day(asked_at), calendar.previous_working_day(by)
    planned = [
        PlannedRung(each.rung, each.side, clock.at_local(_day(each, by, target, calendar), each.at))
        for each in ladder
        if each.side != "after" or may_be_late
    ]
    return sorted((each for each in planned if clock.local_day(each.fire_at) > asked), key=lambda each: each.fire_at)


def _day(rung: SupplementRung, by: date, target: date, calendar: Calendar) -> date:
    if rung.side == "after":
        return calendar.add_working_days(by, rung.working_days or 1)
    return calendar.add_working_days(target, -rung.working_days) if rung.side == "before" else target


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one receiver has said of a version, and until when it awaits a supplement."""

    receiver: str
    verdict: str
    supplement_by: date | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Looked:
    """One version of a report that counts: when it came, and what its receivers have said of it."""

    received_at: datetime
    said: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Stands:
    """How a report stands with its reviewers; `since` is empty where it waits for one."""

    review: str
    since: datetime | None
    supplement_by: date | None


def stands(versions: Sequence[Looked], receivers: Collection[str]) -> Stands:
    """Return how a report of these versions, the oldest first, stands with its receivers.

    A supplement stays awaited while nothing has come since it was asked for; otherwise the latest version decides.
    """
    asked = [each for version in versions for each in version.said if each.verdict == "returned"]
    if asked and max(each.made_at for each in asked) > max(version.received_at for version in versions):
        said = asked
    else:
        said = list(versions[-1].said)
    review = standing_of({each.receiver: each.verdict for each in said}, receivers)
    days = [each.supplement_by for each in said if each.supplement_by]
    return Stands(
        review,
        None if review == "waiting" else max(each.made_at for each in said),
        max(days) if review == "returned" and days else None,
    )


def standing_of(verdicts: Mapping[str, str], receivers: Collection[str]) -> str:
    """Return how a report stands by what each receiver said of its latest version.

    `returned` as soon as one asks for a supplement, `accepted` when every one has accepted, `waiting` otherwise.
    """
    if "returned" in verdicts.values():
        return "returned"
    return "accepted" if all(verdicts.get(each) == "accepted" for each in receivers) else "waiting"
