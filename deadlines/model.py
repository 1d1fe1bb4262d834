"""One duty for one period: what `dondoc deadlines` lists and every assignment is made from."""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Obligor:
    """A kind of unit that owes the duty, how strongly, from when until when (both inclusive; null: open).

    `role` is set when only the holder of that role owes it.
    """

    kind: str
    modality: str
    from_: date | None = None
    until: date | None = None
    role: str | None = None

    def bound_on(self, day: date) -> bool:
        """Return whether this kind of unit owes the duty on `day`."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)

    def as_json(self) -> dict[str, object]:
        """Return it as plain values; the key `role` appears only where a role holds the duty."""
        facts: dict[str, object] = {
            "kind": self.kind, "modality": self.modality, "from": _iso(self.from_), "until": _iso(self.until)
        }  # fmt: skip
        return facts | {"role": self.role} if self.role else facts


@dataclass(frozen=True, slots=True)
class Addressee:
    """Who receives (a role, or `province`), through which role, and for what."""

    to: str
    via: str | None = None
    function: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return {"to": self.to, "via": self.via, "function": self.function}


@dataclass(frozen=True, slots=True)
class DutyPeriod:
    """A duty in one period with its dates.

    `due_on` is the last acceptable day, literally, or null; `target_on` the last working day on or before
    it; `bound_on` an outer limit nobody can be late for. `conditional_on` is the duty that must come first.
    """

    campaign: str
    duty: str
    kind: str
    clause: str
    words: str
    period: str  # 2026 | once | YYYY-MM-DD for a request
    obligors: tuple[Obligor, ...]
    addressees: tuple[Addressee, ...]
    modality: str
    rule: str
    opens_on: date | None
    due_on: date | None
    bound_on: date | None
    target_on: date | None
    roll_note: str | None
    calendar_status: str | None  # official | dự kiến
    confirmed: bool
    conditional_on: str | None
    title: str = ""  # for pages and messages; not part of the listing
    issued_on: date | None = None  # the plan's date: nothing opens before it; not part of the listing

    @property
    def receivers(self) -> tuple[str, ...]:
        """Return the roles at which a submission may arrive; the first receipt by any of them counts."""
        return tuple(dict.fromkeys(addressee.via or addressee.to for addressee in self.addressees))

    def as_json(self) -> dict[str, object]:
        """Return one object of `dondoc deadlines --format json`, keys in their fixed order, dates as YYYY-MM-DD."""
        return {
            "campaign": self.campaign,
            "duty": self.duty,
            "kind": self.kind,
            "clause": self.clause,
            "words": self.words,
            "period": self.period,
            "obligors": [obligor.as_json() for obligor in self.obligors],
            "addressees": [addressee.as_json() for addressee in self.addressees],
            "modality": self.modality,
            "rule": self.rule,
            "opens_on": _iso(self.opens_on),
            "due_on": _iso(self.due_on),
            "bound_on": _iso(self.bound_on),
            "target_on": _iso(self.target_on),
            "roll_note": self.roll_note,
            "calendar_status": self.calendar_status,
            "confirmed": self.confirmed,
            "conditional_on": self.conditional_on,
        }

    @classmethod
    def from_json(cls, facts: dict[str, Any], title: str = "") -> "DutyPeriod":
        """Return the row that `as_json` wrote down."""
        days = ("opens_on", "due_on", "bound_on", "target_on")
        values: dict[str, Any] = {key: facts[key] for key in facts if key not in (*days, "obligors", "addressees")}
        return cls(
            **values | {key: _day(facts[key]) for key in days},
            obligors=tuple(
                Obligor(o["kind"], o["modality"], _day(o["from"]), _day(o["until"]), o.get("role"))
                for o in facts["obligors"]
            ),
            addressees=tuple(Addressee(a["to"], a["via"], a["function"]) for a in facts["addressees"]),
            title=title,
        )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
