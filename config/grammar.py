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
LEVELS = (
    "province", "provincial-agency", "district", "commune", "agency", "sub-unit", "person", "unclear",
)  # fmt: skip
ACTS = ("urge", "guide", "receive", "watch", "extend", "decide")

EVERY = ("month", "quarter", "half-year")
YEARLY = ("year", "yearly", "annual")  # what is meant by them is no `every`
MILESTONES = ("cut-off", "draft", "comment", "signature")
ISSUE = "issue"  # the one event every plan has: the day of its own document

LIKE_A_ROLE = 0.85  # a slip of the pen; below that somebody has made up a role of their own

LIKE_A_SLUG = 0.8  # slugs of duties are alike (final-report, annual-report); a far one is another duty

LIKE = 0.65  # below that, a word is no slip of another

RuleKind = Literal["before", "by", "within", "annual", "occasion", "request", "event"]
Part = Literal["start", "middle", "end"]


class GrammarError(ValueError):
    """A word or rule of a plan file that nobody can read; the message says what may stand there."""


@dataclass(frozen=True, slots=True)
class TimeRule:
    """When inside its period a duty falls due, as the plan says it.

    `before` is strict, `by` and `within` include their last day; `within` is a window whose first day
    opens it. A dated rule names a day and month, a month, a quarter, a half or the whole year; a rule
    inside a month, quarter or half-year that comes back names only a `day`, a working day or a `part`.
    """

    text: str
    kind: RuleKind
    day: int | None = None
    month: int | None = None
    quarter: int | None = None
    whole_year: bool = False
    days: int | None = None  # an event rule: this many days …
    working: bool = False  # … working days rather than calendar days (also: the n-th working day) …
    after: bool = False  # … after rather than before …
    event: str | None = None  # … the event, which may be another duty of the plan
    half: int | None = None
    part: Part | None = None  # đầu, giữa, cuối: the first day, the middle, the last day of what is named
    of_next: bool = False  # in the month after the period

    @property
    def dated(self) -> bool:
        """Whether the rule itself names a date in a given period."""
        return self.kind in ("before", "by", "within")

    @property
    def in_period(self) -> bool:
        """Whether the rule is read inside each month, quarter or half-year (`by day 20`), not inside a year."""
        return self.dated and not (self.month or self.quarter or self.half or self.whole_year)


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


_UNDATED: dict[str, RuleKind] = {
    "annual, no date": "annual", "no date": "annual", "on occasion": "occasion", "on request": "request"
}  # fmt: skip
_DAY = re.compile(r"(before|by) ([0-9]{1,2})/([0-9]{1,2})")
_NAMED = re.compile(r"(within|by) (?:(start|middle|end) of )?(?:Q([1-4])|H([12])|(Y)|([0-9]{1,2}))")
_DAY_IN_PERIOD = re.compile(r"(before|by) (working )?day ([0-9]{1,2})( of next)?")
_PART_OF_PERIOD = re.compile(r"by (start|middle|end)( of next)?")
_EVENT = re.compile(r"([0-9]{1,3}) (working )?days? (before|after) ([a-z0-9][a-z0-9-]*)")
_DAY_OTHERWISE = re.compile(
    r"(?:(?:before|by|within|on|trước|chậm nhất|đến hết|hết|ngày)\s+)*"
    r"(?:\d{4}-(?P<month>\d{1,2})-(?P<day>\d{1,2})|(?P<d>\d{1,2})\s?[-/.]\s?(?P<m>\d{1,2})(?:[-/.]\d{4})?)"
)
_DAYS_OTHERWISE = re.compile(
    r"(?:within |in |trong )?(?P<days>-?[\w.,]+) ?(?P<working>working |work|business |)"
    r"(?:days?|ngày(?P<lv> làm việc)?) "
    r"(?P<side>before|after|from|since|trước|sau|kể từ) (?P<event>.+?)\.?",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?:([a-z0-9][a-z0-9-]*)\.)?(first|last|each)(?:\+([0-9]{1,2}))?")
_MOST_DAYS = 999  # counted from an event
_MOST_WORKING_DAYS = 15  # a month may have no more than that when Tết falls into it


