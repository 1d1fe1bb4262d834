"""The trail of what officers did: each row is chained to the one before, so that none can be altered unnoticed."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

NO_ROW = "0" * 64  # what the first row follows


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: who did what, and the hash it hands on. `what` is JSON text, hashed to the letter."""

    serial: int
    at: datetime
    who: str
    act: str
    what: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """How far the trail had come, as remembered outside the database."""

    serial: int
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that is not what was written: how, and up to which row, or with which other one."""

    serial: int
    how: str  # changed | removed | swapped | restored | rewritten
    other: int | None = None


def digest(serial: int, at: datetime, who: str, act: str, what: str, previous: str) -> str:
    """Return a row's hash: SHA-256 over its own content and the hash of the row before."""
    content = [serial, at.astimezone(UTC).isoformat(timespec="microseconds"), who, act, what, previous]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


class Check:
    """Reads a trail row by row, in order, and says at the end which rows are not what was written."""

    def __init__(self, head: Head | None) -> None:
        self.rows = 0
        self._head = head
        self._last = Head(0, NO_ROW)
        self._sound = True  # the last row, by its own hash
        self._found: list[Broken] = []
        self._suspects: list[Entry] = []
        self._at_head: str | None = None

    def take(self, row: Entry) -> None:
        """Look at the next row."""
        self.rows += 1
        last, gap = self._last, row.serial > self._last.serial + 1
        if gap:
            self._found.append(Broken(last.serial + 1, "removed", row.serial - 1))
        sound = row.hash == digest(row.serial, row.at, row.who, row.act, row.what, row.previous)
        if not sound:
            self._suspects.append(row)
        elif not gap and row.previous != last.hash and self._sound:
            self._found.append(Broken(last.serial, "changed"))  # with its hash; what follows it knows the true one
        if self._head and row.serial == self._head.serial:
            self._at_head = row.hash
        self._last, self._sound = Head(row.serial, row.hash), sound

    def end(self) -> list[Broken]:
        """Return what is wrong, by serial; empty when the trail is whole."""
        found = [*self._found, *_swapped_or_changed(self._suspects)]
        if self._head and self._head.serial > self._last.serial:
            found.append(Broken(self._last.serial + 1, "restored", self._head.serial))
        elif self._head and self._at_head not in (None, self._head.hash):
            found.append(Broken(self._head.serial, "rewritten"))
        return sorted(set(found), key=lambda each: (each.serial, each.how))


def _swapped_or_changed(suspects: list[Entry]) -> list[Broken]:
    """Tell rows that stand in each other's place from rows whose content is another one."""
    found = []
    for row in suspects:
        others = (other.serial for other in suspects if other is not row and _stood_at(row, other))
        partner = next(others, None)
        found.append(Broken(row.serial, "changed" if partner is None else "swapped", partner))
    return found


def _stood_at(row: Entry, other: Entry) -> bool:
    """Return whether a row's content was written under another's serial, its hash taken along or left behind."""
    return any(
        digest(other.serial, row.at, row.who, row.act, row.what, each.previous) == each.hash for each in (row, other)
    )
