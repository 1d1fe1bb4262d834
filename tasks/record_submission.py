"""Record a report that reached the office, judge it once, and queue its acknowledgement."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from deadlines.lateness import days_late, judge
from dondoc import clock
from dondoc.registry.text import search_key
from dondoc.store.campaigns import CampaignRow, campaign
from dondoc.store.duties import DutyPeriodRow, duty_period
from dondoc.store.registry import UnitRef, find_unit
from dondoc.store.submissions import AssignmentRow, add_submission, assignment_of, next_version, note_receipt
from tasks.acknowledge import acknowledge
from tasks.open_duties import assign_on_request, may_be_assigned
from tasks.receipts import Document, Receipt, RefusedReceipt, StoredFile
from tasks.world import World

_BACKDATING_DAYS = 3


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
        after = after_receipt(assignment, fact, arrived)
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
        acknowledged = await acknowledge(
            world, connection, owner, row, after, receipt, document=document, files=files, channel=channel, at=as_of
        )
    return replace(receipt, acknowledged=acknowledged)


def receivers_of(plan: Any, duty: str) -> list[str]:
    """Return the roles that may receive a duty's report: those it goes through, else those it goes to."""
    found = next(d for d in plan.duties if d.slug == duty)
    through = [a.via for a in found.addressees if a.via]
    return list(dict.fromkeys(through or [a.to for a in found.addressees])) or ["standing-agency"]


def after_receipt(assignment: AssignmentRow, fact: str, arrived: datetime) -> AssignmentRow:
    """Return an assignment after a receipt, as `data` or `document`: the first one by either fact judges it."""
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
