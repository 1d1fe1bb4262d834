"""The closed vocabularies of a plan file, and how its time rules and years are written.

A time rule says *when* inside a year (`before 15/11`, `within Q4`, `annual, no date`); a years word says
*which* years, counted from the campaign's first year (`first`, `each`, `phase-1.last`). Together they
give dates only in `deadlines/`: nothing computed stands in a plan file.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

UNIT_KINDS = (
    "department", "mass-organisation", "front", "district", "commune", "sub-unit", "enterprise", "cooperative",
    "health-facility", "school", "business-association", "party-body", "province", "person",
)  # fmt: skip
ROLES = (
    "standing-agency", "council", "council-secretariat", "steering-committee", "receiver", "consolidator", "screener",
    "appraiser", "decider",
)  # fmt: skip
DUTY_KINDS = (
    "own-plan", "launch", "registration", "pilot", "annual-report", "ad-hoc-report", "consolidated-report",
    "interim-review", "interim-report", "final-review", "final-report", "inspection", "ranking", "award-nomination",
    "award-appraisal", "award-round", "phase-decision", "guidance",
)  # fmt: skip
MODALITIES = ("mandated", "requested", "invited", "encouraged")
ACTS = ("urge", "guide", "receive", "watch", "extend", "decide")

RuleKind = Literal["before", "by", "within", "annual", "occasion", "request", "event"]


class GrammarError(ValueError):
    """A word or rule of a plan file that nobody can read; the message says what may stand there."""


@dataclass(frozen=True, slots=True)
class TimeRule:
    """When inside its year a duty falls due, as the plan says it.

    `before` is strict, `by` and `within` include their last day; `within` is a window whose first day
    opens it. Exactly one of `day`+`month`, `quarter` and `whole_year` is set for a dated rule.
    """

    text: str
    kind: RuleKind
    day: int | None = None
    month: int | None = None
    quarter: int | None = None
    whole_year: bool = False
    days: int | None = None  # an event rule: this many days …
    working: bool = False  # … working days rather than calendar days …
    after: bool = False  # … after rather than before …
    event: str | None = None  # … the event, which may be another duty of the plan

    @property
    def dated(self) -> bool:
        """Whether the rule itself names a date in a given year."""
        return self.kind in ("before", "by", "within")


@dataclass(frozen=True, slots=True)
class Years:
    """Which years a duty belongs to, counted from the campaign's first year (`shift` years later)."""

    text: str
    anchor: Literal["first", "last", "each"]
    phase: str | None = None
    shift: int = 0

    @property
    def recurs(self) -> bool:
        """Whether the duty comes back every year."""
        return self.anchor == "each"


_UNDATED: dict[str, RuleKind] = {"annual, no date": "annual", "on occasion": "occasion", "on request": "request"}
_DAY = re.compile(r"(before|by) (\d{1,2})/(\d{1,2})")
_QUARTER = re.compile(r"(within|by) Q([1-4])")
_YEAR = re.compile(r"(within|by) Y")
_EVENT = re.compile(r"(\d{1,3}) (working )?days? (before|after) ([a-z0-9][a-z0-9-]*)")
_YEARS = re.compile(r"(?:([a-z0-9][a-z0-9-]*)\.)?(first|last|each)(?:\+(\d{1,2}))?")


def parse_rule(text: str) -> TimeRule:
    """Read a time rule: `before D`, `by D`, `within Q`, `by Q`, `within Y`, `by Y`, an undated word, or an event.

    D is written `15/11`, Q is `Q1` to `Q4`, Y is the letter `Y`: the year comes from the duty's period.
    Raises `GrammarError`.
    """
    if text in _UNDATED:
        return TimeRule(text, _UNDATED[text])
    if match := _DAY.fullmatch(text):
        day, month = int(match[2]), int(match[3])
        # 2001 is a common year: a rule for 29/2 would have no date in three years out of four.
        if not (1 <= month <= 12 and 1 <= day <= monthrange(2001, month)[1]):
            raise GrammarError(f"time rule '{text}' names a day that no year has")
        return TimeRule(text, "before" if match[1] == "before" else "by", day=day, month=month)
    if match := _QUARTER.fullmatch(text):
        return TimeRule(text, "within" if match[1] == "within" else "by", quarter=int(match[2]))
    if match := _YEAR.fullmatch(text):
        return TimeRule(text, "within" if match[1] == "within" else "by", whole_year=True)
    if match := _EVENT.fullmatch(text):
        return TimeRule(
            text, "event", days=int(match[1]), working=bool(match[2]), after=match[3] == "after", event=match[4]
        )
    raise GrammarError(
        f"unknown time rule '{text}'; write 'before 15/11', 'by 31/8', 'within Q4', 'by Q3', 'within Y', 'by Y', "
        f"'annual, no date', 'on occasion', 'on request' or '10 days before some-event'"
    )


def parse_years(text: str) -> Years:
    """Read which years a duty belongs to: `first`, `first+1`, `last`, `each`, `phase-1.last`. Raises `GrammarError`."""
    match = _YEARS.fullmatch(text)
    if match is None or (match[3] and match[2] != "first"):
        raise GrammarError(f"unknown years '{text}'; write 'first', 'first+1', 'last', 'each' or 'phase-1.last'")
    anchor: Literal["first", "last", "each"] = (
        "first" if match[2] == "first" else "last" if match[2] == "last" else "each"
    )
    return Years(text, anchor, match[1], int(match[3] or 0))


def known(value: str, allowed: tuple[str, ...] | list[str], what: str) -> str:
    """Return `value` if it is one of `allowed`, else raise `GrammarError` naming it and the nearest word."""
    if value in allowed:
        return value
    raise GrammarError(f"unknown {what} '{value}'{did_you_mean(value, allowed)}")


def did_you_mean(value: str, allowed: tuple[str, ...] | list[str]) -> str:
    """Return `; did you mean …?` with the nearest allowed word, else the words that may stand there, else nothing."""
    near = get_close_matches(value, allowed, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known: {', '.join(allowed)}" if 0 < len(allowed) <= 20 else ""
