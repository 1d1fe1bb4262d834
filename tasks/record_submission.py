"""Record a report that reached the office, judge it once, and queue its acknowledgement."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from config.plan import Count
from deadlines.coverage import standing
from deadlines.lateness import days_late
from dondoc import clock
from dondoc.registry.text import search_key
from dondoc.store import secret_route
from dondoc.store.campaigns import CampaignRow, campaign
from dondoc.store.duties import DutyPeriodRow, duty_period
from dondoc.store.registry import UnitRef, find_unit
from dondoc.store.reported import NOTHING_REPORTED, Reported
from dondoc.store.submissions import assignment_of, submission_of_form
from tasks.acknowledge import acknowledge
from tasks.open_duties import assign_on_request, may_be_assigned
from tasks.receipts import Document, Receipt, RefusedReceipt, StoredFile, names_of, receivers_of
from tasks.serve_others import serve_others
from tasks.take_in import Arrival, Taken, take_in
from tasks.trail import note
from tasks.world import World

_BACKDATING_DAYS = 3


class AlreadyRecorded(RefusedReceipt):
    """The same form has become a submission before: `code` is what it is looked up by."""

    def __init__(self, code: str) -> None:
        super().__init__(f"form: was recorded before as {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Intake:
    """What a receipt is about: campaign, duty period, unit, the role that received it, and whom it names."""

    campaign: CampaignRow
    row: DutyPeriodRow
    unit: UnitRef
    receiver: str
    names: tuple[str, ...] = ()
    count: Count | None = None


async def check_submission(
    world: World, campaign_key: str, duty: str, period: str, unit_text: str, *, as_of: datetime,
    received_at: datetime | None = None, receiver: str | None = None, document: Document | None = None,
    names: Sequence[str] = (), secret: bool = False,
) -> Intake:  # fmt: skip
    """Return what a receipt is about, as far as that can be said without writing anything.

    Errors: `RefusedReceipt`, `UnknownCampaign`, `UnknownDuty`, `UnknownUnit`.
    """
    intake = await _intake(
        world, campaign_key, duty, period, unit_text, as_of, received_at, receiver, document, names, secret=secret
    )
    async with world.database.read() as connection:
        assignment = await assignment_of(world.database, connection, intake.row.id, intake.unit.id)
    if assignment is None and not await may_be_assigned(world, intake.row, intake.unit, as_of):
        raise _owes_nothing(intake.unit, intake.row)
    return intake


async def _intake(
    world: World, campaign_key: str, duty: str, period: str, unit_text: str, as_of: datetime,
    received_at: datetime | None, receiver: str | None, document: Document | None, names: Sequence[str],
    *, secret: bool = False,
) -> Intake:  # fmt: skip
    database, arrived = world.database, received_at or as_of
    owner = await campaign(database, campaign_key)
    row = await duty_period(database, owner.id, duty, period)
    _refuse_impossible(arrived, as_of, document, documented=secret or document is not None)
    unit = await find_unit(database, unit_text, search_key(unit_text), clock.local_day(arrived))
    plan = world.plan_of(owner)
    roles = receivers_of(plan, duty)
    if receiver is not None and receiver not in roles:
        raise RefusedReceipt(f"--receiver '{receiver}': {duty} goes to {', '.join(roles)}")
    count = plan.duty(duty).count
    return Intake(owner, row, unit, receiver or roles[0], names_of(names, count, duty), count)


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
    names: Sequence[str] = (),
    by: str = "desk",
    channel: str = "desk",
    announced: Document | None = None,
    form_key: str | None = None,
    reported: Reported = NOTHING_REPORTED,
    secret: bool = False,
) -> Receipt:
    """Record one receipt of a unit's report as data or as an official document.

    The first receipt by either fact, at either receiver, judges the report, unless its campaign goes by one of the
    two (`timeliness`); an earlier one recorded later (paper that lay in a register) is judged anew by its own time.
    Late stays late. `names` are those it registers, where the plan counts them (pilots); they replace the list before.
    `announced` is the document a unit says it has signed: what comes with it is data all the same. A form on the
    unit's page carries a `form_key`. By the `secret` route nothing of it is known but that it came: its document need
    not be named, and neither files nor names are taken. `reported` is what it says field by field.
    Errors: `AlreadyRecorded` for the same form again; `RefusedReceipt`, `UnknownCampaign`, `UnknownDuty`,
    `UnknownUnit`; nothing is written then.
    """
    channel = "secret" if secret else channel
    intake = await _intake(
        world, campaign_key, duty, period, unit_text, as_of, received_at, receiver, document, names, secret=secret
    )
    if secret and (files or intake.names or reported != NOTHING_REPORTED):
        raise RefusedReceipt("--secret: what comes by the secret route leaves no file, no names here; leave them out")
    owner, row, unit = intake.campaign, intake.row, intake.unit
    arrival = Arrival(
        received_at or as_of, as_of, by, channel, intake.receiver, document=document, files=files, names=intake.names,
        announced=announced, form_key=form_key, reported=reported, secret=secret,
    )  # fmt: skip
    async with world.database.write() as connection:
        assignment = await assignment_of(world.database, connection, row.id, unit.id)
        if assignment is None:
            assignment = await assign_on_request(world, connection, owner, row, unit, as_of)
        if assignment is None:
            raise _owes_nothing(unit, row)
        # The assignment is locked: of two forms with one key the second sees what the first has become.
        if form_key is not None and (same := await submission_of_form(connection, assignment.id, form_key)):
            raise AlreadyRecorded(same)
        taken = await take_in(world, connection, owner, row, unit, assignment, arrival)
        if secret:
            await secret_route.end(connection, assignment.id, taken.submission_id, as_of)
        served = await serve_others(world, connection, owner, row, unit, arrival, taken)
        receipt = replace(_receipt(intake, arrival, taken), served=served)
        acknowledged = await acknowledge(
            world, connection, owner, row, taken.after, receipt, document=document or announced, files=files,
            channel=channel, at=as_of,
        )  # fmt: skip
        if channel in ("desk", "secret"):  # what a unit sends in itself is its own act
            what = {"campaign": owner.key, "duty": row.duty, "period": row.period, "unit": unit.code,
                    "code": taken.code, "fact": arrival.fact, "received_at": arrival.received_at,
                    "document": document.number if document else None}  # fmt: skip
            note(connection, world, by, "submission", what, at=as_of)
    return replace(receipt, acknowledged=acknowledged)


def _receipt(intake: Intake, arrival: Arrival, taken: Taken) -> Receipt:
    after, count = taken.after, intake.count
    late_by = days_late(after.judged_at, after.due_on) if after.judged_at else 0
    return Receipt(
        taken.code, intake.unit, intake.row.duty, intake.row.period, arrival.fact, taken.version, arrival.received_at,
        after.judged, late_by, False, after.modality, names=taken.names,
        standing=standing(True, len(taken.names), count) if count else None, count=count,
        figures=len(arrival.reported.values),
    )  # fmt: skip


def _refuse_impossible(arrived: datetime, as_of: datetime, document: Document | None, *, documented: bool) -> None:
    if arrived > as_of:
        raise RefusedReceipt(
            f"--received-at {arrived.astimezone(clock.LOCAL):%d/%m/%Y %H:%M}: lies in the future; "
            f"it is {as_of.astimezone(clock.LOCAL):%d/%m/%Y %H:%M} now"
        )
    back = (clock.local_day(as_of) - clock.local_day(arrived)).days
    if back > _BACKDATING_DAYS and not documented:
        raise RefusedReceipt(
            f"--received-at: {back} days back; more than {_BACKDATING_DAYS} need the document: "
            '--document "số; ngày; người ký"'
        )
    if document and document.date > clock.local_day(as_of):
        raise RefusedReceipt(f"--document date {document.date:%d/%m/%Y}: lies in the future")
