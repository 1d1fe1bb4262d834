"""What is typed into the desk's forms, read strictly: each problem with the field it belongs to."""

from dataclasses import dataclass
from datetime import date, datetime, time
from unicodedata import normalize

from dondoc import clock
from dondoc.portal import desk_words as say
from dondoc.registry.text import clean_text, strange_character
from tasks.receipts import Document

_NUMBER, _SIGNER = 80, 200  # characters, as dondoc/store/tables.py keeps them


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a field of a form: the page's summary links to it."""

    field: str
    words: str


def typed_day(text: str) -> date | None:
    """Return a day written as 18/11/2026 or 2026-11-18; null for anything else."""
    for pattern in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text.strip(), pattern).replace(tzinfo=clock.LOCAL).date()
        except ValueError:
            continue
    return None


def typed_time(text: str) -> time | None:
    """Return a time of day written as 14:05, 14h05 or 14; null for anything else."""
    hours, _, minutes = normalize("NFC", text).strip().lower().replace("h", ":").replace("giờ", ":").partition(":")
    try:
        return time(int(hours), int(minutes.strip() or 0))
    except ValueError:
        return None


def typed_document(fields: dict[str, str], today: date) -> tuple[Document | None, list[Problem]]:
    """Return the document whose number, date and signer were typed, and what is wrong with them."""
    found = []
    number, signer = clean_text(fields.get("number", "")), clean_text(fields.get("signer", ""))
    for name, text, longest, missing in (
        ("number", number, _NUMBER, say.NUMBER_MISSING), ("signer", signer, _SIGNER, say.SIGNER_MISSING),
    ):  # fmt: skip
        if not text:
            found.append(Problem(name, missing))
        elif len(text) > longest or strange_character(text) or ";" in text:
            found.append(Problem(name, say.not_plain(longest)))
    day = typed_day(fields.get("date", ""))
    if day is None:
        found.append(Problem("date", say.DATE_MISSING))
    elif day > today:
        found.append(Problem("date", say.DATE_AHEAD))
    return (None if found or day is None else Document(number, day, signer)), found


def no_document(fields: dict[str, str]) -> bool:
    """Return whether nothing of a document was typed."""
    return not any(fields.get(name, "").strip() for name in ("number", "date", "signer"))
