"""Read a register's export and say, line by line, which awaited report it is; nothing is written."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from config.errors import Refused
from deadlines.arrival import arrived_at
from dondoc import clock
from dondoc.registry import register as columns
from dondoc.registry.register import Entry
from dondoc.registry.register_file import RegisterUnreadable, read_register
from dondoc.registry.register_match import Known, Ledger, Match, Owed, match_entry
from dondoc.registry.text import search_key
from dondoc.store import intake as store
from dondoc.store.campaigns import campaign_rows_in, offices
from dondoc.store.engine import Connection
from dondoc.store.intake_batches import columns_of
from tasks.world import World


class ColumnsMissing(RegisterUnreadable):
    """A register whose needed columns cannot all be told by their names: an officer must say which they are."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line of a register with when it arrived (null: cannot be told) and what it was taken for."""

    entry: Entry
    arrived: datetime | None
    match: Match


@dataclass(frozen=True, slots=True)
class Reading:
    """A register that was read: how its columns were understood, what its lines are, what is awaited."""

    office_id: int
    office: str
    file_name: str
    sha256: str
    columns: dict[str, str]  # name of a column → field
    lines: tuple[ReadLine, ...]
    owed: dict[int, store.OwedRow]

    def count(self, certainty: str) -> int:
        """Return how many lines are sure, probable or unmatched; those recorded before count nowhere."""
        return sum(each.match.certainty == certainty and not each.match.recorded for each in self.lines)


async def office_of(world: World, key: str | None) -> Any:
    """Return the office a register belongs to: by its key, else the only one. Errors: `Refused`."""
    every = await offices(world.database)
    listed = ", ".join(row.key for row in every)
    if not every:
        raise Refused("reconcile-intake: no campaign is loaded yet, there is nothing to confirm; run 'dondoc up'")
    found = [row for row in every if key in (None, row.key)]
    if len(found) != 1:
        raise Refused(f"reconcile-intake: which office's register is it? add --office with one of {listed}")
    return found[0]


async def read_intake(
    world: World, office: Any, path: Path, *, as_of: datetime, said: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Reading:  # fmt: skip
    """Return what a register's file holds, matched with what the office awaits.

    `said` are names of columns the officer gives now; they go before those the office has said earlier. `name` is
    what the file was called. Errors: `RegisterUnreadable`.
    """
    grid = read_register(path, name)
    async with world.database.read() as connection:
        kept = await columns_of(connection, office.id)
        owed = await store.owed_rows(connection, world.database, office.id)
        ledger = await _ledger(world, connection, office.id, owed)
    known = {**kept, **(said or {})}
    head = columns.find_head(grid, known)
    mapping = columns.guess_columns(head, known)
    if lacking := columns.missing(mapping):
        listed = ", ".join(cell for cell in head.names if cell)
        raise ColumnsMissing(
            f"{name or path.name}: line {grid[head.row][0]}: no column for {', '.join(lacking)}; it has {listed}; "
            "say which with --map 'Tên cột=field,…'"
        )
    lines = tuple(_line(world, entry, ledger, as_of) for entry in columns.entries_of(grid, head, mapping))
    return Reading(
        office.id, office.short_name, name or path.name, sha256_of(path),
        {head.names[at]: field for field, at in mapping.items()}, lines, {row.assignment.id: row for row in owed},
    )  # fmt: skip


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a register's file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def _ledger(world: World, connection: Connection, office_id: int, rows: list[store.OwedRow]) -> Ledger:
    names = await store.unit_names(connection, sorted({row.unit.id for row in rows}))
    recorded = await store.documents_recorded(connection, office_id)
    plans = {row.id: world.plan_of(row) for row in await campaign_rows_in(connection)}
    return Ledger(
        [Known(row.unit_id, row.name, row.parent, row.now, row.until) for row in names],
        [
            Owed(row.assignment.id, row.unit.id, row.campaign, plans[row.campaign_id].name,
                 plans[row.campaign_id].instrument.number or "", row.duty, row.title, row.period, row.opens_on,
                 row.assignment.due_on)
            for row in rows
        ],
        {(assignment_id, search_key(number), day): code for (assignment_id, number, day), code in recorded.items()},
    )  # fmt: skip


def _line(world: World, entry: Entry, ledger: Ledger, as_of: datetime) -> ReadLine:
    match = match_entry(entry, ledger)
    if entry.arrived_on is None or entry.dated is None:
        return ReadLine(entry, None, match)
    arrived = arrived_at(entry.arrived_on, entry.arrived_time, entry.dated, world.calendar)
    if entry.arrived_on > clock.local_day(as_of):
        return ReadLine(entry, None, Match("unmatched", "Ngày đến nằm trong tương lai", choices=match.choices))
    return ReadLine(entry, min(arrived, as_of), match)
