"""How this office words things: who is asked in which voice, how a date, a basis, a receiver is written."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, Protocol

from dondoc.messages.catalogue import Catalogue, dmy

RESPECTED: Final = frozenset({"party-body", "front", "mass-organisation"})
STATE: Final = RESPECTED | {"department", "district", "commune", "province", "sub-unit"}
REPORTS: Final = frozenset({"annual-report", "ad-hoc-report", "consolidated-report", "interim-report", "final-report"})
_YOU: Final = {"enterprise": "enterprise", "cooperative": "cooperative", "person": "person"} | dict.fromkeys(
    ("sub-unit", "health-facility", "school", "business-association"), "unit"
)


class Planned(Protocol):
    """Whatever rests on a plan: its number and date, either of which a copy may lack."""

    @property
    def plan_number(self) -> str | None: ...
    @property
    def plan_date(self) -> date | None: ...


def voice(unit_kind: str, modality: str, *, own: bool = False) -> str:
    """Return how a unit is spoken to: plain, respectful, invited, encouraged, upward or own.

    A department asks sideways and downwards with "đề nghị", Party, Front and mass bodies with "trân trọng
    đề nghị", and reports upwards; it never orders. What no document binds is invited.
    """
    if own:
        return "own"
    if modality in ("invited", "encouraged"):
        return modality
    if unit_kind == "province":
        return "upward"
    if unit_kind in RESPECTED or modality != "mandated":
        return "respectful"
    return "plain"


def softness(modality: str) -> str:
    """Return the ending of the texts for those whom no plan binds: a date is suggested, never a limit."""
    return "" if modality == "mandated" else "-courtesy"


def spoken_to(unit: str, unit_kind: str, spoken: str, alone: bool, catalogue: Catalogue) -> str:
    """Return how the unit is named inside a sentence; the province always by its name."""
    if spoken == "own":
        return catalogue.text("you.own")
    if spoken == "upward" or not alone:
        return unit
    return catalogue.text(f"you.{_YOU.get(unit_kind, 'body')}")


def due_words(due_on: date | None, strict: bool, catalogue: Catalogue, *, courtesy: bool = False) -> str:
    """Return the exact date as the plan words it: "trước ngày 15/11/2026 (hết ngày thứ Bảy 14/11/2026)"."""
    if due_on is None:
        return catalogue.text("due.none-courtesy" if courtesy else "due.none")
    if strict:
        return catalogue.text("due.before", after=dmy(due_on + timedelta(days=1)), day=catalogue.day(due_on))
    return catalogue.text("due.by", day=catalogue.day(due_on))


def left_words(days: int | None, working_days: int | None, catalogue: Catalogue) -> str:
    """Return the time that is left: "Còn 8 ngày (5 ngày làm việc)"; nothing when it is not known or over."""
    if days is None or days < 0:
        return ""
    if days == 0:
        return catalogue.text("left.last-day")
    if working_days is None:
        return catalogue.text("left.days", days=days)
    if working_days == 0:
        return catalogue.text("left.no-working-day", days=days)
    return catalogue.text("left.both", days=days, working=working_days)


def basis_words(prefix: str, source: Planned, catalogue: Catalogue, **values: str) -> str:
    """Return what the message rests on, as far as number and date are known."""
    if source.plan_number is None:
        return catalogue.text(f"{prefix}unnumbered", **values)
    if source.plan_date is None:
        return catalogue.text(f"{prefix}no-date", number=source.plan_number, **values)
    return catalogue.text(f"{prefix}numbered", number=source.plan_number, date=dmy(source.plan_date), **values)


def receiver_words(receivers: Iterable[tuple[str, str | None]], catalogue: Catalogue) -> str:
    """Return the receivers with their functions: "Sở Nội vụ (để theo dõi)"."""
    return "; ".join(
        catalogue.text("receiver", name=name, function=function) if function else name for name, function in receivers
    )


def known_words(prefix: str, value: str, catalogue: Catalogue) -> str:
    """Return the catalogue's words for a known code, or the words that were given."""
    key = prefix + value
    return catalogue.text(key) if key in catalogue else value
