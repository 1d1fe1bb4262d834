"""Rulings on a whole campaign: facts found later, role holders, settled readings, related campaigns, going live."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from config.grammar import ROLES, did_you_mean
from dondoc import clock
from dondoc.registry.text import search_key
from dondoc.store import campaigns as store
from dondoc.store import duties
from dondoc.store.briefs import withdraw_briefs
from dondoc.store.campaigns import CampaignRow
from dondoc.store.engine import Connection
from dondoc.store.letters import withdraw_queued
from dondoc.store.registry import find_unit_in
from dondoc.store.rulings import add_ruling
from tasks.changing import By, change
from tasks.make_ruling import Ground, RefusedRuling, Ruled, ruled
from tasks.read_backlog import BacklogRow
from tasks.receive_backlog import receive_backlog
from tasks.recompute import Change, recompute
from tasks.trail import note
from tasks.world import World

FACTS = ("number", "date")
RELATIONS = ("superseded_by", "merged_into", "serves")
_LONGEST = 80  # a plan's number


async def fact(world: World, campaign_key: str, name: str, text: str, *, by: By) -> Ruled:
    """Record a fact the plan's copy lacks: its number or its date. The plan's own text stays as it is.

    With both, a draft has been issued: it may rehearse, and then go live. Errors: `RefusedRuling`.
    """
    if name not in FACTS:
        raise RefusedRuling(f"fact '{name}': is none of {', '.join(FACTS)}{did_you_mean(name, FACTS)}")
    if not (by.document or by.reason or by.only_show):
        raise RefusedRuling('a fact has a source: add --document "số, ngày" or --reason "where it was found"')
    if name == "number" and len(text) > _LONGEST:
        raise RefusedRuling(f"number '{text[:30]}…': {len(text)} characters; at most {_LONGEST}")

    async def value(on: Ground) -> dict[str, Any]:
        if name == "date":
            day = date.fromisoformat(text)
            years = range(on.plan.period.first_year - 1, on.plan.period.last_year + 1)
            if day.year not in years or day > clock.local_day(by.as_of):
                raise RefusedRuling(
                    f"date {day:%d/%m/%Y}: no day on which a plan for {on.plan.period.first_year}–"
                    f"{on.plan.period.last_year} can have been issued by now"
                )
        return {"name": name, "value": text}

    done = await ruled(world, campaign_key, "fact", None, None, by, value, f"{campaign_key}: {name} {text}")
    if not by.only_show:
        await _rehearse_when_issued(world, campaign_key)
    return done


async def hold_role(
    world: World, campaign_key: str, role: str, unit: str, first: date, until: date | None, *, by: By
) -> Ruled:
    """Record which organisation holds a role from a day on (until another day); whoever held it before ends there."""
    if role not in ROLES:
        raise RefusedRuling(f"role '{role}': unknown{did_you_mean(role, ROLES)}")
    if until is not None and until < first:
        raise RefusedRuling(f"--until {until:%d/%m/%Y}: before --from {first:%d/%m/%Y}")
    if not (by.document or by.reason or by.only_show):
        raise RefusedRuling('who holds a role is decided by a document: add --document "số, ngày" or --reason "…"')

    async def value(on: Ground) -> dict[str, Any]:
        found = await find_unit_in(on.connection, unit, search_key(unit), first)
        return {"role": role, "unit": found.code, "from": first.isoformat(), "until": until and until.isoformat()}

    said = f"{campaign_key}: {role} held by {unit} from {first:%d/%m/%Y}"
    return await ruled(world, campaign_key, "hold-role", None, None, by, value, said)


async def settle(world: World, campaign_key: str, reading: str, operative: str | None, *, by: By) -> Ruled:
    """Settle how a disputed text is read; the literal words stay, who decided and when is kept beside them."""
    if not (by.document or by.reason or by.only_show):
        raise RefusedRuling('a reading is settled by a document: add --document "số, ngày" or --reason "…"')

    async def value(on: Ground) -> dict[str, Any]:
        known = [each.slug for each in on.plan.readings]
        if reading not in known:
            raise RefusedRuling(f"reading '{reading}': not one of {', '.join(known) or 'none'}")
        return {"reading": reading, "operative": operative}

    return await ruled(world, campaign_key, "settle", None, None, by, value, f"{campaign_key}: {reading} settled")


async def relate(
    world: World, campaign_key: str, relation: str, other: str, *, by: By, on: date | None = None,
    duty: str | None = None, other_duty: str | None = None,
) -> Ruled:  # fmt: skip
    """Relate two campaigns: one is superseded by or merged into another, or a report of one serves the other too.

    What ends asks for nothing from `on` (today at the latest): its steps end `superseded`, its open work is
    withdrawn, or transferred where the campaigns merge. `serves` names a duty of each; a report taken in for the one
    is then a report of the other, judged by that one's own date.
    """
    today = clock.local_day(by.as_of)
    if relation not in RELATIONS:
        raise RefusedRuling(
            f"relation '{relation}': is none of {', '.join(RELATIONS)}{did_you_mean(relation, RELATIONS)}"
        )
    if not (by.document or by.only_show):
        raise RefusedRuling('campaigns are related by a document: add --document "số, ngày"')
    if relation == "serves" and not (duty and other_duty):
        raise RefusedRuling("serves: name the duty of each: --duty DUTY --other-duty DUTY")
    if relation != "serves" and (on or today) > today:
        raise RefusedRuling(f"--on {on:%d/%m/%Y}: lies in the future; record it on its day")

    async def value(ground: Ground) -> dict[str, Any]:
        if other == campaign_key:
            raise RefusedRuling(f"campaign '{other}': cannot be related to itself")
        if relation == "serves":
            await _refuse_unknown_duties(world, ground.connection, ground.campaign, other, str(duty), str(other_duty))
            return {"relation": relation, "other": other, "duty": duty, "other_duty": other_duty}
        return {"relation": relation, "other": other, "on": (on or today).isoformat()}

    return await ruled(world, campaign_key, "relate", None, None, by, value, f"{campaign_key}: {relation} {other}")


async def go_live(
    world: World, campaign_key: str, since: date, *, officer: str, as_of: datetime, document: str | None = None,
    received: Sequence[BacklogRow] = (), only_show: bool = False,
) -> Ruled:  # fmt: skip
    """Take a campaign live from a day on: earlier steps never fire, earlier periods are untracked.

    What the rehearsal queued is withdrawn; its ledger stays, marked as rehearsal. `received` is what was in
    before: recorded and judged, and nobody is written to about it. Errors: `RefusedRuling`, `RegistryError`.
    """
    known = await store.campaign(world.database, campaign_key)
    _refuse_going_live(world, known, since)

    async def work(connection: Connection) -> int:
        campaign = await store.lock_campaign(world.database, connection, known.id)
        if campaign.state != "rehearsal":
            raise RefusedRuling(f"campaign {campaign_key}: another officer has just taken it live")
        made = await add_ruling(
            connection,
            {"campaign_id": known.id, "kind": "go-live", "duty": None, "period": None,
             "value": {"since": since.isoformat()}, "officer": officer, "document": document, "made_at": as_of},
        )  # fmt: skip
        await withdraw_queued(connection, known.id, "rehearsal", "superseded", as_of)
        await withdraw_briefs(connection, known.id, as_of)
        await store.set_state(connection, known.id, "live", since)
        campaign = await store.lock_campaign(world.database, connection, known.id)
        await recompute(world, connection, campaign, Change(as_of, f"live:{made}", made, renew=True))
        taken = await receive_backlog(world, connection, campaign, received, at=as_of, officer=officer)
        what = {"ruling": made, "campaign": campaign_key, "since": since, "document": document, "received": taken}
        note(connection, world, officer, "go-live", what, at=as_of)
        return made

    done = await change(world, work, campaign_ids=[known.id], only_show=only_show)
    return Ruled(done.result, f"{campaign_key}: live since {since:%d/%m/%Y}", done.difference)


def _refuse_going_live(world: World, campaign: CampaignRow, since: date) -> None:
    plan, key = world.plan_of(campaign), campaign.key
    if campaign.state == "live":
        raise RefusedRuling(f"campaign {key}: is live since {campaign.since:%d/%m/%Y}")
    if plan.instrument.number is None or plan.instrument.date is None or plan.instrument.status == "draft":
        raise RefusedRuling(
            f"campaign {key}: its plan has no number or date; record them with 'dondoc rule fact {key} number …' "
            "and 'date …' first"
        )
    if campaign.state == "draft":
        raise RefusedRuling(f"campaign {key}: is a draft; let it rehearse first, then take it live")
    if since.year > plan.period.last_year:
        raise RefusedRuling(f"--since {since:%d/%m/%Y}: after the campaign's last year {plan.period.last_year}")
    if since < plan.instrument.date:
        raise RefusedRuling(f"--since {since:%d/%m/%Y}: before the plan's own date {plan.instrument.date:%d/%m/%Y}")
    if "live" not in world.routes:
        raise RefusedRuling("no relay is configured, live mail would have no way out: set DONDOC_RELAY_HOST")


async def _rehearse_when_issued(world: World, campaign_key: str) -> None:
    """Let a draft rehearse once its number and date are known."""
    known = await store.campaign(world.database, campaign_key)
    if known.state == "draft" and world.plan_of(known).instrument.status == "issued":
        async with world.database.write() as connection:
            await store.set_state(connection, known.id, "rehearsal", known.since)


async def _refuse_unknown_duties(
    world: World, connection: Connection, campaign: CampaignRow, other: str, duty: str, other_duty: str
) -> None:  # fmt: skip
    there = await store.campaign(world.database, other)
    for owner, slug in ((campaign, duty), (there, other_duty)):
        known = sorted({row.duty for row in await duties.duty_periods_in(connection, owner.id)})
        if slug not in known:
            raise RefusedRuling(f"duty '{slug}': not in {owner.key}{did_you_mean(slug, known)}")
