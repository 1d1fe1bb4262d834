"""Rulings of a named officer on one duty: dates, extensions, late acceptance, waivers, confirmations; undoing one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from config.errors import Refused
from config.grammar import MILESTONES, did_you_mean
from config.plan import Plan
from deadlines.chains import out_of_order
from deadlines.difference import Difference
from deadlines.duties import expand_duties, with_date
from deadlines.milestones import out_of_turn
from deadlines.ruling import Ruling, Scope, standing
from deadlines.rulings import ended_by, found_by, is_decision, periods_under
from dondoc import clock
from dondoc.registry.text import search_key
from dondoc.store import campaigns as store
from dondoc.store import cohorts, duties
from dondoc.store.briefs import withdraw_briefs
from dondoc.store.campaigns import CampaignRow
from dondoc.store.duties import DutyPeriodRow, UnknownDuty
from dondoc.store.engine import Connection
from dondoc.store.following import follow_again
from dondoc.store.letters import withdraw_queued
from dondoc.store.registry import find_unit_in
from dondoc.store.rulings import add_ruling, complete_ruling, rulings_in, set_found, unit_of_ruling
from tasks.changing import By, change
from tasks.load_campaign import follow_plan
from tasks.open_duties import open_duties_in
from tasks.recompute import Change, recompute
from tasks.trail import note
from tasks.world import World


class RefusedRuling(Refused):
    """A ruling that cannot stand: names what is missing or contradictory and the way out."""


@dataclass(frozen=True, slots=True)
class For:
    """Whom a ruling is for, as an officer names it: a unit, a kind of unit, a unit and all under it; else everybody."""

    unit: str | None = None
    kind: str | None = None
    under: str | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a ruling did: its number, what it says, and what it changed."""

    ruling_id: int
    summary: str
    difference: Difference


EVERYBODY = For()


@dataclass(frozen=True, slots=True)
class Ground:
    """What a ruling is made upon, inside its transaction: the campaign, its plan and rulings, the duty's row."""

    world: World
    connection: Connection
    campaign: CampaignRow
    plan: Plan
    rulings: list[Ruling]
    scope: Scope
    unit_id: int | None
    row: DutyPeriodRow | None


async def set_date(
    world: World, campaign_key: str, duty: str, period: str, due_on: date, *, officer: str, document: str | None,
    as_of: datetime, whom: For = EVERYBODY, reason: str | None = None, only_show: bool = False,
) -> Ruled:  # fmt: skip
    """Give an undated duty its date, or move one; after it the duty behaves like any other.

    A duty on request takes the day of the request as `period` (YYYY-MM-DD) and opens there. `duty` may also name an
    event of the plan, whose date then gives others theirs. Errors: `UnknownCampaign`, `UnknownDuty`, `RefusedRuling`.
    """
    by = By(officer, as_of, document, reason, only_show)
    if not document and not only_show:
        raise RefusedRuling('a date is set by a document: add --document "số, ngày"')
    if due_on < clock.local_day(as_of):
        raise RefusedRuling(f"date {due_on:%d/%m/%Y}: lies in the past; a new date binds from today on")

    async def value(on: Ground) -> dict[str, Any]:
        if on.row is None and duty not in {event.slug for event in on.plan.events}:
            _refuse_request(on.plan, on.world, on.campaign, duty, period, due_on)
            if not on.scope.everybody:
                raise RefusedRuling(
                    f"{duty} {period}: a request is made to everybody; open it first, then rule for some"
                )
        await _refuse_out_of_order(on, duty, period, due_on, by)
        before = {"previous_due_on": on.row.due_on.isoformat()} if on.row and on.row.due_on else {}
        return {"due_on": due_on.isoformat(), **before}

    opened = f"{duty} {period}: due {due_on:%d/%m/%Y}"
    return await ruled(world, campaign_key, "set-date", duty, period, by, value, opened, whom=whom, must_exist=False)


