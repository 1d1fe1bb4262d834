"""Write the sample organisations and contacts of the five provinces: `python -m scripts.make_sample`.

Every person, address, telephone number and enterprise is made up and says so; which organisations there are stands
in `scripts/sample_organisations.py`. `--key` writes one campaign's files only.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from dondoc.registry import CONTACT_ROLES, UnitRow, read_units, search_key
from scripts.extract_units import CHANGE, SUCCESSION_HEADER, UNIT_HEADER, top_code, without_default
from scripts.sample_organisations import MERGED, SAMPLES, Organisation, Place, Sample

_CONFIG = Path(__file__).parent.parent / "config"
CONTACT_HEADER = (
    "unit_code", "unit_from", "role", "name", "position", "email", "phone", "valid_from", "valid_to", "sample",
)  # fmt: skip
_HEADS = {
    "front": "Chủ tịch", "mass-organisation": "Người đứng đầu", "district": "Chủ tịch Ủy ban nhân dân",
    "commune": "Chủ tịch Ủy ban nhân dân", "enterprise": "Giám đốc", "cooperative": "Giám đốc", "school": "Hiệu trưởng",
    "health-facility": "Giám đốc", "business-association": "Chủ tịch", "party-body": "Trưởng ban",
}  # fmt: skip


def organisations(sample: Sample) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the organisations, each followed by what it became in the successor province."""
    for each in sample.organisations:
        if not _goes_over(each, sample):
            yield _row(sample, each, sample.before, each.begins, each.ends)
            continue
        yield _row(sample, each, sample.before, each.begins, CHANGE)
        yield _row(sample, each, sample.after, CHANGE, "")


def _goes_over(each: Organisation, sample: Sample) -> bool:
    return sample.moves and not each.stays and not each.ends


def _row(sample: Sample, each: Organisation, place: Place, begins: str, ends: str) -> tuple[str, ...]:
    name = place.named(sample.renamed.get(each.slug, each.name) if begins == CHANGE else each.name)
    return (
        f"{place.code}-{each.slug}", begins, ends, each.kind, name, _office_name(sample, each, place, name),
        _above(each, place), place.code, str(each.order), "true", sample.before.code,
    )  # fmt: skip


def _office_name(sample: Sample, each: Organisation, place: Place, name: str) -> str:
    """Return how a letter addresses it; what is part of a department is named with it."""
    if "(mẫu)" in name or each.under.isdigit():
        return name
    whole = next((other.name for other in sample.organisations if other.slug == each.under), "")
    return f"{name}, {place.office_name(whole)}" if whole and not name.endswith(place.form) else place.office_name(name)


def _above(each: Organisation, place: Place) -> str:
    if each.under == "ubnd":
        return top_code(place.code, place.form)
    return f"{place.code}-{each.under}" if each.under and not each.under.isdigit() else each.under


def mergers(sample: Sample) -> Iterator[tuple[str, ...]]:
    """Yield which department went into which on 1/3/2025, and who went over to the successor province on 1/7/2025."""
    code = sample.before.code
    for before, after, after_from, rule in sample.mergers:
        yield f"{code}-{before}", sample.organisations[0].begins, f"{code}-{after}", after_from, MERGED, rule
    for each in sample.organisations:
        if _goes_over(each, sample):  # whole, together with the same organisation of the other province
            yield f"{code}-{each.slug}", each.begins, f"{sample.after.code}-{each.slug}", CHANGE, CHANGE, "merge"


