"""The form of a report: what was typed, brought to one form, whether it can be sent, and what is worth asking about."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final

from deadlines.figures import WrongFigure, read_figure, shown_figure, worth_asking
from deadlines.report_form import ReportForm
from dondoc.registry.text import clean_text, strange_character
from dondoc.store.reported import NOTHING_REPORTED, Reported, Value
from tasks.receipts import LONGEST_NAME, MOST_NAMES, Document

LINES: Final = ("text", "names")
FIELDS: Final = ("text", "names", "number", "date", "signer", "as_of")
SECTION, FIGURE, ESTIMATE = "part-", "figure-", "estimate-"  # before the slug of a part, of a figure, of its "ước"
_LONGEST: Final = {"text": 100_000, "names": 12_000, "number": 80, "date": 20, "signer": 200, "as_of": 20}
_LONGEST_PART, _LONGEST_FIGURE = 50_000, 60
_DAY: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_NOTHING = ReportForm((), ())


@dataclass(frozen=True, slots=True)
class Asked:
    """A figure that is worth a second look: how it stands beside what the unit reported last."""

    label: str
    value: Fraction
    last: Fraction
    period: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a form says; `errors` names what keeps it from being sent, field → a word the page has a sentence for.

    `asked` is what its writer should look at again; it keeps nothing from being sent.
    """

    text: str = ""
    names: tuple[str, ...] = ()
    announced: Document | None = None
    reported: Reported = NOTHING_REPORTED
    asked: tuple[Asked, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)


def fields_of(form: ReportForm) -> Iterator[tuple[str, int]]:
    """Yield each field a form may have with the most letters it may hold."""
    yield from _LONGEST.items()
    yield from ((f"{SECTION}{each}", _LONGEST_PART) for each in form.sections)
    for figure in form.figures:
        yield f"{FIGURE}{figure.slug}", _LONGEST_FIGURE
        yield f"{ESTIMATE}{figure.slug}", 1


def typed(given: Mapping[str, object], form: ReportForm = _NOTHING) -> dict[str, str]:
    """Return the fields of a form as they are kept in a draft: NFC, nothing invisible, never longer than we keep."""
    return {name: _typed(given.get(name), name)[:most] for name, most in fields_of(form)}


def _typed(value: object, name: str) -> str:
    text = value if isinstance(value, str) else ""
    if name not in LINES and not name.startswith(SECTION):
        return "".join(c for c in clean_text(text) if c.isprintable())
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or c.isprintable() or unicodedata.category(c) == "Zs").rstrip()


def fields_said(reported: Reported, form: ReportForm) -> dict[str, str]:
    """Return what a report says as it would be typed into the form: its parts, figures and the day they are of."""
    fields = {f"{SECTION}{each}": text for each, text in reported.texts}
    for value in reported.values:
        if figure := form.figure(value.indicator):
            shown = ("có" if value.value else "không") if figure.yes_no else shown_figure(value.value)
            fields |= {f"{FIGURE}{figure.slug}": shown, f"{ESTIMATE}{figure.slug}": "1" if value.estimate else ""}
            fields |= {"as_of": f"{value.as_of:%d/%m/%Y}"} if value.as_of else {}
    return fields


def read_report(
    content: Mapping[str, str], *, files: int, takes_names: bool, today: date, form: ReportForm = _NOTHING,
    last: Mapping[str, tuple[str, float]] | None = None,
) -> Report:  # fmt: skip
    """Return what a draft says, with everything that is wrong with it at once.

    `last` is what the unit reported before, measure → (period, value).
    """
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
    reported, asked, wrong = _reported(content, form, today, last or {})
    errors |= wrong
    if not (said["text"] or names or files or any(document.values()) or reported.values or reported.texts or wrong):
        errors[f"{SECTION}{form.sections[0]}" if form.sections else "text"] = "nothing"
    announced = Document(document["number"], signed_on, document["signer"]) if signed_on and not errors else None
    return Report(said["text"], names, announced, reported, asked, errors)


def _reported(
    content: Mapping[str, str], form: ReportForm, today: date, last: Mapping[str, tuple[str, float]]
) -> tuple[Reported, tuple[Asked, ...], dict[str, str]]:
    """The parts and figures of a form, what of them is worth asking about, and what is wrong with them."""
    wrong: dict[str, str] = {}
    values: list[Value] = []
    asked: list[Asked] = []
    said_on = content.get("as_of", "").strip()
    as_of = _day(said_on)
    if said_on and (as_of is None or as_of > today):
        wrong["as_of"] = "date" if as_of is None else "date-future"
    for figure in form.figures:
        try:
            value = read_figure(content.get(f"{FIGURE}{figure.slug}", ""), figure)
        except WrongFigure as error:
            wrong[f"{FIGURE}{figure.slug}"] = f"figure-{error.why}"
            continue
        if value is None:
            continue
        estimate = bool(content.get(f"{ESTIMATE}{figure.slug}"))
        values.append(Value(figure.slug, figure.measure, float(value), estimate, as_of))
        period, before = last.get(figure.measure, ("", None))
        if before is not None and worth_asking(value, Fraction(before), figure):
            asked.append(Asked(figure.label, value, Fraction(before), period))
    texts = tuple((each, text) for each in form.sections if (text := content.get(f"{SECTION}{each}", "").strip()))
    return Reported(tuple(values), texts), tuple(asked), wrong


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None
