"""What a unit's own page shows of one assignment: what is asked, until when, and what has come in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, exists, select

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
    books_closed_at: datetime | None  # then its record counts as it stood
    received: tuple[Received, ...]


_A, _D, _U, _S, _F = t.assignment.c, t.duty_period.c, t.unit.c, t.submission.c, t.submission_file.c
# Said once: a page that is looked at thousands of times in an evening does not put its questions together anew.
_WANTED = (
    select(
        _A.id, _U.id, _U.code, _U.office_name, _U.kind, _A.modality, _A.state, _A.judged, t.campaign.c.key, _D.duty,
        _D.kind, _D.title, _D.period, _D.facts, t.cohort.c.due_on, t.cohort.c.awaited_on, t.books.c.closed_at,
        exists().where(_S.assignment_id == _A.id).correlate(t.assignment),
    )
    .join(t.unit, _U.id == _A.unit_id)
    .join(t.duty_period, _D.id == _A.duty_period_id)
    .join(t.campaign, t.campaign.c.id == _D.campaign_id)
    .join(t.cohort, t.cohort.c.id == _A.cohort_id)
    .outerjoin(t.closed_record, t.closed_record.c.assignment_id == _A.id)
    .outerjoin(t.books, t.books.c.id == t.closed_record.c.books_id)
    .where(_A.id == bindparam("assignment"))
)  # fmt: skip
_RECEIPTS = (
    select(_S.id, _S.code, _S.version, _S.fact, _S.channel, _S.received_at, _S.document_number, _S.document_date,
           _S.signer, _S.form_key)
    .where(_S.assignment_id == bindparam("assignment"), _S.undone_at.is_(None))
    .order_by(_S.version.desc())
)  # fmt: skip
_FILES = (
    select(_F.submission_id, _F.name, _F.sha256, _F.size)
    .join(t.submission, _S.id == _F.submission_id)
    .where(_S.assignment_id == bindparam("assignment"))
    .order_by(_F.name)
)


async def page_row(database: Database, assignment_id: int) -> PageRow | None:
    """Return an assignment with everything received for it, the latest first; null when there is none."""
    wanted = {"assignment": assignment_id}
    async with database.read() as connection:
        row: Any = (await connection.execute(_WANTED, wanted)).first()
        if row is None:
            return None
        rows: Any = (await connection.execute(_RECEIPTS, wanted)).all() if row[-1] else ()
        of: dict[int, list[ReceivedFile]] = {}
        for submission_id, *file in await connection.execute(_FILES, wanted) if rows else ():
            of.setdefault(submission_id, []).append(ReceivedFile(*file))
        received = [Received(*(*each[1:], tuple(of.get(each.id, ())))) for each in rows]
    return PageRow(*(*row[:-1], tuple(received)))
