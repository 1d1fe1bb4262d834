"""Invented units, their contacts, and what each unit will do when: drawn from a seed, written as files.

Imports nothing of the project, so that the judge may read the same files and trust them.
"""

import csv
import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from tests.faults.almanac import Days, DutyPeriod

BEGINS = "2021-01-01"
KINDS = (("department", 0.02), ("commune", 0.25), ("cooperative", 0.10), ("enterprise", 1.0))  # shares, the last: rest
NAMES = {"department": "Sở", "commune": "Xã", "cooperative": "Hợp tác xã", "enterprise": "Doanh nghiệp"}
SHARED = 20  # one in so many officers looks after two units
MOVES = 15  # one in so many units has another officer from some day of the year on
BOUNCES = 0.05


@dataclass(frozen=True, slots=True)
class Unit:
    """An invented unit; its number stands in its name."""

    number: int
    kind: str

    @property
    def code(self) -> str:
        """Return its code."""
        return f"00-{self.number:05}"

    @property
    def name(self) -> str:
        """Return its name, with the number by which the judge knows it in a mail."""
        return f"{NAMES[self.kind]} mẫu số {self.number:05}"


@dataclass(frozen=True, slots=True)
class Deed:
    """What a unit does about a duty: reports at an instant (Vietnamese time), or never."""

    unit: str
    duty: str
    period: str
    at: datetime
    between: bool  # recorded between the round that queues and the sending


def draw(seed: int, *parts: object) -> random.Random:
    """Return the same chance for the same seed and parts, whatever else is drawn."""
    digest = hashlib.sha256("\x1f".join(map(str, (seed, *parts))).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))


def units(count: int) -> list[Unit]:
    """Return so many units."""
    kinds: list[str] = []
    for kind, share in KINDS:
        kinds += [kind] * (max(1, round(share * count)) if share < 1 else count - len(kinds))
    return [Unit(number, kind) for number, kind in enumerate(kinds[:count], 1)]


def write_registry(folder: Path, many: list[Unit], seed: int) -> list[str]:
    """Write units.csv, successions.csv and contacts.csv; return the addresses that will refuse mail for good."""
    seats = [
        ("00-ubnd-mau", "province", "Ủy ban nhân dân Tỉnh Mẫu", "", 10),
        ("00-so-mau", "sub-unit", "Sở Mẫu Tỉnh Mẫu", "00-ubnd-mau", 20),
    ]
    rows: list[tuple[object, ...]] = [
        (code, BEGINS, "", kind, name, name, parent, "00", order, "true", "00")
        for code, kind, name, parent, order in seats
    ]
    rows += [
        (u.code, BEGINS, "", u.kind, u.name, u.name, "00-ubnd-mau", "00", 1000 + u.number, "true", "00") for u in many
    ]
    people: list[tuple[object, ...]] = [
        (code, BEGINS, "office", "Văn thư mẫu", "Văn thư", f"van-thu@{code}.example", "", BEGINS, "", "true")
        for code, *_ in seats
    ]
    bounces: set[str] = set()
    for unit in many:
        for role, email, begins, ends in _contacts(unit, seed):
            name = f"Người mẫu {unit.number:05}"
            people.append((unit.code, BEGINS, role, name, "Chuyên viên", email, "", begins, ends, "true"))
            if role == "officer" and draw(seed, "bounce", email).random() < BOUNCES:
                bounces.add(email)
    write(folder / "units.csv",
          ("code", "valid_from", "valid_to", "kind", "name", "office_name", "parent_code", "province_code",
           "protocol_order", "sample", "territory"), rows)  # fmt: skip
    write(folder / "successions.csv",
          ("predecessor_code", "predecessor_from", "successor_code", "successor_from", "on_date", "rule"),
          ())  # fmt: skip
    write(folder / "contacts.csv",
          ("unit_code", "unit_from", "role", "name", "position", "email", "phone", "valid_from", "valid_to", "sample"),
          people)  # fmt: skip
    return sorted(bounces)


def _contacts(unit: Unit, seed: int) -> Iterable[tuple[str, str, str, str]]:
    shares = unit.number % SHARED == 0 and unit.number > 1
    officer = f"chuyen-vien-{unit.number - 1 if shares else unit.number:05}@mau.example"
    chance = draw(seed, "moves", unit.code)
    if chance.randrange(MOVES) == 0:
        moves = date(2026, 2, 1) + timedelta(days=chance.randrange(300))
        yield "officer", officer, BEGINS, moves.isoformat()
        yield "officer", f"chuyen-vien-moi-{unit.number:05}@mau.example", moves.isoformat(), ""
    else:
        yield "officer", officer, BEGINS, ""
    yield "office", f"van-thu-{unit.number:05}@mau.example", BEGINS, ""


def deeds(many: list[Unit], periods: list[DutyPeriod], days: Days, seed: int) -> list[Deed]:
    """Return what every unit will do: in time, between round and sending, late, or never (then it is not listed)."""
    found = []
    for unit in many:
        for each in periods:
            if unit.kind not in each.modalities:
                continue
            chance = draw(seed, unit.code, each.duty, each.period)
            fate = chance.random()
            if fate < 0.55:
                day = each.due_on - timedelta(days=min(int(chance.expovariate(1 / 7)), 45))
                found.append(Deed(unit.code, each.duty, each.period, _at(day, chance), False))
            elif fate < 0.62:
                target = days.on_or_before(each.due_on)
                day = days.on_or_before(target - timedelta(days=chance.choice((30, 7, 1))))
                found.append(Deed(unit.code, each.duty, each.period, datetime.combine(day, time(8)), True))
            elif fate < 0.85:
                day = each.due_on + timedelta(days=1 + int(chance.expovariate(1 / 6)))
                found.append(Deed(unit.code, each.duty, each.period, _at(day, chance), False))
    return sorted(found, key=lambda deed: (deed.at, deed.unit, deed.duty))


def _at(day: date, chance: random.Random) -> datetime:
    return datetime.combine(day, time(chance.randrange(8, 17), 5 * chance.randrange(12)))


def write(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(header)
        table.writerows(rows)
