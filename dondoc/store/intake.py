"""What a register is matched against: names of units, reports owed, documents recorded; and letters in bulk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.registry import UnitRef, person_for
from dondoc.store.submissions import AssignmentRow, Officer, counts

_AWAITED = ("open", "submitted")


@dataclass(frozen=True, slots=True)
class OwedRow:
    """One report an office awaits or has, with its duty, period and unit."""

    assignment: AssignmentRow
    unit: UnitRef
    campaign_id: int
    campaign: str
    duty_id: int
    duty: str
    title: str
    period: str
    opens_on: date | None


async def owed_rows(
    connection: AsyncConnection, database: Database, office_id: int, assignment_ids: Sequence[int] | None = None
) -> list[OwedRow]:
    """Return what is owed or was given to an office's campaigns, or of that only these assignments."""
    a, d, u, c = t.assignment.c, t.duty_period.c, t.unit.c, t.campaign.c
    wanted = (
        select(
            a.id, a.duty_period_id, a.cohort_id, a.unit_id, a.modality, a.state, t.cohort.c.due_on,
            a.data_received_at, a.document_received_at, a.first_received_at, a.judged, a.judged_at,
            u.id, u.code, u.name, u.office_name, u.kind, c.id, c.key, d.id, d.duty, d.title, d.period, d.opens_on,
        )
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .join(t.unit, u.id == a.unit_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, c.id == d.campaign_id)
        .where(c.office_id == office_id, a.state.in_(_AWAITED), d.tracked, d.withdrawn_at.is_(None))
        .order_by(a.id)
    )  # fmt: skip
    if assignment_ids is not None:
        wanted = wanted.where(database.among(a.id, assignment_ids))
    found = await connection.execute(wanted)
    return [OwedRow(AssignmentRow(*row[:12]), UnitRef(*row[12:17]), *row[17:]) for row in found]


@dataclass(frozen=True, slots=True)
class NameRow:
    """A name under which a unit is or was known, and what it lies under; `now`, `until` where it is former."""

    unit_id: int
    name: str
    parent: str
    now: str | None
    until: date | None


async def unit_names(connection: AsyncConnection, unit_ids: Sequence[int]) -> list[NameRow]:
    """Return every name of these units: their own, those in letters, and those of the units they followed."""
    units = {row.id: row for row in await connection.execute(select(t.unit))}
    names = {row.code: row.name for row in units.values()}
    before: dict[int, list[int]] = {}
    for row in await connection.execute(select(t.succession.c.successor_id, t.succession.c.predecessor_id)):
        before.setdefault(row.successor_id, []).append(row.predecessor_id)
    wanted, found = set(unit_ids), list[NameRow]()
    for unit_id in wanted:
        present, every = units[unit_id], [unit_id]
        for each in every:  # grows while it is gone through: predecessors of predecessors
            every += [older for older in before.get(each, []) if older not in every]
        for each in every:
            row = units[each]
            parent = names.get(row.parent_code or "", "")
            now = present.name if row.name != present.name else None
            if each != unit_id and each in wanted:
                continue  # it owes reports of its own
            found += [
                NameRow(unit_id, name, parent, now, row.valid_to) for name in dict.fromkeys((row.name, row.office_name))
            ]
    return found


async def documents_recorded(connection: AsyncConnection, office_id: int) -> dict[tuple[int, str, date | None], str]:
    """Return the documents recorded for an office's campaigns: (assignment, number, day) → look-up code."""
    s, a, d = t.submission.c, t.assignment.c, t.duty_period.c
    found = await connection.execute(
        select(s.assignment_id, s.document_number, s.document_date, s.code)
        .join(t.assignment, a.id == s.assignment_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .where(t.campaign.c.office_id == office_id, s.fact == "document", s.document_number.is_not(None),
               counts(s))
    )  # fmt: skip
    return {(row.assignment_id, row.document_number, row.document_date): row.code for row in found}


async def lock_assignments(connection: AsyncConnection, database: Database, ids: Sequence[int]) -> None:
    """Hold these assignments until the transaction ends, in one order for everybody."""
    if not database.sqlite:
        a = t.assignment.c
        mine = select(a.id).where(database.among(a.id, ids)).order_by(a.id)
        await connection.execute(mine.with_for_update())


async def add_receipts(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Insert submissions without files; return their row ids by code."""
    if not rows:
        return {}
    s = t.submission.c
    added = await connection.execute(insert(t.submission).returning(s.code, s.id), rows)
    return {row.code: row.id for row in added}


async def officers_of(
    connection: AsyncConnection, database: Database, unit_ids: Sequence[int], day: date
) -> dict[int, Officer]:
    """Return who hears of each unit's reports on `day`, where somebody does."""
    u, c = t.unit.c, t.contact.c
    reached = (
        select(u.id.label("unit_id"), person_for(u.id, ("officer", "office"), day).label("person_id"))
        .where(database.among(u.id, sorted(set(unit_ids))))
        .subquery()
    )
    found = await connection.execute(
        select(reached.c.unit_id, t.person.c.id, t.person.c.address, c.name)
        .join(t.person, t.person.c.id == reached.c.person_id)
        .join(t.contact, (c.person_id == t.person.c.id) & (c.unit_id == reached.c.unit_id))
        .order_by(c.id.desc())
    )
    return {row[0]: Officer(*row[1:]) for row in found}  # the first contact is read last


async def add_letters(connection: AsyncConnection, letters: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Queue letters that stand in no digest, each with its ledger row; who has no address gets the row alone.

    Each is new: its rung and its wave bear the number and code of a submission just made.
    """
    if not letters:
        return
    n, m = t.notice.c, t.message.c
    rows = [
        {**{name: each[name] for name in ("assignment_id", "rung", "due_key", "recipient", "mode", "person_id")},
         "state": "queued" if each["person_id"] else "skipped", "reason": None if each["person_id"] else "no-address",
         "created_at": at, "settled_at": None if each["person_id"] else at}
        for each in letters
    ]  # fmt: skip
    added = await connection.execute(insert(t.notice).returning(n.assignment_id, n.rung, n.id), rows)
    notices = {(row.assignment_id, row.rung): row.id for row in added}
    reached = [each for each in letters if each["person_id"]]
    if not reached:
        return
    messages = [
        {**{name: each[name] for name in ("campaign_id", "person_id", "mode", "kind", "wave", "local_day",
                                          "not_before", "parameters")},
         "channel": "email", "part": 0, "state": "queued", "queued_at": at, "fence": 0, "attempts": 0}
        for each in reached
    ]  # fmt: skip
    made = await connection.execute(insert(t.message).returning(m.wave, m.id), messages)
    by_wave = {row.wave: row.id for row in made}
    items = [
        {"message_id": by_wave[each["wave"]], "notice_id": notices[each["assignment_id"], each["rung"]]}
        for each in reached
    ]
    await connection.execute(insert(t.message_item), items)
