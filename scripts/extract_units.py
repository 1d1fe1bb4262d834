"""Write a province's real districts and communes, before and after 1/7/2025, to `config/units/`.

Reads the data files of the open dataset `vietnamadminunits` with the standard library alone; the package is never
installed with the project and never imported. Run once per dataset version, look at the difference, commit:

    pip install --no-deps --target DIR vietnamadminunits==1.0.4
    python -m scripts.extract_units DIR --province "Điện Biên" --key dien-bien --on 2026-11-23
"""

import argparse
import csv
import json
import sqlite3
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FROM = "2021-01-01"  # begin of the registry, not of the units: the first campaign begins in 2021
CHANGE = "2025-07-01"  # districts end, communes are formed anew
DATASET = "vietnamadminunits 1.0.4 (MIT, © 2025 Tran Ngoc Minh Hieu)"
UNIT_HEADER = (
    "code", "valid_from", "valid_to", "kind", "name", "office_name", "parent_code", "province_code", "protocol_order",
    "sample",
)  # fmt: skip
SUCCESSION_HEADER = ("predecessor_code", "predecessor_from", "successor_code", "successor_from", "on_date", "rule")
_KIND_WORDS = ("Thành phố", "Thị xã", "Thị trấn", "Phường", "Huyện", "Tỉnh", "Xã")

Key = tuple[str, str]  # code, valid_from


@dataclass(frozen=True, slots=True)
class OldCommune:
    """A commune before the change, with its district and the dataset's own key."""

    district: str
    district_name: str
    code: str
    name: str
    dataset_key: str


@dataclass(frozen=True, slots=True)
class NewCommune:
    """A commune after the change."""

    code: str
    name: str
    dataset_key: str


@dataclass(frozen=True, slots=True)
class Province:
    """A province that stayed itself on 1/7/2025, with what became of its communes."""

    code: str
    name: str
    old: tuple[OldCommune, ...]
    new: tuple[NewCommune, ...]
    became: dict[str, tuple[str, ...]]  # code of an old commune → codes of the new ones on its territory


def read_province(data: Path, short_name: str) -> Province:
    """Read one province from the dataset's folder. Errors: SystemExit where the dataset does not add up."""
    with closing(sqlite3.connect(f"file:{data / 'dataset.db'}?mode=ro", uri=True)) as db:
        old_rows = db.execute(
            "SELECT provinceKey, provinceCode, province, districtKey, districtCode, district, wardKey, wardCode, ward"
            " FROM admin_units_legacy WHERE provinceShort = ? AND wardCode IS NOT NULL ORDER BY rowid", (short_name,)
        ).fetchall()  # fmt: skip
        new_rows = db.execute(
            "SELECT wardCode, ward, wardKey, provinceCode, provinceKey FROM admin_units"
            " WHERE provinceShort = ? ORDER BY rowid", (short_name,)
        ).fetchall()  # fmt: skip
    if not old_rows or {(row[0], row[1]) for row in old_rows} != {(row[4], row[3]) for row in new_rows}:
        raise SystemExit(f"{short_name}: not a province that kept its code on {CHANGE}")
    old = tuple(OldCommune(r[4], proper(r[5]), r[7], proper(r[8]), f"{r[0]}_{r[3]}_{r[6]}") for r in old_rows)
    new = tuple(NewCommune(r[0], proper(r[1]), r[2]) for r in new_rows)
    mapping = json.loads((data / "converter_2025.json").read_text(encoding="utf-8"))
    return Province(old_rows[0][1], proper(old_rows[0][2]), old, new, _became(mapping, old_rows[0][0], old, new))


def _became(
    mapping: dict[str, Any],
    province_key: str,
    old: Iterable[OldCommune],
    new: Iterable[NewCommune],
) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for new_key, old_keys in mapping["DICT_PROVINCE_WARD_NO_DIVIDED"][province_key].items():
        for old_key in old_keys:
            found[old_key].append(new_key)
    for old_key, parts in mapping["DICT_PROVINCE_WARD_DIVIDED"].get(province_key, {}).items():
        found[old_key] += [part["newWardKey"] for part in parts]
    code_of = {commune.dataset_key: commune.code for commune in new}
    became = {commune.code: tuple(code_of[key] for key in found.pop(commune.dataset_key, [])) for commune in old}
    if (
        found
        or not all(became.values())
        or set(code_of.values()) != {code for codes in became.values() for code in codes}
    ):
        raise SystemExit(f"the dataset's mapping of {province_key} is not complete")
    return became


