"""Take a register back as one batch: what it recorded counts no more, and what it ended goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deadlines.lateness import judge, judging
from deadlines.supplement import Stands, stands
from dondoc.store import campaigns
from dondoc.store import intake as store
from dondoc.store import intake_batches as batch_store
from dondoc.store.engine import Connection
from dondoc.store.review_standing import await_supplements_again, looked_at
from tasks.confirm_intake import RefusedBatch
from tasks.receipts import receivers_of
from tasks.trail import note
from tasks.world import World

_NOT_REVIEWED: dict[str, Any] = {"review": None, "review_since": None, "supplement_by": None}


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking a batch back did: receipts voided, reports open again, acknowledgements that had left already."""

    code: str
    voided: int
    reopened: int
    told: int


async def undo_batch(world: World, code: str, *, by: str, as_of: datetime) -> Undone:
    """Take a confirmed batch back as a whole, and the reconciliation with it.

    Errors: `RefusedBatch` where something was built on it or it is not confirmed; `UnknownBatch`.
    """
    database = world.database
    async with database.write() as connection:
        batch = await batch_store.batch_of(connection, database, code, lock=True)
        if batch.state != "confirmed" or batch.reconciliation_id is None:
            raise RefusedBatch(f"batch {batch.code}: is {batch.state}; only a confirmed batch can be taken back")
        lines = await batch_store.lines_of(connection, batch.id)
        mine = [each.submission_id for each in lines if each.submission_id is not None]
        await store.lock_assignments(
            connection,
            database,
            sorted({each.assignment_id for each in lines if each.submission_id and each.assignment_id}),
        )
        every = await batch_store.with_served(connection, mine, database)
        if built := await batch_store.built_on(connection, every, database):
            listed = "; ".join(f"{each.unit}: {_moved(each)}" for each in built[:5])
            raise RefusedBatch(
                f"batch {batch.code}: cannot be taken back, {len(built)} reports have moved on ({listed}); "
                "correct these one by one"
            )
        left = await batch_store.void_receipts(connection, every, database, as_of)
        reopened = await _reopen(world, connection, left, as_of)
        codes = await batch_store.codes_of(connection, database, mine)
        told = await batch_store.withdraw_letters(
            connection, database, sorted(left), [f"ack-{each}" for each in codes], as_of
        )
        await batch_store.undo_reconciliation(connection, batch.reconciliation_id, as_of)
        changes = {"state": "undone", "undone_at": as_of, "undone_by": by}
        await batch_store.change_batch(connection, batch.id, changes)
        what = {"batch": batch.code, "reconciliation": batch.reconciliation_id, "voided": codes}
        note(connection, world, by, "intake-undone", what, at=as_of)
    return Undone(batch.code, len(mine), reopened, told)


def _moved(each: batch_store.BuiltOn) -> str:
    if each.reviewed:
        return "reviewed"
    return f"{each.later} later receipts" if each.later else each.state


async def _reopen(
    world: World, connection: Connection, left: Mapping[int, dict[str, datetime | None]], at: datetime
) -> int:
    """Write what is left of each report; return how many are open again because nothing is."""
    database = world.database
    judges = await batch_store.judged_by(connection, database, sorted(left))
    plans = {row.id: world.plan_of(row) for row in await campaigns.campaign_rows_in(connection)}
    said = await looked_at(connection, database, left)
    rows, count = [], 0
    for key, facts in sorted(left.items()):
        due_on, campaign_id, duty = judges[key]
        plan = plans[campaign_id]
        first = judging("first", facts["data"], facts["document"])
        judged_at = judging(plan.timeliness, facts["data"], facts["document"])
        reviewed = _columns(stands(said[key], receivers_of(plan, duty)), at) if key in said else _NOT_REVIEWED
        values: dict[str, Any] = {
            "id": key, "data_received_at": facts["data"], "document_received_at": facts["document"],
            "first_received_at": first, "judged": judge(judged_at, due_on),
            "judged_at": judged_at, **reviewed,
        }  # fmt: skip
        rows.append(values)
        count += first is None
    await batch_store.write_facts(connection, rows)
    await batch_store.open_again(connection, [row["id"] for row in rows if row["first_received_at"] is None], database)
    await await_supplements_again(connection, database, left, at)
    return count


def _columns(now: Stands, at: datetime) -> dict[str, Any]:
    return {"review": now.review, "review_since": now.since or at, "supplement_by": now.supplement_by}
