"""Texts a carrier has approved: fixed words with slots, and whether a message fits into one before it is sent."""

import re
import string
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files

import yaml

from config.errors import Refused
from config.sms_gateway import Gateway
from dondoc.sms.segments import segmented, unaccented

KINDS = ("remind", "courtesy", "overdue")
SLOTS = ("office", "task", "due", "phone")
_BRANDNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,10}")
_LINK = re.compile(
    r"://|\bwww\.|\b[a-z0-9-]+\.(?:vn|com|net|org|info|gov|edu|io|ly|me|co|asia|link|site|top|xyz|example)\b",
    re.IGNORECASE,
)
_REPROACH = re.compile(r"qua han|tre han|nop muon")


class Unfit(Refused):
    """A text that must not leave, or a template that must not be entered: says why, before anything is sent."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text a carrier has approved; `slots` gives each slot's most characters."""

    gateway: str
    kind: str  # remind | courtesy | overdue
    provider_ref: str
    text: str
    slots: Mapping[str, int]
    brandname: str
    approved_on: date | None  # null: a sample, approved by nobody


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text that fits: as it leaves, with what it takes on the network (segments) and costs (đồng)."""

    text: str
    segments: int
    cost: int


def fit(template: Template, values: Mapping[str, str], gateway: Gateway) -> Fitted:
    """Return an approved text with its slots filled, as the gateway carries it. Errors: `Unfit`."""
    filled: dict[str, str] = {}
    for slot, most in template.slots.items():
        value = _written(" ".join(values[slot].split()), gateway)
        if not value:
            raise Unfit(f"SMS template '{template.kind}': slot {{{slot}}} would be empty")
        if not value.isprintable():
            raise Unfit(f"SMS template '{template.kind}': slot {{{slot}}} holds a character that cannot be printed")
        if len(value) > most:
            raise Unfit(f"SMS template '{template.kind}': slot {{{slot}}} takes {most} characters, has {len(value)}")
        filled[slot] = value
    # One pass: a value that looks like a slot stays what it is.
    text = _written(template.text, gateway).format_map(filled)
    _refuse_link(text, template.kind)
    carried = segmented(text)
    if len(carried.segments) > gateway.most_segments:
        raise Unfit(
            f"SMS template '{template.kind}': {len(carried.segments)} segments ({carried.encoding}, {carried.units}); "
            f"{gateway.gateway} takes {gateway.most_segments}"
        )
    return Fitted(text, len(carried.segments), len(carried.segments) * gateway.price)


def check(template: Template, gateway: Gateway) -> None:
    """Refuse a template that could not be sent as it is approved. Errors: `Unfit`."""
    where = f"SMS template '{template.kind}'"
    if template.kind not in KINDS:
        raise Unfit(f"{where}: there are {', '.join(KINDS)}")
    if not _BRANDNAME.fullmatch(template.brandname):
        raise Unfit(f"{where}: brandname '{template.brandname[:40]}' needs 1 to 11 letters and digits")
    named = set(_slots_in(template.text, where))
    if unknown := sorted(named - set(SLOTS)):
        raise Unfit(f"{where}: unknown slot {{{unknown[0]}}}; there are {', '.join(SLOTS)}")
    if named != set(template.slots) or any(not 1 <= most <= 100 for most in template.slots.values()):
        raise Unfit(f"{where}: give the most characters (1 to 100) of {', '.join(sorted(named))}")
    if template.kind != "overdue" and _REPROACH.search(unaccented(template.text).lower()):
        raise Unfit(f"{where}: speaks of being late; only 'overdue' may, and it goes to mandated units only")
    # The longest text it can become; "x" stands for a letter that every alphabet has.
    fit(template, {slot: "x" * most for slot, most in template.slots.items()}, gateway)


@lru_cache(maxsize=1)
def samples() -> tuple[Template, ...]:
    """Return the sample templates for the simulator, which no carrier has approved."""
    read = yaml.safe_load(files("templates").joinpath("sms/samples.yaml").read_text("utf-8"))
    return tuple(
        Template("simulator", each["kind"], "sample", each["text"], each["slots"], "MAU-TINH", None) for each in read
    )


def _slots_in(text: str, where: str) -> list[str]:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        raise Unfit(f"{where}: a brace is not closed; a slot is written {{due}}") from None
    if any(form or conversion for _before, _name, form, conversion in parts):
        raise Unfit(f"{where}: a slot is written {{due}}, with nothing else between its braces")
    return [name for _before, name, _form, _conversion in parts if name is not None]


def _written(text: str, gateway: Gateway) -> str:
    return unicodedata.normalize("NFC", text) if gateway.accents else unaccented(text)


def _refuse_link(text: str, kind: str) -> None:
    if _LINK.search(text):
        raise Unfit(f"SMS template '{kind}': holds a link; an official SMS has none")
