"""What befalls the year, and when: the fault script, the same for every database and for every strategy.

Imports nothing of the project. Instants are Vietnamese wall-clock time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Act = Literal[
    "outage", "prefect", "holiday", "merge", "amend", "storm", "strike", "backup", "restore", "jump",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that befalls the year: when it begins, when it ends (for what lasts), and what it is about."""

    act: Act
    at: datetime
    until: datetime | None = None
    what: str = ""


def _on(text: str) -> datetime:
    return datetime.fromisoformat(text)


YEAR = (_on("2026-01-05 07:00"), _on("2026-12-31 20:00"))
SHORT = (_on("2026-10-01 07:00"), _on("2026-11-25 20:00"))

EVENTS = (
    Event("outage", _on("2026-03-23 07:00"), _on("2026-03-31 08:30"), "a week"),
    Event("jump", _on("2026-05-29 10:00"), what="-36h"),
    Event("prefect", _on("2026-06-08 00:00"), _on("2026-06-15 00:00")),
    Event("holiday", _on("2026-07-01 09:00"), what="2026-07-09"),
    Event("merge", _on("2026-07-02 09:00")),
    Event("storm", _on("2026-07-03 07:00"), _on("2026-07-03 11:00"), "cut=0.08 hang=0.004 hush=0.02"),
    Event("strike", _on("2026-07-13 14:00"), what="three times"),
    Event("outage", _on("2026-10-02 07:00"), _on("2026-10-06 09:00"), "four days, over a due date"),
    Event("backup", _on("2026-10-13 20:00")),
    Event("restore", _on("2026-10-14 12:00")),
    Event("amend", _on("2026-10-20 10:00"), what="rule: before 15/11 → rule: before 20/11"),
    Event("jump", _on("2026-10-26 10:00"), what="+36h"),
    Event("storm", _on("2026-11-12 07:00"), _on("2026-11-12 11:00"), "busy=0.2 greylist=0.3 cut=0.03"),
    Event("strike", _on("2026-11-12 14:00"), what="three times"),
    Event("outage", _on("2026-11-18 07:00"), _on("2026-11-19 08:30"), "a day"),
)


def within(events: Iterable[Event], span: tuple[datetime, datetime]) -> list[Event]:
    """Return the events of a span, in their order."""
    return sorted((each for each in events if span[0] <= each.at < span[1]), key=lambda each: each.at)


def down(events: Iterable[Event], at: datetime) -> datetime | None:
    """Return until when nothing of ours runs at an instant; null: it runs."""
    return next((e.until for e in events if e.act == "outage" and e.until and e.at <= at < e.until), None)


def amended(text: str, events: Iterable[Event]) -> str:
    """Return a plan's text as the amendment of the script leaves it."""
    for event in events:
        if event.act == "amend":
            before, after = event.what.split(" → ")
            text = text.replace(before, after)
    return text


def holidays(events: Iterable[Event]) -> list[tuple[datetime, date]]:
    """Return the days off that were added, and when."""
    return [(event.at, date.fromisoformat(event.what)) for event in events if event.act == "holiday"]
