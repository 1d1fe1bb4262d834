"""The sign of life that leaves the system once a day: a mail to the office's own address and a call of a URL.

Whoever waits for it notices its absence; nothing inside the system could.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

import httpx

from deadlines.audit import Finding
from dondoc import clock
from dondoc.messages.life import render_life
from dondoc.messages.mime import AddressError, assemble
from dondoc.messages.model import Sender
from dondoc.messages.smtp import Connection
from dondoc.store.brakes import Heartbeat, beat, heartbeat_of
from tasks.world import World

log = logging.getLogger(__name__)
_URL_SECONDS = 5.0
_MAIL, _URL = "heartbeat-mail", "heartbeat-url"


async def send_heartbeat(world: World, found: Sequence[Finding], as_of: datetime) -> list[Finding]:
    """Tell the world outside, once a day each way, that the auditor has looked and what it found.

    Returns what could not leave, as findings: it is tried again with the next audit.
    """
    unsent = []
    if world.heartbeat_to and not await _told_today(world, _MAIL, as_of):
        error = await _mail(world, world.heartbeat_to, found, as_of)
        unsent += await _note(world, _MAIL, "mail", error, as_of)
    if world.heartbeat_url and not await _told_today(world, _URL, as_of):
        error = await _call(world.heartbeat_url, len(found))
        unsent += await _note(world, _URL, "url", error, as_of)
    return unsent


async def _mail(world: World, address: str, found: Sequence[Finding], as_of: datetime) -> str | None:
    """Send the mail past the outbox, which is among what it tells of; returns what went wrong."""
    route = world.routes.get("live") or world.routes.get("rehearsal")
    if route is None:
        return "no relay"
    sender = Sender(
        office_name="Dondoc", short_name="Dondoc", sender_name="Dondoc", sender_address=address, contact_role="-",
        contact_phone="-",
    )  # fmt: skip
    words = render_life([(each.kind, each.subject, each.detail) for each in found], as_of=as_of)
    message_id = world.header_id("heartbeat", as_of.isoformat())
    try:
        content = assemble(words, sender=sender, to_name="", to_address=address, message_id=message_id, date=as_of)
    except AddressError as error:
        return str(error)
    connection = Connection(route)
    try:
        attempt = await connection.send(address, address, content)
    finally:
        await connection.close()
    return None if attempt.state == "accepted" else attempt.error


async def _call(url: str, found: int) -> str | None:
    """Call the URL with how much was found; returns what went wrong."""
    try:
        async with httpx.AsyncClient(timeout=_URL_SECONDS, trust_env=False) as client:
            answer = await client.post(url, content=f"findings={found}\n")
            answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        return f"HTTP {error.response.status_code}"  # the address may hold a token; it is not repeated
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
    return None


async def _told_today(world: World, way: str, as_of: datetime) -> bool:
    async with world.database.read() as connection:
        last = await heartbeat_of(connection, way)
    return last is not None and clock.local_day(last.wall_at) >= clock.local_day(as_of)


async def _note(world: World, way: str, subject: str, error: str | None, as_of: datetime) -> list[Finding]:
    if error is not None:
        log.warning("the daily sign of life did not leave", extra={"way": subject, "error": error})
        return [Finding("heartbeat", subject)]
    async with world.database.write() as connection:
        await beat(world.database, connection, way, "heartbeat", Heartbeat(as_of, clock.since_boot(), ""))
    return []
