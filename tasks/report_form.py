"""The plain form of a report: what was typed, brought to one form, and whether it can be sent."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from dondoc.registry.text import clean_text, strange_character
from tasks.receipts import LONGEST_NAME, MOST_NAMES, Document

LINES: Final = ("text", "names")
FIELDS: Final = ("text", "names", "number", "date", "signer")
_LONGEST: Final = {"text": 100_000, "names": 12_000, "number": 80, "date": 20, "signer": 200}
_DAY: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True, slots=True)
class Report:
    """What a form says; `errors` names what keeps it from being sent, field → a word the page has a sentence for."""

    text: str = ""
    names: tuple[str, ...] = ()
    announced: Document | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


def typed(given: Mapping[str, object]) -> dict[str, str]:
    """Return the fields of a form as they are kept in a draft: NFC, nothing invisible, never longer than we keep."""
    return {name: _typed(given.get(name), name)[: _LONGEST[name]] for name in FIELDS}


def _typed(value: object, name: str) -> str:
    text = value if isinstance(value, str) else ""
    if name not in LINES:
        return "".join(c for c in clean_text(text) if c.isprintable())
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or c.isprintable() or unicodedata.category(c) == "Zs").rstrip()


def read_report(content: Mapping[str, str], *, files: int, takes_names: bool, today: date) -> Report:
    """Return what a draft says, with everything that is wrong with it at once."""
    errors: dict[str, str] = {}
    said = {name: content.get(name, "").strip() for name in FIELDS}
    names = tuple(filter(None, map(clean_text, said["names"].splitlines()))) if takes_names else ()
    if len(names) > MOST_NAMES or any(len(each) > LONGEST_NAME or strange_character(each) for each in names):
        errors["names"] = "names"
    elif len({each.casefold() for each in names}) < len(names):
        errors["names"] = "names-twice"
    document = {name: said[name] for name in ("number", "date", "signer")}
    signed_on = _day(document["date"])
    if any(document.values()):
        errors |= {name: f"{name}-missing" for name, value in document.items() if not value}
        if document["date"] and signed_on is None:
            errors["date"] = "date"
        elif signed_on and signed_on > today:
            errors["date"] = "date-future"
    if not (said["text"] or names or files or any(document.values())):
        errors["text"] = "nothing"
    announced = Document(document["number"], signed_on, document["signer"]) if signed_on and not errors else None
    return Report(said["text"], names, announced, errors)


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None
