"""Do a plan's own words fit the rule they became? Finds what tired eyes overlook: trước or chậm nhất, which quarter."""

import re
from collections.abc import Iterator

from config.grammar import TimeRule
from config.words_reading import OFTEN, ONCE, TIME
from config.words_rule import DATE, INCLUSIVE, STRICT
from config.words_said import ROMAN, Said, plain, shown
from config.words_years import FIRST_DAYS, NEXT, recurrence, years_named

_QUARTER = re.compile(r"quý\s+(iv|iii|ii|i|[1-4])(?!\w)")
_MONTH = re.compile(r"tháng\s+(1[0-2]|0?[1-9])(?!\d)")
_DAY_ALONE = re.compile(r"ngày\s+(\d{1,2})(?![\d/])")
_PART = re.compile(r"(?<!tháng )(đầu|giữa|cuối)\s+(tháng|quý|năm)")
_SPAN = re.compile(r"(\d{1,3})\s*ngày(\s+làm việc)?")
_WINDOW = re.compile(r"(?:trong|vào)\s+(?:quý\s+(?:iv|iii|ii|i|[1-4])|tháng\s+\d{1,2})(?!\w)")
_LIMIT = re.compile(r"(?:chậm nhất|muộn nhất|đến hết|hết)\s+(?:quý\s+(?:iv|iii|ii|i|[1-4])|tháng\s+\d{1,2})(?!\w)")
_TWO_WAYS = re.compile(r"(?:chậm nhất|muộn nhất|đến hết)(?: là)? trước")
_LISTED = re.compile(
    r"\d/\d{1,2}(?:/\d{4})?(?: ?[;,]| và| hoặc)(?: (?!từ |đến )[^\d\s;.]+){0,5} (?:ngày )?\d{1,2}/\d{1,2}(?!\d)"
)
_ENDS = {"half-year": (6, 12), "quarter": (3, 6, 9, 12), "month": tuple(range(1, 13))}
_PARTS = {"đầu": "start", "giữa": "middle", "cuối": "end"}


def misfits(said: Said) -> Iterator[str]:
    """Yield what the words say that the rule does not, each with a way out."""
    yield from (text for _, text in misfits_by_topic(said))


def misfits_by_topic(said: Said) -> Iterator[tuple[str, str]]:
    """Yield the same, each after what a reading must speak of to explain it: the time, how often, or why only once."""
    text = plain(said.words)
    yield from ((TIME, shown(each)) for each in (*_dates(text, said.rule), *_around(text, said.rule)))
    once = OFTEN if said.recurs or said.every else ONCE
    yield from ((once, shown(each)) for each in recurrence(text, said))
    yield from ((OFTEN, shown(each)) for each in years_named(text, said))


def _dates(text: str, rule: TimeRule) -> Iterator[str]:
    if rule.dated:
        yield from _day(text, rule)
        yield from _part(text, rule)
        if not rule.in_period:
            yield from _quarter_and_month(text, rule)


def doubts(said: Said) -> Iterator[str]:
    """Yield what the words leave open, each with a way out: worth a look even where words and rule fit."""
    if said.rule.dated:
        yield from map(shown, (*_doubts(plain(said.words), said.rule), *_other_days(plain(said.words), said)))


def _doubts(text: str, rule: TimeRule) -> Iterator[str]:
    if match := _TWO_WAYS.search(text):
        counts = "leaves the day out" if rule.kind == "before" else "counts the day"
        yield f"words '{match[0]}' can be read both ways, rule '{rule.text}' {counts}; say in 'reading' which is meant"
    window, limit = _WINDOW.search(text), _LIMIT.search(text)
    named = rule.text.partition(" ")[2].removeprefix("end of ")
    if window and not limit and rule.kind == "by" and not rule.day and rule.part in (None, "end"):
        yield f"words '{window[0]}' are a window, rule '{rule.text}' is a limit; write 'within {named}'"
    elif limit and not window and rule.kind == "within":
        right = f"by end of {named}" if rule.month else f"by {named}"
        yield f"words '{limit[0]}' are a limit, rule '{rule.text}' is a window; write '{right}'"


