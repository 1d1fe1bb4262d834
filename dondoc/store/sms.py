"""SMS in the database: whose mobile is whose, approved texts, what gateways took over and reported back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from config.errors import Refused
from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.types import Instant

_NOT_KNOWN = "delivery not known: the gateway never said what became of it"


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """An approved text as the register holds it."""

    id: int
    gateway: str
    kind: str
    provider_ref: str
    text: str
    slots: dict[str, int]
    brandname: str
    approved_on: date
    entered_by: str


@dataclass(frozen=True, slots=True)
class Unreported:
    """An SMS a gateway took over and has not reported on: its number there, and the id of our request."""

    id: int
    provider_id: str
    request_id: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Stranded:
    """A message whose sender died with it in hand, by the parts its request id is made of."""

    id: int
    campaign_id: int
    person_id: int
    channel: str
    local_day: date
    wave: str
    part: int
    mode: str


async def phones_to_link(connection: AsyncConnection) -> list[str]:
    """Return the telephone numbers of contacts that are not yet linked to a mobile."""
    c = t.contact.c
    found = await connection.execute(select(c.phone).where(c.phone.is_not(None), c.mobile_id.is_(None)).distinct())
    return [row.phone for row in found]


async def count_mobiles(connection: AsyncConnection) -> int:
    """Return how many contacts an SMS can reach."""
    wanted = select(func.count()).where(t.contact.c.mobile_id.is_not(None))
    return int((await connection.execute(wanted)).scalar_one())


async def save_mobiles(database: Database, connection: AsyncConnection, mobiles: Mapping[str, str]) -> None:
    """Make every contact with one of these numbers (as typed → E.164) reachable by SMS."""
    if not mobiles:
        return
    numbers = [{"channel": "sms", "address": number} for number in dict.fromkeys(mobiles.values())]
    await connection.execute(database.insert(t.person).on_conflict_do_nothing(), numbers)
    p, c = t.person.c, t.contact.c
    mine = select(p.id).where(p.channel == "sms", p.address == bindparam("number")).scalar_subquery()
    await connection.execute(
        update(t.contact).where(c.phone == bindparam("typed"), c.mobile_id.is_(None)).values(mobile_id=mine),
        [{"typed": typed, "number": number} for typed, number in mobiles.items()],
    )


async def list_templates(database: Database, gateway: str | None = None) -> list[TemplateRow]:
    """Return the approved texts in force, of one gateway or of all."""
    s = t.sms_template.c
    wanted = select(
        s.id, s.gateway, s.kind, s.provider_ref, s.text, s.slots, s.brandname, s.approved_on, s.entered_by
    ).where(s.retired_at.is_(None), or_(literal(gateway).is_(None), s.gateway == gateway))
    async with database.read() as connection:
        found: Any = await connection.execute(wanted.order_by(s.gateway, s.kind))
        return [TemplateRow(*row) for row in found]


async def add_template(connection: AsyncConnection, at: datetime, **values: Any) -> None:
    """Enter an approved text; the one in force for the same gateway and kind is retired."""
    s = t.sms_template.c
    await connection.execute(
        update(t.sms_template)
        .where(s.gateway == values["gateway"], s.kind == values["kind"], s.retired_at.is_(None))
        .values(retired_at=at)
    )
    await connection.execute(t.sms_template.insert().values(**values))


async def retire_template(connection: AsyncConnection, gateway: str, kind: str, at: datetime) -> None:
    """Take an approved text out of use. Errors: `Refused` when none is in force."""
    s = t.sms_template.c
    done = await connection.execute(
        update(t.sms_template).where(s.gateway == gateway, s.kind == kind, s.retired_at.is_(None)).values(retired_at=at)
    )
    if not done.rowcount:
        raise Refused(f"SMS template '{kind}' of {gateway}: none is in force")


async def record_taken(
    database: Database,
    message_id: int,
    fence: int,
    *,
    gateway: str,
    provider_id: str | None,
    segments: int,
    cost: int,
    ask_at: datetime | None = None,
) -> None:
    """Note which gateway took a message over, under which number, and what it costs; an old fence changes nothing.

    `ask_at`: when the gateway is first asked whether it arrived; null: it is not.
    """
    m = t.message.c
    async with database.write() as connection:
        await connection.execute(
            update(t.message)
            .where(m.id == message_id, m.fence == fence, m.state == "claimed")
            .values(
                relay=gateway, provider_id=func.coalesce(literal(provider_id), m.provider_id), segments=segments,
                cost=cost, ask_at=ask_at,
            )
        )  # fmt: skip


async def take_to_ask(
    database: Database, gateway: str, as_of: datetime, limit: int, again: Callable[[datetime], datetime | None]
) -> list[Unreported]:
    """Return SMS whose gateway is to be asked now whether they arrived, the longest waiting first.

    When each is asked next (`again`, by the instant it was accepted) is noted before, so that whoever dies in between
    has asked in vain and no more; null there ends it, and the message says that its delivery is not known.
    """
    m = t.message.c
    wanted = (
        select(m.id, m.provider_id, m.message_id, m.accepted_at)
        .where(m.ask_at <= as_of, m.relay == gateway, m.state == "accepted")
        .order_by(m.ask_at, m.id)
        .limit(limit)
    )
    async with database.read() as connection:
        if (await connection.execute(wanted.limit(1))).first() is None:
            return []
    async with database.write() as connection:
        found: Any = await connection.execute(wanted.with_for_update(skip_locked=True))
        rows = [Unreported(*row) for row in found]
        if rows:
            asked: list[dict[str, Any]] = []
            for row in rows:
                following = again(row.accepted_at)
                asked.append({"row": row.id, "next": following, "note": None if following else _NOT_KNOWN})
            await connection.execute(
                update(t.message)
                .where(m.id == bindparam("row"))
                .values(ask_at=bindparam("next", type_=Instant()), last_error=bindparam("note")),
                asked,
            )
        return rows


async def refuse(database: Database, message_id: int, fence: int, *, reason: str, error: str, at: datetime) -> None:
    """Settle a message that must not leave, and its notices, with the reason; an old fence changes nothing."""
    m, n = t.message.c, t.notice.c
    async with database.write() as connection:
        done = await connection.execute(
            update(t.message)
            .where(m.id == message_id, m.fence == fence, m.state == "claimed")
            .values(state="failed", last_error=error[:400], lease_until=None)
        )
        if done.rowcount:
            await connection.execute(
                update(t.notice)
                .where(n.state == "queued", n.id.in_(_notices_of([message_id])))
                .values(state="failed", reason=reason, settled_at=at)
            )


async def strand(database: Database, modes: Sequence[str], until: datetime) -> list[Stranded]:
    """Let SMS whose sender died with them in hand be unknown until `until`, and return them.

    For gateways that do not recognise a repeated request: whether these were sent, only a report or an officer knows.
    """
    m = t.message.c
    async with database.write() as connection:
        found = await connection.execute(
            update(t.message)
            .where(
                m.channel == "sms", m.mode.in_(modes), m.state == "claimed", m.lease_until < database.time()
            )
            .values(
                state="unknown", not_before=until, lease_until=None, fence=m.fence + 1,
                last_error="the sender ended with the request in hand",
            )
            .returning(m.id, m.campaign_id, m.person_id, m.channel, m.local_day, m.wave, m.part, m.mode)
        )  # fmt: skip
        return [Stranded(*row) for row in found]


async def name_requests(database: Database, named: Mapping[int, str]) -> None:
    """Note the request ids of messages, by which a report finds them."""
    if not named:
        return
    async with database.write() as connection:
        await connection.execute(
            update(t.message).where(t.message.c.id == bindparam("row")).values(message_id=bindparam("request")),
            [{"row": row, "request": request} for row, request in named.items()],
        )


async def add_report(
    database: Database, *, gateway: str, provider_id: str, state: str, request_id: str | None, at: datetime
) -> bool:
    """Keep a delivery report (`delivered` or `failed`) and apply it if its message is known; false: it was known.

    One that comes before our own record of the message, or names none of ours, is kept and looked at again.
    """
    async with database.write() as connection:
        added = await connection.execute(
            database.insert(t.delivery_report)
            .values(relay=gateway, provider_id=provider_id, state=state, detail=request_id, at=at)
            .on_conflict_do_nothing()
        )
        if not added.rowcount:
            return False
        r = t.delivery_report.c
        await _apply(connection, and_(r.relay == gateway, r.provider_id == provider_id, r.state == state), at)
        return True


async def apply_reports(
    database: Database, gateway: str, provider_id: str | None, request_id: str, at: datetime
) -> None:
    """Apply reports on a message that came before our own record of it, by the gateway's number or by ours."""
    r = t.delivery_report.c
    its = or_(r.provider_id == provider_id, r.detail == request_id)
    async with database.write() as connection:
        await _apply(connection, and_(r.relay == gateway, its, r.applied_at.is_(None)), at)


