"""What a unit's own page shows: whose page it is, what is due until when and why, and what was received."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from config.errors import Refused
from config.plan import Plan
from deadlines.lateness import Timeliness, days_late
from deadlines.report_form import ReportForm, form_of
from deadlines.windows import said_as_before
from dondoc import clock
from dondoc.messages.model import Sender
from dondoc.registry.text import search_key
from dondoc.store.campaigns import CampaignRow, campaign
from dondoc.store.duties import duty_period
from dondoc.store.registry import find_unit
from dondoc.store.reported import Reported, assignments_asked, last_values, reported_by
from dondoc.store.reviews import ReviewRow, review_lines, reviews_of, standing_versions
from dondoc.store.secret_route import Announced, announced_by
from dondoc.store.unit_links import LinkRow
from dondoc.store.unit_page import PageRow, page_row
from tasks.compose import organisation, receiver_names, sender_of
from tasks.receipts import receivers_of
from tasks.world import World


@dataclass(frozen=True, slots=True)
class Remark:
    """How one receiver stands to the latest version: `waiting`, `accepted` or `returned`."""

    receiver: str
    state: str


@dataclass(frozen=True, slots=True)
class UnitPage:
    """One assignment as its unit sees it; days are Vietnamese days, `days_left` is negative after the last one."""

    row: PageRow
    owner: CampaignRow
    sender: Sender
    clause: str
    words: str
    plan_number: str | None
    plan_date: date | None
    until: date | None  # the day until which the report is awaited
    strict: bool
    days_left: int | None
    working_days_left: int | None
    receivers: tuple[tuple[str, str | None], ...]
    form: ReportForm
    last: Mapping[str, tuple[str, float]]  # what the unit reported before, measure → (period, value)
    reported: Mapping[int, Reported]  # what each version says in fields
    takes_names: bool  # the plan asks for a list of names: pilots, participants
    timeliness: Timeliness  # which of the two facts says whether it is late
    secret: Announced | None  # said to go by the secret route, and not here yet
    reviews: tuple[Remark, ...]  # what each receiver has said of the latest version, or that it has not yet
    remarks: tuple[ReviewRow, ...]  # what was asked for and why something did not count, the latest first
    supplement_by: date | None  # the last day of a supplement, while one is awaited

    @property
    def takes_report(self) -> bool:
        """Return whether a report can be sent: something is asked for, or more may follow what was sent."""
        return takes_report(self.row.state, self.owner.ended_on)

    @property
    def rehearsal(self) -> bool:
        """Return whether the campaign is only rehearsed."""
        return self.owner.state != "live"

    def late_by(self, received_at: datetime, fact: str) -> int | None:
        """Return by how many days a receipt came after the last day; null where nobody is judged, or not by it."""
        judged = self.row.modality == "mandated" and self.row.due_on is not None and self.timeliness in ("first", fact)
        return days_late(received_at, self.row.due_on) if judged else None


def takes_report(state: str, ended_on: date | None) -> bool:
    """Return whether an assignment in this state takes a report, of a campaign that has ended on a day or not."""
    return state in ("open", "submitted") and ended_on is None


async def unit_page(world: World, link: LinkRow, as_of: datetime) -> UnitPage:
    """Return what the page behind a link shows."""
    return await assignment_page(world, link.assignment_id, as_of)


async def assignment_page(world: World, assignment_id: int, as_of: datetime) -> UnitPage:
    """Return what the page of an assignment shows; its number comes from a link or from the ledger."""
    row = await page_row(world.database, assignment_id)
    assert row is not None  # assignments are never deleted
    owner = await campaign(world.database, row.campaign_key)
    plan, today = world.plan_of(owner), clock.local_day(as_of)
    form = form_of(plan, plan.duty(row.duty), row.unit_kind, row.period)
    made = await reviews_of(world.database, row.assignment_id)
    async with world.database.read() as connection:
        line = await review_lines(connection, row.assignment_id)
        standing = await standing_versions(connection, row.assignment_id)
    until = row.awaited_on or row.due_on
    return UnitPage(
        row, owner, sender_of(plan, today), str(row.facts["clause"]), str(row.facts["words"]),
        plan.instrument.number, plan.instrument.date, until,
        strict=said_as_before(str(row.facts["rule"]), until),
        days_left=(until - today).days if until else None,
        working_days_left=max(0, world.calendar_of(owner).working_days_between(today, until)) if until else None,
        receivers=receiver_names(plan, row.facts, today, world),
        form=form,
        last=await _last(world, row, form),
        reported=await reported_by(world.database, row.assignment_id) if row.received else {},
        takes_names=plan.duty(row.duty).count is not None,
        timeliness=plan.timeliness,
        secret=await announced_by(world.database, row.assignment_id),
        reviews=_reviews(made, standing[0].code, plan, row.duty, today, world) if standing and line.review else (),
        remarks=tuple(each for each in made if each.verdict != "accepted"),
        supplement_by=line.supplement_by if line.review == "returned" else None,
    )  # fmt: skip


async def _last(world: World, row: PageRow, form: ReportForm) -> Mapping[str, tuple[str, float]]:
    measures = [each.measure for each in form.figures]
    return await last_values(world.database, row.assignment_id, measures) if measures else {}


async def pages_asked(
    world: World, campaign_key: str, duty: str, period: str, unit_text: str | None, as_of: datetime
) -> list[tuple[int, str]]:
    """Return (assignment, unit's code) of everybody who owes a report, or of one unit.

    Errors: `UnknownCampaign`, `UnknownDuty`, `UnknownUnit`; `Refused` when nobody owes it.
    """
    owner = await campaign(world.database, campaign_key)
    row = await duty_period(world.database, owner.id, duty, period)
    unit = None
    if unit_text is not None:
        unit = await find_unit(world.database, unit_text, search_key(unit_text), clock.local_day(as_of))
    found = await assignments_asked(world.database, row.id, unit.id if unit else None)
    if not found:
        who = f"unit '{unit.name}'" if unit else "nobody"
        raise Refused(f"{who}: owes nothing under {duty} {period}; see 'dondoc status {campaign_key}'")
    return found


def _reviews(made: list[ReviewRow], newest: str, plan: Plan, duty: str, day: date, world: World) -> tuple[Remark, ...]:
    said = {each.receiver: each.verdict for each in made if each.code == newest}
    roles = receivers_of(plan, duty)
    return tuple(Remark(organisation(plan, role, day, world), said.get(role, "waiting")) for role in roles)