def _days_of_the_year() -> str:
    """A pattern of every day that every year has, so that an editor refuses 31/6 too."""
    short, long = "(0?[469]|11)", "(0?[13578]|1[02])"
    return rf"((0?[1-9]|1[0-9]|2[0-8])/0?2|(0?[1-9]|[12][0-9]|30)/{short}|(0?[1-9]|[12][0-9]|3[01])/{long})"


_MONTH_NO = "(0?[1-9]|1[0-2])"
# What an editor may know of rules and years (config/plan_schema.py); `parse_rule` says the rest in words.
RULE = "^({})$".format(
    "|".join(
        (
            *map(re.escape, _UNDATED),
            f"(before|by) {_days_of_the_year()}",
            "(within|by) (Q[1-4]|H[12]|Y)",
            f"within {_MONTH_NO}",
            f"by (start|middle|end) of (Q[1-4]|H[12]|Y|{_MONTH_NO})",
            "by (start|middle|end)( of next)?",
            r"by day ([1-9]|[12][0-9]|3[01])( of next)?",
            r"before day (([2-9]|[12][0-9]|3[01])( of next)?|1 of next)",
            "by working day ([1-9]|1[0-5])( of next)?",
            r"[0-9]{1,3} (working )?days? (before|after) [a-z0-9][a-z0-9-]*",
        )
    )
)
YEARS = r"^([a-z0-9][a-z0-9-]*\.)?(first(\+[0-9]{1,2})?|last|each)$"
ONE_YEAR = YEARS.replace("|each", "")


def parse_rule(text: str) -> TimeRule:
    """Read a time rule of the plan language (docs/plan-files.md lists them all). Raises `GrammarError`.

    The year, and the month, quarter or half of a duty that comes back more often, are the period's.
    """
    if text in _UNDATED:
        return TimeRule(text, _UNDATED[text])
    if (tidy := " ".join(text.split())) != text:
        raise GrammarError(
            f"time rule '{tidy}' holds a space too many, or one that only looks so; type it again with one between"
        )
    rule = _day_rule(text) or _named_rule(text) or _rule_in_period(text)
    if rule is not None:
        return rule
    if match := _EVENT.fullmatch(text):
        return TimeRule(
            text, "event", days=int(match[1]), working=bool(match[2]), after=match[3] == "after", event=match[4]
        )
    if match := _DAYS_OTHERWISE.fullmatch(text):
        raise GrammarError(f"unknown time rule '{text}'; {_counted(match)}")
    if match := _DAY_OTHERWISE.fullmatch(text):
        month, day = (int(match["month"] or match["m"]), int(match["day"] or match["d"]))
        word = "before" if re.match("before|trước", text) else "by"
        raise GrammarError(
            f"unknown time rule '{text}'; write '{word} {day}/{month}': the word, the day, '/' and the month in "
            f"figures; which years is told by 'years'"
        )
    figures = re.sub(r"(?<=[\d ])[Oo](?=[\d/]|$)|(?<=/)[Oo](?=\d)", "0", text)
    if figures != text and _DAY.fullmatch(figures):
        raise GrammarError(f"time rule '{text}' has a letter among its figures; write '{figures}'")
    raise GrammarError(
        f"unknown time rule '{text}'; write 'before 15/11', 'by 31/8', 'within Q4', 'by Q3', 'within Y', 'by Y', "
        f"'by end of 11', 'annual, no date', 'on occasion', 'on request', '30 days after issue' or "
        f"'10 working days before some-event'; "
        f"with 'every': 'by day 20', 'before day 25', 'by day 5 of next', 'by working day 3 of next', 'by end'"
    )


def _counted(match: re.Match[str]) -> str:
    """How to count days from an event, for a rule nobody can read."""
    days = match["days"].lstrip("-")
    number = int(days) if days.isdecimal() and days.isascii() else None
    if number is None or number > _MOST_DAYS:
        return f"days are counted in figures from 0 to {_MOST_DAYS}: '5 working days after some-event'"
    side = "before" if match["side"].lower() in ("before", "trước") else "after"
    event = re.sub(r"[^a-z0-9]+", "-", match["event"].lower()).strip("-") if match["event"].isascii() else "some-event"
    working = "working " if match["working"] or match["lv"] else ""
    return f"write '{number} {working}days {side} {event}', the event by its slug in small letters"


