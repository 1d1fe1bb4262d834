"""Acknowledge a report: a code, the clock used, in time or after, what is still awaited."""

from datetime import datetime

from deadlines.windows import said_as_before
from dondoc import clock
from dondoc.messages.model import Acknowledgement, to_json
from dondoc.store.campaigns import CampaignRow
from dondoc.store.duties import DutyPeriodRow
from dondoc.store.engine import Connection
from dondoc.store.letters import add_letter
from dondoc.store.submissions import AssignmentRow, Officer, officer_of
from tasks.compose import sender_of
from tasks.receipts import Document, Receipt, StoredFile
from tasks.world import World


def clock_words(channel: str) -> str:
    """Return whose clock says when a report was received."""
    return "giờ hệ thống nhận đủ dữ liệu" if channel == "portal" else "giờ bộ phận tiếp nhận ghi nhận"


def confirmation_of(
    world: World,
    owner: CampaignRow,
    row: DutyPeriodRow,
    after: AssignmentRow,
    receipt: Receipt,
    person: Officer | None,
    *,
    document: Document | None,
    files: tuple[StoredFile, ...],
    channel: str,
    at: datetime,
) -> Acknowledgement:
    """Return what is told to `person` of a report that was received."""
    plan = world.plan_of(owner)
    awaited = [] if after.document_received_at else ["document"]
    if plan.timeliness == "data" and not after.data_received_at:
        awaited.append("data")
    verdict = after.judged if after.modality == "mandated" else None
    rule = plan.timeliness
    return Acknowledgement(
        sender=sender_of(plan, clock.local_day(at)),
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
        clock_words=clock_words(channel),
        channel=channel,
        fact="document" if receipt.fact == "document" else "data",
        document_number=document.number if document else None,
        document_date=document.date if document else None,
        document_signer=document.signer if document else None,
        files=tuple((f.name, f.sha256, f.size) for f in files),
        figures=receipt.figures,
        due_on=after.due_on,
        strict=said_as_before(str(row.facts["rule"]), after.due_on),
        verdict="late" if verdict == "late" else "on-time" if verdict == "on-time" else None,
        days_late=receipt.days_late,
        judged_by=rule if rule != "first" and after.judged_at is None else None,
        awaited=tuple(awaited),
        as_of=at,
        rehearsal=owner.state != "live",
    )


async def acknowledge(
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
    """Queue the confirmation that a report was received; returns whether it has an address to go to."""
    person = await officer_of(connection, after.unit_id, clock.local_day(at))
    letter = confirmation_of(
        world, owner, row, after, receipt, person, document=document, files=files, channel=channel, at=at
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
