"""Record a report that reached the office, judge it once, and queue its acknowledgement."""

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from config.errors import Refused
from deadlines.lateness import days_late, judge
from dondoc import clock
from dondoc.messages.model import Acknowledgement, to_json
from dondoc.registry.text import search_key, strange_character
from dondoc.store.campaigns import CampaignRow, campaign
from dondoc.store.duties import DutyPeriodRow, duty_period
from dondoc.store.engine import Connection
from dondoc.store.outbox import add_letter
from dondoc.store.registry import UnitRef, find_unit
from dondoc.store.submissions import (
    AssignmentRow,
    add_submission,
    assignment_of,
    next_version,
    note_receipt,
    officer_of,
)
from tasks.compose import sender_of
from tasks.open_duties import assign_on_request, may_be_assigned
from tasks.world import World

_BACKDATING_DAYS = 3
_MAX_FILE = 50 * 1024 * 1024
_MAX_NUMBER, _MAX_SIGNER = 80, 200  # what dondoc/store/tables.py keeps


class RefusedReceipt(Refused):
    """A receipt that cannot be recorded as told: names what is wrong and the way out."""


@dataclass(frozen=True, slots=True)
class Document:
    """The official document of a report: số/ký hiệu, ngày ký, người ký."""

    number: str
    date: date
    signer: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the desk learns when it has recorded a report."""

    code: str
    unit: UnitRef
    duty: str
    period: str
    fact: str
    version: int
    received_at: datetime
    judged: str | None
    days_late: int
    acknowledged: bool
    modality: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file kept under its SHA-256: `name` as given (NFC, one path part), size in bytes."""

    name: str
    sha256: str
    size: int


def parse_document(text: str) -> Document:
    """Read "số; ngày; người ký", for instance "45/BC-UBND; 12/11/2026; Nguyễn Văn Mẫu".

    Errors: `RefusedReceipt`.
    """
    parts = [unicodedata.normalize("NFC", part.strip()) for part in text.split(";")]
    if len(parts) != 3 or not all(parts):
        raise RefusedReceipt(f"--document '{text}': write 'số; ngày; người ký', e.g. '45/BC-UBND; 12/11/2026; Tên'")
    matched = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})|(\d{4})-(\d{2})-(\d{2})", parts[1])
    try:
        d, m, y, y2, m2, d2 = matched.groups() if matched else (None,) * 6
        signed_on = date(int(y or y2 or 0), int(m or m2 or 0), int(d or d2 or 0))
    except ValueError:
        raise RefusedReceipt(f"--document date '{parts[1]}': write dd/mm/yyyy") from None
    for what, part, longest in (("số", parts[0], _MAX_NUMBER), ("người ký", parts[2], _MAX_SIGNER)):
        if len(part) > longest:  # cut short it would be another document's
            raise RefusedReceipt(f"--document {what} '{part[:40]}…': {len(part)} characters; at most {longest}")
    return Document(parts[0], signed_on, parts[2])


def keep_files(paths: Sequence[Path], store: Path) -> tuple[StoredFile, ...]:
    """Copy the files of one report under their hashes. Errors: `RefusedReceipt`, before any of them is copied."""
    names = [_name_of(path) for path in paths]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RefusedReceipt(f"file {twice}: given twice; a report holds each name once, rename one of them")
    for path in paths:
        _refuse_unusable(path)
    return tuple(keep_file(path, store) for path in paths)


def keep_file(path: Path, store: Path) -> StoredFile:
    """Copy a file under its hash, flushed to disk before anything refers to it.

    Errors: `RefusedReceipt` for what cannot be read or is too large.
    """
    name = _name_of(path)
    _refuse_unusable(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RefusedReceipt(f"file {path}: {error.strerror or error}") from None
    size, digest = len(content), hashlib.sha256(content).hexdigest()
    store.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = store / digest
    if not target.exists():
        partial = store / f"{digest}.{os.getpid()}.part"
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)  # complete or absent, never half of it
    return StoredFile(name, digest, size)


def _name_of(path: Path) -> str:
    """Return a file's name as the ledger and the acknowledgement show it: NFC, one path part."""
    name = unicodedata.normalize("NFC", path.name)
    if strange := strange_character(name):  # also a name that is not UTF-8
        raise RefusedReceipt(f"file {path}: its name holds {strange}; rename it")
    return name


def _refuse_unusable(path: Path) -> None:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise RefusedReceipt(f"file {path}: not a regular file")
        if not os.access(path, os.R_OK):
            raise RefusedReceipt(f"file {path}: may not be read")
    except (OSError, ValueError) as error:
        raise RefusedReceipt(f"file {path}: {getattr(error, 'strerror', None) or error}") from None
    if found.st_size > _MAX_FILE:
        raise RefusedReceipt(f"file {path}: {found.st_size} bytes; at most {_MAX_FILE}")