def _other_days(text: str, said: Said) -> Iterator[str]:
    """Days of the year that words name beside a rule that gives others in each half-year, quarter or month."""
    rule, every = said.rule, said.every or ""
    days = several_days(text) or [(int(day), int(month)) for day, month, _ in DATE.findall(text)][:1]
    if not days or rule.day is None or rule.working or every not in _ENDS:
        return
    given = [(rule.day, month % 12 + 1 if rule.of_next else month) for month in _ENDS[every]]
    if sorted(days) == sorted(given) or (len(days) > 1 and every_of(days) == every):
        return  # another day of these months is told with the day
    word = "before" if STRICT.search(text) else "by"
    named, each = (", ".join(f"{day}/{month}" for day, month in dates) for dates in (days, given[:4]))
    rules = " and ".join(f"'{word} {day}/{month}'" for day, month in days)
    way_out = f"{'give each day a duty of its own:' if len(days) > 1 else 'write'} {rules} without 'every'"
    yield f"words name {named}, 'every: {every}' gives {each}; {way_out}, or say in 'reading' why"


def wrong_numbers(words: str | None, given: dict[str, int | None]) -> Iterator[str]:
    """Yield what a count or a share says that its own words do not; null fits, and so do words without a number."""
    named = [int(number) for number in re.findall(r"(?<![\d/.,])\d{1,3}(?![\d/])", words or "")]
    for key, number in given.items():
        if named and number is not None and number not in named:
            yield f"words name {', '.join(map(str, dict.fromkeys(named)))}, '{key}' is {number}; correct one of them"


def several_days(text: str) -> list[tuple[int, int]]:
    """Return the days (day, month) of a year that compared words list (`10/6 và 10/12`); none of fewer than two."""
    dates = [(int(match[1]), int(match[2])) for match in DATE.finditer(text)] if _LISTED.search(text) else []
    return list(dict.fromkeys((day, month) for day, month in dates if 1 <= day <= 31 and 1 <= month <= 12))


def every_of(days: list[tuple[int, int]]) -> str | None:
    """Return how often these days come back, if they are one day of the last month of each half-year or quarter."""
    months = sorted(month for _, month in days)
    same = len({day for day, _ in days}) == 1
    return next((every for every, ends in _ENDS.items() if same and months == list(ends)), None)


def _day(text: str, rule: TimeRule) -> Iterator[str]:
    """The day, and whether it still counts: `trước` leaves it out, `chậm nhất` and `đến hết` count it."""
    strict, inclusive = STRICT.search(text), INCLUSIVE.search(text)
    words = ["before"] if strict and not inclusive else ["by"] if inclusive and not strict else ["by", "before"]
    later = " of next" if NEXT.search(text) else ""
    if rule.in_period:
        named = [f"day {int(match[1])}{later}" for match in _DAY_ALONE.finditer(text)]
        dates = several_days(text)
        if not named and len({day for day, _ in dates}) == 1:
            named = [f"day {dates[0][0]}{later}"]
        if first := FIRST_DAYS.search(text):  # the first days count: no `before`
            named, words = [f"{'working ' if first[2] else ''}day {int(first[1])}{later}"], ["by"]
    else:
        dates = [(int(match[1]), int(match[2])) for match in DATE.finditer(text)]
        named = [f"{day}/{month}" for day, month in dates if 1 <= day <= 31 and 1 <= month <= 12]
    right = [f"{word} {day}" for day in named for word in words]
    if right and rule.text not in right:
        first = FIRST_DAYS.search(text) if rule.in_period else None
        number, after = re.search(r"\d+", named[0]), NEXT.search(text)
        said = f"ngày {number[0]}{f' {after[0]}' if after else ''}" if rule.in_period and number else named[0]
        shown = strict[0] if strict else f"{inclusive[0]} {said}" if inclusive else said
        shown = first[0] if first else shown
        yield f"words say '{shown}', rule is '{rule.text}'; write '{right[0]}'"
    elif not right and inclusive and not strict and rule.kind == "before":
        yield f"words '{inclusive[0]}' count the last day, rule '{rule.text}' leaves it out; write 'by{rule.text[6:]}'"
    elif not right and later and rule.in_period and not rule.of_next:
        yield f"words mean the month after the period, rule is '{rule.text}'; write '{rule.text} of next'"


