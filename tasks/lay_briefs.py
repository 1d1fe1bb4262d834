"""What climbs above a unit's own office is laid on the desk as a brief, and a named officer releases it."""

from dataclasses import dataclass
from datetime import date, datetime

from config.errors import Refused
from deadlines.staleness import DueStep, reconciled_for
from deadlines.waves import allowed_from
from deadlines.windows import said_as_before
from dondoc import clock
from dondoc.messages.catalogue import shipped
from dondoc.messages.model import Brief, to_json
from dondoc.messages.papers import told_words
from dondoc.store import briefs as store
from dondoc.store.campaigns import CampaignRow, campaigns, lock_campaign, reconciled_at
from dondoc.store.duties import period_of_cohort
from dondoc.store.engine import Connection
from dondoc.store.letters import add_letter
from dondoc.store.submissions import officer_of
from tasks.compose import organisation, receiver_names, sender_of
from tasks.draft_letter import draft_letter
from tasks.trail import note
from tasks.world import World


class RefusedRelease(Refused):
    """A brief that may not be released now: says why and what comes first."""


@dataclass(frozen=True, slots=True)
class Released:
    """What releasing a brief did."""

    code: str
    rung: str
    units: int
    withdrawn: int
    messages: int


def document_words(text: str) -> str:
    """Return how a mail names a document: "số; ngày; người ký" becomes "số ngày …"; anything else stays."""
    parts = [part.strip() for part in text.split(";")]
    return f"{parts[0]} ngày {parts[1]}" if len(parts) >= 2 and parts[1] else parts[0]


async def lay_brief(world: World, connection: Connection, campaign: CampaignRow, step: DueStep, at: datetime) -> str:
    """Lay the brief of a step that has just written its notices; return its code."""
    code = world.code("PT", campaign.key, step.duty, step.period, step.cohort_id, step.rung)
    brief_id = await store.add_brief(
        connection,
        {"code": code, "campaign_id": campaign.id, "step_id": step.id, "rung": step.rung,
         "recipient": step.recipient, "state": "laid", "parameters": {}, "laid_at": at},
    )  # fmt: skip
    content = await _compose(world, connection, campaign, step, brief_id, code, at)
    await store.set_parameters(connection, brief_id, to_json(content))
    return code


async def release_brief(world: World, code: str, *, document: str, by: str, as_of: datetime) -> Released:
    """Release a brief by the document that carries it.

    What has come in meanwhile is taken off it; each remaining unit's office mailbox is told which document
    is on its way to its head, who is never written to by machine.
    Errors: `UnknownBrief`, `RefusedRelease`; nothing is changed then.
    """
    database = world.database
    if not document_words(document):
        raise RefusedRelease(f'brief {code}: name the document that carries it: --document "số; ngày; người ký"')
    brief = await store.brief(database, code)
    if brief.state != "laid":
        raise RefusedRelease(
            f"brief {code}: is {brief.state} already" + (f" by {brief.document}" if brief.document else "")
        )
    campaign = next(row for row in await campaigns(database) if row.id == brief.campaign_id)
    due_on = date.fromisoformat(str(brief.parameters["due_on"]))
    confirmed_at = await reconciled_at(database, campaign.office_id, as_of)
    if not reconciled_for(due_on, confirmed_at, as_of=as_of, calendar=world.calendar):
        raise RefusedRelease(
            f"brief {code}: no reconciliation was confirmed within the last working day; "
            "compare the registers, then run 'dondoc reconcile-intake --confirm'"
        )
    messages = 0
    async with database.write() as connection:
        campaign = await lock_campaign(database, connection, campaign.id)
        items = await store.brief_items(connection, brief.id)
        still = [item for item in items if item.assignment_state == "open"]
        values = {
            "state": "released" if still else "withdrawn", "released_at": as_of, "released_by": by,
            "document": document,
        }  # fmt: skip
        if not await store.settle_brief(connection, brief.id, values, as_of):
            raise RefusedRelease(f"brief {code}: another officer has just settled it")
        if brief.recipient == "head":
            not_before = allowed_from(as_of, world.calendar)
            for item in still:
                day = clock.local_day(as_of)
                mailbox = await officer_of(connection, item.unit_id, day, ("office", "officer"))
                messages += await add_letter(
                    database,
                    connection,
                    campaign_id=campaign.id,
                    assignment_id=item.assignment_id,
                    person_id=mailbox.person_id if mailbox else None,
                    rung=f"{brief.rung}-document",
                    due_key=due_on.isoformat(),
                    recipient="office",
                    mode=campaign.state,
                    kind="document",
                    wave=f"document-{brief.code}",
                    local_day=clock.local_day(not_before),
                    not_before=not_before,
                    at=as_of,
                    parameters={"document": document_words(document)},
                )
        what = {"brief": brief.code, "campaign": campaign.key, "document": document, "units": len(still)}
        note(connection, world, by, "brief-released", what, at=as_of)
    return Released(code, brief.rung, len(still), len(items) - len(still), messages)


async def _compose(
    world: World, connection: Connection, campaign: CampaignRow, step: DueStep, brief_id: int, code: str, at: datetime
) -> Brief:
    plan, today = world.plan_of(campaign), clock.local_day(at)
    row = await period_of_cohort(connection, step.cohort_id)
    counts = await store.figures(connection, row.id)
    items = await store.brief_items(connection, brief_id)
    told = await store.history(connection, step.cohort_id)
    invited = sum(count for (modality, _what), count in counts.items() if modality == "invited")
    answered = sum(count for (modality, what), count in counts.items() if modality == "invited" and what != "open")
    on_time = counts.get(("mandated", "on-time"), 0)
    late = counts.get(("mandated", "late"), 0)
    unjudged = counts.get(("mandated", "submitted"), 0)
    leaders = step.recipient.startswith("role:")
    role = step.recipient.removeprefix("role:")
    holder = organisation(plan, role, today, world) if leaders else ""
    sender = sender_of(plan, today)
    return Brief(
        sender=sender,
        code=code,
        rung=step.rung,
        to_words=f"Lãnh đạo {holder}" if leaders else f"Lãnh đạo {sender.office_name}",
        campaign_key=campaign.key,
        campaign_name=campaign.name,
        plan_number=plan.instrument.number,
        plan_date=plan.instrument.date,
        clause=str(row.facts["clause"]),
        words=str(row.facts["words"]),
        duty_kind=row.kind,
        duty_title=row.title,
        period=row.period,
        due_on=step.due_on,
        strict=said_as_before(str(row.facts["rule"]), step.due_on),
        reconciled_at=step.reconciled_at or at,
        asked=on_time + late + unjudged + len(items),
        unjudged=unjudged,
        on_time=on_time,
        late=late,
        not_recorded=len(items),
        invited=invited or None,
        invited_received=answered if invited else None,
        missing=tuple((item.unit_name, item.unit_kind) for item in items),
        history=tuple(
            told_words(line.rung, line.fired_at, line.notices, shipped("vi"))
            for line in told
            if line.state == "accepted"
        ),
        receivers=receiver_names(plan, row.facts, today, world),
        draft=draft_letter(plan, tuple(item.unit_name for item in items), today, world),
        as_of=at,
        rehearsal=campaign.state != "live",
    )
