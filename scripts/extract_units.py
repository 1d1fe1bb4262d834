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
    "sample", "territory",
)  # fmt: skip
SUCCESSION_HEADER = ("predecessor_code", "predecessor_from", "successor_code", "successor_from", "on_date", "rule")
_KIND_WORDS = ("Thành phố", "Thị xã", "Thị trấn", "Đặc khu", "Phường", "Huyện", "Tỉnh", "Xã")

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
    """A province before the change, what it is afterwards, and what became of its communes."""

    code: str  # also the code of its ground (`territory`) after the change
    name: str
    after_code: str
    after_name: str
    old: tuple[OldCommune, ...]
    new: tuple[NewCommune, ...]  # those on its ground
    became: dict[str, tuple[str, ...]]  # code of an old commune → codes of the new ones on its territory

    @property
    def keeps_its_name(self) -> bool:
        """Return whether code and name stay, so that its authorities go on as they are."""
        return (self.code, self.name) == (self.after_code, self.after_name)


def read_province(data: Path, short_name: str) -> Province:
    """Read one province from the dataset's folder. Errors: SystemExit where the dataset does not add up."""
    mapping = json.loads((data / "converter_2025.json").read_text(encoding="utf-8"))
    with closing(sqlite3.connect(f"file:{data / 'dataset.db'}?mode=ro", uri=True)) as db:
        old_rows = db.execute(
            "SELECT provinceKey, provinceCode, province, districtKey, districtCode, district, wardKey, wardCode, ward"
            " FROM admin_units_legacy WHERE provinceShort = ? AND wardCode IS NOT NULL ORDER BY rowid", (short_name,)
        ).fetchall()  # fmt: skip
        if not old_rows:
            raise SystemExit(f"{short_name}: no province of this name before {CHANGE}")
        key = old_rows[0][0]
        after_key = next(after for after, before in mapping["DICT_PROVINCE"].items() if key in before)
        new_rows = db.execute(
            "SELECT wardCode, ward, wardKey, provinceCode, province FROM admin_units"
            " WHERE provinceKey = ? ORDER BY rowid", (after_key,)
        ).fetchall()  # fmt: skip
    pairs = _pairs(mapping, after_key)
    ours = on_the_ground_of(key, pairs)
    old = tuple(OldCommune(r[4], proper(r[5]), r[7], proper(r[8]), f"{r[0]}_{r[3]}_{r[6]}") for r in old_rows)
    new = tuple(NewCommune(r[0], proper(r[1]), r[2]) for r in new_rows if r[2] in ours)
    became = _became(pairs, key, old, new)
    return Province(old_rows[0][1], proper(old_rows[0][2]), new_rows[0][3], proper(new_rows[0][4]), old, new, became)


def _pairs(mapping: dict[str, Any], after_key: str) -> list[tuple[str, str]]:
    """Return (old, new) for every old commune of a province of today and every new one on its territory."""
    whole = mapping["DICT_PROVINCE_WARD_NO_DIVIDED"][after_key]
    divided = mapping["DICT_PROVINCE_WARD_DIVIDED"].get(after_key, {})
    return [(old, new) for new, olds in whole.items() for old in olds] + [
        (old, part["newWardKey"]) for old, parts in divided.items() for part in parts
    ]


def on_the_ground_of(province_key: str, pairs: Iterable[tuple[str, str]]) -> set[str]:
    """Return the new communes on a province's old ground: those that had most of their old communes in it.

    The dataset takes two communes named Hòa Bình (Kim Thành in Hải Dương, Vĩnh Bảo in Hải Phòng) for each other,
    so three new communes seem to straddle the old border; this rule undoes it.
    """
    origins: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for old, new in pairs:
        origins[new][old.split("_")[0]] += 1
    ours = set()
    for new, provinces in origins.items():
        first, *others = provinces.most_common(2)
        if others and others[0][1] == first[1]:
            raise SystemExit(
                f"{new}: as many old communes in {first[0]} as in {others[0][0]}; decide by the resolution"
            )
        if first[0] == province_key:
            ours.add(new)
    return ours


