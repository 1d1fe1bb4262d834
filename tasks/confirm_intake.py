"""Take over a register as one batch: receipts, acknowledgements and the reconciliation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from config.errors import Refused
from deadlines.lateness import days_late
from deadlines.ruling import standing
from dondoc import clock
from dondoc.messages.model import to_json
from dondoc.registry.text import search_key
from dondoc.store import campaigns
from dondoc.store import intake as store
from dondoc.store import intake_batches as batch_store
from dondoc.store.campaigns import CampaignRow
from dondoc.store.duties import DutyPeriodRow, duty_periods_in
from dondoc.store.engine import Connection
from dondoc.store.intake_batches import BatchRow, LineRow
from dondoc.store.review_standing import await_reviewers
from dondoc.store.rulings import rulings_in
from dondoc.store.submissions import AssignmentRow, note_receipts, versions_of
from tasks.acknowledge import confirmation_of
from tasks.read_intake import Reading, ReadLine
from tasks.receipts import Document, Receipt, receivers_of
from tasks.serve_others import serve_others
from tasks.take_in import Arrival, Taken, after_receipt, submission_values
from tasks.trail import note
from tasks.world import World

Answer = Literal["take", "leave", "none", "known"]
_NO_SIGNER = "sổ không ghi"


class RefusedBatch(Refused):
    """A batch that cannot be confirmed or taken back as told: names why and the way out."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What confirming a batch did: reports recorded, documents known before, lines left."""

    code: str
    taken: int
    known: int
    left: int


@dataclass(frozen=True, slots=True)
class _Receipt:
    line: LineRow
    owed: store.OwedRow
    arrival: Arrival
    document: Document
    version: int
    code: str
    after: AssignmentRow


async def keep_reading(world: World, reading: Reading, *, by: str, as_of: datetime, form_key: str) -> str:
    """Keep a register that was read, for the desk to answer and confirm; return the batch's code.

    The same form (`form_key`) sent twice is one batch.
    """
    async with world.database.write() as connection:
        code, new = await _keep(world, connection, reading, by, as_of, form_key=form_key)
        if not new:
            return code
        what = {"batch": code, "file": reading.file_name, "sha256": reading.sha256, "lines": len(reading.lines)}
        note(connection, world, by, "intake-read", what, at=as_of)
    return code


async def confirm_reading(
    world: World, reading: Reading, *, by: str, as_of: datetime, probable: bool = False
) -> Confirmed:
    """Record what a register surely holds (`probable`: and what it probably holds) and confirm the comparison."""
    async with world.database.write() as connection:
        code, _new = await _keep(world, connection, reading, by, as_of, probable=probable)
        done, what = await _confirm(world, connection, code, by, as_of)
        note(connection, world, by, "intake", what, at=as_of)
    return done


async def confirm_batch(world: World, code: str, *, by: str, as_of: datetime) -> Confirmed:
    """Record what a kept batch's lines were answered to be and confirm the comparison.

    Errors: `RefusedBatch` where it is confirmed or dropped already, `UnknownBatch`.
    """
    async with world.database.write() as connection:
        done, what = await _confirm(world, connection, code, by, as_of)
        note(connection, world, by, "intake", what, at=as_of)
    return done


async def _keep(
    world: World, connection: Connection, reading: Reading, by: str, at: datetime, *, probable: bool = False,
    form_key: str | None = None,
) -> tuple[str, bool]:  # fmt: skip
    """Write a batch with its lines; return its code and whether it is new."""
    made_of = form_key or await batch_store.next_batch(connection)
    code = world.code("DS", reading.office_id, reading.sha256, by, made_of)
    values = {
        "code": code, "office_id": reading.office_id, "file_name": reading.file_name[:255], "sha256": reading.sha256,
        "state": "read", "read_at": at, "read_by": by,
    }  # fmt: skip
    lines = [_line_values(each, probable) for each in reading.lines]
    new = await batch_store.add_batch(world.database, connection, values, lines)
    if new:
        await batch_store.keep_columns(world.database, connection, reading.office_id, reading.columns, by, at)
    return code, new


