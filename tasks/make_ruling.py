"""Rulings of a named officer: set a date, confirm a discretionary duty, go live, confirm a reconciliation."""

from dataclasses import dataclass
from datetime import date, datetime

from config.errors import Refused
from config.plan import Plan
from deadlines.duties import confirmed_by, expand_duties, requested_on, with_date
from deadlines.model import DutyPeriod
from dondoc import clock
from dondoc.store import campaigns as store
from dondoc.store import duties
from dondoc.store.briefs import withdraw_briefs
from dondoc.store.campaigns import CampaignRow
from dondoc.store.duties import DutyPeriodRow, UnknownDuty
from dondoc.store.engine import Connection
from dondoc.store.letters import withdraw_queued
from tasks.load_campaign import Announce, add_period, cohort_of, modalities
from tasks.world import World


class RefusedRuling(Refused):
    """A ruling that cannot stand: names what is missing or contradictory and the way out."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a ruling changed: its number, and how many duty periods, old and new steps it touched."""

    ruling_id: int
    summary: str


async def set_date(
    world: World, campaign_key: str, duty: str, period: str, due_on: date, *, officer: str, document: str | None,
    as_of: datetime,
) -> Ruled:  # fmt: skip
    """Give an undated duty its date, or move one; after it the duty behaves like any other.

    A duty on request takes the day of the request as `period` (YYYY-MM-DD) and opens there.
    Errors: `UnknownCampaign`, `UnknownDuty`, `RefusedRuling`.
    """
    campaign = await store.campaign(world.database, campaign_key)
    plan = world.plan_of(campaign)
    if not document:
        raise RefusedRuling('a date is set by a document: add --document "số, ngày"')
    if due_on < clock.local_day(as_of):
        raise RefusedRuling(f"date {due_on:%d/%m/%Y}: lies in the past; a new date binds from today on")
    rows = await duties.duty_periods(world.database, campaign.id)
    stored = next((row for row in rows if row.duty == duty and row.period == period), None)
    value = {"due_on": due_on.isoformat()}
    if stored is None:
        requested = _request(plan, world, duty, period, due_on)
        async with world.database.write() as connection:
            campaign = await store.lock_campaign(world.database, connection, campaign.id)
            if any(
                row.duty == duty and row.period == period
                for row in await duties.duty_periods_in(connection, campaign.id)
            ):
                raise RefusedRuling(f"{duty} {period}: another officer has just opened it; see 'dondoc status'")
            ruling_id = await _record(connection, campaign, "set-date", duty, period, value, officer, document, as_of)
            await add_period(
                world, connection, plan, campaign.id, requested, cause=f"ruling:{ruling_id}", since=campaign.since,
                decided_at=as_of, ruling_id=ruling_id,
            )  # fmt: skip
        return Ruled(ruling_id, f"{duty} {period}: opened, due {due_on:%d/%m/%Y}")
    changed = with_date(_planned(world, plan, stored), due_on, world.calendar)
    if stored.due_on is not None:
        value["previous_due_on"] = stored.due_on.isoformat()
    async with world.database.write() as connection:
        campaign = await store.lock_campaign(world.database, connection, campaign.id)
        ruling_id = await _record(connection, campaign, "set-date", duty, period, value, officer, document, as_of)
        announce: Announce = "changed" if stored.due_on else "informs"
        await _replace(world, connection, plan, campaign, stored, changed, as_of, ruling_id, announce)
    return Ruled(ruling_id, f"{duty} {period}: due {due_on:%d/%m/%Y}")