@dataclass(frozen=True, slots=True)
class Intake:
    """What a receipt is about: campaign, duty period, unit, and the role that received it."""

    campaign: CampaignRow
    row: DutyPeriodRow
    unit: UnitRef
    receiver: str


async def check_submission(
    world: World, campaign_key: str, duty: str, period: str, unit_text: str, *, as_of: datetime,
    received_at: datetime | None = None, receiver: str | None = None, document: Document | None = None,
) -> Intake:  # fmt: skip
    """Return what a receipt is about, as far as that can be said without writing anything.

    Errors: `RefusedReceipt`, `UnknownCampaign`, `UnknownDuty`, `UnknownUnit`.
    """
    intake = await _intake(world, campaign_key, duty, period, unit_text, as_of, received_at, receiver, document)
    async with world.database.read() as connection:
        assignment = await assignment_of(world.database, connection, intake.row.id, intake.unit.id)
    if assignment is None and not await may_be_assigned(world, intake.row, intake.unit):
        raise _owes_nothing(intake.unit, intake.row)
    return intake


async def _intake(
    world: World, campaign_key: str, duty: str, period: str, unit_text: str, as_of: datetime,
    received_at: datetime | None, receiver: str | None, document: Document | None,
) -> Intake:  # fmt: skip
    database, arrived = world.database, received_at or as_of
    owner = await campaign(database, campaign_key)
    row = await duty_period(database, owner.id, duty, period)
    _refuse_impossible(arrived, as_of, document)
    unit = await find_unit(database, unit_text, search_key(unit_text), clock.local_day(arrived))
    roles = receivers_of(world.plan_of(owner), duty)
    if receiver is not None and receiver not in roles:
        raise RefusedReceipt(f"--receiver '{receiver}': {duty} goes to {', '.join(roles)}")
    return Intake(owner, row, unit, receiver or roles[0])


def _owes_nothing(unit: UnitRef, row: DutyPeriodRow) -> RefusedReceipt:
    return RefusedReceipt(f"unit '{unit.name}': owes nothing under {row.duty} {row.period}; see 'dondoc status'")


async def record_submission(
    world: World,
    campaign_key: str,
    duty: str,
    period: str,
    unit_text: str,
    *,
    as_of: datetime,
    received_at: datetime | None = None,
    receiver: str | None = None,
    document: Document | None = None,
    files: tuple[StoredFile, ...] = (),
    by: str = "desk",
    channel: str = "desk",
) -> Receipt:
    """Record one receipt of a unit's report as data or as an official document.

    The first receipt by either fact, at either receiver, judges the report; an earlier one recorded later
    (paper that lay in a register) is judged anew by its own time. Late stays late.
    Errors: `RefusedReceipt`, `UnknownCampaign`, `UnknownDuty`, `UnknownUnit`; nothing is written then.
    """
    database, arrived = world.database, received_at or as_of
    intake = await _intake(world, campaign_key, duty, period, unit_text, as_of, received_at, receiver, document)
    owner, row, unit = intake.campaign, intake.row, intake.unit
    async with database.write() as connection:
        assignment = await assignment_of(database, connection, row.id, unit.id)
        if assignment is None:
            assignment = await assign_on_request(world, connection, owner, row, unit, as_of)
        if assignment is None:
            raise _owes_nothing(unit, row)
        version = await next_version(connection, assignment.id)
        code = world.code("XN", campaign_key, duty, period, unit.code, assignment.id, version)
        fact = "document" if document else "data"
        values: dict[str, Any] = {
            "code": code, "assignment_id": assignment.id, "version": version, "fact": fact, "channel": channel,
            "receiver": intake.receiver, "received_at": arrived, "recorded_at": as_of, "recorded_by": by,
            "document_number": document.number if document else None,
            "document_date": document.date if document else None,
            "signer": document.signer if document else None,
        }  # fmt: skip
        await add_submission(connection, values, [{"name": f.name, "sha256": f.sha256, "size": f.size} for f in files])
        after = _received(assignment, fact, arrived)
        await note_receipt(
            connection,
            assignment.id,
            {
                "state": "submitted" if assignment.state == "open" else assignment.state,
                "closed_at": as_of if assignment.state == "open" else None,
                "data_received_at": after.data_received_at,
                "document_received_at": after.document_received_at,
                "first_received_at": after.first_received_at,
                "judged": after.judged,
            }
            if assignment.state == "open"
            else {
                "data_received_at": after.data_received_at,
                "document_received_at": after.document_received_at,
                "first_received_at": after.first_received_at,
                "judged": after.judged,
            },
        )
        late_by = days_late(after.first_received_at, after.due_on) if after.first_received_at else 0
        receipt = Receipt(code, unit, duty, period, fact, version, arrived, after.judged, late_by, False,
                          assignment.modality)  # fmt: skip
        acknowledged = await _acknowledge(
            world, connection, owner, row, after, receipt, document=document, files=files, channel=channel, at=as_of
        )
    return replace(receipt, acknowledged=acknowledged)


