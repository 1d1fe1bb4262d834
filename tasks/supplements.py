"""A supplement is asked for, and reminded of until it is there: letters of their own, each once."""

from datetime import datetime
from typing import Any

from deadlines.staleness import reconciled_for
from dondoc import clock
from dondoc.messages.model import Missing, SupplementRequest, to_json
from dondoc.store import reviews as store
from dondoc.store.campaigns import CampaignRow, campaigns, reconciled_at
from dondoc.store.engine import Connection
from dondoc.store.letters import add_letter
from dondoc.store.review_standing import SUPPLEMENT
from dondoc.store.reviews import SupplementStep
from dondoc.store.submissions import AssignmentRow, assignment_of, officer_of
from tasks.acknowledge import clock_words
from tasks.compose import receiver_names, sender_of
from tasks.world import World


async def ask_for_supplement(
    world: World, connection: Connection, owner: CampaignRow, assignment_id: int, review_id: int, at: datetime,
    step: SupplementStep | None = None,
) -> bool:  # fmt: skip
    """Queue the letter that asks for a supplement, or one that reminds of it; returns whether it has an address."""
    line = await store.review_lines(connection, assignment_id)
    asked = await store.review_point(connection, review_id)
    person = await officer_of(connection, line.unit_id, clock.local_day(at))
    rung = f"{SUPPLEMENT}{review_id}" + (f"-{step.rung}" if step else "")
    letter = _letter(world, owner, line, asked, at, step.side if step else "",
                     (person.name, person.address) if person else ("", ""))  # fmt: skip
    return await add_letter(
        world.database, connection, campaign_id=owner.id, assignment_id=assignment_id,
        person_id=person.person_id if person else None, rung=rung, due_key=asked.supplement_by.isoformat(),
        recipient="officer", mode=owner.state, kind="supplement", wave=rung, local_day=clock.local_day(at),
        not_before=at, at=at, parameters=to_json(letter),
    )  # fmt: skip


async def locked(world: World, connection: Connection, assignment_id: int) -> AssignmentRow:
    """Return an assignment, locked until the transaction ends."""
    key = await store.assignment_key(connection, assignment_id)
    duty = await assignment_of(world.database, connection, key.duty_period_id, key.unit_id)
    assert duty is not None  # assignments are never deleted
    return duty


def _letter(
    world: World, owner: CampaignRow, line: Any, asked: Any, at: datetime, side: Any, to: tuple[str, str]
) -> SupplementRequest:
    plan, today = world.plan_of(owner), clock.local_day(at)
    return SupplementRequest(
        sender=sender_of(plan, today), to_name=to[0], to_address=to[1], unit_name=line.unit_name,
        unit_kind=line.unit_kind, modality=line.modality, duty_kind=line.duty_kind, duty_title=line.title,
        period=line.period, clause=str(line.facts["clause"]), plan_number=plan.instrument.number,
        plan_date=plan.instrument.date, campaign_key=owner.key, campaign_name=owner.name, code=asked.code,
        first_received_at=line.first_received_at, clock_words=clock_words(asked.channel),
        points=tuple(Missing(**each) for each in asked.points), supplement_by=asked.supplement_by, side=side,
        receivers=receiver_names(plan, line.facts, today, world), as_of=at, rehearsal=owner.state != "live",
    )  # fmt: skip


async def remind_of_supplements(world: World, as_of: datetime) -> int:
    """Queue the reminders of supplements that have fallen due, each once; return how many.

    Of several that fell due while nothing ran only the latest of a supplement goes out. What says that nothing is
    recorded waits until an officer has compared the registers.
    """
    due = await store.due_supplements(world.database, as_of)
    if not due:
        return 0
    owners = {each.id: each for each in await campaigns(world.database)}
    latest = {each.review_id: each.id for each in due}
    waiting, queued = list[int](), 0
    for step in due:
        owner = owners[step.campaign_id]
        if owner.state == "draft":
            continue
        if latest[step.review_id] == step.id and step.side == "after":
            confirmed = await reconciled_at(world.database, owner.office_id, as_of)
            if not reconciled_for(step.supplement_by, confirmed, as_of=as_of, calendar=world.calendar_of(owner)):
                waiting += [step.id] if step.waits_for is None else []
                continue
        queued += await _settle(world, owner, step, as_of, folded=latest[step.review_id] != step.id)
    if waiting:
        async with world.database.write() as connection:
            await store.supplements_wait(connection, waiting, "not-reconciled")
    return queued


async def _settle(world: World, owner: CampaignRow, step: SupplementStep, as_of: datetime, *, folded: bool) -> bool:
    stale = step.side != "after" and clock.end_of(step.supplement_by) <= as_of
    reason = "folded" if folded else "stale" if stale else None
    async with world.database.write() as connection:
        await locked(world, connection, step.assignment_id)  # first, as whoever takes a report in does
        if not await store.settle_supplement(connection, step.id, as_of, reason) or reason:
            return False
        return await ask_for_supplement(world, connection, owner, step.assignment_id, step.review_id, as_of, step)