async def extend(
    world: World, campaign_key: str, duty: str, period: str, due_on: date, *, requested_on: date, by: By,
    whom: For = EVERYBODY,
) -> Ruled:  # fmt: skip
    """Gia hạn: whoever set the date moves it, at the unit's request made before it expired; late goes by the new one.

    Errors: `RefusedRuling` without the document of that authority, or when the request came too late.
    """
    if not by.document and not by.only_show:
        raise RefusedRuling('an extension rests on the document of whoever set the date: add --document "số, ngày"')
    if requested_on > clock.local_day(by.as_of):
        raise RefusedRuling(f"--requested-on {requested_on:%d/%m/%Y}: lies in the future")
    if due_on < clock.local_day(by.as_of):
        raise RefusedRuling(f"date {due_on:%d/%m/%Y}: lies in the past; an extension runs from today on")

    async def value(on: Ground) -> dict[str, Any]:
        before = await _date_in_force(on, duty, period)
        if requested_on > before:
            raise RefusedRuling(
                f"--requested-on {requested_on:%d/%m/%Y}: after the date had expired ({before:%d/%m/%Y}); what comes "
                "later is taken in by 'dondoc rule accept-late', and stays late"
            )
        if due_on <= before:
            raise RefusedRuling(f"date {due_on:%d/%m/%Y}: not after the present one {before:%d/%m/%Y}")
        await _refuse_out_of_order(on, duty, period, due_on, by)
        return {
            "due_on": due_on.isoformat(), "previous_due_on": before.isoformat(),
            "requested_on": requested_on.isoformat(),
        }  # fmt: skip

    said = f"{duty} {period}: extended to {due_on:%d/%m/%Y}"
    return await ruled(world, campaign_key, "extend", duty, period, by, value, said, whom=whom)


async def accept_late(
    world: World, campaign_key: str, duty: str, period: str, until: date, *, by: By, whom: For = EVERYBODY
) -> Ruled:
    """Tiếp nhận bổ sung: the receiver still takes reports in until a day and stays silent; late stays late."""
    if until < clock.local_day(by.as_of):
        raise RefusedRuling(f"date {until:%d/%m/%Y}: lies in the past; late reports are awaited from today on")

    async def value(on: Ground) -> dict[str, Any]:
        due_on = await _date_in_force(on, duty, period)
        if until <= due_on:
            raise RefusedRuling(f"date {until:%d/%m/%Y}: the duty is not due before {due_on:%d/%m/%Y}; nothing is late")
        return {"due_on": due_on.isoformat(), "accepted_until": until.isoformat()}

    said = f"{duty} {period}: late reports awaited until {until:%d/%m/%Y}"
    return await ruled(world, campaign_key, "accept-late", duty, period, by, value, said, whom=whom)


async def waive(
    world: World, campaign_key: str, duty: str, period: str, *, by: By, whom: For = EVERYBODY
) -> Ruled:  # fmt: skip
    """Let units owe nothing for a period; a report of theirs is still taken in. Needs a document or a reason."""
    if not (by.document or by.reason or by.only_show):
        raise RefusedRuling('a waiver says why: add --document "số, ngày" or --reason "…"')

    async def value(on: Ground) -> dict[str, Any]:
        await _refuse_nobody(on, duty, period)
        return {"due_on": on.row.due_on.isoformat()} if on.row and on.row.due_on else {}

    return await ruled(world, campaign_key, "waive", duty, period, by, value, f"{duty} {period}: waived", whom=whom)


async def set_milestone(
    world: World, campaign_key: str, duty: str, period: str, kind: str, on: date, *, by: By
) -> Ruled:  # fmt: skip
    """Set an internal milestone of whoever prepares a duty: cut-off ≤ draft ≤ comment ≤ signature ≤ the last day.

    Nobody is late for one; mails name the cut-off. Errors: `RefusedRuling` while the duty has no date, or out of turn.
    """
    if kind not in MILESTONES:
        raise RefusedRuling(f"milestone '{kind}': is none of {', '.join(MILESTONES)}{did_you_mean(kind, MILESTONES)}")

    async def value(ground: Ground) -> dict[str, Any]:
        assert ground.row is not None
        if ground.row.due_on is None:
            raise RefusedRuling(f"{duty} {period}: has no date yet; give it one with 'dondoc rule set-date' first")
        stands = {each: date.fromisoformat(day) for each, day in (ground.row.milestones or {}).items()}
        if wrong := out_of_turn({**stands, kind: on}, ground.row.due_on):
            raise RefusedRuling(f"milestone {kind} of {duty} {period}: {wrong}; choose another day")
        return {"milestone": kind, "on": on.isoformat()}

    said = f"{duty} {period}: {kind} on {on:%d/%m/%Y}"
    return await ruled(world, campaign_key, "milestone", duty, period, by, value, said)


