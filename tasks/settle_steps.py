"""Settle the steps that have fallen due: fire, fold, skip or wait, each in one transaction of its own."""

import logging
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from deadlines.staleness import Decision, DueStep, settle
from dondoc import clock
from dondoc.store.campaigns import lock_campaign
from dondoc.store.steps import fire_step, note_waiting, skip_step, steps_due
from tasks.into_envelopes import into_envelopes
from tasks.lay_briefs import lay_brief
from tasks.link_mobiles import link_mobiles
from tasks.world import World

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one step: its decision, and how many notices it queued, laid on the desk or skipped."""

    decision: Decision
    queued: int = 0
    laid: int = 0
    skipped: int = 0
    brief: str | None = None


async def find_due_steps(world: World, as_of: datetime) -> list[Decision]:
    """Return every step that has fallen due with what is to happen to it; notes what newly waits."""
    due = await steps_due(world.database, as_of)
    decisions = settle(due, as_of=as_of, calendar=world.calendar)
    waiting: dict[str, list[int]] = {}
    for decision in decisions:
        if decision.act == "wait" and decision.reason and decision.step.waits_for != decision.reason:
            waiting.setdefault(decision.reason, []).append(decision.step.id)
    if waiting:
        async with world.database.write() as connection:
            for reason, step_ids in waiting.items():
                await note_waiting(connection, step_ids, reason)
    return [decision for decision in decisions if decision.act != "wait"]


async def settle_steps(world: World, decisions: list[Decision], as_of: datetime) -> list[Settled]:
    """Carry out decisions, oldest first; a step another round has settled meanwhile is left out."""
    settled: list[Settled] = []
    for decision in decisions:
        done = await _settle_one(world, decision, as_of)
        if done is not None:
            settled.append(done)
    return settled


async def _settle_one(world: World, decision: Decision, as_of: datetime) -> Settled | None:
    step, database = decision.step, world.database
    async with database.write() as connection:
        campaign = await lock_campaign(database, connection, step.campaign_id)
        if campaign.state != step.mode:
            return None  # the campaign went live between the sweep and now; the next sweep decides anew
        if decision.act == "skip":
            skipped = await skip_step(database, connection, step, decision.reason or "stale", as_of)
            return Settled(decision, skipped=skipped)
        day = clock.local_day(as_of)
        if step.channel == "sms":
            await link_mobiles(database, connection)
        fired = await fire_step(database, connection, step, day, as_of, most=world.most_per_duty)
        if fired is None:
            return None
        brief = None
        if fired.laid:
            brief = await lay_brief(world, connection, campaign, step, as_of)
        if fired.queued:
            await into_envelopes(world, connection, step.campaign_id, [step.id], step.mode, as_of)
    log.info(
        "step settled",
        extra={"campaign": step.campaign, "duty": step.duty, "period": step.period, "rung": step.rung,
               "queued": fired.queued, "laid": fired.laid, "skipped": fired.skipped},
    )  # fmt: skip
    return Settled(decision, fired.queued, fired.laid, fired.skipped, brief)


def by_stage(decisions: list[Decision]) -> list[tuple[DueStep, list[Decision]]]:
    """Group decisions into what an operator sees as one run: campaign, duty, period and rung."""

    def key(decision: Decision) -> tuple[str, str, str, str]:
        step = decision.step
        return step.campaign, step.duty, step.period, step.rung

    groups: list[tuple[DueStep, list[Decision]]] = []
    for _key, members in groupby(sorted(decisions, key=key), key=key):
        group = list(members)
        groups.append((group[0].step, group))
    return sorted(groups, key=lambda pair: (pair[0].fire_at, pair[0].id))
