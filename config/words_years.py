"""Which years, which phase and how often: a duty's words and title beside the years its rule gives."""

import re
from collections.abc import Iterator, Mapping

from config.words_said import Said, plain, shown, small

NEXT = re.compile(
    r"(?:tháng|(?P<quarter>quý)|kỳ)\s+(?:sau|tiếp theo|kế tiếp|liền kề|liền sau)|sau khi kết thúc (?:tháng|quý)"
)
FIRST_DAYS = re.compile(r"(\d{1,2})\s*ngày(\s+làm việc)?\s+đầu(?:\s+tiên)?")
_EVERY = re.compile(r"(?:hằng|hàng|mỗi|từng) (tháng|quý|năm)|định kỳ (?:0?6|sáu) tháng|(?:0?6|sáu) tháng một lần")
# `báo cáo quý`, but not `báo cáo quý IV` or `báo cáo năm 2026`, which name one of them.
_REPORT = re.compile(r"(?:báo cáo|số liệu) (?:(tháng|quý|năm)(?!\w| \d| [ivx]+(?!\w))|(?:0?6|sáu) tháng(?! đầu| cuối))")
_TWO_DAYS = re.compile(r"\d/\d.*?\d/\d")
_RECUR = {"tháng": "month", "quý": "quarter", "năm": "year"}
_YEAR = re.compile(r"(?<!\d)(20\d{2})(?!\d)")
SPAN = re.compile(r"(?:giai đoạn|từ(?: năm)?)\s*\(?(20\d{2})\s*(?:[-–]|đến(?: hết)?(?: năm)?)\s*(20\d{2})(?!\d)")
_PHASE = re.compile(r"giai đoạn (iii|ii|iv|i|v|[1-9])(?!\w)")
_DECIDED = re.compile(r"(?:triển khai|chuyển(?: sang)?|sang|tiếp tục) giai đoạn")  # about a phase, not in it
_NUMBERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}


def recurrence(text: str, said: Said) -> Iterator[str]:
    """Yield where words that come back (hằng quý, tháng sau) have a rule that does not come back so."""
    if not (said.rule.dated or said.every or said.rule.kind == "annual"):
        return
    for match in _EVERY.finditer(text):
        every = _every(match)
        if every == "year" and not said.recurs:
            yield f"words '{match[0]}' come back every year, this happens once; write 'years: each'"
        elif every != "year" and said.every != every:
            rule = " and 'rule: no date'" if said.rule.text == "annual, no date" else ""
            yield f"words '{match[0]}' come back every {every}; write 'every: {every}'{rule}"
    later = NEXT.search(text)
    if later and said.rule.dated and said.every is None:
        every, rule = "quarter" if later["quarter"] else "month", "by day 5 of next"
        if first := FIRST_DAYS.search(text):
            rule = f"by {'working ' if first[2] else ''}day {int(first[1])} of next"
        yield f"words '{later[0]}' follow a period that comes back; write 'every: {every}' and a rule such as '{rule}'"
    elif later and later["quarter"] and said.every != "quarter" and said.rule.in_period:
        yield f"words '{later[0]}' come back every quarter; write 'every: quarter'"


def one_year_only(years: str | None, said: Said, recurs: bool) -> str | None:
    """Return what is told of words that come back within a year whose rule has one year only; null where none is.

    `years`: as the file writes them; `recurs`: whether they are each year's.
    """
    text = plain(said.words)
    found = [*_EVERY.finditer(text), *_REPORT.finditer(text)]
    if said.every is None or recurs or not found or not said.years or years_in(text):
        return None
    told = f"words '{shown(found[0][0])}' come back, 'years: {years}' gives {_given(said.years)} alone"
    return f"{told}; write 'years: each', or say in 'reading' why not"


def years_named(text: str, said: Said) -> Iterator[str]:
    """Yield where the years that words name are not those of the rule."""
    named = years_in(text)
    if named and said.years and not set(named) & set(said.years):
        yield f"words name the year {named[0]}, the rule and its years give {_given(said.years)}; correct 'years'"
    elif len(set(named)) == 1 and said.recurs and len(set(said.years)) > 1:
        yield f"words name the year {named[0]} only, this comes back until {said.years[-1]}; correct 'years'"


