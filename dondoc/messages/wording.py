"""How this office words things: who is asked in which voice, how a date, a basis, a receiver is written."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, Protocol

from dondoc.messages.catalogue import Catalogue, dmy

RESPECTED: Final = frozenset({"party-body", "front", "mass-organisation"})
STATE: Final = RESPECTED | {"department", "district", "commune", "province", "sub-unit"}
REPORTS: Final = frozenset({"annual-report", "ad-hoc-report", "consolidated-report", "interim-report", "final-report"})
_YOU: Final = {"enterprise": "enterprise", "cooperative": "cooperative", "person": "person"} | dict.fromkeys(
    ("sub-unit", "health-facility", "school", "business-association"), "unit"
)

# How a sender of a rank speaks to a kind of unit that is mandated, requested, invited, encouraged (office.md).
# Only the province orders; nobody orders Party, Front, mass bodies, or whoever is not part of its administration.
_MODALITIES: Final = ("mandated", "requested", "invited", "encouraged")
_ORDERED: Final = ("requires", "respectful", "invited", "encouraged")
_ASKED: Final = ("plain", "respectful", "invited", "encouraged")
_HONOURED: Final = ("respectful", "respectful", "invited", "encouraged")
_ABOVE: Final = ("upward",) * 4
_SELF: Final = ("own",) * 4
_OUTSIDE: Final = ("enterprise", "cooperative", "health-facility", "school", "business-association", "person")


def _row(*, province: tuple[str, ...], department: tuple[str, ...], district: tuple[str, ...],
         commune: tuple[str, ...]) -> dict[str, tuple[str, ...]]:  # fmt: skip
    """Return one sender's row: the four ranks of the administration as given, everybody else the same for all."""
    return {
        **dict.fromkeys(RESPECTED, _HONOURED), **dict.fromkeys(_OUTSIDE, _ASKED),
        "province": province, "department": department, "sub-unit": commune, "district": district, "commune": commune,
    }  # fmt: skip


VOICES: Final = {
    "province": _row(province=_SELF, department=_ORDERED, district=_ORDERED, commune=_ORDERED),
    "council": _row(province=_ABOVE, department=_ASKED, district=_ASKED, commune=_ASKED),
    "department": _row(province=_ABOVE, department=_ASKED, district=_ASKED, commune=_ASKED),
    "district": _row(province=_ABOVE, department=_ASKED, district=_ASKED, commune=_ASKED),
    "commune": _row(province=_ABOVE, department=_HONOURED, district=_ABOVE, commune=_ASKED),
}


class Planned(Protocol):
    """Whatever rests on a plan: its number and date, either of which a copy may lack."""

    @property
    def plan_number(self) -> str | None: ...
    @property
    def plan_date(self) -> date | None: ...


def voice(
    unit_kind: str, modality: str, *, rank: str = "department", urges: str = "own-name", own: bool = False
) -> str:
    """Return how a unit is spoken to: requires, plain, informed, respectful, invited, encouraged, upward or own.

    It follows from the sender's rank, the addressee's kind, how the plan binds the addressee, and whether the
    sender may urge in its own name: one that only advises informs instead of asking.
    """
    if own:
        return "own"
    spoken = VOICES[rank][unit_kind][_MODALITIES.index(modality)]
    return "informed" if spoken in ("requires", "plain") and urges != "own-name" else spoken


def notice_voice(
    unit_kind: str, modality: str, *, rank: str = "department", urges: str = "own-name", own: bool = False
) -> str:
    """Return the voice of an automatic notice: it asks where its sender could order, for an order wants a signature."""
    spoken = voice(unit_kind, modality, rank=rank, urges=urges, own=own)
    return "plain" if spoken == "requires" else spoken


def softness(modality: str) -> str:
    """Return the ending of the texts for those whom no plan binds: a date is suggested, never a limit."""
    return "" if modality == "mandated" else "-courtesy"


def spoken_to(unit: str, unit_kind: str, spoken: str, alone: bool, catalogue: Catalogue) -> str:
    """Return how the unit is named inside a sentence; the province always by its name."""
    if spoken == "own":
        return catalogue.text("you.own")
    if spoken == "upward" or not alone:
        return unit
    return catalogue.text(f"you.{_YOU.get(unit_kind, 'body')}")


def due_words(due_on: date | None, strict: bool, catalogue: Catalogue, *, courtesy: bool = False) -> str:
    """Return the exact date as the plan words it: "trước ngày 15/11/2026 (hết ngày thứ Bảy 14/11/2026)"."""
    if due_on is None:
        return catalogue.text("due.none-courtesy" if courtesy else "due.none")
    if strict:
        return catalogue.text("due.before", after=dmy(due_on + timedelta(days=1)), day=catalogue.day(due_on))
    return catalogue.text("due.by", day=catalogue.day(due_on))


def left_words(days: int | None, working_days: int | None, catalogue: Catalogue) -> str:
    """Return the time that is left: "Còn 8 ngày (5 ngày làm việc)"; nothing when it is not known or over."""
    if days is None or days < 0:
        return ""
    if days == 0:
        return catalogue.text("left.last-day")
    if working_days is None:
        return catalogue.text("left.days", days=days)
    if working_days == 0:
        return catalogue.text("left.no-working-day", days=days)
    return catalogue.text("left.both", days=days, working=working_days)


def basis_words(prefix: str, source: Planned, catalogue: Catalogue, **values: str) -> str:
    """Return what the message rests on, as far as number and date are known."""
    if source.plan_number is None:
        return catalogue.text(f"{prefix}unnumbered", **values)
    if source.plan_date is None:
        return catalogue.text(f"{prefix}no-date", number=source.plan_number, **values)
    return catalogue.text(f"{prefix}numbered", number=source.plan_number, date=dmy(source.plan_date), **values)


def receiver_words(receivers: Iterable[tuple[str, str | None]], catalogue: Catalogue) -> str:
    """Return the receivers with their functions: "Sở Nội vụ (để theo dõi)"."""
    return "; ".join(
        catalogue.text("receiver", name=name, function=function) if function else name for name, function in receivers
    )


def known_words(prefix: str, value: str, catalogue: Catalogue) -> str:
    """Return the catalogue's words for a known code, or the words that were given."""
    key = prefix + value
    return catalogue.text(key) if key in catalogue else value
