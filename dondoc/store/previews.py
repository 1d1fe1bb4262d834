"""What a preview reads: the step a unit hears of next, the envelope it would be in, and a sent message's evidence."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.outbox import Envelope


@dataclass(frozen=True, slots=True)
class Owed:
    """How one unit owes one duty, and the steps of its ladder that have not been settled, in their order."""

    assignment_id: int
    state: str
    cohort_id: int
    steps: tuple[tuple[str, datetime], ...]  # rung, when


async def owed_by(database: Database, duty_period_id: int, unit_id: int) -> Owed | None:
    """Return the assignment of a unit; null when it has none."""
    a, s = t.assignment.c, t.step.c
    async with database.read() as connection:
        row = (
            await connection.execute(
                select(a.id, a.state, a.cohort_id).where(a.duty_period_id == duty_period_id, a.unit_id == unit_id)
            )
        ).first()
        if row is None:
            return None
        steps = await connection.execute(
            select(s.rung, s.fire_at)
            .where(s.cohort_id == row.cohort_id, s.fired_at.is_(None), s.reason.is_(None), s.channel == "email")
            .order_by(s.fire_at, s.id)
        )
        return Owed(row.id, row.state, row.cohort_id, tuple((each.rung, each.fire_at) for each in steps))


async def notice_of(connection: AsyncConnection, assignment_id: int, rung: str) -> tuple[str, str | None, int | None]:
    """Return state and reason of a notice, and the youngest envelope it is in."""
    n = t.notice.c
    item = (
        select(t.message_item.c.message_id)
        .where(t.message_item.c.notice_id == n.id)
        .order_by(t.message_item.c.message_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = await connection.execute(
        select(n.state, n.reason, item).where(n.assignment_id == assignment_id, n.rung == rung).order_by(n.id.desc())
    )
    row: Any = found.first()
    return (row[0], row[1], row[2]) if row else ("skipped", "superseded", None)


async def envelope_of(connection: AsyncConnection, message_id: int) -> Envelope:
    """Return an envelope that is not claimed."""
    m = t.message.c
    wanted = (
        select(
            m.id, m.fence, m.attempts, m.campaign_id, m.person_id, t.person.c.address, m.mode, m.kind, m.wave,
            m.local_day, m.part, m.channel,
        )
        .join(t.person, t.person.c.id == m.person_id)
        .where(m.id == message_id)
    )  # fmt: skip
    row: Any = (await connection.execute(wanted)).one()
    return Envelope(*row)


async def suppose_reconciled(connection: AsyncConnection, office_id: int, at: datetime) -> None:
    """Note a reconciliation, in a transaction that will not be committed."""
    await connection.execute(
        insert(t.reconciliation).values(office_id=office_id, confirmed_at=at, confirmed_by="preview")
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is kept of a message that was written: enough to write it again, byte for byte."""

    id: int
    state: str
    address: str
    person_id: int
    local_day: date
    accepted_at: datetime | None
    header_id: str | None
    sha256: str | None
    template_version: str | None
    parameters: dict[str, Any] | None
    form: dict[str, Any] | None
    sources: dict[str, str] | None


async def evidence_of(database: Database, message_id: int) -> Evidence | None:
    """Return a message's evidence; null when there is no such message."""
    m = t.message.c
    async with database.read() as connection:
        row: Any = (
            await connection.execute(
                select(
                    m.id, m.state, t.person.c.address, m.person_id, m.local_day, m.accepted_at, m.message_id,
                    m.sha256, m.template_version, m.parameters,
                )
                .join(t.person, t.person.c.id == m.person_id)
                .where(m.id == message_id)
            )
        ).first()  # fmt: skip
        if row is None:
            return None
        key = (row.parameters or {}).get("form")
        form = select(t.message_form.c.parameters).where(t.message_form.c.key == key)
        sources = select(t.template_set.c.sources).where(t.template_set.c.version == row.template_version)
        return Evidence(
            row.id, row.state, row.address, row.person_id, row.local_day, row.accepted_at, row.message_id, row.sha256,
            row.template_version, row.parameters,
            (await connection.execute(form)).scalar_one_or_none() if key else None,
            (await connection.execute(sources)).scalar_one_or_none(),
        )  # fmt: skip
