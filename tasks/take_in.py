"""Take one receipt into an assignment: a further version, judged by the fact the campaign goes by."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from deadlines.lateness import Timeliness, judge, judging
from dondoc.store.campaigns import CampaignRow
from dondoc.store.duties import DutyPeriodRow
from dondoc.store.engine import Connection
from dondoc.store.registry import UnitRef
from dondoc.store.reported import NOTHING_REPORTED, Reported, add_reported
from dondoc.store.review_standing import looked_at_anew, silence_supplements
from dondoc.store.submissions import AssignmentRow, add_submission, names_standing, next_version, note_receipt
from tasks.receipts import Document, StoredFile
from tasks.world import World


@dataclass(frozen=True, slots=True)
class Arrival:
    """What reached the office: when, at which role, by which channel, and who recorded it when."""

    received_at: datetime
    recorded_at: datetime
    by: str
    channel: str
    receiver: str
    document: Document | None = None
    files: tuple[StoredFile, ...] = ()
    names: tuple[str, ...] = ()
    announced: Document | None = None  # the document a unit says it has signed; it has not arrived by this
    form_key: str | None = None  # of the form on the unit's page
    reported: Reported = NOTHING_REPORTED  # what it says in fields
    secret: bool = False  # a document by the secret route, of which nothing need be known
    served_by: int | None = None  # the submission of another campaign that serves here too

    @property
    def fact(self) -> str:
        """Return whether it is data or an official document."""
        return "document" if self.document or self.secret else "data"


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a receipt in did: the submission's row and code, its version, the assignment after it."""

    submission_id: int
    code: str
    version: int
    after: AssignmentRow
    names: tuple[str, ...]


async def take_in(
    world: World, connection: Connection, owner: CampaignRow, row: DutyPeriodRow, unit: UnitRef,
    assignment: AssignmentRow, arrival: Arrival,
) -> Taken:  # fmt: skip
    """Write a receipt down in the transaction under way. A list of names replaces the one before; none leaves it."""
    version = await next_version(connection, assignment.id)
    code = world.code("XN", owner.key, row.duty, row.period, unit.code, assignment.id, version)
    files = [{"name": f.name, "sha256": f.sha256, "size": f.size} for f in arrival.files]
    submission_id = await add_submission(connection, submission_values(arrival, assignment.id, version, code), files)
    await add_reported(connection, submission_id, arrival.reported)
    after = after_receipt(assignment, arrival.fact, arrival.received_at, world.plan_of(owner).timeliness)
    await note_receipt(connection, assignment.id, _noted(assignment, after, arrival))
    await silence_supplements(connection, world.database, [assignment.id], arrival.recorded_at)
    return Taken(submission_id, code, version, after, tuple(await names_standing(connection, assignment.id)))


def submission_values(arrival: Arrival, assignment_id: int, version: int, code: str) -> dict[str, Any]:
    """Return a receipt as the row it becomes."""
    document = arrival.document or arrival.announced
    said: dict[str, Any] = {"names": list(arrival.names)} if arrival.names else {}  # null in SQL, not in JSON
    return {
        "code": code, "assignment_id": assignment_id, "version": version, "fact": arrival.fact,
        "channel": arrival.channel, "receiver": arrival.receiver, "received_at": arrival.received_at,
        "recorded_at": arrival.recorded_at, "recorded_by": arrival.by,
        "document_number": document.number if document else None,
        "document_date": document.date if document else None,
        "signer": document.signer if document else None,
        "served_by_id": arrival.served_by, "form_key": arrival.form_key, **said,
    }  # fmt: skip


def _noted(before: AssignmentRow, after: AssignmentRow, arrival: Arrival) -> dict[str, Any]:
    closed = {"state": "submitted", "closed_at": arrival.recorded_at} if before.state == "open" else {}
    return {
        "data_received_at": after.data_received_at, "document_received_at": after.document_received_at,
        "first_received_at": after.first_received_at, "judged": after.judged, "judged_at": after.judged_at, **closed,
        **looked_at_anew(arrival.received_at, arrival.recorded_at),
    }  # fmt: skip


def after_receipt(assignment: AssignmentRow, fact: str, arrived: datetime, rule: Timeliness) -> AssignmentRow:
    """Return an assignment after a receipt, as `data` or `document`, judged by the fact its campaign goes by."""
    data, document = assignment.data_received_at, assignment.document_received_at
    if fact == "data":
        data = min(data, arrived) if data else arrived
    else:
        document = min(document, arrived) if document else arrived
    judged_at = judging(rule, data, document)
    return replace(
        assignment,
        data_received_at=data,
        document_received_at=document,
        first_received_at=judging("first", data, document),
        judged=judge(judged_at, assignment.due_on),
        judged_at=judged_at,
    )