async def confirm(
    world: World, campaign_key: str, duty: str, period: str, *, officer: str, document: str | None, as_of: datetime
) -> Ruled:
    """Confirm that a duty left to circumstances will be held; from then on it reminds like any other."""
    campaign = await store.campaign(world.database, campaign_key)
    plan = world.plan_of(campaign)
    stored = await duties.duty_period(world.database, campaign.id, duty, period)
    if stored.confirmed:
        raise RefusedRuling(f"{duty} {period}: is confirmed already")
    if stored.due_on is not None and stored.due_on < clock.local_day(as_of):
        raise RefusedRuling(
            f"{duty} {period}: its date {stored.due_on:%d/%m/%Y} has passed; set a new one with 'dondoc rule set-date'"
        )
    if not document:
        raise RefusedRuling('a confirmation rests on a document: add --document "số, ngày"')
    changed = confirmed_by(_planned(world, plan, stored))
    async with world.database.write() as connection:
        campaign = await store.lock_campaign(world.database, connection, campaign.id)
        if any(row.id == stored.id and row.confirmed for row in await duties.duty_periods_in(connection, campaign.id)):
            raise RefusedRuling(f"{duty} {period}: another officer has just confirmed it")
        ruling_id = await _record(connection, campaign, "confirm", duty, period, {}, officer, document, as_of)
        await _replace(world, connection, plan, campaign, stored, changed, as_of, ruling_id, "informs")
    return Ruled(ruling_id, f"{duty} {period}: confirmed")


async def go_live(
    world: World, campaign_key: str, since: date, *, officer: str, as_of: datetime, document: str | None = None
) -> Ruled:
    """Take a campaign live from a day on: earlier steps never fire, earlier periods are untracked.

    What the rehearsal queued is withdrawn; its ledger stays, marked as rehearsal. Errors: `RefusedRuling`.
    """
    campaign = await store.campaign(world.database, campaign_key)
    plan = world.plan_of(campaign)
    if campaign.state == "live":
        raise RefusedRuling(f"campaign {campaign_key}: is live since {campaign.since:%d/%m/%Y}")
    if plan.instrument.number is None or plan.instrument.date is None or plan.instrument.status == "draft":
        raise RefusedRuling(f"campaign {campaign_key}: its plan has no number or date; record them first")
    if campaign.state == "draft":
        raise RefusedRuling(f"campaign {campaign_key}: is a draft; let it rehearse first, then take it live")
    if since.year > plan.period.last_year:
        raise RefusedRuling(f"--since {since:%d/%m/%Y}: after the campaign's last year {plan.period.last_year}")
    if since < plan.instrument.date:
        raise RefusedRuling(f"--since {since:%d/%m/%Y}: before the plan's own date {plan.instrument.date:%d/%m/%Y}")
    if "live" not in world.routes:
        raise RefusedRuling("no relay is configured, live mail would have no way out: set DONDOC_RELAY_HOST")
    async with world.database.write() as connection:
        campaign = await store.lock_campaign(world.database, connection, campaign.id)
        if campaign.state != "rehearsal":
            raise RefusedRuling(f"campaign {campaign_key}: another officer has just taken it live")
        ruling_id = await _record(
            connection, campaign, "go-live", None, None, {"since": since.isoformat()}, officer, document, as_of
        )
        await withdraw_queued(connection, campaign.id, "rehearsal", "superseded", as_of)
        await withdraw_briefs(connection, campaign.id, as_of)
        await store.set_state(connection, campaign.id, "live", since)
        for row in await duties.duty_periods_in(connection, campaign.id):
            planned = _planned(world, plan, row)
            last = planned.due_on or planned.bound_on
            if last is not None and last < since:
                await duties.change_duty_period(connection, row.id, {"tracked": False})
                await duties.withdraw_assignments(connection, row.id, "before-go-live", as_of)
            await _new_cohorts(
                world, connection, plan, row, planned, cause=f"live:{ruling_id}", since=since, decided_at=None, at=as_of
            )
    return Ruled(ruling_id, f"{campaign_key}: live since {since:%d/%m/%Y}")


async def confirm_reconciliation(world: World, *, officer: str, as_of: datetime) -> list[str]:
    """Record that the desk has compared its registers with the ledger; overdue rungs may now leave."""
    confirmed: list[str] = []
    for office in await store.offices(world.database):
        async with world.database.write() as connection:
            await store.confirm_reconciliation(connection, office.id, as_of, officer)
        confirmed.append(str(office.short_name))
    return confirmed