def receivers_of(plan: Any, duty: str) -> list[str]:
    """Return the roles that may receive a duty's report: those it goes through, else those it goes to."""
    found = next(d for d in plan.duties if d.slug == duty)
    through = [a.via for a in found.addressees if a.via]
    return list(dict.fromkeys(through or [a.to for a in found.addressees])) or ["standing-agency"]


def _received(assignment: AssignmentRow, fact: str, arrived: datetime) -> AssignmentRow:
    data, document = assignment.data_received_at, assignment.document_received_at
    if fact == "data":
        data = min(data, arrived) if data else arrived
    else:
        document = min(document, arrived) if document else arrived
    first = min(at for at in (data, document) if at is not None)
    return replace(
        assignment,
        data_received_at=data,
        document_received_at=document,
        first_received_at=first,
        judged=judge(first, assignment.due_on),
    )


async def _acknowledge(
    world: World,
    connection: Connection,
    owner: CampaignRow,
    row: DutyPeriodRow,
    after: AssignmentRow,
    receipt: Receipt,
    *,
    document: Document | None,
    files: tuple[StoredFile, ...],
    channel: str,
    at: datetime,
) -> bool:
    plan = world.plan_of(owner)
    person = await officer_of(connection, after.unit_id, clock.local_day(at))
    awaited = [] if after.document_received_at else ["document"]
    verdict = after.judged if after.modality == "mandated" else None
    letter = Acknowledgement(
        sender=sender_of(plan),
        to_name=person.name if person else "",
        to_address=person.address if person else "",
        unit_name=receipt.unit.office_name,
        unit_kind=receipt.unit.kind,
        modality=after.modality,
        duty_kind=row.kind,
        duty_title=row.title,
        period=row.period,
        clause=str(row.facts["clause"]),
        plan_number=plan.instrument.number,
        plan_date=plan.instrument.date,
        campaign_key=owner.key,
        campaign_name=owner.name,
        code=receipt.code,
        received_at=receipt.received_at,
        clock_words="giờ bộ phận tiếp nhận ghi nhận",
        channel=channel,
        fact="document" if document else "data",
        document_number=document.number if document else None,
        document_date=document.date if document else None,
        document_signer=document.signer if document else None,
        files=tuple((f.name, f.sha256, f.size) for f in files),
        due_on=after.due_on,
        strict=str(row.facts["rule"]).startswith("before"),
        verdict="late" if verdict == "late" else "on-time" if verdict == "on-time" else None,
        days_late=receipt.days_late,
        awaited=tuple(awaited),
        as_of=at,
        rehearsal=owner.state != "live",
    )
    return await add_letter(
        world.database,
        connection,
        campaign_id=owner.id,
        assignment_id=after.id,
        person_id=person.person_id if person else None,
        rung=f"ack-{receipt.version}",
        due_key=after.due_on.isoformat() if after.due_on else "undated",
        recipient="officer",
        mode=owner.state,
        kind="acknowledgement",
        wave=f"ack-{receipt.code}",
        local_day=clock.local_day(at),
        not_before=at,
        at=at,
        parameters=to_json(letter),
    )


def _refuse_impossible(arrived: datetime, as_of: datetime, document: Document | None) -> None:
    if arrived > as_of:
        raise RefusedReceipt(
            f"--received-at {arrived.astimezone(clock.LOCAL):%d/%m/%Y %H:%M}: lies in the future; "
            f"it is {as_of.astimezone(clock.LOCAL):%d/%m/%Y %H:%M} now"
        )
    back = (clock.local_day(as_of) - clock.local_day(arrived)).days
    if back > _BACKDATING_DAYS and document is None:
        raise RefusedReceipt(
            f"--received-at: {back} days back; more than {_BACKDATING_DAYS} need the document: "
            '--document "số; ngày; người ký"'
        )
    if document and document.date > clock.local_day(as_of):
        raise RefusedReceipt(f"--document date {document.date:%d/%m/%Y}: lies in the future")