async def confirm(
    world: World, campaign_key: str, duty: str, period: str, *, officer: str, document: str | None, as_of: datetime,
    reason: str | None = None, only_show: bool = False,
) -> Ruled:  # fmt: skip
    """Confirm that a duty left to circumstances will be held, or that the decision a phase waits for was taken."""
    if not document and not only_show:
        raise RefusedRuling('a confirmation rests on a document: add --document "số, ngày"')
    by = By(officer, as_of, document, reason, only_show)

    async def value(on: Ground) -> dict[str, Any]:
        assert on.row is not None
        decided = any(r.kind == "confirm" and r.duty == duty for r in standing(on.rulings))
        if decided or (on.row.confirmed and not is_decision(on.plan, duty)):
            raise RefusedRuling(f"{duty} {period}: is confirmed already")
        if on.row.due_on is not None and on.row.due_on < clock.local_day(as_of) and not on.row.confirmed:
            raise RefusedRuling(
                f"{duty} {period}: its date {on.row.due_on:%d/%m/%Y} has passed; set a new one with 'dondoc rule "
                "set-date'"
            )
        return {}

    return await ruled(world, campaign_key, "confirm", duty, period, by, value, f"{duty} {period}: confirmed")


async def undo(world: World, campaign_key: str, ruling_id: int, *, by: By) -> Ruled:
    """Take a ruling back by another one: what it changed goes back, what has been sent meanwhile stays in the ledger.

    Errors: `RefusedRuling` for one that is unknown, undone already, or cannot be taken back (going live, an amended
    plan: load the former text instead).
    """
    if not (by.document or by.reason or by.only_show):
        raise RefusedRuling('undoing a ruling says why: add --document "số, ngày" or --reason "…"')
    campaign = await store.campaign(world.database, campaign_key)

    async def work(connection: Connection) -> int:
        rulings = await rulings_in(connection, campaign.id)
        target = next((ruling for ruling in rulings if ruling.id == ruling_id), None)
        _refuse_undoing(target, ruling_id, campaign_key, rulings)
        assert target is not None
        unit_id = await unit_of_ruling(connection, ruling_id)
        made = await _record(
            world, connection, campaign, "undo", target.duty, target.period, target.scope, unit_id, {}, by,
            undoes=ruling_id,
        )  # fmt: skip
        await apply_rulings(world, connection, campaign, made, by.as_of)
        if not target.scope.everybody or target.kind in ("accept-late", "waive"):
            await _set_apart_what_went_back(world, connection, campaign, target, made, by)
        return made

    done = await change(world, work, campaign_ids=[campaign.id], only_show=by.only_show)
    return Ruled(done.result, f"ruling {ruling_id}: undone", done.difference)


async def ruled(
    world: World, campaign_key: str, kind: str, duty: str | None, period: str | None, by: By,
    value: Callable[[Ground], Awaitable[dict[str, Any]]], summary: str, *, whom: For = EVERYBODY,
    must_exist: bool = True,
) -> Ruled:  # fmt: skip
    """Record one ruling and let the campaign follow it, in one transaction that holds the campaign.

    `value` looks at the ground, refuses what cannot stand, and returns what is recorded. Errors: `UnknownCampaign`,
    `UnknownDuty`, `UnknownUnit`, `RefusedRuling`; nothing is written then.
    """
    known = await store.campaign(world.database, campaign_key)

    async def work(connection: Connection) -> int:
        campaign = await store.lock_campaign(world.database, connection, known.id)
        scope, unit_id = await _scope(world, connection, campaign, whom, by.as_of)
        row = await _row(connection, campaign, duty, period, must_exist) if duty else None
        plan = world.plan_of(campaign)
        on = Ground(world, connection, campaign, plan, await rulings_in(connection, campaign.id), scope, unit_id, row)
        recorded = await value(on)
        made = await _record(world, connection, campaign, kind, duty, period, scope, unit_id, recorded, by)
        await apply_rulings(world, connection, campaign, made, by.as_of)
        return made

    done = await change(world, work, campaign_ids=[known.id], only_show=by.only_show)
    return Ruled(done.result, summary, done.difference)


async def apply_rulings(
    world: World, connection: Connection, campaign: CampaignRow, made: int, at: datetime
) -> None:  # fmt: skip
    """Let a campaign follow its rulings, of which `made` is the newest: what they found, dated, confirmed, waived."""
    rulings = await rulings_in(connection, campaign.id)
    found, ended = found_by(rulings), ended_by(rulings)
    was_over = campaign.ended_on is not None
    if found != campaign.found or (ended and ended[0]) != campaign.ended_on:
        days = _days_of_roles(campaign.found, found)
        await set_found(connection, campaign.id, found, ended[0] if ended else None)
        campaign = await store.lock_campaign(world.database, connection, campaign.id)
        await follow_plan(world, connection, campaign, at)
        if days:
            await follow_again(world.database, connection, [campaign.id], min(days))
    if ended and not was_over:
        await _end(world, connection, campaign, ended, at)
    elif was_over and not ended:
        await duties.owe_again_everywhere(connection, campaign.id)
    renew = was_over and not ended
    await recompute(world, connection, campaign, Change(at, f"ruling:{made}", made, at, renew=renew))
    await open_duties_in(world, connection, at, campaign)  # what begins by it begins now, and is told with it


