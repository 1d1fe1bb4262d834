"""What a unit's own page shows of one assignment: what is asked, until when, and what has come in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from dondoc.store import tables as t
from dondoc.store.engine import Database


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file of a report as it was kept."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Received:
    """One receipt of a unit's report."""

    code: str
    version: int
    fact: str
    channel: str
    received_at: datetime
    document_number: str | None
    document_date: date | None
    signer: str | None
    form_key: str | None
    files: tuple[ReceivedFile, ...]


@dataclass(frozen=True, slots=True)
class PageRow:
    """One assignment as its unit's page needs it."""

    assignment_id: int
    unit_id: int
    unit_code: str
    unit_name: str
    unit_kind: str
    modality: str
    state: str
    judged: str | None
    campaign_key: str
    duty: str
    duty_kind: str
    title: str
    period: str
    facts: dict[str, Any]
    due_on: date | None
    awaited_on: date | None
    received: tuple[Received, ...]


async def page_row(database: Database, assignment_id: int) -> PageRow | None:
    """Return an assignment with everything received for it, the latest first; null when there is none."""
    a, d, u = t.assignment.c, t.duty_period.c, t.unit.c
    wanted = (
        select(
            a.id, u.id, u.code, u.office_name, u.kind, a.modality, a.state, a.judged, t.campaign.c.key, d.duty, d.kind,
            d.title, d.period, d.facts, t.cohort.c.due_on, t.cohort.c.awaited_on,
        )
        .join(t.unit, u.id == a.unit_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .where(a.id == assignment_id)
    )  # fmt: skip
    s, f = t.submission.c, t.submission_file.c
    receipts = (
        select(s.id, s.code, s.version, s.fact, s.channel, s.received_at, s.document_number, s.document_date, s.signer,
               s.form_key)
        .where(s.assignment_id == assignment_id)
        .order_by(s.version.desc())
    )  # fmt: skip
    files = (
        select(f.submission_id, f.name, f.sha256, f.size)
        .join(t.submission, s.id == f.submission_id)
        .where(s.assignment_id == assignment_id)
        .order_by(f.name)
    )
    async with database.read() as connection:
        row: Any = (await connection.execute(wanted)).first()
        if row is None:
            return None
        of: dict[int, list[ReceivedFile]] = {}
        for submission_id, *file in await connection.execute(files):
            of.setdefault(submission_id, []).append(ReceivedFile(*file))
        rows: Any = await connection.execute(receipts)
        received = [Received(*(*each[1:], tuple(of.get(each.id, ())))) for each in rows]
    return PageRow(*(*row, tuple(received)))