def _became(
    pairs: Iterable[tuple[str, str]], province_key: str, old: Iterable[OldCommune], new: Iterable[NewCommune]
) -> dict[str, tuple[str, ...]]:
    code_of = {commune.dataset_key: commune.code for commune in new}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for old_key, new_key in pairs:
        if old_key.split("_")[0] == province_key and new_key in code_of:
            found[old_key].append(code_of[new_key])
    became = {commune.code: tuple(found.pop(commune.dataset_key, ())) for commune in old}
    followed = {code for codes in became.values() for code in codes}
    if found or not all(became.values()) or set(code_of.values()) != followed:
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


def top_code(code: str, name: str) -> str:
    """Return our code of the People's Committee of a province ("Tỉnh …") or a city ("Thành phố …")."""
    return f"{code}-ubnd-{'tp' if name.lower().startswith('thành phố') else 'tinh'}"


def unit_rows(province: Province) -> list[tuple[str, ...]]:
    """Return the rows of the units: the province before and after, its districts, the old communes, the new ones."""
    p, end = province, "" if province.keeps_its_name else CHANGE
    before, after = top_code(p.code, p.name), top_code(p.after_code, p.after_name)

    def row(
        code: str, life: tuple[str, str], kind: str, name: str, parent: str, order: int, province_code: str = p.code
    ) -> tuple[str, ...]:
        return (code, *life, kind, name, office_name(name), parent, province_code, str(order), "false", p.code)

    rows = [row(before, (FROM, end), "province", p.name, "", 10)]
    if end:
        rows.append(row(after, (CHANGE, ""), "province", p.after_name, "", 10, p.after_code))
    districts = {commune.district: commune.district_name for commune in p.old}
    for n, (code, name) in enumerate(sorted(districts.items()), 1):
        rows.append(row(code, (FROM, CHANGE), "district", name, before, 300_000 + 10 * n))
    for n, old in enumerate(p.old, 1):
        rows.append(row(old.code, (FROM, CHANGE), "commune", old.name, old.district, 400_000 + 10 * n))
    for n, new in enumerate(p.new, 1):
        rows.append(row(new.code, (CHANGE, ""), "commune", new.name, after, 400_000 + 10 * n, p.after_code))
    return rows


def succession_rows(province: Province) -> list[tuple[str, ...]]:
    """Return who followed whom: communes, districts (each into the communes on its territory), the province."""
    communes = [(old.code, new) for old in province.old for new in province.became[old.code]]
    districts = sorted({(old.district, new) for old in province.old for new in province.became[old.code]})
    rows = [*_ruled(communes), *_ruled(districts)]
    if not province.keeps_its_name:  # whole, together with the province that gave the name
        before, after = top_code(province.code, province.name), top_code(province.after_code, province.after_name)
        rows.append((before, FROM, after, CHANGE, CHANGE, "merge"))
    return rows


def _ruled(pairs: list[tuple[str, str]]) -> list[tuple[str, ...]]:
    successors, predecessors = Counter(old for old, _ in pairs), Counter(new for _, new in pairs)
    words = {(False, False): "continue", (False, True): "merge", (True, False): "split", (True, True): "split-merge"}
    return [(old, FROM, new, CHANGE, CHANGE, words[successors[old] > 1, predecessors[new] > 1]) for old, new in pairs]


def without_default(
    header: tuple[str, ...], rows: Iterable[tuple[str, ...]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and rows of units, without `territory` where it says what `province_code` says already."""
    table, at, same = [header, *rows], header.index("territory"), header.index("province_code")
    if all(row[at] == row[same] for row in table[1:]):
        table = [row[:at] + row[at + 1 :] for row in table]
    return table[0], table[1:]


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
        *without_default(UNIT_HEADER, unit_rows(province)),
    )
    write(
        asked.out / f"{asked.key}-succession.csv",
        [f"What became of the districts and communes of {province.name} on {CHANGE}", source],
        SUCCESSION_HEADER,
        succession_rows(province),
    )


if __name__ == "__main__":
    main()
