"""Reads the registry's files: row by row into units, successions and contacts, then all of them against each other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from config.grammar import UNIT_KINDS
from dondoc.registry.files import read_records
from dondoc.registry.problems import Problems
from dondoc.registry.record import LIMITS, Columns, Limits, Record
from dondoc.registry.rows import (
    CONTACT_ROLES,
    SUCCESSION_RULES,
    ContactRow,
    SuccessionRow,
    UnitRow,
    default_protocol_order,
)

_PROVINCE, _COMMUNE, _PHONE = 2, 5, 11  # digits of a code that lost none; a telephone number with its country's 84
UNIT_COLUMNS = Columns(
    required=("code", "valid_from", "kind", "name", "province_code"),
    optional=("valid_to", "office_name", "parent_code", "protocol_order", "sample", "territory"),
    sheet="units",
    digits={"code": _COMMUNE, "parent_code": _COMMUNE, "province_code": _PROVINCE, "territory": _PROVINCE},
)
SUCCESSION_COLUMNS = Columns(
    required=("predecessor_code", "predecessor_from", "successor_code", "successor_from", "on_date", "rule"),
    optional=(),
    sheet="successions",
    digits={"predecessor_code": _COMMUNE, "successor_code": _COMMUNE},
)
CONTACT_COLUMNS = Columns(
    required=("unit_code", "unit_from", "role", "name", "position", "email", "valid_from"),
    optional=("phone", "valid_to", "sample"),
    sheet="contacts",
    digits={"unit_code": _COMMUNE, "phone": _PHONE},
)
T = TypeVar("T", UnitRow, SuccessionRow, ContactRow)


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A row and where it stands; line 0 is a row that came from no file."""

    row: T
    file: str = ""
    line: int = 0


@dataclass(slots=True)
class Readings:
    """What was read so far, with its places, for the checks that look across rows and files."""

    units: list[Placed[UnitRow]] = field(default_factory=list)
    successions: list[Placed[SuccessionRow]] = field(default_factory=list)
    contacts: list[Placed[ContactRow]] = field(default_factory=list)
    refused_codes: set[str] = field(default_factory=set)  # units whose own row is wrong: said once, not again below


def add_units(
    path: Path, into: Readings, problems: Problems, limits: Limits = LIMITS, sheet: str | None = None
) -> None:
    """Read a file of units."""
    for record in read_records(path, UNIT_COLUMNS, problems, limits, sheet):
        unit = _unit(record)
        if record.sound:
            into.units.append(Placed(unit, record.file, record.line))
        else:
            into.refused_codes.add(unit.code)


def add_successions(
    path: Path, into: Readings, problems: Problems, limits: Limits = LIMITS, sheet: str | None = None
) -> None:
    """Read a file of successions."""
    into.successions += _sound(read_records(path, SUCCESSION_COLUMNS, problems, limits, sheet), _succession)


def add_contacts(
    path: Path, into: Readings, problems: Problems, limits: Limits = LIMITS, sheet: str | None = None
) -> None:
    """Read a file of contacts."""
    into.contacts += _sound(read_records(path, CONTACT_COLUMNS, problems, limits, sheet), _contact)


def rows(placed: Sequence[Placed[T]]) -> list[T]:
    """Return the rows without their places."""
    return [each.row for each in placed]


def _sound(records: Iterable[Record], build: Callable[[Record], T]) -> list[Placed[T]]:
    placed = []
    for record in records:
        row = build(record)
        if record.sound:
            placed.append(Placed(row, record.file, record.line))
    return placed


def _unit(record: Record) -> UnitRow:
    kind = record.word("kind", UNIT_KINDS, "unit kind")
    name = record.text("name", 300)
    valid_from, valid_to = _validity(record)
    province_code = record.code("province_code", 10)
    return UnitRow(
        code=record.code("code"),
        valid_from=valid_from,
        valid_to=valid_to,
        kind=kind,
        name=name,
        office_name=record.text("office_name", 300, default=name),
        parent_code=record.code_or_none("parent_code"),
        province_code=province_code,
        protocol_order=record.number("protocol_order", default_protocol_order(kind) if kind in UNIT_KINDS else 0),
        sample=record.flag("sample"),
        territory=record.code_or_none("territory", 10) or province_code,
    )


def _succession(record: Record) -> SuccessionRow:
    return SuccessionRow(
        predecessor_code=record.code("predecessor_code"),
        predecessor_from=record.day("predecessor_from"),
        successor_code=record.code("successor_code"),
        successor_from=record.day("successor_from"),
        on_date=record.day("on_date"),
        rule=record.word("rule", SUCCESSION_RULES, "rule of succession"),
    )


def _contact(record: Record) -> ContactRow:
    valid_from, valid_to = _validity(record)
    return ContactRow(
        unit_code=record.code("unit_code"),
        unit_from=record.day("unit_from"),
        role=record.word("role", CONTACT_ROLES, "contact role"),
        name=record.text("name", 200),
        position=record.text("position", 200),
        email=record.address("email"),
        phone=record.phone_or_none("phone"),
        valid_from=valid_from,
        valid_to=valid_to,
        sample=record.flag("sample"),
    )


def _validity(record: Record) -> tuple[date, date | None]:
    valid_from, valid_to = record.day("valid_from"), record.day_or_none("valid_to")
    if valid_to and date.min not in (valid_from, valid_to) and valid_to <= valid_from:
        record.refuse(
            "valid_to", f"{valid_to} is not after valid_from {valid_from}; write the first day on which it is gone"
        )
    return valid_from, valid_to
