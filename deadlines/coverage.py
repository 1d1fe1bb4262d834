"""Who has launched, planned, registered or chosen pilots, who has not, and what share of those named that is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from config.plan import Count, Coverage
from deadlines.comparators import Comparator, judged

Standing = Literal["has", "has-not", "too-few", "too-many"]

KINDS = ("launch", "own-plan", "registration", "pilot")
_WORD = re.compile(r"(trên|hơn|quá|khoảng)\s+(\d+)\s*%", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many units of one modality stand alike: recorded or not, with so many names."""

    modality: str
    received: bool
    names: int
    units: int
    transferred: int = 0


@dataclass(frozen=True, slots=True)
class Reached:
    """How far one duty and period has come with the units of one modality.

    `share` is null where nobody is named: nothing out of nothing is no share. `target` is the percent the plan
    names, `met` whether it is reached; both null where the plan is silent, and for units that are not bound.
    """

    modality: str
    has: int
    asked: int
    too_few: int
    too_many: int
    transferred: int
    share: Fraction | None
    target: int | None
    comparator: Comparator | None
    met: bool | None

    @property
    def percent(self) -> float | None:
        """Return the share in percent with one decimal, rounded down: 99.96 % is not a hundred."""
        return None if self.share is None else int(self.share * 1000) / 10


def standing(received: bool, names: int, count: Count | None) -> Standing:
    """Return how one unit stands: what the plan does not limit is never too few or too many."""
    if not received:
        return "has-not"
    if count is not None and count.min is not None and names < count.min:
        return "too-few"
    if count is not None and count.max is not None and names > count.max:
        return "too-many"
    return "has"


def has_it(state: Standing) -> bool:
    """Return whether a unit counts as one that has: more than the plan asks for is shown, and counts."""
    return state in ("has", "too-many")


def comparator(coverage: Coverage) -> Comparator:
    """Return how the share is compared, by the word before its number: bare means at least.

    "trên 100%" cannot be passed and is read as at least; "khoảng" is never judged.
    """
    for word, number in _WORD.findall(coverage.words or ""):
        if int(number) == coverage.percent:
            if word.lower() == "khoảng":
                return "about"
            return ">" if coverage.percent < 100 else ">="
    return ">="


def reached(tallies: Iterable[Tally], count: Count | None, coverage: Coverage | None) -> dict[str, Reached]:
    """Return how far a duty and period has come, each modality for itself: bound and invited are never added."""
    found: dict[str, list[Tally]] = {}
    for tally in tallies:
        found.setdefault(tally.modality, []).append(tally)
    return {modality: _of_one(modality, mine, count, coverage) for modality, mine in found.items()}


def _of_one(modality: str, tallies: list[Tally], count: Count | None, coverage: Coverage | None) -> Reached:
    def units(*states: Standing) -> int:
        return sum(t.units for t in tallies if standing(t.received, t.names, count) in states)

    has, asked = units("has", "too-many"), sum(t.units for t in tallies)
    share = Fraction(has, asked) if asked else None
    wanted = coverage if modality == "mandated" else None
    return Reached(
        modality=modality,
        has=has,
        asked=asked,
        too_few=units("too-few"),
        too_many=units("too-many"),
        transferred=sum(t.transferred for t in tallies),
        share=share,
        target=wanted.percent if wanted else None,
        comparator=comparator(wanted) if wanted else None,
        met=_met(share, wanted) if wanted else None,
    )


def _met(share: Fraction | None, coverage: Coverage) -> bool | None:
    if share is None:
        return None
    found = judged(share, Fraction(coverage.percent, 100), comparator(coverage))
    return None if found == "by-a-person" else found == "met"
