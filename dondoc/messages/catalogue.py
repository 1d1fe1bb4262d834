"""The catalogue of texts: every sentence that leaves this program, by key and language, with named slots.

`templates/catalogue/vi.yaml` comes first, `en.yaml` has the same keys with the same slots. A key or slot
that is not there is an error, never an empty place in a letter.
"""

import string
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from dondoc.clock import LOCAL

LANGUAGES: Final = ("vi", "en")
_FORMATTER: Final = string.Formatter()


class CatalogueError(LookupError):
    """A text that was asked for is not in the catalogue, or one of its slots was not filled."""


class Catalogue:
    """The texts of one language."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self.texts: Final = dict(texts)
        self.slots: Final = {key: _slots(language, key, text) for key, text in self.texts.items()}

    def __contains__(self, key: object) -> bool:
        return key in self.texts

    def text(self, key: str, /, **values: object) -> str:
        """Return the text of `key` with every slot filled; raises CatalogueError for a missing key or slot.

        Values beyond the slots are allowed: the voices of one sentence need not use the same ones.
        """
        try:
            text = self.texts[key]
        except KeyError:
            raise CatalogueError(f"{self.language}.yaml: no text {key!r}; add it to every language") from None
        if not self.slots[key] <= values.keys():
            raise CatalogueError(
                f"{self.language}.yaml: {key!r} has slots {sorted(self.slots[key])}, was given {sorted(values)}"
            )
        # A value is inserted as it is and never read as a pattern again.
        return text.format_map(values)

    def day(self, day: date) -> str:
        """Return a day with its weekday: "thứ Bảy 14/11/2026"."""
        return self.text("format.day", weekday=self.text(f"weekday.{day.weekday()}"), date=dmy(day))

    def instant(self, instant: datetime) -> str:
        """Return a local time and day: "14 giờ 05 ngày thứ Hai 16/11/2026"."""
        local = instant.astimezone(LOCAL)
        return self.text("format.instant", hour=f"{local.hour:02}", minute=f"{local.minute:02}", day=self.day(local))

    def period(self, period: str) -> str:
        """Return a period in words: `2026-Q4` is "quý IV/2026"; `once` is empty."""
        if period == "once":
            return ""
        year, _, part = period.partition("-")
        if not part:
            return self.text("period.year", year=year)
        if part[0] in "QH":
            return self.text(f"period.{part}", year=year)
        if "-" in part:
            return dmy(date.fromisoformat(period))
        return self.text("period.month", month=part, year=year)

    def size(self, size: int) -> str:
        """Return a file size as people read it: "48 KB", "1,2 MB"."""
        for unit, scale in (("MB", 1_000_000), ("KB", 1_000)):
            if size >= scale:
                shown = f"{size / scale:.1f}".removesuffix(".0").replace(".", self.text("format.decimal"))
                return f"{shown} {unit}"
        return f"{size} B"


def dmy(day: date) -> str:
    """Return a day as dd/mm/yyyy, whatever the machine's locale."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def parse(language: str, source: str) -> Catalogue:
    """Return the catalogue written in a YAML text of nested keys, joined with dots."""
    import yaml

    texts: dict[str, str] = {}
    _flatten(language, "", yaml.safe_load(source), texts)
    return Catalogue(language, texts)


def shipped_source(language: str) -> str:
    """Return the shipped catalogue file of a language; raises CatalogueError for an unknown one."""
    if language not in LANGUAGES:
        raise CatalogueError(f"no catalogue for language {language!r}; there are {', '.join(LANGUAGES)}")
    return files("templates").joinpath("catalogue", f"{language}.yaml").read_text(encoding="utf-8")


@cache
def shipped(language: str) -> Catalogue:
    """Return the shipped catalogue of a language, read once per process."""
    return parse(language, shipped_source(language))


def _flatten(language: str, prefix: str, node: Any, into: dict[str, str]) -> None:
    if isinstance(node, dict):
        for key, below in node.items():
            _flatten(language, f"{prefix}.{key}" if prefix else str(key), below, into)
    elif isinstance(node, str):
        into[prefix] = " ".join(node.split())
    else:
        raise CatalogueError(f"{language}.yaml: {prefix!r} is {node!r}; a text is wanted (quote it)")


def _slots(language: str, key: str, text: str) -> frozenset[str]:
    found: set[str] = set()
    for _, name, spec, conversion in _FORMATTER.parse(text):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise CatalogueError(f"{language}.yaml: {key!r} has slot {name!r}; a slot is a plain {{name}}")
        found.add(name)
    return frozenset(found)
