"""A ruling as the decisions read it, whom it is for, and which of several stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a ruling is for: one unit (and who follows it), one kind, a unit and all under it; else everybody."""

    unit: str | None = None
    kind: str | None = None
    under: str | None = None

    @property
    def everybody(self) -> bool:
        """Return whether nobody is left out."""
        return not (self.unit or self.kind or self.under)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A recorded decision of a named officer, as the decisions read it."""

    id: int
    kind: str
    duty: str | None = None
    period: str | None = None
    scope: Scope = Scope()
    value: Mapping[str, Any] = field(default_factory=dict)
    undoes: int | None = None
    officer: str = ""
    made_on: date | None = None

    def day(self, name: str) -> date | None:
        """Return a day the ruling names, or null."""
        text = self.value.get(name)
        return date.fromisoformat(text) if text else None


def standing(rulings: Iterable[Ruling]) -> tuple[Ruling, ...]:
    """Return the rulings in force, oldest first: what was undone is out, what undid it has done its work."""
    void: set[int] = set()
    ordered = sorted(rulings, key=lambda ruling: ruling.id)
    for ruling in reversed(ordered):  # an undoing that was itself undone undoes nothing
        if ruling.undoes is not None and ruling.id not in void:
            void.add(ruling.undoes)
    return tuple(ruling for ruling in ordered if ruling.id not in void and ruling.undoes is None)