def _days_of_roles(before: dict[str, Any], now: dict[str, Any]) -> list[date]:
    """Return the days from which a role is held by another than before."""
    old, new = before.get("roles", []), now.get("roles", [])
    return [date.fromisoformat(held["from"]) for held in (*old, *new) if (held in old) != (held in new)]


async def _end(
    world: World, connection: Connection, campaign: CampaignRow, ended: tuple[date, str], at: datetime
) -> None:  # fmt: skip
    """Let a campaign ask for nothing any more: steps superseded, what waits withdrawn, open work ended or passed on."""
    await withdraw_queued(connection, campaign.id, campaign.state, "superseded", at)
    await withdraw_briefs(connection, campaign.id, at)
    await cohorts.close_steps(connection, campaign.id)
    state = "transferred" if ended[1] == "merged_into" else "withdrawn"
    await duties.end_open_work(connection, campaign.id, ended[0], state, at)


async def confirm_reconciliation(
    world: World, *, officer: str, as_of: datetime, office: str | None = None
) -> list[str]:  # fmt: skip
    """Record that the desk of an office, or of all, has compared its registers with the ledger; overdue rungs may now
    leave."""
    confirmed: list[str] = []
    for row in await store.offices(world.database):
        if office not in (None, row.key):
            continue
        async with world.database.write() as connection:
            made = await store.confirm_reconciliation(connection, row.id, as_of, officer)
            what = {"office": row.key, "reconciliation": made}
            note(connection, world, officer, "reconciliation", what, at=as_of)
        confirmed.append(str(row.short_name))
    return confirmed


async def _scope(
    world: World, connection: Connection, campaign: CampaignRow, whom: For, at: datetime
) -> tuple[Scope, int | None]:
    """Return whom an officer meant, and the row of the unit if it is one."""
    day = clock.local_day(at)
    if whom.unit is not None:
        unit = await find_unit_in(connection, whom.unit, search_key(whom.unit), day)
        return Scope(unit=unit.code), unit.id
    if whom.under is not None:
        return Scope(under=(await find_unit_in(connection, whom.under, search_key(whom.under), day)).code), None
    return Scope(kind=whom.kind), None


async def _row(
    connection: Connection, campaign: CampaignRow, duty: str, period: str | None, must_exist: bool
) -> DutyPeriodRow | None:
    rows = [row for row in await duties.duty_periods_in(connection, campaign.id) if row.withdrawn_at is None]
    found = next((row for row in rows if row.duty == duty and row.period == period), None)
    if found is None and must_exist:
        periods = [row.period for row in rows if row.duty == duty]
        if not periods:
            known = ", ".join(sorted({row.duty for row in rows}))
            raise UnknownDuty(f"duty '{duty}': not in this campaign; known: {known}")
        raise UnknownDuty(f"period '{period}': duty {duty} has {', '.join(periods)}")
    return found


async def _date_in_force(on: Ground, duty: str, period: str) -> date:
    """Return the last day of the units a ruling is for. Errors: `RefusedRuling` where there is none, or several."""
    assert on.row is not None
    await _refuse_nobody(on, duty, period)
    if on.row.opened_at is None:
        days = {on.row.due_on}
    else:
        days = {line.due_on for line in await cohorts.dates_in_scope(on.connection, on.row.id, on.scope)}
    if len(days) > 1:
        listed = ", ".join(f"{day:%d/%m/%Y}" if day else "none" for day in sorted(days, key=lambda d: d or date.min))
        raise RefusedRuling(f"{duty} {period}: these units have different last days ({listed}); rule for one at a time")
    due_on = next(iter(days))
    if due_on is None:
        raise RefusedRuling(f"{duty} {period}: has no date yet; give it one with 'dondoc rule set-date'")
    return due_on


async def _refuse_nobody(on: Ground, duty: str, period: str) -> None:
    """Refuse a ruling for units that owe nothing under the duty; one that is not open yet cannot be looked at so."""
    assert on.row is not None
    if on.row.opened_at is None:
        return
    if not await cohorts.dates_in_scope(on.connection, on.row.id, on.scope):
        who = on.scope.unit or on.scope.kind or (f"under {on.scope.under}" if on.scope.under else "everybody")
        raise RefusedRuling(
            f"{duty} {period}: {who} owes nothing under it; see 'dondoc status {on.campaign.key} {duty}'"
        )