def year_doubts(said: Said, title: str, phases: Mapping[int, range]) -> Iterator[str]:
    """Yield what words or title say of years, phases and recurrence that the rule does not: worth a look.

    `phases`: the years of each numbered phase of the plan.
    """
    yield from map(shown, _recurrence_doubts(said, title))
    yield from map(shown, _year_doubts(said, title))
    yield from map(shown, _phase_doubts(said, title, phases))


def _recurrence_doubts(said: Said, title: str) -> Iterator[str]:
    if not (said.rule.dated or said.every or said.rule.kind == "annual"):
        return
    has = said.every or ("year" if said.recurs else "once")
    for what, text in (("words", plain(said.words)), ("title", plain(title))):
        found = [*_EVERY.finditer(text), *_REPORT.finditer(text)]
        named = {_every(match) for match in found}
        told_already = what == "words" and named != {"year"} and bool(_EVERY.search(text))
        if found and has not in named and not told_already and not (has == "once" and named == {"year"}):
            every = _every(found[0])
            right = "'years: each' without 'every'" if every == "year" else f"'every: {every}'"
            lasts = "once" if has == "once" else f"every {has}"
            if what == "words" and named == {"year"} and _TWO_DAYS.search(text):
                continue  # hằng năm, and several days of each year
            other = "correct the title" if what == "title" else "say in 'reading' why not"
            yield f"{what} {_say(what)} '{found[0][0]}', this comes {lasts}; write {right}, or {other}"


def _year_doubts(said: Said, title: str) -> Iterator[str]:
    if not said.years:
        return
    first, last = said.years[0], said.years[-1]
    named = years_in(plain(said.words))
    over = sorted(set(said.years) - set(named))
    if len(set(named)) > 1 and said.recurs and over and set(named) & set(said.years) and not SPAN.search(said.words):
        years = ", ".join(map(str, dict.fromkeys(named)))
        yield f"words name the years {years}, this comes back in {over[0]} too; give each year a duty of its own"
    for what, text in (("words", small(said.words)), ("title", small(title))):
        span = SPAN.search(text)
        # A review of a span may follow it; nothing else lies outside.
        if span and (first < int(span[1]) or last > int(span[2]) + (0 if said.recurs else 1)):
            given = f"the rule and its years give {_given(said.years)}; correct 'years'"
            yield f"{what} {_say(what)} '{span[0].strip()}', {given}"
    of = years_in(plain(title))
    # What is told of a year may be due early in the next.
    early = said.rule.of_next or (said.rule.month or 12) <= 3 or said.rule.quarter == 1
    if of and not {year + late for year in of for late in range(2 if early else 1)} & set(said.years):
        yield f"title names the year {of[0]}, the rule and its years give {_given(said.years)}; correct one of them"


def _phase_doubts(said: Said, title: str, phases: Mapping[int, range]) -> Iterator[str]:
    for what, text in (("words", plain(said.words)), ("title", plain(title))):
        named = {_NUMBERS.get(match[1]) or int(match[1]) for match in _PHASE.finditer(text)}
        if len(named) != 1 or _DECIDED.search(text):
            continue
        (n,) = named
        outside = [year for year in said.years if year not in phases.get(n, said.years)]
        if outside:
            lies = f"{phases[n][0]} to {phases[n][-1]}"
            says = f"{what} {_say(what)} 'giai đoạn {n}' ({lies})"
            yield f"{says}, the rule and its years give {outside[0]} too; correct 'years'"
            return


def _say(what: str) -> str:
    return "says" if what == "title" else "say"


def _every(match: re.Match[str]) -> str:
    return _RECUR.get(match[1] or "", "half-year")


def years_in(text: str) -> list[int]:
    """Return the years that compared words name, in their order."""
    return [int(year) for year in _YEAR.findall(text)]


def _given(years: tuple[int, ...]) -> str:
    return f"{years[0]}" if len(set(years)) == 1 else f"{years[0]} to {years[-1]}"
