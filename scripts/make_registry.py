"""Write a large made-up registry for measurements: `python -m scripts.make_registry --units 100000 --out DIR`.

The offices that hold the campaign's roles are the sample's; districts, communes and enterprises are invented, as many
as asked for. Districts and old communes end on 1/7/2025, three old communes make one new. The same arguments
always write the same files: units.csv, successions.csv, contacts.csv.
"""

import argparse
import csv
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from dondoc.registry import ContactRow, RegistryBundle, SuccessionRow, UnitRow, load_bundle
from scripts.extract_units import CHANGE, FROM

_SEATS = ("province", "department", "front", "mass-organisation", "party-body", "business-association")
_MOST, _FEWEST = 1_000_000, 1_000


@dataclass(frozen=True, slots=True)
class Made:
    """An invented unit: what differs from one to the next."""

    code: str
    kind: str
    name: str
    begins: str
    ends: str
    parent: str
    order: int


def made_units(bundle: RegistryBundle, count: int) -> Iterator[Made]:
    """Yield `count` invented units: one in a hundred a district, 18 old communes, 6 new ones, 75 enterprises."""
    code, parents = _ground(bundle)
    districts, new = count // 100, count * 6 // 100
    for n in range(districts):
        yield Made(f"{code}-h{n:05}", "district", f"Huyện số {n:05} (mẫu)", FROM, CHANGE, parents[0], 300_000)
    for n in range(3 * new):
        above = f"{code}-h{_district_of(n // 3, districts, new):05}"
        yield Made(f"{code}-x{n:06}", "commune", f"Xã cũ số {n:06} (mẫu)", FROM, CHANGE, above, 400_000)
    for n in range(new):
        yield Made(f"{code}-p{n:06}", "commune", f"Xã mới số {n:06} (mẫu)", CHANGE, "", parents[1], 400_000)
    for n in range(count - districts - 4 * new):
        yield Made(f"{code}-e{n:06}", "enterprise", f"Doanh nghiệp số {n:06} (mẫu)", FROM, "", "", 600_000)


def made_successions(bundle: RegistryBundle, count: int) -> Iterator[tuple[str, ...]]:
    """Yield who went into which new commune: three old communes each, and the district they lay in."""
    code, _ = _ground(bundle)
    districts, new = count // 100, count * 6 // 100
    for n in range(3 * new):
        yield f"{code}-x{n:06}", FROM, f"{code}-p{n // 3:06}", CHANGE, CHANGE, "merge"
    for n in range(new):
        yield f"{code}-h{_district_of(n, districts, new):05}", FROM, f"{code}-p{n:06}", CHANGE, CHANGE, "split"


def _district_of(new_commune: int, districts: int, new: int) -> int:
    return new_commune * districts // new


def _ground(bundle: RegistryBundle) -> tuple[str, tuple[str, str]]:
    """Return the code of the campaign's ground and its province's unit before and from 1/7/2025."""
    tops = [unit for unit in bundle.units if unit.kind == "province" and not unit.sample]
    return tops[0].territory, (tops[0].code, tops[-1].code)


def seats(bundle: RegistryBundle) -> RegistryBundle:
    """Return the part of a registry that is kept: the province's own offices, as the sample has them."""
    offices = {unit.code for unit in bundle.units if unit.kind in _SEATS}
    units = tuple(unit for unit in bundle.units if unit.code in offices or unit.parent_code in offices)
    units = tuple(unit for unit in units if unit.kind not in ("district", "commune"))
    keys = {unit.key for unit in units}
    return RegistryBundle(
        units,
        tuple(row for row in bundle.successions if row.predecessor in keys),
        tuple(row for row in bundle.contacts if row.unit in keys),
    )


def write_registry(key: str, count: int, out: Path) -> None:
    """Write a registry of exactly `count` units for a campaign. Errors: SystemExit for a count out of range."""
    if not _FEWEST <= count <= _MOST:
        raise SystemExit(f"--units {count}: write a number from {_FEWEST} to {_MOST}")
    bundle = load_bundle(key)
    kept = seats(bundle)
    made = list(made_units(bundle, count - len(kept.units)))
    territory = kept.units[0].territory
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "units.csv", _header(UnitRow), [*_rows(kept.units), *(
        (u.code, u.begins, u.ends, u.kind, u.name, u.name, u.parent, territory, u.order, "true", territory)
        for u in made
    )])  # fmt: skip
    _write(out / "successions.csv", _header(SuccessionRow),
           [*_rows(kept.successions), *made_successions(bundle, len(made))])  # fmt: skip
    _write(out / "contacts.csv", _header(ContactRow), [*_rows(kept.contacts), *(
        (u.code, u.begins, role, f"{title} mẫu {u.code}", title, f"{role}@{u.code}.mau.example", "", u.begins, u.ends,
         "true")
        for u in made for role, title in (("officer", "Chuyên viên"), ("office", "Văn thư"))
    )])  # fmt: skip


def _header(row: type[UnitRow] | type[SuccessionRow] | type[ContactRow]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(row))


def _rows(rows: Iterable[UnitRow | SuccessionRow | ContactRow]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield tuple(_cell(value) for value in astuple(row))


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write("# SAMPLE, invented for measurements by scripts/make_registry.py · dữ liệu mẫu, không có thật\n")
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def main() -> None:
    """Write the three files."""
    parser = argparse.ArgumentParser(description="Write a large made-up registry for measurements.")
    parser.add_argument("--key", default="dien-bien", help="campaign whose offices hold the roles")
    parser.add_argument("--units", type=int, required=True, help=f"how many units, {_FEWEST} to {_MOST}")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    asked = parser.parse_args()
    write_registry(asked.key, asked.units, asked.out)


if __name__ == "__main__":
    main()
