"""What single rows cannot show: doubles, overlapping lives, and parents, successors or contacts of no known unit."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from dondoc.registry.problems import Problems, Sheet
from dondoc.registry.read import Placed, Readings
from dondoc.registry.rows import ContactRow, SuccessionRow, UnitRow

_DEEPEST = 10  # levels of parents; more than that is a circle
_FOREVER = date.max


class UnitIndex:
    """Every unit by its code, each code's lives in order of time."""

    def __init__(self, units: Iterable[Placed[UnitRow]]) -> None:
        lives: defaultdict[str, list[Placed[UnitRow]]] = defaultdict(list)
        for unit in units:
            lives[unit.row.code].append(unit)
        for same in lives.values():
            same.sort(key=lambda unit: unit.row.valid_from)
        self.lives = dict(lives)
        self._by_key = {(code, unit.row.valid_from): unit.row for code, same in lives.items() for unit in same}

    def find(self, key: tuple[str, date]) -> UnitRow | None:
        """Return the unit with this code and first day."""
        return self._by_key.get(key)

    def on(self, code: str, day: date) -> UnitRow | None:
        """Return the unit that has this code on `day`."""
        return next((unit.row for unit in self.lives.get(code, ()) if unit.row.exists_on(day)), None)

    def first_day_without(self, code: str, begins: date, ends: date) -> date | None:
        """Return the first day from `begins` until before `ends` on which nobody has this code."""
        day = begins
        for unit in self.lives.get(code, ()):
            if unit.row.valid_from <= day:
                day = max(day, unit.row.valid_to or _FOREVER)
        return day if day < ends else None

    def unknown(self, key: tuple[str, date]) -> str:
        """Return the words for a unit that is not there, with what was probably meant."""
        code, begins = key
        if code in self.lives:
            known = ", ".join(str(unit.row.valid_from) for unit in self.lives[code])
            return f"no unit '{code}' begins on {begins}; this code begins on {known}"
        for zeros in range(1, 4):  # spreadsheets drop them: 03127 becomes 3127
            if (longer := "0" * zeros + code) in self.lives:
                return f"no unit has the code '{code}'; did you mean {longer}? A spreadsheet drops leading zeros"
        return f"no unit has the code '{code}'; add it to the units or correct the code"


def check_all(readings: Readings, problems: Problems, *, linked: bool = True) -> None:
    """Note every contradiction between rows. `linked` false leaves out what refers to units read elsewhere."""
    index = UnitIndex(readings.units)
    _check_lives(index, problems)
    _check_parents(index, readings.refused_codes, problems)
    _check_successions(readings, index if linked else None, problems)
    _check_contacts(readings, index if linked else None, problems)


def _check_lives(index: UnitIndex, problems: Problems) -> None:
    for lives in index.lives.values():
        longest = lives[0]
        for life in lives[1:]:
            if longest.row.valid_to is None or longest.row.valid_to > life.row.valid_from:
                _note_overlap(longest, life, problems)
            if (life.row.valid_to or _FOREVER) > (longest.row.valid_to or _FOREVER):
                longest = life


def _note_overlap(earlier: Placed[UnitRow], later: Placed[UnitRow], problems: Problems) -> None:
    at, other = (later, earlier) if later.line else (earlier, later)  # what came from no file is not to blame
    code, begins, place = at.row.code, at.row.valid_from, _place(other, at)
    if earlier.row.valid_from == later.row.valid_from:
        problems.add(at.file, at.line, "code", f"'{code}' from {begins} stands already in {place}; delete one")
        return
    life = f"{other.row.valid_from} until {other.row.valid_to or 'further notice'}"
    way = f"let valid_to of the earlier row be {later.row.valid_from} or before"
    problems.add(at.file, at.line, "valid_from", f"'{code}' from {begins} overlaps {place} ({life}); {way}")


def _check_parents(index: UnitIndex, refused: set[str], problems: Problems) -> None:
    for unit in (unit for lives in index.lives.values() for unit in lives):
        code, parent = unit.row.code, unit.row.parent_code
        if parent is None or not unit.line or parent in refused:
            continue
        if parent not in index.lives:
            problems.add(unit.file, unit.line, "parent_code", index.unknown((parent, unit.row.valid_from)))
            continue
        without = index.first_day_without(parent, unit.row.valid_from, unit.row.valid_to or _FOREVER)
        if without:
            problems.add(
                unit.file, unit.line, "parent_code",
                f"parent '{parent}' does not exist on {without}, while '{code}' does; "
                "name the parent of that time or end this row on that day",
            )  # fmt: skip
        elif sum(1 for _ in _ancestors(unit.row, index)) >= _DEEPEST:
            problems.add(
                unit.file, unit.line, "parent_code",
                f"the parents of '{code}' run in a circle; correct one of them",
            )  # fmt: skip


