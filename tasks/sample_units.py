"""Whom printed samples are addressed to: a unit of each kind, and whose work it took over; shipped or invented."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from dondoc.registry import RegistryBundle, RegistryError, load_bundle

# Invented, for kinds of which nothing is shipped.
_INVENTED: Final = {
    "department": "Sở Mẫu",
    "mass-organisation": "Hội Mẫu tỉnh",
    "front": "Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh",
    "party-body": "Ban Mẫu Tỉnh ủy",
    "province": "Ủy ban nhân dân tỉnh",
    "district": "Ủy ban nhân dân huyện Mẫu",
    "commune": "Ủy ban nhân dân xã Mẫu",
    "sub-unit": "Trung tâm Mẫu thuộc Sở Mẫu",
    "enterprise": "Công ty TNHH Mẫu",
    "cooperative": "Hợp tác xã Mẫu",
    "health-facility": "Trung tâm Y tế Mẫu",
    "school": "Trường Trung học phổ thông Mẫu",
    "business-association": "Hiệp hội Doanh nghiệp Mẫu",
    "person": "Ông Nguyễn Văn Mẫu",
}
_PREDECESSORS: Final = {
    "department": "Sở Mẫu (trước khi hợp nhất)",
    "commune": "Ủy ban nhân dân huyện Mẫu",
}


@dataclass(frozen=True, slots=True)
class SampleUnits:
    """The units of a campaign as samples need them, on one day."""

    bundle: RegistryBundle | None
    day: date

    def name_on(self, code: str, day: date) -> str | None:
        """Return how letters address a unit on `day`; before its first day, as on that; null: not known."""
        rows = [unit for unit in (self.bundle.units if self.bundle else ()) if unit.code == code]
        rows.sort(key=lambda unit: unit.valid_from)
        named = next((unit for unit in reversed(rows) if unit.valid_from <= day), rows[0] if rows else None)
        return named.office_name if named else None

    def on(self, day: date) -> "SampleUnits":
        """Return the units of another day."""
        return replace(self, day=day)

    def of_kinds(self, kinds: Collection[str], each: int = 1, *, without: str = "") -> tuple[tuple[str, str], ...]:
        """Return up to `each` units of every kind as (name, kind), in protocol order; not the office itself.

        A kind of which nothing is shipped has one invented unit, at the end.
        """
        found: Counter[str] = Counter()
        listed = []
        for unit in self.bundle.units_on(self.day) if self.bundle else ():
            if unit.kind in kinds and unit.office_name != without and found[unit.kind] < each:
                found[unit.kind] += 1
                listed.append((unit.office_name, unit.kind))
        return (*listed, *((_INVENTED[kind], kind) for kind in kinds if not found[kind]))

    def before(self, kind: str) -> str:
        """Return an invented unit whose work one of this kind took over."""
        return _PREDECESSORS.get(kind, f"{_INVENTED[kind]} (trước khi sắp xếp)")


def sample_units(plan_key: str, day: date) -> SampleUnits:
    """Return the units shipped for a campaign, or invented ones only where nothing is shipped."""
    try:
        return SampleUnits(load_bundle(plan_key), day)
    except RegistryError:
        return SampleUnits(None, day)
