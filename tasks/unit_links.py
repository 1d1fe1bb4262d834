"""Signed links to a unit's own page: made from our key, known by their hash, good until a day or until revoked."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from config.errors import Refused
from dondoc import clock
from dondoc.messages.marks import link_mark
from dondoc.registry.text import search_key
from dondoc.store import unit_links as store
from dondoc.store.engine import Connection
from dondoc.store.outbox import Content, Envelope
from dondoc.store.registry import UnitRef, find_unit
from dondoc.store.submissions import officer_of
from dondoc.store.unit_links import LinkRow, Pair
from tasks.compose import carries_link
from tasks.trail import note
from tasks.world import World

LINKS: Final = "~links"  # among a message's parameters: under which address, and which links its items carry


@dataclass(frozen=True, slots=True)
class GivenLink:
    """A link as the desk hands it over."""

    campaign: str
    title: str
    period: str
    due_on: date | None
    url: str
    to_address: str
    expires_at: datetime


async def links_of_claim(
    world: World, connection: Connection, envelopes: Iterable[Envelope], items: Mapping[int, Sequence[Content]],
    as_of: datetime,
) -> dict[Pair, int]:  # fmt: skip
    """Write down the links that claimed mails will carry; returns their generation by (assignment, person)."""
    wanted = {
        (item.assignment_id, envelope.person_id): _awaited(envelope.kind, item)
        for envelope in envelopes
        if envelope.mode in world.portal
        for item in items.get(envelope.id, [])
        if carries_link(envelope.kind, item)
    }
    return await give_links(world, connection, wanted, as_of)


def _awaited(kind: str, item: Content) -> date | None:
    """Return until when what a mail asks for is awaited: a supplement has a day of its own."""
    return date.fromisoformat(item.due_key) if kind == "supplement" else item.awaited_on or item.due_on


async def give_links(
    world: World, connection: Connection, wanted: Mapping[Pair, date | None], as_of: datetime
) -> dict[Pair, int]:
    """Write links down, each good for `link_days` after its due date; a revoked one is followed by another."""
    if not wanted:
        return {}
    known = await store.latest_generations(world.database, connection, wanted.keys())
    given = {pair: (known[pair][0] + known[pair][1] if pair in known else 0) for pair in wanted}
    rows = [
        {
            "token_sha256": hashed(world.link_token(*pair, given[pair])), "assignment_id": pair[0],
            "person_id": pair[1], "generation": given[pair], "created_at": as_of,
            "expires_at": clock.end_of(max(due or clock.local_day(as_of), clock.local_day(as_of))
                                       + timedelta(days=world.link_days)),
        }
        for pair, due in sorted(wanted.items(), key=lambda item: item[0])  # two senders: in one order, or they lock
    ]  # fmt: skip
    await store.save_links(world.database, connection, rows)
    return given


def carried(
    world: World, envelope: Envelope, items: Sequence[tuple[str, int]], given: Mapping[Pair, int]
) -> dict[str, Any] | None:
    """Return what is kept of a mail's links: `items` are (mark or nothing, assignment); null when it has none."""
    pairs = [[assignment, given[assignment, envelope.person_id]] if mark else None for mark, assignment in items]
    return {"base": world.portal[envelope.mode], "of": pairs} if any(pairs) else None


def link_values(world: World, person_id: int, links: dict[str, Any] | None) -> dict[str, str]:
    """Return what the marks of a mail's links stand for."""
    return {
        link_mark(number): url_of(links["base"], world.link_token(each[0], person_id, each[1]))
        for number, each in enumerate((links or {}).get("of", ()))
        if links and each
    }


def url_of(base: str, token: str) -> str:
    """Return the address of a link."""
    return f"{base}/l/{token}"


def hashed(token: str) -> str:
    """Return under what a token is known."""
    return hashlib.sha256(token.encode()).hexdigest()


async def opened_link(world: World, token: str, as_of: datetime) -> LinkRow | None:
    """Return the link a token opens; null when it is unknown, expired or revoked. Writes nothing."""
    return open_still(await store.link_of_token(world.database, hashed(token)), as_of)


def open_still(link: LinkRow | None, as_of: datetime) -> LinkRow | None:
    """Return a link if it may still be used."""
    return link if link is not None and link.revoked_at is None and as_of < link.expires_at else None


async def links_for_desk(world: World, unit_text: str, as_of: datetime) -> tuple[UnitRef, list[GivenLink]]:
    """Return the links of what a unit owes, for the contact who hears of its reports today.

    Errors: `Refused` when no address of the pages is set, the unit has no contact, or it owes nothing.
    """
    day = clock.local_day(as_of)
    unit = await find_unit(world.database, unit_text, search_key(unit_text), day)
    async with world.database.write() as connection:
        contact = await officer_of(connection, unit.id, day)
        if contact is None:
            raise Refused(f"{unit.office_name}: no contact with an address is registered; see 'dondoc units'")
        owed = [each for each in await store.open_assignments(connection, unit.id) if each.mode in world.portal]
        if not owed:
            raise Refused(
                f"{unit.office_name}: owes nothing that its page could show, or DONDOC_PORTAL_URL is not set; "
                "see 'dondoc status'"
            )
        given = await give_links(
            world, connection, {(each.assignment_id, contact.person_id): each.due_on for each in owed}, as_of
        )
    found = []
    for each in owed:
        token = world.link_token(each.assignment_id, contact.person_id, given[each.assignment_id, contact.person_id])
        link = await store.link_of_token(world.database, hashed(token))
        assert link is not None
        found.append(
            GivenLink(each.campaign_key, each.title, each.period, each.due_on, url_of(world.portal[each.mode], token),
                      contact.address, link.expires_at)
        )  # fmt: skip
    return unit, found


async def revoke_unit(world: World, unit_text: str, by: str, as_of: datetime) -> tuple[UnitRef, int]:
    """Close every link of a unit; the next mail carries another. Returns how many were open."""
    unit = await find_unit(world.database, unit_text, search_key(unit_text), clock.local_day(as_of))
    async with world.database.write() as connection:
        closed = await store.revoke_links(connection, unit.id, by, as_of)
        note(connection, world, by, "links-revoked", {"unit": unit.code, "links": closed}, at=as_of)
        return unit, closed


async def disown(world: World, link: LinkRow, as_of: datetime) -> None:
    """Note that whoever opened a link says it is not their unit; it opens nothing from now on."""
    async with world.database.write() as connection:
        await store.disown_link(connection, link.id, as_of)