def _ancestors(unit: UnitRow, index: UnitIndex) -> Iterator[UnitRow]:
    code = unit.parent_code
    for _ in range(_DEEPEST):
        above = index.on(code, unit.valid_from) if code else None
        if above is None:
            return
        yield above
        code = above.parent_code


def _check_successions(readings: Readings, index: UnitIndex | None, problems: Problems) -> None:
    seen: dict[tuple[tuple[str, date], tuple[str, date]], Placed[SuccessionRow]] = {}
    for each in readings.successions:
        row = each.row
        first = seen.setdefault((row.predecessor, row.successor), each)
        if first is not each:
            problems.add(
                each.file, each.line, "successor_code",
                f"'{row.predecessor_code}' → '{row.successor_code}' stands already in {_place(first, each)}; "
                "delete one",
            )  # fmt: skip
        if row.predecessor == row.successor:
            problems.add(
                each.file, each.line, "successor_code",
                f"'{row.successor_code}' would succeed itself; name another unit",
            )  # fmt: skip
        if index:
            _check_ends(each, index, readings.refused_codes, problems)
    if index:
        _check_territories(readings.successions, index, problems)


def _check_ends(each: Placed[SuccessionRow], index: UnitIndex, refused: set[str], problems: Problems) -> None:
    row, eve = each.row, each.row.on_date - timedelta(days=1) if each.row.on_date > date.min else date.min
    for key, side, day in ((row.predecessor, "predecessor", eve), (row.successor, "successor", row.on_date)):
        unit = index.find(key)
        if key[0] in refused:
            continue
        if unit is None:
            problems.add(each.file, each.line, f"{side}_code", index.unknown(key))
        elif not unit.exists_on(day):
            until = unit.valid_to or "further notice"
            problems.add(
                each.file, each.line, "on_date",
                f"{side} '{key[0]}' exists from {unit.valid_from} until {until}, not on {day}; correct one of the days",
            )  # fmt: skip


def _check_territories(successions: Iterable[Placed[SuccessionRow]], index: UnitIndex, problems: Problems) -> None:
    """Who follows lies on the ground of one of those it follows; else work would leave its campaign unseen."""
    grounds: defaultdict[tuple[str, date], set[str]] = defaultdict(set)
    first: dict[tuple[str, date], Placed[SuccessionRow]] = {}
    for each in successions:
        if before := index.find(each.row.predecessor):
            grounds[each.row.successor].add(before.territory)
            first.setdefault(each.row.successor, each)
    for key, each in first.items():
        unit, known = index.find(key), sorted(grounds[key])
        if unit and unit.territory not in known:
            problems.add(
                each.file, each.line, "successor_code",
                f"'{key[0]}' has territory '{unit.territory}', those it follows have '{', '.join(known)}'; "
                f"write {known[0]} as its territory",
            )  # fmt: skip


def _check_contacts(readings: Readings, index: UnitIndex | None, problems: Problems) -> None:
    seen: dict[tuple[object, ...], Placed[ContactRow]] = {}
    for each in readings.contacts:
        row = each.row
        first = seen.setdefault((row.unit, row.role, row.email, row.valid_from), each)
        if first is not each:
            problems.add(
                each.file, each.line, "email",
                f"'{row.email}' as {row.role} of '{row.unit_code}' stands already in {_place(first, each)}; delete one",
            )  # fmt: skip
        if index is None or row.unit_code in readings.refused_codes:
            continue
        unit = index.find(row.unit)
        if unit is None:
            problems.add(each.file, each.line, "unit_code", index.unknown(row.unit))
        elif not unit.exists_on(row.valid_from):
            until = unit.valid_to or "further notice"
            problems.add(
                each.file, each.line, "valid_from",
                f"unit '{row.unit_code}' exists from {unit.valid_from} until {until}, not on {row.valid_from}; "
                "correct one of the days",
            )  # fmt: skip


def _place(
    first: Placed[UnitRow] | Placed[SuccessionRow] | Placed[ContactRow],
    second: Placed[UnitRow] | Placed[SuccessionRow] | Placed[ContactRow],
) -> str:
    if not first.line:
        return "the registry"
    line = f"row {first.line}" if isinstance(first.file, Sheet) else f"line {first.line}"
    return line if first.file == second.file else f"{first.file} {line}"
