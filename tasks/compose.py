"""From ledger rows to what a mail says: each notice becomes an item, each envelope a digest."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol

from config.errors import Refused
from config.plan import Plan
from config.plan_model import Office
from deadlines.authority import authority, who_may
from deadlines.calendar import Calendar
from deadlines.milestones import CUT_OFF
from deadlines.windows import said_as_before
from dondoc import clock
from dondoc.messages.marks import link_mark
from dondoc.messages.model import Digest, Item, ItemKind, Sender, Urging
from dondoc.store.campaigns import CampaignRow
from dondoc.store.outbox import Content, Envelope
from tasks.world import World

_ROLE_NAMES = {
    "council": "Hội đồng Thi đua - Khen thưởng tỉnh",
    "steering-committee": "Trưởng Ban Chỉ đạo về chuyển đổi số tỉnh",
}
MOST_ITEMS = 1_000  # in one mail, some 4 MB: more is no mail anybody reads, and most relays refuse it
# What a ruling announces, by the tone of its step.
_RULED_TONES: dict[str, ItemKind] = {
    "changed": "date-changed", "extended": "extended", "late-accepted": "late-accepted", "waived": "waived",
}  # fmt: skip
_RULED = frozenset(_RULED_TONES.values())
_LINKED = frozenset({"informs", "courteous", "brief", "overdue", "date-changed", "extended", "late-accepted"})


class TooLong(Refused):
    """A mail of more items than anybody reads: one person is registered for too many units."""


def compose_digest(
    world: World,
    campaign: CampaignRow,
    envelope: Envelope,
    items: Sequence[Content],
    names: dict[tuple[int, int], str],
    as_of: datetime,
    *,
    document: str | None = None,
) -> Digest:
    """Return everything one envelope says; "còn N ngày" counts from the day of sending. Errors: `TooLong`."""
    if len(items) > MOST_ITEMS:
        raise TooLong(
            f"one mail of {len(items):,} items; the most is {MOST_ITEMS:,}: "
            "register contacts of their own for these units"
        )
    plan = world.plan_of(campaign)
    return Digest(
        sender=sender_of(plan, clock.local_day(as_of)),
        to_name=next((names[key] for item in items if (key := (envelope.person_id, item.unit_id)) in names), ""),
        to_address=envelope.address,
        unit_names=tuple(dict.fromkeys(item.unit_name for item in items)),
        campaign_key=campaign.key,
        campaign_name=campaign.name,
        items=tuple(
            _item(
                world,
                campaign,
                plan,
                item,
                as_of,
                document,
                link=link_mark(n) if envelope.mode in world.portal and carries_link(envelope.kind, item) else "",
            )
            for n, item in enumerate(items)
        ),
        as_of=as_of,
        rehearsal=envelope.mode != "live",
    )


def may_bear_link(content: Content) -> bool:
    """Return whether a notice may carry the unit's own link: it asks for a report, and goes to the unit itself.

    A superior, or whoever a role names, never gets the link by which a unit submits.
    """
    return (
        content.recipient in ("officer", "office")
        and content.unit_kind != "province"
        and _kind(content, None) in _LINKED
    )


def carries_link(kind: str, content: Content) -> bool:
    """Return whether an item of a mail of this kind carries the unit's own link."""
    return kind in ("digest", "supplement") and may_bear_link(content)


@lru_cache(maxsize=32)
def _sender(office: Office, urges: Urging) -> Sender:
    return Sender(
        office_name=office.name, short_name=office.short_name, sender_name=office.sender_name,
        sender_address=office.sender_address, contact_role=office.contact_role, contact_phone=office.contact_phone,
        rank=office.rank, urges=urges,
    )  # fmt: skip


def sender_of(plan: Plan, day: date) -> Sender:
    """Return the office that writes for a campaign on `day`, and whether its plan lets it urge in its own name.

    The office is the desk of the standing agency, so that agency's authority is the one it writes with.
    """
    return _sender(plan.office.on(day), authority(plan, "urge", "standing-agency").manner)


class Named(Protocol):
    """Whatever knows how letters address an organisation on a day, by its code: a world, or what is shipped."""

    def name_on(self, code: str, day: date) -> str | None:
        """Return the name, null when nothing is known of the code."""


def receiver_names(plan: Plan, facts: dict[str, Any], day: date, world: Named) -> tuple[tuple[str, str | None], ...]:
    """Return who receives a report, by today's name of the organisation that holds the role, and for what."""
    named: dict[str, str | None] = {}
    for addressee in facts["addressees"]:
        role = addressee["via"] or addressee["to"]
        named.setdefault(organisation(plan, role, day, world), addressee["function"])
    return tuple(named.items())