def _line_values(line: ReadLine, probable: bool) -> dict[str, Any]:
    entry, match = line.entry, line.match
    wanted = ("sure", "probable") if probable else ("sure",)
    takes = match.certainty in wanted and match.assignment_id is not None and line.arrived is not None
    answer: Answer = "known" if match.recorded else "take" if takes else "leave"
    return {
        "line": entry.line, "entry": entry.entry, "arrived_at": line.arrived, "number": entry.number,
        "dated": entry.dated, "issuer": entry.issuer, "abstract": entry.abstract, "signer": entry.signer,
        "certainty": match.certainty, "reason": match.reason, "choices": list(match.choices), "answer": answer,
        "assignment_id": match.assignment_id,
    }  # fmt: skip


async def _confirm(
    world: World, connection: Connection, code: str, by: str, at: datetime
) -> tuple[Confirmed, dict[str, Any]]:
    """Do what confirming does; return it and what the trail keeps of it."""
    batch = await batch_store.batch_of(connection, world.database, code, lock=True)
    if batch.state != "read":
        raise RefusedBatch(f"batch {batch.code}: is {batch.state} already; nothing was recorded again")
    lines = await batch_store.lines_of(connection, batch.id)
    receipts, known = await _receipts(world, connection, batch, lines, by, at)
    ids = await _record(world, connection, receipts, by, at)
    await batch_store.change_lines(
        connection,
        [{"id": each.line.id, "answer": "take", "submission_id": ids[each.code]} for each in receipts]
        + [{"id": each.id, "answer": "known", "submission_id": None} for each in known],
    )
    made = await campaigns.confirm_reconciliation(connection, batch.office_id, at, by)
    changes = {"state": "confirmed", "confirmed_at": at, "confirmed_by": by, "reconciliation_id": made}
    await batch_store.change_batch(connection, batch.id, changes)
    what = {"batch": batch.code, "file": batch.file_name, "sha256": batch.sha256, "reconciliation": made,
            "recorded": [each.code for each in receipts], "known": len(known)}  # fmt: skip
    every_known = sum(each.answer == "known" for each in lines) + len(known)
    return Confirmed(batch.code, len(receipts), every_known, len(lines) - len(receipts) - every_known), what


async def _receipts(
    world: World, connection: Connection, batch: BatchRow, lines: Sequence[LineRow], by: str, at: datetime
) -> tuple[list[_Receipt], list[LineRow]]:
    """Return the receipts of lines to be taken, and the lines whose document is there already: twice is once."""
    wanted = [each for each in lines if each.answer == "take" and each.assignment_id and each.arrived_at and each.dated]
    ids = sorted({each.assignment_id for each in wanted if each.assignment_id})
    await store.lock_assignments(connection, world.database, ids)
    owed = {row.assignment.id: row for row in await store.owed_rows(connection, world.database, batch.office_id, ids)}
    versions = await versions_of(connection, sorted({row.assignment.duty_period_id for row in owed.values()}))
    seen = {(assignment_id, search_key(number), day)
            for assignment_id, number, day in await store.documents_recorded(connection, batch.office_id)}  # fmt: skip
    standing_now = {key: row.assignment for key, row in owed.items()}
    plans = {row.id: world.plan_of(row) for row in await campaigns.campaign_rows_in(connection)}
    found, known = list[_Receipt](), list[LineRow]()
    for line in sorted(wanted, key=lambda each: (each.arrived_at or at, each.line)):
        row = owed.get(line.assignment_id or 0)
        if row is None or line.dated is None or line.arrived_at is None:
            raise RefusedBatch(
                f"batch {batch.code} line {line.line}: this report is no longer awaited (passed on, waived or "
                "withdrawn); choose another or leave the line"
            )
        key = (row.assignment.id, search_key(line.number), line.dated)
        if key in seen:
            known.append(line)
            continue
        seen.add(key)
        document = Document(line.number, line.dated, line.signer or _NO_SIGNER)
        receiver = receivers_of(plans[row.campaign_id], row.duty)[0]
        arrival = Arrival(line.arrived_at, at, by, "document-system", receiver, document=document)
        version = versions[row.assignment.id] = versions.get(row.assignment.id, 0) + 1
        after = standing_now[row.assignment.id] = after_receipt(
            standing_now[row.assignment.id], "document", line.arrived_at, plans[row.campaign_id].timeliness
        )
        code = world.code("XN", row.campaign, row.duty, row.period, row.unit.code, row.assignment.id, version)
        found.append(_Receipt(line, row, arrival, document, version, code, after))
    return found, known


