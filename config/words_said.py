"""The words of one duty as they are compared with its rule, and how they are shown again."""

import re
from dataclasses import dataclass

from config.grammar import TimeRule

ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_DAY_AND_MONTH = re.compile(r"(?<=ngày )(\d{1,2}) tháng (\d{1,2})(?!\d)")
_HYPHENATED = re.compile(r"(?<=ngày )(\d{1,2})\s?[-.]\s?(\d{1,2})(?:\s?[-.]\s?(\d{4}))?(?![\d/])")
_RANGE = re.compile(r"\d{4}\s*[-–]\s*\d{4}|\d+/\d{4}/\w+|\d+/[a-zđ]+-\w+")  # giai đoạn 2021 - 2025; document numbers
_NUMERAL = re.compile(r"(?<=quý )(?:iv|iii|ii|i)(?!\w)|(?<=giai đoạn )(?:iv|iii|ii|i|vi|v)(?!\w)")


@dataclass(frozen=True, slots=True)
class Said:
    """What a plan file says about one duty's time: its words, its rule, and which years these give."""

    words: str
    rule: TimeRule
    every: str | None
    recurs: bool
    years: tuple[int, ...]  # in which it ends, or to which it belongs; empty where the plan gives no year


def small(words: str) -> str:
    """Return words in small letters, with one spelling of `quý`."""
    return words.lower().replace("quí", "quý")


def plain(words: str) -> str:
    """Return words as they are compared: small letters, `quý`, days as `15/11`; without spans of years."""
    text = _HYPHENATED.sub(_with_slashes, small(words))
    text = _RANGE.sub(" ", text)
    return _DAY_AND_MONTH.sub(r"\1/\2", text)


def shown(text: str) -> str:
    """Return what is said of compared words with the numerals of quarters and phases in capitals: `quý IV`."""
    return _NUMERAL.sub(lambda match: match[0].upper(), text)


def _with_slashes(match: re.Match[str]) -> str:
    return "/".join(part for part in match.groups() if part)