def _day_rule(text: str) -> TimeRule | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    day, month = int(match[2]), int(match[3])
    # 2001 is a common year: a rule for 29/2 would have no date in three years out of four.
    if not (1 <= month <= 12 and 1 <= day <= monthrange(2001, month)[1]):
        last = monthrange(2001, month)[1] if 1 <= month <= 12 else None
        way_out = f"write 'by end of {month}', or a day up to {last}" if last else "write the day first, then the month"
        raise GrammarError(f"time rule '{text}' names a day that no year has (or not every year); {way_out}")
    return TimeRule(f"{match[1]} {day}/{month}", _before_or_by(match[1]), day=day, month=month)


def _named_rule(text: str) -> TimeRule | None:
    """A month, quarter, half or year, or the start, middle or end of one."""
    match = _NAMED.fullmatch(text)
    if match is None:
        return None
    kind: RuleKind = "within" if match[1] == "within" else "by"
    part, month = _part(match[2]), int(match[6]) if match[6] else None
    if month is not None and not 1 <= month <= 12:
        inside = (
            f"; a day of each month is 'by day {month}' with 'every: month'" if kind == "by" and month <= 31 else ""
        )
        raise GrammarError(f"time rule '{text}' names month {month}; a year has 12{inside}")
    if month and kind == "by" and part is None:
        raise GrammarError(
            f"time rule '{text}' may be half a date; write 'by end of {month}' or a day, 'by 15/{month}'"
        )
    if part and kind == "within":
        raise GrammarError(f"time rule '{text}' is no window; write 'by {text.removeprefix('within ')}'")
    return TimeRule(
        text,
        kind,
        month=month,
        quarter=int(match[3]) if match[3] else None,
        half=int(match[4]) if match[4] else None,
        whole_year=bool(match[5]),
        part=part,
    )


def _rule_in_period(text: str) -> TimeRule | None:
    if match := _PART_OF_PERIOD.fullmatch(text):
        return TimeRule(text, "by", part=_part(match[1]), of_next=bool(match[2]))
    match = _DAY_IN_PERIOD.fullmatch(text)
    if match is None:
        return None
    day, working, of_next = int(match[3]), bool(match[2]), bool(match[4])
    most = _MOST_WORKING_DAYS if working else 31
    if not 1 <= day <= most:
        raise GrammarError(f"time rule '{text}' names {'working ' if working else ''}day {day}; write 1 to {most}")
    if match[1] == "before" and (working or (day == 1 and not of_next)):
        way_out = (
            f"by working day {max(day - 1, 1)}{match[4] or ''}" if working else "before day 1 of next' or 'by day 1"
        )
        raise GrammarError(f"time rule '{text}' cannot be counted; write '{way_out}'")
    return TimeRule(text, _before_or_by(match[1]), day=day, working=working, of_next=of_next)


def _before_or_by(word: str) -> RuleKind:
    return "before" if word == "before" else "by"


def _part(word: str | None) -> Part | None:
    return "start" if word == "start" else "middle" if word == "middle" else "end" if word == "end" else None


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
    if what == "role" and not get_close_matches(value, allowed, n=1, cutoff=LIKE_A_ROLE):
        raise GrammarError(
            f"unknown role '{value}'; roles are a closed list ({', '.join(allowed)}): for another agency take "
            f"'receiver' or 'consolidator', and say in an addressee's 'function' what it receives for"
        )
    if what == "recurrence" and value in YEARLY:
        raise GrammarError(f"'every: {value}': yearly duties have no 'every'; leave it out, write 'years: each'")
    raise GrammarError(f"unknown {what} '{value}'{did_you_mean(value, allowed)}")


def did_you_mean(value: str, allowed: tuple[str, ...] | list[str], like: float = LIKE) -> str:
    """Return `; did you mean …?` with the nearest allowed word, else the words that may stand there, else nothing."""
    near = get_close_matches(value, allowed, n=1, cutoff=like)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known: {', '.join(allowed)}" if 0 < len(allowed) <= 20 else ""


def role_meant(role: str) -> str | None:
    """Return the role a misspelt one means, if that is plain."""
    return next(iter(get_close_matches(role, ROLES, n=1, cutoff=LIKE_A_ROLE)), None)