def proper(name: str) -> str:
    """Return a territory's name in NFC with the kind as documents write it: "Thị Xã X" becomes "Thị xã X"."""
    composed = unicodedata.normalize("NFC", " ".join(name.split()))
    for word in _KIND_WORDS:
        if composed.lower().startswith(word.lower() + " "):
            return word + composed[len(word) :]
    raise SystemExit(f"{name}: no kind of territory at the front")


def office_name(name: str) -> str:
    """Return the authority of a territory as a letter addresses it."""
    return f"Ủy ban nhân dân {name[0].lower()}{name[1:]}"


def unit_rows(province: Province) -> list[tuple[str, ...]]:
    """Return the rows of the units: the province, its districts, the old communes, the new ones."""
    top = f"{province.code}-ubnd-tinh"

    def row(code: str, life: tuple[str, str], kind: str, name: str, parent: str, order: int) -> tuple[str, ...]:
        return (code, *life, kind, name, office_name(name), parent, province.code, str(order), "false")

    rows = [row(top, (FROM, ""), "province", province.name, "", 10)]
    districts = {commune.district: commune.district_name for commune in province.old}
    for n, (code, name) in enumerate(sorted(districts.items()), 1):
        rows.append(row(code, (FROM, CHANGE), "district", name, top, 300_000 + 10 * n))
    for n, old in enumerate(province.old, 1):
        rows.append(row(old.code, (FROM, CHANGE), "commune", old.name, old.district, 400_000 + 10 * n))
    for n, new in enumerate(province.new, 1):
        rows.append(row(new.code, (CHANGE, ""), "commune", new.name, top, 400_000 + 10 * n))
    return rows


def succession_rows(province: Province) -> list[tuple[str, ...]]:
    """Return who followed whom: old communes first, then districts, each into the communes on its territory."""
    communes = [(old.code, new) for old in province.old for new in province.became[old.code]]
    districts = sorted({(old.district, new) for old in province.old for new in province.became[old.code]})
    return [*_ruled(communes), *_ruled(districts)]


def _ruled(pairs: list[tuple[str, str]]) -> list[tuple[str, ...]]:
    successors, predecessors = Counter(old for old, _ in pairs), Counter(new for _, new in pairs)
    words = {(False, False): "continue", (False, True): "merge", (True, False): "split", (True, True): "split-merge"}
    return [(old, FROM, new, CHANGE, CHANGE, words[successors[old] > 1, predecessors[new] > 1]) for old, new in pairs]


def write(path: Path, comments: Iterable[str], header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Write a CSV file with its comments on top."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(f"# {comment}\n" for comment in comments)
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)


def main() -> None:
    """Write the two files of a province."""
    parser = argparse.ArgumentParser(description="Write a province's units and successions to config/units/.")
    parser.add_argument("target", type=Path, help="folder into which the dataset was unpacked")
    parser.add_argument("--province", required=True, help="its short name in the dataset, e.g. Điện Biên")
    parser.add_argument("--key", required=True, help="campaign key, the name of the files")
    parser.add_argument("--on", required=True, help="day of extraction, for the comment on top")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "config" / "units")
    asked = parser.parse_args()
    province = read_province(asked.target / "vietnamadminunits" / "data", asked.province)
    source = f"Source: {DATASET}; extracted {asked.on} by scripts/extract_units.py; see README.md"
    write(
        asked.out / f"{asked.key}.csv",
        [f"Real administrative units of {province.name} before and after {CHANGE}", source],
        UNIT_HEADER,
        unit_rows(province),
    )
    write(
        asked.out / f"{asked.key}-succession.csv",
        [f"What became of the districts and communes of {province.name} on {CHANGE}", source],
        SUCCESSION_HEADER,
        succession_rows(province),
    )


if __name__ == "__main__":
    main()