def organisation(plan: Plan, role: str, day: date, world: Named) -> str:
    """Return the name under which a role is addressed on `day`."""
    if role in _ROLE_NAMES:
        return _ROLE_NAMES[role]
    if role in ("province", "decider"):
        committee = peoples_committee(plan, day, world)
        return f"Chủ tịch {committee}" if role == "decider" else committee
    code = plan.holder_of(role, day)
    return world.name_on(code, day) or code if code else role


def peoples_committee(plan: Plan, day: date, world: Named) -> str:
    """Return the province's People's Committee by the name it has on `day`: provinces merge, too."""
    held_by = plan.holder_of("decider", day)
    return (world.name_on(held_by, day) if held_by else None) or f"Ủy ban nhân dân tỉnh {plan.province.name}"


def _item(
    world: World, campaign: CampaignRow, plan: Plan, content: Content, as_of: datetime, document: str | None,
    *, link: str,
) -> Item:  # fmt: skip
    today = clock.local_day(as_of)
    facts = content.facts
    kind = _kind(content, document)
    # A reminder speaks of the day until which the report is awaited; every other notice of the day it was due.
    awaited = content.awaited_on if kind in ("informs", "courteous", "brief") else None
    due_on = awaited or content.due_on
    receivers = receiver_names(plan, facts, today, world)
    return Item(
        kind=kind,
        rung=content.rung,
        assignment_id=content.assignment_id,
        unit_name=content.unit_name,
        unit_kind=content.unit_kind,
        modality=content.modality,
        duty_kind=content.duty_kind,
        duty_title=content.title,
        clause=str(facts["clause"]),
        words=str(facts["words"]),
        plan_number=plan.instrument.number,
        plan_date=plan.instrument.date,
        campaign_name=campaign.name,
        period=content.period,
        due_on=due_on,
        strict=said_as_before(str(facts["rule"]), due_on),
        target_on=content.target_on,
        confirmed=content.confirmed,
        receivers=receivers,
        reconciled_at=content.reconciled_at,
        document=document or (content.ruling_document if kind in _RULED else None),
        decided_by=_decided_by(plan, kind, receivers, today, world),
        previous_due_on=_ruled_day(content, "previous_due_on") if kind in _RULED else None,
        previous_strict=said_as_before(str(facts["rule"]), _ruled_day(content, "previous_due_on")),
        requested_on=_ruled_day(content, "requested_on") if kind == "extended" else None,
        accepted_until=_ruled_day(content, "accepted_until") if kind == "late-accepted" else None,
        lateness_kept={"extended": False, "late-accepted": True}.get(kind),
        data_cutoff=_cut_off(content) if kind == "informs" else None,
        days_left=(due_on - today).days if due_on else None,
        working_days_left=_working_days(world.calendar, today, due_on) if due_on else None,
        invited_reason=_invited_reason(plan, content) if content.modality == "invited" else None,
        link=link,
    )


def _cut_off(content: Content) -> date | None:
    """Return the day by which data are counted: as the plan or a ruling says; null where neither does."""
    day = (content.milestones or {}).get(CUT_OFF)
    return date.fromisoformat(day) if day else None


def _working_days(calendar: Calendar, today: date, due_on: date) -> int:
    return max(0, calendar.working_days_between(today, due_on))


def _kind(content: Content, document: str | None) -> ItemKind:
    if document is not None:
        return "document"
    ruled = _RULED_TONES.get(content.tone or "")
    if ruled is not None:
        return ruled
    if content.step_kind == "overdue":
        return "overdue"
    if content.unit_kind == "province" or content.tone == "prepare":
        return "prepare"
    return {"informs": "informs", "courteous": "courteous", "brief": "brief"}.get(content.tone or "", "informs")  # type: ignore[return-value]


def _ruled_day(content: Content, name: str) -> date | None:
    """Return a day that the ruling behind this notice recorded."""
    day = (content.ruling or {}).get(name)
    return date.fromisoformat(day) if day else None


def _decided_by(
    plan: Plan, kind: ItemKind, receivers: tuple[tuple[str, str | None], ...], today: date, world: World
) -> str | None:
    """Return who decided: the receiver what it still accepts, whoever may extend everything else."""
    if kind not in _RULED:
        return None
    if kind == "late-accepted" and receivers:
        return receivers[0][0]
    return organisation(plan, who_may(plan, "extend") or "decider", today, world)


def _invited_reason(plan: Plan, content: Content) -> str | None:
    duty = plan.duty(content.duty)
    for obligor in duty.obligors:
        if obligor.kind == content.unit_kind and obligor.modality == "invited":
            return obligor.words
    return None
