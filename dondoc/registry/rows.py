"""What the registry holds: dated units, who followed whom, and whom to write to."""

from dataclasses import dataclass
from datetime import date

CONTACT_ROLES = ("officer", "office", "head", "leader")
SUCCESSION_RULES = (
    "continue",  # the whole of one unit, alone, under a new code or name
    "merge",  # the whole of one unit, together with others
    "split",  # a part of one unit, alone
    "split-merge",  # a part of one unit, together with parts or the whole of others
)

# Lists follow protocol, never lateness: sở, ban, ngành → đoàn thể → huyện → xã, phường → doanh nghiệp.
_BANDS = {
    "province": 0,
    "party-body": 50_000,
    "department": 100_000,
    "sub-unit": 150_000,
    "front": 200_000,
    "mass-organisation": 210_000,
    "district": 300_000,
    "commune": 400_000,
    "school": 500_000,
    "health-facility": 510_000,
    "business-association": 590_000,
    "enterprise": 600_000,
    "cooperative": 700_000,
    "person": 900_000,
}


@dataclass(frozen=True, slots=True)
class UnitRow:
    """An organisation as it was from `valid_from` until the day before `valid_to` (null: still there).

    The key is (code, valid_from): in 2025 codes passed to other territories. `name` is the territory or
    organisation ("Xã Mường Phăng"), `office_name` whom a letter addresses ("Ủy ban nhân dân xã Mường Phăng").
    `province_code` is the official code of the province on `valid_from`; `territory` is the code of the province
    whose campaign runs on this ground: "34" for Thái Bình's units and for what followed them in Hưng Yên (33).
    """

    code: str
    valid_from: date
    valid_to: date | None
    kind: str
    name: str
    office_name: str
    parent_code: str | None
    province_code: str
    protocol_order: int
    sample: bool
    territory: str

    @property
    def key(self) -> tuple[str, date]:
        """Return what identifies this unit: its code and its first day."""
        return self.code, self.valid_from

    def exists_on(self, day: date) -> bool:
        """Return whether the unit exists on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class SuccessionRow:
    """On `on_date` the successor took over the predecessor's territory or work, wholly or in part (`rule`)."""

    predecessor_code: str
    predecessor_from: date
    successor_code: str
    successor_from: date
    on_date: date
    rule: str

    @property
    def predecessor(self) -> tuple[str, date]:
        """Return the key of the unit that ended or gave a part away."""
        return self.predecessor_code, self.predecessor_from

    @property
    def successor(self) -> tuple[str, date]:
        """Return the key of the unit that took over."""
        return self.successor_code, self.successor_from


@dataclass(frozen=True, slots=True)
class ContactRow:
    """Whom to write to at a unit, in which role, from `valid_from` until the day before `valid_to`.

    `email` is normalised: two rows with the same address are the same person.
    """

    unit_code: str
    unit_from: date
    role: str
    name: str
    position: str
    email: str
    phone: str | None
    valid_from: date
    valid_to: date | None
    sample: bool

    @property
    def unit(self) -> tuple[str, date]:
        """Return the key of the unit this contact belongs to."""
        return self.unit_code, self.unit_from


def default_protocol_order(kind: str) -> int:
    """Return where units of a kind begin in protocol order, for rows that do not say."""
    return _BANDS[kind]
