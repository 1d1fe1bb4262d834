"""Words that name a time, and the rule they mean: `trước ngày 5/12` is `before 5/12`, `trong quý IV` `within Q4`."""

import re
from collections.abc import Iterator

from config.words_said import ROMAN, plain

DATE = re.compile(r"(?<![\d/])(\d{1,2})\s*/\s*(\d{1,2})(?:/+(\d{4}))?(?![\d/])")
STRICT = re.compile(r"trước (?:ngày \d{1,2}|\d{1,2}/\d{1,2})(?!\d)(?:/\d{1,2}(?!\d))?")
INCLUSIVE = re.compile(r"chậm nhất|muộn nhất|đến hết|hết ngày|không quá ngày")
_UNTIL = r"chậm nhất|muộn nhất|đến hết|hết|cuối|trước hết"
_DAY = re.compile(r"(?:trước|ngày|chậm nhất|muộn nhất|hết|xong) (?:ngày )?\d{1,2}/\d{1,2}(?:/\d{4})?(?![\d/])(?! của)")
_IN_MONTH = re.compile(r"ngày (\d{1,2}) (?:hằng|hàng|mỗi|của) (?:tháng|quý)")
_QUARTER = re.compile(rf"(trong|vào|đầu|{_UNTIL})(?: là| trong)? quý (iv|iii|ii|i|[1-4])(?!\w)")
_MONTH = re.compile(rf"(trong|vào|đầu|giữa|{_UNTIL})(?: là| trong)? tháng (1[0-2]|0?[1-9])(?!\d)")
_HALF = re.compile(rf"(trong|{_UNTIL}) 0?6 tháng (đầu|cuối)(?: của)? năm")
_YEAR = re.compile(r"(trong|hết|cuối|giữa|đầu) năm 20\d\d")
COUNTED = re.compile(
    r"(?P<before>trước (?!ngày \d)[^.;,\d]*)?(?<!\d)(?P<days>\d{1,3}) ngày(?P<working> làm việc)?"
    r"(?(before)| (?:(?P<to>trước)|kể từ|sau|tính từ))(?! ngày \d)"
)


def rule_of(words: str) -> str | None:
    """Return the rule that words mean which name one day: `trước ngày 5/12` is `before 5/12`; null for others."""
    text = plain(words)
    dates = {(int(match[1]), int(match[2])) for match in DATE.finditer(text)}
    strict, inclusive = STRICT.search(text), INCLUSIVE.search(text)
    if len(dates) != 1 or bool(strict) == bool(inclusive):
        return None
    ((day, month),) = dates
    return f"{'before' if strict else 'by'} {day}/{month}"


def times_named(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield (what is said, the rule it means or null) for each time in compared words that is a date of its own."""
    for match in _IN_MONTH.finditer(text):
        strict = re.search(r"trước (?:ngày )?$", text[: match.start()])
        yield match[0], f"{'before' if strict else 'by'} day {int(match[1])}"
    for match in _DAY.finditer(text):
        yield match[0], rule_of(text)
    for match in _QUARTER.finditer(text):
        yield match[0], _named(match[1], f"Q{ROMAN.get(match[2]) or match[2]}")
    for match in _MONTH.finditer(text):
        yield match[0], _named(match[1], str(int(match[2])))
    for match in _HALF.finditer(text):
        yield match[0], _named("hết" if match[1] != "trong" else "trong", f"H{1 if match[2] == 'đầu' else 2}")
    for match in _YEAR.finditer(text):
        yield match[0], _named("hết" if match[1] == "cuối" else match[1], "Y")


def _named(word: str, what: str) -> str:
    if word in ("trong", "vào"):
        return f"within {what}"
    if word in ("đầu", "giữa", "cuối"):
        return f"by { {'đầu': 'start', 'giữa': 'middle', 'cuối': 'end'}[word] } of {what}"
    return f"by end of {what}" if what.isdecimal() else f"by {what}"
