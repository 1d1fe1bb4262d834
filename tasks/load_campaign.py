"""Load a plan and its registry: the campaign, its duty periods, cohorts and every step they will ever take."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from config.plan import Plan
from deadlines.duties import expand_duties
from deadlines.ladders import CohortPlan, plan_cohort
from deadlines.model import DutyPeriod
from dondoc.registry.bundle import RegistryBundle
from dondoc.registry.text import search_key
from dondoc.store import campaigns as store
from dondoc.store import duties, registry
from dondoc.store.campaigns import CampaignRow
from dondoc.store.duties import DutyPeriodRow
from dondoc.store.engine import Connection
from tasks.world import World

Announce = Literal["informs", "changed"] | None
DUE_MODALITIES = ("mandated", "requested", "invited")  # the encouraged owe nothing that could be asked for


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did. `new` is false when the campaign was there already and was left as it is."""

    campaign: CampaignRow
    new: bool
    plan_differs: bool = False


async def load_campaign(
    world: World, plan: Plan, bundle: RegistryBundle, *, as_of: datetime, state: str, since: date
) -> Loaded:
    """Load a campaign in one transaction: all of it or nothing.

    Steps before `since` are born `before-go-live`; periods that ended before it are untracked.
    A campaign that is loaded already stays as it is.
    """
    database = world.database
    for known in await store.campaigns(database):
        if known.key == plan.key:
            return Loaded(known, new=False, plan_differs=known.plan_sha256 != plan.sha256)
    async with database.write() as connection:
        await save_registry(world, connection, bundle)
        office_id = await store.save_office(database, connection, plan.office.model_dump())
        campaign_id = await store.add_campaign(
            connection,
            {"office_id": office_id, "key": plan.key, "name": plan.name, "state": state, "since": since,
             "plan_text": plan.text, "plan_sha256": plan.sha256, "loaded_at": as_of, "found": {}, "calendar": "vn"},
        )  # fmt: skip
        await _save_roles(connection, plan, campaign_id)
        for duty_period in expand_duties(plan, world.calendar):
            await add_period(world, connection, plan, campaign_id, duty_period, cause=state, since=since)
        await _save_events(world, connection, plan, campaign_id, as_of, since)
    return Loaded(await store.campaign(database, plan.key), new=True)


async def add_period(
    world: World,
    connection: Connection,
    plan: Plan,
    campaign_id: int,
    duty_period: DutyPeriod,
    *,
    cause: str,
    since: date,
    decided_at: datetime | None = None,
    ruling_id: int | None = None,
) -> DutyPeriodRow:
    """Insert one duty period with a cohort and its steps for each modality; return it."""
    d = duty_period
    values = {
        "campaign_id": campaign_id, "duty": d.duty, "period": d.period, "kind": d.kind, "title": d.title,
        "opens_on": _opens_on(plan, d, since), "due_on": d.due_on, "target_on": d.target_on, "bound_on": d.bound_on,
        "confirmed": d.confirmed, "tracked": not _is_over(d, since), "binding": True, "ruling_id": ruling_id,
        "facts": d.as_json(),
    }  # fmt: skip
    row_id = await duties.add_duty_period(connection, values)
    names = [name for name in DutyPeriodRow.__slots__ if name not in ("id", "opened_at")]
    row = DutyPeriodRow(id=row_id, opened_at=None, **{name: values[name] for name in names})  # type: ignore[arg-type]
    for modality in modalities(d):
        announce: Announce = "informs" if decided_at else None
        cohort = cohort_of(world, plan, d, modality, cause=cause, since=since, decided_at=decided_at, announce=announce)
        await duties.save_cohort(world.database, connection, row, cohort, generation=0)
    return row


