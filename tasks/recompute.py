"""Bring what a campaign has stored in line with its plan, rulings and calendar; what has fired is never rewritten.

Everything that changes what is due goes through here: a plan as it is loaded or amended, each ruling, going live, a
changed calendar. The wanted state is worked out by `deadlines.rulings`; this writes the difference and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from config.plan import Plan, Rung
from deadlines.calendar import Calendar
from deadlines.ladders import Announce, CohortPlan, ladder_snapshot, plan_cohort
from deadlines.milestones import milestones_as_ruled
from deadlines.model import DutyPeriod
from deadlines.periods import span_of
from deadlines.ruling import Ruling, standing
from deadlines.rulings import Branch, RuledPeriod, periods_under
from dondoc.store import cohorts, duties
from dondoc.store.campaigns import CampaignRow
from dondoc.store.cohorts import CohortRow, WaitingStep
from dondoc.store.duties import DutyPeriodRow
from dondoc.store.engine import Connection
from dondoc.store.rulings import rulings_in
from tasks.open_duties import assign_now
from tasks.world import World

DUE_MODALITIES = ("mandated", "requested", "invited")  # the encouraged owe nothing that could be asked for
_TOLD: dict[str, Announce] = {"extend": "extended", "accept-late": "late-accepted", "waive": "waived"}


@dataclass(frozen=True, slots=True)
class Change:
    """What is being changed, when, and why.

    `decided_at` is null for the plan itself (load, go-live): then steps of the past are not born superseded.
    `renew` makes every cohort anew, for a campaign that goes live.
    """

    at: datetime
    cause: str
    ruling_id: int | None = None
    decided_at: datetime | None = None
    renew: bool = False


@dataclass(slots=True)
class _Work:
    world: World
    connection: Connection
    campaign: CampaignRow
    plan: Plan
    calendar: Calendar
    change: Change
    in_force: dict[int, list[CohortRow]]
    waiting: dict[tuple[int, str], WaitingStep]
    standing: tuple[Ruling, ...]


async def recompute(world: World, connection: Connection, campaign: CampaignRow, change: Change) -> None:
    """Write the difference between what is stored of a campaign and what its plan and rulings say now.

    Cohorts whose date, ladder and units stay as they are keep their steps; the others end (their unfired steps are
    `superseded`, what is queued is withdrawn) and are followed by new ones whose past rungs are born `superseded`.
    Runs inside the caller's transaction, which holds the campaign's lock.
    """
    plan, calendar = world.plan_of(campaign), world.calendar_of(campaign)
    rulings = await rulings_in(connection, campaign.id)
    work = _Work(
        world, connection, campaign, plan, calendar, change,
        await cohorts.cohorts_in_force(connection, campaign.id),
        await cohorts.waiting_steps_of(connection, campaign.id),
        standing(rulings),
    )  # fmt: skip
    stored = {(row.duty, row.period): row for row in await duties.duty_periods_in(connection, campaign.id)}
    for former, present in _renamed(plan, stored):
        await duties.rename_duty(connection, stored[former].id, present)
        stored[present, former[1]] = replace(stored.pop(former), duty=present)
    for ruled in periods_under(plan, rulings, calendar):
        row = stored.pop((ruled.row.duty, ruled.row.period), None)
        await (_add(work, ruled) if row is None else _bring(work, row, ruled))
    for row in stored.values():
        if row.withdrawn_at is None:
            await _withdraw(work, row)


async def _add(work: _Work, ruled: RuledPeriod) -> None:
    values = _values(work, ruled)
    row_id = await duties.add_duty_period(
        work.connection,
        {"campaign_id": work.campaign.id, "duty": ruled.row.duty, "period": ruled.row.period, **values},
    )
    told: Announce | None = "informs" if work.change.decided_at and ruled.ruling == work.change.ruling_id else None
    for modality in _modalities(ruled.row):
        await _save(work, row_id, ruled, _planned(work, ruled, modality, None, told), 0)


async def _bring(work: _Work, row: DutyPeriodRow, ruled: RuledPeriod) -> None:
    """Bring one duty period to its present state."""
    connection, values = work.connection, _values(work, ruled)
    changed = {name: value for name, value in values.items() if getattr(row, name, None) != value}
    if changed:
        await duties.change_duty_period(connection, row.id, changed)
    if row.tracked and not values["tracked"]:
        await duties.withdraw_assignments(connection, row.id, "before-go-live", work.change.at)
    if row.binding and not ruled.binding:
        await duties.withdraw_assignments(connection, row.id, "not-confirmed", work.change.at)
    base, apart, ended, new = await _cohorts(work, row, ruled)
    again = row.withdrawn_at is not None or (ruled.binding and not row.binding)
    if again:
        await duties.owe_again(connection, row.id)
    others = row.facts["obligors"] != _obligors(ruled)
    if row.opened_at is not None and others:
        await _follow_obligors(work, row, ruled)
    moved = await cohorts.place_assignments(connection, row.id, base, [(b.scope, ids) for b, ids in apart])
    await cohorts.end_cohorts(connection, ended, work.change.at)
    if moved or ended or any(branch.waived for branch, _ids in apart):
        waived = {cohort: branch.ruling for branch, ids in apart if branch.waived for cohort in ids.values()}
        await cohorts.waive(connection, row.id, waived, work.change.at)
        await cohorts.withdraw_left_behind(work.world.database, connection, row.id, work.change.at)
    for cohort_id, due_on in new:
        await cohorts.judge_again(connection, cohort_id, due_on)
    if row.opened_at is not None and ruled.binding and (again or others):
        await assign_now(work.world, connection, work.campaign, row.id, work.change.at)


async def _follow_obligors(work: _Work, row: DutyPeriodRow, ruled: RuledPeriod) -> None:
    """Let open work follow an amended list of obligors: bound otherwise, or no longer."""
    before = {o["kind"]: o["modality"] for o in row.facts["obligors"] if not o.get("role")}
    now = {o.kind: o.modality for o in ruled.row.obligors if o.role is None}
    for kind, modality in before.items():
        if kind not in now:
            await duties.withdraw_kind(work.connection, row.id, kind, "superseded", work.change.at)
        elif now[kind] != modality:
            await duties.bind_kind(work.connection, row.id, kind, now[kind])


async def _cohorts(
    work: _Work, row: DutyPeriodRow, ruled: RuledPeriod
) -> tuple[dict[str, int], list[tuple[Branch, dict[str, int]]], list[int], list[tuple[int, date | None]]]:
    """Return the cohort of each modality, those of the units set apart, what has ended, and what is new (id, due)."""
    old = {(cohort.modality, cohort.ruling_id): cohort for cohort in work.in_force.get(row.id, ())}
    kept: set[int] = set()
    new: list[tuple[int, date | None]] = []
    generation = await cohorts.next_generation(work.connection, row.id)

    async def one(modality: str, branch: Branch | None) -> int:
        known = old.get((modality, branch.ruling if branch else None))
        if known is not None and known.id not in kept and _is_same(work, row, ruled, known, modality, branch):
            kept.add(known.id)
            await _keep_step(work, ruled, known, modality, branch)
            return known.id
        planned = _planned(work, ruled, modality, branch, _told(work, row, ruled, known, branch))
        cohort_id = await _save(work, row.id, ruled, planned, generation)
        new.append((cohort_id, planned.due_on))
        return cohort_id

    base = {modality: await one(modality, None) for modality in _modalities(ruled.row)}
    apart: list[tuple[Branch, dict[str, int]]] = []
    for branch in ruled.branches:
        present = await cohorts.modalities_in_scope(work.connection, row.id, branch.scope)
        wanted = [m for m in _modalities(ruled.row) if m in present or row.opened_at is None]
        apart.append((branch, {modality: await one(modality, branch) for modality in wanted}))
    ended = [cohort.id for cohort in old.values() if cohort.id not in kept]
    return base, apart, ended, new


def _is_same(
    work: _Work, row: DutyPeriodRow, ruled: RuledPeriod, known: CohortRow, modality: str, branch: Branch | None
) -> bool:  # fmt: skip
    """Whether a cohort in force already says what is wanted."""
    if work.change.renew or row.confirmed != ruled.row.confirmed or row.binding != ruled.binding:
        return False
    if row.withdrawn_at is not None:
        return False
    due_on, awaited_on = (branch.due_on, branch.awaited_on) if branch else (ruled.row.due_on, None)
    ladder = ladder_snapshot(work.plan.ladder_for(ruled.row.duty, modality))
    return (known.due_on, known.awaited_on, known.ladder) == (due_on, awaited_on, ladder)


async def _keep_step(
    work: _Work, ruled: RuledPeriod, known: CohortRow, modality: str, branch: Branch | None
) -> None:  # fmt: skip
    """Let the steps of a cohort that stays follow a changed calendar."""
    planned = _planned(work, ruled, modality, branch, None)
    moved = [
        (step, each)
        for each in planned.steps
        if (step := work.waiting.get((known.id, each.rung))) is not None
        and (step.fire_at, step.expires_at) != (each.fire_at, each.expires_at)
    ]
    await cohorts.move_steps(work.connection, moved)
    if known.target_on != planned.target_on:
        await cohorts.set_target(work.connection, known.id, planned.target_on)


def _told(
    work: _Work, row: DutyPeriodRow, ruled: RuledPeriod, known: CohortRow | None, branch: Branch | None
) -> Announce | None:  # fmt: skip
    """How the units of a new cohort hear of it: what was granted in its own words, else that a date is set or moved."""
    if work.change.decided_at is None or not ruled.binding:
        return None
    if branch is not None:
        if known is not None and (known.due_on, known.awaited_on) == (branch.due_on, branch.awaited_on):
            return None
        again = branch.kind == "undo-waive" or row.due_on is None
        return _TOLD.get(branch.kind, "informs" if again else "changed")
    before = known.due_on if known else row.due_on
    if ruled.row.due_on is None or (before == ruled.row.due_on and row.confirmed and row.binding):
        return None
    return "changed" if before is not None and row.confirmed and row.binding else "informs"


def _planned(
    work: _Work, ruled: RuledPeriod, modality: str, branch: Branch | None, told: Announce | None
) -> CohortPlan:  # fmt: skip
    d, change = ruled.row, work.change
    # Of a period that was over when the campaign began to speak nothing is ever said, not even afterwards.
    since = date.max if _is_over(d, work.campaign.since) else max(work.campaign.since, work.plan.starts_on)
    return plan_cohort(
        modality=modality,
        due_on=branch.due_on if branch else d.due_on,
        target_on=branch.target_on if branch else d.target_on,
        awaited_on=branch.awaited_on if branch else None,
        ruling=branch.ruling if branch else None,
        confirmed=d.confirmed,
        ladder=_ladder(work, d.duty, modality),
        cause=change.cause,
        since=since,
        decided_at=change.decided_at,
        calendar=work.calendar,
        announce=told,
        silent=not ruled.binding or (branch is not None and branch.waived),
    )


def _ladder(work: _Work, duty: str, modality: str) -> tuple[Rung, ...]:
    return work.plan.ladder_for(duty, modality)


async def _save(work: _Work, row_id: int, ruled: RuledPeriod, planned: CohortPlan, generation: int) -> int:
    return await cohorts.save_cohort(
        work.world.database, work.connection, campaign_id=work.campaign.id, duty=ruled.row.duty,
        period=ruled.row.period, duty_period_id=row_id, plan=planned, generation=generation,
        made_by_id=work.change.ruling_id,
    )  # fmt: skip


async def _withdraw(work: _Work, row: DutyPeriodRow) -> None:
    """End a duty period that an amended plan, or an undone request, no longer has."""
    ids = [cohort.id for cohort in work.in_force.get(row.id, ())]
    await cohorts.end_cohorts(work.connection, ids, work.change.at)
    await duties.withdraw_assignments(work.connection, row.id, "superseded", work.change.at)
    await duties.change_duty_period(work.connection, row.id, {"withdrawn_at": work.change.at})


def _values(work: _Work, ruled: RuledPeriod) -> dict[str, Any]:
    d = ruled.row
    dated = milestones_as_ruled(work.plan.duty(d.duty), d, work.calendar, work.standing)
    milestones = {kind: on.isoformat() for kind, on in dated.items()} or None
    return {
        "kind": d.kind, "title": d.title, "opens_on": _opens_on(work.plan, ruled), "due_on": d.due_on,
        "target_on": d.target_on, "bound_on": d.bound_on, "confirmed": d.confirmed, "binding": ruled.binding,
        "tracked": not _is_over(d, work.campaign.since), "withdrawn_at": None,
        "ruling_id": ruled.ruling, "facts": d.as_json(),
        "milestones": milestones,
    }  # fmt: skip


def _opens_on(plan: Plan, ruled: RuledPeriod) -> date | None:
    """Return the day on which units are resolved: the stated one; undated duties open with their year.

    What waits for a request or an occasion opens only when an officer says so, and on that day; what waits for a
    decision does not open at all.
    """
    d = ruled.row
    if not ruled.binding:
        return None
    if d.opens_on is not None:
        return d.opens_on
    if d.rule.startswith(("on request", "on occasion")):
        return ruled.ruled_on
    span = span_of(d.period)
    return max(span.first, plan.starts_on) if span else plan.starts_on


def _is_over(duty_period: DutyPeriod, since: date) -> bool:
    last = duty_period.due_on or duty_period.bound_on
    span = span_of(duty_period.period)
    if last is None and span is not None:
        last = span.last
    return last is not None and last < since


def _modalities(duty_period: DutyPeriod) -> list[str]:
    """Return the modalities with which somebody owes a duty at some time."""
    return [m for m in DUE_MODALITIES if any(o.modality == m for o in duty_period.obligors)]


def _obligors(ruled: RuledPeriod) -> list[dict[str, object]]:
    return [obligor.as_json() for obligor in ruled.row.obligors]


def _renamed(
    plan: Plan, stored: dict[tuple[str, str], DutyPeriodRow]
) -> Sequence[tuple[tuple[str, str], str]]:  # fmt: skip
    """Return the stored periods whose duty has a new slug in the plan (`was:`), with that slug."""
    present = {former: duty.slug for duty in plan.duties for former in duty.was}
    return [
        (key, present[key[0]]) for key in list(stored) if key[0] in present and (present[key[0]], key[1]) not in stored
    ]
