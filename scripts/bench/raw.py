"""The yardstick of queueing: three statements that write the same rows into the same tables, and nothing else.

No look at who may be reached, at what an earlier round has written, or at envelopes that are open already; the same
keys, indexes and references have to be kept up. PostgreSQL counts what was written before it joins it: without that it
goes through all messages for each notice, and the yardstick would be a bad one.
"""

from sqlalchemy import and_, literal, select, text

from deadlines.staleness import DueStep
from dondoc.store import tables as t
from dondoc.store.engine import Connection, Database
from dondoc.store.types import Id, Instant
from scripts.bench.fill import MORNING, NOW


async def insert_raw(database: Database, connection: Connection, step: DueStep) -> int:
    """Write notices, messages and what lies in them for a step's cohort; return how many notices."""
    a, c, n, m = t.assignment.c, t.contact.c, t.notice.c, t.message.c
    notices = (
        select(
            a.id, literal(step.id, Id), literal(step.rung), literal(step.due_on.isoformat()), literal(step.recipient),
            literal(step.mode), c.person_id, literal("queued"), literal(NOW, Instant()),
        )
        .join(t.contact, and_(c.unit_id == a.unit_id, c.role == "officer", c.valid_to.is_(None)))
        .where(a.cohort_id == step.cohort_id, a.state == "open")
    )  # fmt: skip
    columns = ["assignment_id", "step_id", "rung", "due_key", "recipient", "mode", "person_id", "state", "created_at"]
    written = await connection.execute(t.notice.insert().from_select(columns, notices))
    messages = (
        select(
            literal(step.campaign_id, Id), n.person_id, literal("email"), literal(MORNING), literal("08:00"),
            literal(0), literal(step.mode), literal("digest"), literal("queued"), literal(NOW, Instant()),
            literal(NOW, Instant()), literal(0), literal(0),
        )
        .where(n.step_id == step.id)
        .distinct()
    )  # fmt: skip
    columns = ["campaign_id", "person_id", "channel", "local_day", "wave", "part", "mode", "kind", "state",
               "not_before", "queued_at", "fence", "attempts"]  # fmt: skip
    await connection.execute(t.message.insert().from_select(columns, messages))
    if not database.sqlite:
        await connection.execute(text("ANALYZE notice, message"))
    items = (
        select(m.id, n.id)
        .join(t.notice, n.person_id == m.person_id)
        .where(n.step_id == step.id, m.campaign_id == step.campaign_id, m.local_day == MORNING, m.wave == "08:00")
    )
    await connection.execute(t.message_item.insert().from_select(["message_id", "notice_id"], items))
    return written.rowcount