def _quarter_and_month(text: str, rule: TimeRule) -> Iterator[str]:
    quarters = [ROMAN.get(match[1]) or int(match[1]) for match in _QUARTER.finditer(text)]
    if quarters and _quarter_of(rule) not in quarters:
        n = quarters[0]
        yield f"words name quarter {n}, rule is '{rule.text}'; write 'within Q{n}' or 'by Q{n}'"
    months = [int(match[1]) for match in _MONTH.finditer(text)]
    if months and rule.month not in months:
        n = months[0]
        yield f"words name month {n}, rule is '{rule.text}'; write 'within {n}' or 'by end of {n}'"
    for half, words in ((1, "6 tháng đầu năm"), (2, "6 tháng cuối năm")):
        if words in text and rule.half not in (None, half):
            yield f"words '{words}' are H{half}, rule is '{rule.text}'; write H{half}"


def _quarter_of(rule: TimeRule) -> int | None:
    return rule.quarter or ((rule.month + 2) // 3 if rule.month else None)


def _part(text: str, rule: TimeRule) -> Iterator[str]:
    yield from _whole(text, rule)
    yield from _end_of_year(text, rule)
    for match in _PART.finditer(text):
        part = _PARTS[match[1]]
        if rule.day is None and rule.part != part and not (part == "end" and rule.part is None):
            yield f"words '{match[0]}' are the {part}, rule is '{rule.text}'; write 'by {part} of …'"


def _whole(text: str, rule: TimeRule) -> Iterator[str]:
    """`Trong quý IV` reaches to its last day, as `đến hết quý IV` does; neither is its beginning or its middle."""
    window, limit = _WINDOW.search(text), _LIMIT.search(text)
    if rule.part not in ("start", "middle") or rule.day or _PART.search(text) or not (window or limit):
        return
    named = rule.text.rpartition(" ")[2]
    right = f"within {named}" if window else f"by end of {named}" if rule.month else f"by {named}"
    match = window or limit
    assert match is not None
    yield f"words '{match[0]}' count all of it, rule '{rule.text}' ends with its {rule.part}; write '{right}'"


def _end_of_year(text: str, rule: TimeRule) -> Iterator[str]:
    """`Cuối năm` alone lies in the last quarter."""
    ends_sooner = (rule.month or 12) < 10 + (rule.day is None) * 2 or (rule.quarter or 4) < 4 or rule.half == 1
    alone = not (_QUARTER.search(text) or _MONTH.search(text) or DATE.search(text))
    if ends_sooner and alone and any(match[0] == "cuối năm" for match in _PART.finditer(text)):
        yield f"words 'cuối năm' are the end of the year, rule is '{rule.text}'; write 'by Y'"


def _around(text: str, rule: TimeRule) -> Iterator[str]:
    if rule.kind != "event":
        return
    spans = [(int(m[1]), bool(m[2])) for m in _SPAN.finditer(text)]
    if spans and (rule.days, rule.working) not in spans:
        days, working = spans[0]
        unit = "working days" if working else "days"
        side = "after" if rule.after else "before"
        yield f"words say {days} {unit}, rule is '{rule.text}'; write '{days} {unit} {side} {rule.event}'"
    before, after = "trước" in text, bool(re.search(r"sau|kể từ", text))
    if before != after and rule.after != after:
        said, other = ("trước", "before") if before else ("sau", "after")
        yield f"words say '{said}', rule is '{rule.text}'; write '{other}'"
