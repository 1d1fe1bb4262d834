"""Load a plan and its registry, or an amended plan: the campaign, its duty periods, cohorts and every step ahead."""

from dataclasses import dataclass
from datetime import date, datetime

from config.errors import Refused
from config.plan import Plan
from deadlines.difference import Difference
from dondoc.registry.bundle import RegistryBundle
from dondoc.registry.text import search_key
from dondoc.store import campaigns as store
from dondoc.store import duties, registry
from dondoc.store.campaigns import CampaignRow
from dondoc.store.engine import Connection
from dondoc.store.rulings import add_ruling
from tasks.changing import change
from tasks.open_duties import open_duties_in
from tasks.recompute import Change, recompute
from tasks.trail import note
from tasks.world import World


class RefusedPlan(Refused):
    """A plan that cannot take the place of the one in use: says why and the way out."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did. `new` is false when the campaign was there already and was left as it is."""

    campaign: CampaignRow
    new: bool
    plan_differs: bool = False


async def load_campaign(
    world: World, plan: Plan, bundle: RegistryBundle, *, as_of: datetime, state: str, since: date,
    by: str = "dondoc",
) -> Loaded:  # fmt: skip
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
        await add_campaign(world, connection, plan, as_of=as_of, state=state, since=since)
        what = {"campaign": plan.key, "sha256": plan.sha256, "state": state, "since": since}
        note(connection, world, by, "plan-loaded", what, at=as_of)
    return Loaded(await store.campaign(database, plan.key), new=True)


def first_state(plan: Plan) -> str:
    """Return in which state a plan is loaded: a draft says nothing before it has a number and a date."""
    return "draft" if plan.instrument.status == "draft" else "rehearsal"


async def add_campaign(
    world: World, connection: Connection, plan: Plan, *, as_of: datetime, state: str, since: date
) -> None:
    """Insert a campaign with everything that follows from its plan; its units are in the registry already."""
    database = world.database
    office_id = await store.save_office(database, connection, plan.office.model_dump())
    text = {"plan_text": plan.text, "plan_sha256": plan.sha256}
    campaign_id = await store.add_campaign(
        connection,
        {"office_id": office_id, "key": plan.key, "name": plan.name, "state": state, "since": since,
         "loaded_at": as_of, "found": {}, "calendar": plan.calendar, **text},
    )  # fmt: skip
    await store.set_plan(connection, campaign_id, text, as_of, None)
    campaign = await store.lock_campaign(database, connection, campaign_id)
    await follow_plan(world, connection, campaign, as_of)
    await recompute(world, connection, campaign, Change(as_of, cause=state))


async def amend_plan(
    world: World, plan: Plan, *, officer: str, document: str | None, as_of: datetime, only_show: bool = False
) -> Difference:
    """Let a campaign go by an amended plan, by the document that amends it; return what that changes.

    What has fired stays. Errors: `UnknownCampaign`, `RefusedPlan`; nothing is changed then.
    """
    known = await store.campaign(world.database, plan.key)
    if plan.sha256 == known.plan_sha256:
        raise RefusedPlan(f"{plan.key}: this is the plan in use, to the letter; there is nothing to change")
    if not document and not only_show:
        raise RefusedPlan('a plan in use is amended by a document: add --document "số, ngày"')

    async def work(connection: Connection) -> None:
        ruling_id = await add_ruling(
            connection,
            {"campaign_id": known.id, "kind": "amend-plan", "duty": None, "period": None,
             "value": {"from": known.plan_sha256, "to": plan.sha256}, "officer": officer, "document": document,
             "made_at": as_of},
        )  # fmt: skip
        values = {"name": plan.name, "calendar": plan.calendar, "plan_text": plan.text, "plan_sha256": plan.sha256}
        await store.set_plan(connection, known.id, values, as_of, ruling_id)
        await store.save_office(world.database, connection, plan.office.model_dump())
        campaign = await store.lock_campaign(world.database, connection, known.id)
        await follow_plan(world, connection, campaign, as_of)
        await recompute(world, connection, campaign, Change(as_of, f"ruling:{ruling_id}", ruling_id, as_of))
        await open_duties_in(world, connection, as_of, campaign)
        what = {"ruling": ruling_id, "campaign": plan.key, "from": known.plan_sha256, "to": plan.sha256,
                "document": document}  # fmt: skip
        note(connection, world, officer, "plan-amended", what, at=as_of)

    return (await change(world, work, campaign_ids=[known.id], only_show=only_show)).difference


async def follow_plan(world: World, connection: Connection, campaign: CampaignRow, as_of: datetime) -> None:
    """Write down who holds which role, and the days on which units, obligors or holders change."""
    plan = world.plan_of(campaign)
    await _save_roles(connection, plan, campaign.id)
    await _save_events(world, connection, plan, campaign.id, as_of, campaign.since)


async def save_registry(world: World, connection: Connection, bundle: RegistryBundle) -> None:
    """Save units, successions and contacts; what is known already is refreshed."""
    database = world.database
    await registry.save_units(
        database,
        connection,
        (
            {"code": u.code, "valid_from": u.valid_from, "valid_to": u.valid_to, "kind": u.kind, "name": u.name,
             "office_name": u.office_name, "search_key": search_key(u.name), "parent_code": u.parent_code,
             "province_code": u.province_code, "territory": u.territory,
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
    await store.set_role_holders(
        connection,
        campaign_id,
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