async def _record(
    world: World, connection: Connection, receipts: Sequence[_Receipt], by: str, at: datetime
) -> dict[str, int]:
    ids = await store.add_receipts(
        connection, [submission_values(r.arrival, r.owed.assignment.id, r.version, r.code) for r in receipts]
    )
    latest = {r.owed.assignment.id: r.after for r in receipts}
    await note_receipts(connection, list(latest.values()), at)
    arrived = {r.owed.assignment.id: r.arrival.received_at for r in receipts}  # of several the last: they are in order
    await await_reviewers(connection, world.database, list(arrived.items()), at)
    owners = {row.id: row for row in await campaigns.campaign_rows_in(connection)}
    periods = {
        row.id: row for key in sorted({r.owed.campaign_id for r in receipts})
        for row in await duty_periods_in(connection, key)
    }  # fmt: skip
    await _serve(world, connection, receipts, ids, owners, periods)
    officers = await store.officers_of(
        connection, world.database, [r.owed.unit.id for r in receipts], clock.local_day(at)
    )
    letters = [_letter(world, owners[r.owed.campaign_id], periods[r.owed.duty_id], r, officers, at) for r in receipts]
    await store.add_letters(connection, letters, at)
    return ids


async def _serve(
    world: World, connection: Connection, receipts: Sequence[_Receipt], ids: Mapping[str, int],
    owners: Mapping[int, CampaignRow], periods: Mapping[int, DutyPeriodRow],
) -> None:  # fmt: skip
    """Take reports in where they serve another campaign too: only those a standing ruling names."""
    serving = set[tuple[int, str]]()
    for key in sorted({r.owed.campaign_id for r in receipts}):
        for ruling in standing(await rulings_in(connection, key)):
            if ruling.kind == "relate" and ruling.value.get("relation") == "serves":
                serving.add((key, str(ruling.value["duty"])))
    for r in receipts:
        if (r.owed.campaign_id, r.owed.duty) in serving:
            taken = Taken(ids[r.code], r.code, r.version, r.after, ())
            row = periods[r.owed.duty_id]
            await serve_others(world, connection, owners[r.owed.campaign_id], row, r.owed.unit, r.arrival, taken)


def _letter(
    world: World, owner: CampaignRow, row: DutyPeriodRow, r: _Receipt, officers: Mapping[int, Any], at: datetime
) -> dict[str, Any]:
    after, person = r.after, officers.get(r.owed.unit.id)
    late = days_late(after.judged_at, after.due_on) if after.judged_at else 0
    receipt = Receipt(
        r.code, r.owed.unit, row.duty, row.period, "document", r.version, r.arrival.received_at, after.judged, late,
        False, after.modality,
    )  # fmt: skip
    letter = confirmation_of(
        world, owner, row, after, receipt, person, document=r.document, files=(), channel=r.arrival.channel, at=at
    )
    return {
        "campaign_id": owner.id, "assignment_id": after.id, "person_id": person.person_id if person else None,
        "rung": f"ack-{r.version}", "due_key": after.due_on.isoformat() if after.due_on else "undated",
        "recipient": "officer", "mode": owner.state, "kind": "acknowledgement", "wave": f"ack-{r.code}",
        "local_day": clock.local_day(at), "not_before": at, "parameters": to_json(letter),
    }  # fmt: skip
