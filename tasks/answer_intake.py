"""The desk's answers to the lines of a register: which report one is, that it is none, or that it is left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dondoc import clock
from dondoc.registry.text import search_key
from dondoc.store import intake as store
from dondoc.store import intake_batches as batch_store
from dondoc.store.engine import Connection
from dondoc.store.intake_batches import LineRow
from dondoc.store.registry import UnknownUnit, find_unit_in
from tasks.confirm_intake import RefusedBatch
from tasks.trail import note
from tasks.world import World

_MOST_CHOICES = 8


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that cannot be answered so: its row, and why (`unit`: none of that name; `owes`: it owes nothing)."""

    line_id: int
    why: str


async def answer_lines(
    world: World, code: str, answers: Mapping[int, str], units: Mapping[int, str], *, by: str, as_of: datetime
) -> list[Wrong]:
    """Keep what was answered: row of a line → an assignment's id, `leave` or `none`; and whose report a line is.

    `units` (row of a line → name or code) opens the choice among what that unit owes. Returns what could not be
    taken; the rest is kept. Errors: `RefusedBatch` where the batch is confirmed or dropped; `UnknownBatch`.
    """
    async with world.database.write() as connection:
        batch = await batch_store.batch_of(connection, world.database, code, lock=True)
        if batch.state != "read":
            raise RefusedBatch(f"batch {batch.code}: is {batch.state} already; nothing was changed")
        lines = {each.id: each for each in await batch_store.lines_of(connection, batch.id)}
        changed = [
            {"id": key, **values}
            for key, said in answers.items()
            if key in lines and (values := _answered(lines[key], said)) is not None
        ]
        await batch_store.change_lines(connection, changed)
        wrong = await _name_units(world, connection, batch.office_id, lines, units, as_of)
        if changed or units:
            told = {lines[row["id"]].line: row["assignment_id"] or row["answer"] for row in changed}
            what = {"batch": batch.code, "answers": told, "units": {lines[key].line: u for key, u in units.items()
                                                                    if key in lines}}  # fmt: skip
            note(connection, world, by, "intake-answered", what, at=as_of)
    return wrong


def _answered(line: LineRow, said: str) -> dict[str, Any] | None:
    """Return what an answer changes; null where it changes nothing or is none of the line's choices."""
    if line.answer == "known":
        return None
    if said in ("leave", "none"):
        new: dict[str, Any] = {"answer": said, "assignment_id": None}
    elif said in map(str, line.choices) and line.arrived_at is not None and line.dated is not None:
        new = {"answer": "take", "assignment_id": int(said)}
    else:
        return None
    return None if (line.answer, line.assignment_id) == (new["answer"], new["assignment_id"]) else new


async def _name_units(
    world: World, connection: Connection, office_id: int, lines: Mapping[int, LineRow], units: Mapping[int, str],
    at: datetime,
) -> list[Wrong]:  # fmt: skip
    """Let lines be reports of the units named; each unit is asked for once."""
    wrong, changes = list[Wrong](), list[dict[str, Any]]()
    owed: list[store.OwedRow] = await store.owed_rows(connection, world.database, office_id) if units else []
    for key, text in units.items():
        if key not in lines or lines[key].answer == "known":
            continue
        try:
            unit = await find_unit_in(connection, text, search_key(text), clock.local_day(at))
        except UnknownUnit:
            wrong.append(Wrong(key, "unit"))
            continue
        mine = [row for row in owed if row.unit.code == unit.code]
        mine.sort(
            key=lambda row: (row.assignment.state != "open", row.assignment.due_on is None, row.assignment.due_on)
        )
        if mine:
            changes.append({"id": key, "choices": [row.assignment.id for row in mine[:_MOST_CHOICES]]})
        else:
            wrong.append(Wrong(key, "owes"))
    await batch_store.change_lines(connection, changes)
    return wrong


async def drop_batch(world: World, code: str, *, by: str, as_of: datetime) -> None:
    """Put a register that was read aside: nothing of it was recorded. Errors: `RefusedBatch`, `UnknownBatch`."""
    async with world.database.write() as connection:
        batch = await batch_store.batch_of(connection, world.database, code, lock=True)
        if batch.state != "read":
            raise RefusedBatch(f"batch {batch.code}: is {batch.state} already; nothing was changed")
        await batch_store.change_batch(connection, batch.id, {"state": "dropped"})
        note(connection, world, by, "intake-dropped", {"batch": batch.code}, at=as_of)