def contacts(sample: Sample, units: Iterable[UnitRow]) -> Iterator[tuple[str, ...]]:
    """Yield an officer, the office mailbox and a head for every unit; some departments have a leader, too."""
    served = [unit for unit in in_order(units) if _is_written_to(unit, sample)]
    domains = _domains(sample, served)
    numbers = {unit.code: n for n, unit in enumerate(served, 1)}
    homes = {unit.code: domains[unit.key] for unit in served}
    for n, unit in enumerate(served, 1):
        slug = unit.code.partition("-")[2]
        domain, head = domains[unit.key], _HEADS.get(unit.kind, "Thủ trưởng")
        if slug not in sample.without_officer:
            helper = (
                f"{sample.before.code}-{sample.shares_officer_of[slug]}" if slug in sample.shares_officer_of else ""
            )
            number, home = (numbers[helper], homes[helper]) if helper else (n, domain)
            yield _contact(sample, unit, "officer", "Chuyên viên", number, "Chuyên viên theo dõi chuyển đổi số", home)
        yield _contact(sample, unit, "office", "Văn thư", n, "Văn thư", domain)
        yield _contact(sample, unit, "head", "Thủ trưởng", n, head, domain)
        if slug in sample.leaders:
            yield _contact(sample, unit, "leader", "Lãnh đạo", n, "Phó Giám đốc phụ trách", domain)


def in_order(units: Iterable[UnitRow]) -> list[UnitRow]:
    """Return units in protocol order."""
    return sorted(units, key=lambda unit: (unit.protocol_order, unit.code, unit.valid_from))


def _is_written_to(unit: UnitRow, sample: Sample) -> bool:
    """Return whether the unit needs contacts: some plans reach communes before 1/7/2025 through their district."""
    return unit.kind != "commune" or unit.valid_to is None or sample.old_communes


def _domains(sample: Sample, served: list[UnitRow]) -> dict[tuple[str, object], str]:
    """Return a domain that can never exist for each unit; territories of one name are told apart by their code."""
    names = Counter((search_key(unit.name), unit.valid_to) for unit in served)
    found: dict[tuple[str, object], str] = {}
    for unit in served:
        place = sample.after if sample.moves and str(unit.valid_from) == CHANGE else sample.before
        slug = unit.code.partition("-")[2]
        if unit.kind in ("district", "commune"):
            slug = search_key(unit.name).replace(" ", "-")
            slug += f"-{unit.code}" if names[search_key(unit.name), unit.valid_to] > 1 else ""
        found[unit.key] = f"{slug}.{place.slug}.example"
    return found


def _contact(
    sample: Sample, unit: UnitRow, role: str, title: str, n: int, position: str, domain: str
) -> tuple[str, ...]:
    local = f"{search_key(title).replace(' ', '-')}-mau-{n:03}"
    # No subscriber number begins with 0 after the area code, so these have the right length and ring nowhere.
    phone = f"{sample.area} 0{CONTACT_ROLES.index(role)}0 {n:04}"
    return (
        unit.code, str(unit.valid_from), role, f"{title} mẫu {n:03}", position, f"{local}@{domain}", phone,
        str(unit.valid_from), str(unit.valid_to or ""), "true",
    )  # fmt: skip


def write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Write one file, with the warning on top."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write("# SAMPLE, invented: persons, addresses, numbers and enterprises do not exist; see ../README.md\n")
        stream.write("# DỮ LIỆU MẪU, không phải số liệu thật; tạo bởi scripts/make_sample.py\n")
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def write_sample(sample: Sample, out: Path) -> None:
    """Write the three files of one campaign's sample into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    write(out / "organisations.csv", *without_default(UNIT_HEADER, organisations(sample)))
    write(out / "organisations-succession.csv", SUCCESSION_HEADER, mergers(sample))
    real = read_units(_CONFIG / "units" / f"{sample.key}.csv")
    units = [*real, *read_units(out / "organisations.csv", known=real)]
    write(out / "contacts.csv", CONTACT_HEADER, contacts(sample, units))


def main() -> None:
    """Write the sample of one campaign or of all."""
    parser = argparse.ArgumentParser(description="Write the sample registries.")
    parser.add_argument("--out", type=Path, default=_CONFIG / "sample")
    parser.add_argument("--key", choices=[sample.key for sample in SAMPLES], help="one campaign only")
    asked = parser.parse_args()
    for sample in SAMPLES:
        if asked.key in (None, sample.key):
            write_sample(sample, asked.out / sample.key)


if __name__ == "__main__":
    main()