async def _refuse_out_of_order(on: Ground, duty: str, period: str, due_on: date, by: By) -> None:
    """Refuse a date that turns the order of a review season round, unless a reason is given."""
    calendar = on.world.calendar_of(on.campaign)
    rows = [
        with_date(each.row, due_on, calendar) if (each.row.duty, each.row.period) == (duty, period) else each.row
        for each in periods_under(on.plan, on.rulings, calendar)
    ]
    for turned in out_of_order(on.plan, rows):
        if (duty, period) in {(row.duty, row.period) for row in (turned.earlier, turned.later)} and not by.reason:
            other = turned.later if turned.earlier.duty == duty else turned.earlier
            side, rank = ("after", "later") if turned.earlier.duty == duty else ("before", "first")
            raise RefusedRuling(
                f"date {due_on:%d/%m/%Y}: lies {side} {other.duty} {other.period} ({other.due_on:%d/%m/%Y}), which "
                f"comes {rank} (order '{turned.chain.slug}', {turned.chain.clause}); choose another day, or say why "
                'with --reason "…"'
            )


def _refuse_request(
    plan: Plan, world: World, campaign: CampaignRow, duty: str, period: str, due_on: date
) -> None:  # fmt: skip
    """Refuse a period that is neither listed nor the day of a request."""
    listed = [d for d in expand_duties(plan, world.calendar_of(campaign)) if d.duty == duty]
    if not listed:
        known = ", ".join([*(d.slug for d in plan.duties), *(event.slug for event in plan.events)])
        raise UnknownDuty(f"duty '{duty}': not in this campaign; known: {known}")
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


_FOR_GOOD = {
    "go-live": "a campaign that is live stays live; 'dondoc rule relate' ends it",
    "amend-plan": "load the former text with 'dondoc load', by the document that restores it",
}


def _refuse_undoing(target: Ruling | None, ruling_id: int, campaign_key: str, rulings: list[Ruling]) -> None:
    if target is None:
        raise RefusedRuling(f"ruling {ruling_id}: not one of {campaign_key}; see 'dondoc rulings {campaign_key}'")
    if target.kind in _FOR_GOOD:
        raise RefusedRuling(f"ruling {ruling_id}: {target.kind} is not undone; {_FOR_GOOD[target.kind]}")
    in_force = {ruling.id for ruling in standing(rulings)}
    undone = {ruling.undoes for ruling in rulings if ruling.undoes is not None}
    if target.undoes is None and target.id not in in_force:
        raise RefusedRuling(f"ruling {ruling_id}: has been undone already")
    if target.undoes is not None and target.id in undone:
        raise RefusedRuling(f"ruling {ruling_id}: has been undone already")


async def _set_apart_what_went_back(
    world: World, connection: Connection, campaign: CampaignRow, target: Ruling, made: int, by: By
) -> None:  # fmt: skip
    """Tell the units of an undone ruling: they stand apart once more, with the date they have gone back to.

    Where they have gone back to different dates there is no one thing to tell, and they are simply among the others.
    """
    row = await _row(connection, campaign, target.duty or "", target.period, must_exist=False)
    if row is None:
        return
    back_to = {line.ruling_id for line in await cohorts.dates_in_scope(connection, row.id, target.scope)}
    if len(back_to) == 1:
        await complete_ruling(connection, made, {"back_to": back_to.pop()})
        await recompute(world, connection, campaign, Change(by.as_of, f"ruling:{made}", made, by.as_of))


async def _record(
    world: World, connection: Connection, campaign: CampaignRow, kind: str, duty: str | None, period: str | None,
    scope: Scope, unit_id: int | None, value: dict[str, Any], by: By, *, undoes: int | None = None,
) -> int:  # fmt: skip
    made = await add_ruling(
        connection,
        {"campaign_id": campaign.id, "kind": kind, "duty": duty, "period": period, "unit_id": unit_id,
         "scope_kind": scope.kind, "scope_under": scope.under, "value": value, "officer": by.officer,
         "document": by.document, "reason": by.reason, "made_at": by.as_of, "undoes_id": undoes},
    )  # fmt: skip
    whom = {"unit": scope.unit, "kind": scope.kind, "under": scope.under}
    what = {"ruling": made, "campaign": campaign.key, "kind": kind, "duty": duty, "period": period, "value": value,
            "document": by.document, "reason": by.reason, "undoes": undoes, "for": whom}  # fmt: skip
    note(connection, world, by.officer, "ruling", what, at=by.as_of)
    return made