def cohort_of(
    world: World,
    plan: Plan,
    duty_period: DutyPeriod,
    modality: str,
    *,
    cause: str,
    since: date,
    decided_at: datetime | None = None,
    announce: Announce = None,
) -> CohortPlan:
    """Return the cohort of one modality of a duty period with its planned steps."""
    return plan_cohort(
        modality=modality,
        due_on=duty_period.due_on,
        target_on=duty_period.target_on,
        confirmed=duty_period.confirmed,
        ladder=plan.ladder_for(duty_period.duty, modality),
        cause=cause,
        since=max(since, plan.starts_on),
        decided_at=decided_at,
        calendar=world.calendar,
        announce=announce,
    )


def modalities(duty_period: DutyPeriod) -> list[str]:
    """Return the modalities with which somebody owes a duty at some time."""
    return [m for m in DUE_MODALITIES if any(o.modality == m for o in duty_period.obligors)]


def _is_over(duty_period: DutyPeriod, since: date) -> bool:
    last = duty_period.due_on or duty_period.bound_on
    if last is None and duty_period.period.isdigit():
        last = date(int(duty_period.period), 12, 31)
    return last is not None and last < since


def _opens_on(plan: Plan, duty_period: DutyPeriod, since: date) -> date | None:
    """Return the day on which units are resolved: the stated one; undated duties open with their year.

    What waits for a request or an occasion opens only when an officer says so.
    """
    if duty_period.opens_on is not None:
        return duty_period.opens_on
    if duty_period.rule.startswith(("on request", "on occasion")):
        return None
    if duty_period.period.isdigit():
        return max(date(int(duty_period.period), 1, 1), plan.starts_on)
    return plan.starts_on


async def save_registry(world: World, connection: Connection, bundle: RegistryBundle) -> None:
    """Save units, successions and contacts; what is known already is refreshed."""
    database = world.database
    await registry.save_units(
        database,
        connection,
        (
            {"code": u.code, "valid_from": u.valid_from, "valid_to": u.valid_to, "kind": u.kind, "name": u.name,
             "office_name": u.office_name, "search_key": search_key(u.name), "parent_code": u.parent_code,
             "province_code": u.province_code, "territory": u.province_code,
             "protocol_order": u.protocol_order, "sample": u.sample}
            for u in bundle.units
        ),
    )  # fmt: skip
    ids = await registry.unit_ids(connection)
    await registry.save_successions(
        database,
        connection,
        (
            {"predecessor_id": ids[s.predecessor], "successor_id": ids[s.successor], "on_date": s.on_date,
             "rule": s.rule}
            for s in bundle.successions
        ),
    )  # fmt: skip
    people = await registry.save_persons(database, connection, dict.fromkeys(c.email for c in bundle.contacts))
    await registry.save_contacts(
        database,
        connection,
        (
            {"unit_id": ids[c.unit], "person_id": people[c.email], "role": c.role, "name": c.name,
             "position": c.position, "phone": c.phone, "valid_from": c.valid_from, "valid_to": c.valid_to,
             "sample": c.sample}
            for c in bundle.contacts
        ),
    )  # fmt: skip


async def _save_roles(connection: Connection, plan: Plan, campaign_id: int) -> None:
    await store.add_role_holders(
        connection,
        [
            {"campaign_id": campaign_id, "role": name, "unit_code": holder.unit,
             "valid_from": holder.from_ or date(1900, 1, 1),
             "valid_to": date.fromordinal(holder.until.toordinal() + 1) if holder.until else None}
            for name, role in plan.roles.items()
            for holder in role.holders
        ],
    )  # fmt: skip


async def _save_events(
    world: World, connection: Connection, plan: Plan, campaign_id: int, as_of: datetime, since: date
) -> None:
    days = set(await duties.registry_days(connection, plan.province.code))
    for duty in plan.duties:
        days.update(obligor.from_ for obligor in duty.obligors if obligor.from_)
    for role in plan.roles.values():
        days.update(holder.from_ for holder in role.holders if holder.from_)
    start = max(since, plan.starts_on)
    await duties.add_registry_events(
        world.database, connection, campaign_id, sorted(day for day in days if day <= start), as_of
    )
    await duties.add_registry_events(
        world.database, connection, campaign_id, sorted(day for day in days if day > start), None
    )