async def _apply(connection: AsyncConnection, which: Any, at: datetime) -> None:
    r, m, n = t.delivery_report.c, t.message.c, t.notice.c
    wanted = select(r.id, r.relay, r.provider_id, r.state, r.detail, r.at).where(which).order_by(r.id)
    for report in (await connection.execute(wanted)).all():
        if report.detail:  # a request whose answer was lost: the report tells us the gateway's number
            await connection.execute(
                update(t.message)
                .where(t.message_is_open, m.channel == "sms", m.message_id == report.detail)
                .values(provider_id=report.provider_id, relay=report.relay)
            )
        ours = and_(m.provider_id == report.provider_id, m.relay == report.relay, m.channel == "sms")
        delivered = report.state == "delivered"
        found = await connection.execute(
            update(t.message)
            .where(ours, m.state.in_(("accepted", "unknown", "deferred")))
            .values(
                state="delivered" if delivered else "bounced",
                accepted_at=func.coalesce(m.accepted_at, literal(report.at, Instant())),
                delivered_at=report.at if delivered else None,
                last_error=None if delivered else "the network did not deliver it",
                lease_until=None,
                ask_at=None,
            )
            .returning(m.id)
        )
        ids = [row.id for row in found]
        if not ids:
            continue
        before = ("queued",) if delivered else ("queued", "accepted")
        await connection.execute(
            update(t.notice)
            .where(n.state.in_(before), n.id.in_(_notices_of(ids)))
            .values(state="accepted" if delivered else "failed", settled_at=report.at)
        )
        await connection.execute(update(t.delivery_report).where(r.id == report.id).values(applied_at=at))


def _notices_of(message_ids: Sequence[int]) -> Any:
    return select(t.message_item.c.notice_id).where(t.message_item.c.message_id.in_(message_ids))
