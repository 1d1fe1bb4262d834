"""Read the file of what was in before a campaign went live: every problem at once, with its line."""

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from dondoc import clock
from dondoc.registry.files import read_records
from dondoc.registry.problems import Problems
from dondoc.registry.record import Columns, Record
from tasks.receipts import Document

COLUMNS = Columns(
    required=("unit", "duty", "period", "received_at"),
    optional=("receiver", "document_number", "document_date", "signer"),
    sheet="received",
    digits={"unit": 5},
)
_MORNING = time(8)  # a register that gives the day alone


@dataclass(frozen=True, slots=True)
class BacklogRow:
    """One receipt as a line of the file says it; `unit` a code or a name, `received_at` in UTC."""

    unit: str
    duty: str
    period: str
    received_at: datetime
    receiver: str | None
    document: Document | None
    file: str
    line: int


def read_backlog(path: Path) -> list[BacklogRow]:
    """Return the receipts of a CSV file or an Excel workbook, in its order.

    `received_at` is a day, or a day and time in Vietnam. A document is given by its number, day and signer together.
    Errors: `RegistryError` with every problem of the file.
    """
    problems, rows = Problems(), []
    for record in read_records(path, COLUMNS, problems):
        row = _row(record)
        if record.sound:
            rows.append(row)
    problems.raise_if_any()
    return rows


def _row(record: Record) -> BacklogRow:
    return BacklogRow(
        unit=record.text("unit", 300),
        duty=record.text("duty", 80),
        period=record.text("period", 20),
        received_at=_moment(record),
        receiver=record.text("receiver", 40, default="") or None,
        document=_document(record),
        file=record.file,
        line=record.line,
    )


def _moment(record: Record) -> datetime:
    text = record.text("received_at", 20)
    for pattern in ("%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M", "%Y-%m-%d", "%d/%m/%Y"):
        try:
            read = datetime.strptime(text, pattern).replace(tzinfo=clock.LOCAL)
        except ValueError:
            continue
        return clock.at_local(read.date(), read.time() if "%H" in pattern else _MORNING)
    if text:
        record.refuse("received_at", f"'{text}' is no time; write '2026-11-14 16:30' (Vietnam time) or the day alone")
    return clock.at_local(date(2000, 1, 1), _MORNING)


def _document(record: Record) -> Document | None:
    number, signer = record.text("document_number", 80, default=""), record.text("signer", 200, default="")
    day = record.day_or_none("document_date")
    if not (number or signer or day):
        return None
    if not (number and signer and day):
        record.refuse("document_number", "a document has its number, document_date and signer; fill in all three")
        return None
    return Document(number, day, signer)