def _planned(world: World, plan: Plan, row: DutyPeriodRow) -> DutyPeriod:
    """Return a stored duty period as the decisions know it: as planned, with what rulings have changed since."""
    found = next(
        (d for d in expand_duties(plan, world.calendar) if d.duty == row.duty and d.period == row.period), None
    )
    if found is None and row.due_on is not None:
        found = _request(plan, world, row.duty, row.period, row.due_on)
    if found is None:
        raise UnknownDuty(f"duty '{row.duty} {row.period}': is not in the plan")
    if row.due_on is not None and row.due_on != found.due_on:
        found = with_date(found, row.due_on, world.calendar)
    return confirmed_by(found) if row.confirmed and not found.confirmed else found


def _request(plan: Plan, world: World, duty: str, period: str, due_on: date) -> DutyPeriod:
    listed = [d for d in expand_duties(plan, world.calendar) if d.duty == duty]
    if not listed:
        raise UnknownDuty(f"duty '{duty}': not in this campaign; known: {', '.join(d.slug for d in plan.duties)}")
    try:
        day = date.fromisoformat(period)
    except ValueError:
        known = ", ".join(d.period for d in listed)
        raise UnknownDuty(f"period '{period}': {duty} has {known}; a request is named by its day, YYYY-MM-DD") from None
    if period != day.isoformat():  # 20261114 and 2026-W46-6 are days too, but would not be found again
        raise UnknownDuty(f"period '{period}': a request is named by its day, write {day.isoformat()}")
    if not plan.starts_on <= day <= due_on:
        raise RefusedRuling(
            f"period {period}: a request is made after the plan ({plan.starts_on:%d/%m/%Y}) and before the date it "
            f"sets ({due_on:%d/%m/%Y})"
        )
    if not listed[0].rule.startswith("on request"):
        raise RefusedRuling(f"{duty}: is not owed on request; its periods are {', '.join(d.period for d in listed)}")
    return requested_on(listed[0], day, due_on, world.calendar)


async def _replace(
    world: World, connection: Connection, plan: Plan, campaign: CampaignRow, row: DutyPeriodRow, changed: DutyPeriod,
    as_of: datetime, ruling_id: int, announce: Announce,
) -> None:  # fmt: skip
    opens_on = row.opens_on or clock.local_day(as_of)
    await duties.change_duty_period(
        connection,
        row.id,
        {"due_on": changed.due_on, "target_on": changed.target_on, "bound_on": changed.bound_on,
         "confirmed": changed.confirmed, "facts": changed.as_json(), "opens_on": opens_on, "tracked": True,
         "ruling_id": ruling_id},
    )  # fmt: skip
    await _new_cohorts(
        world, connection, plan, row, changed, cause=f"ruling:{ruling_id}", since=campaign.since, decided_at=as_of,
        at=as_of, announce=announce,
    )  # fmt: skip


async def _new_cohorts(
    world: World, connection: Connection, plan: Plan, row: DutyPeriodRow, changed: DutyPeriod, *, cause: str,
    since: date, decided_at: datetime | None, at: datetime, announce: Announce = None,
) -> None:  # fmt: skip
    old = await duties.open_cohorts(connection, row.id)
    generation = await duties.next_generation(connection, row.id)
    for modality in modalities(changed):
        planned = cohort_of(
            world, plan, changed, modality, cause=cause, since=since, decided_at=decided_at, announce=announce
        )
        new_id = await duties.save_cohort(world.database, connection, row, planned, generation)
        if modality in old:
            await duties.replace_cohort(connection, old[modality], new_id, at)


async def _record(
    connection: Connection, campaign: CampaignRow, kind: str, duty: str | None, period: str | None,
    value: dict[str, str], officer: str, document: str | None, at: datetime,
) -> int:  # fmt: skip
    return await store.add_ruling(
        connection,
        {"campaign_id": campaign.id, "kind": kind, "duty": duty, "period": period, "value": value,
         "officer": officer, "document": document, "made_at": at},
    )  # fmt: skip
