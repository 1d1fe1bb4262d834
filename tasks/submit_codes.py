"""A code of six digits, sent to a registered contact before a report is taken from a unit's page."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from config.errors import Refused
from dondoc import clock
from dondoc.messages.model import CodeLetter, to_json
from dondoc.store import submit_codes as store
from dondoc.store.letters import add_letter
from dondoc.store.submissions import Officer
from tasks.unit_page import UnitPage
from tasks.world import World

LASTS: Final = timedelta(minutes=15)
TRIES: Final = 5
_MOST: Final = ((timedelta(minutes=15), 3), (timedelta(days=1), 10))


class RefusedCode(Refused):
    """No code is sent, or the one given is not taken: `why` is wrong, over, too-many or nobody."""

    def __init__(self, why: str, tries_left: int = 0) -> None:
        super().__init__(f"code: {why}")
        self.why, self.tries_left = why, tries_left


@dataclass(frozen=True, slots=True)
class SentTo:
    """To whom a code went, as a page may show it, and until when it holds."""

    address: str
    until: datetime


async def send_code(world: World, page: UnitPage, person_id: int, as_of: datetime) -> SentTo:
    """Queue a new code for the reader of the link, or for whoever hears of the unit's reports now; older ones end.

    Errors: `RefusedCode` (too-many, nobody).
    """
    row, owner, day = page.row, page.owner, clock.local_day(as_of)
    async with world.database.write() as connection:
        contact = await store.contact_for_code(connection, row.unit_id, person_id, day)
        if contact is None:
            raise RefusedCode("nobody")
        for span, most in _MOST:
            if await store.codes_since(connection, row.assignment_id, as_of - span) >= most:
                raise RefusedCode("too-many")
        nonce, until = secrets.token_hex(16), as_of + LASTS
        number = await store.add_code(connection, row.assignment_id, contact.person_id, nonce, as_of, until, TRIES)
        letter = CodeLetter(
            sender=page.sender, to_name=contact.name, to_address=contact.address, unit_name=row.unit_name,
            duty_title=row.title, period=row.period, campaign_key=owner.key, campaign_name=owner.name, nonce=nonce,
            minutes=int(LASTS.total_seconds()) // 60, expires_at=until, as_of=as_of, rehearsal=page.rehearsal,
        )  # fmt: skip
        await add_letter(
            world.database, connection, campaign_id=owner.id, assignment_id=row.assignment_id,
            person_id=contact.person_id, rung=f"code-{number}", due_key=str(row.due_on or "undated"),
            recipient="officer", mode=owner.state, kind="code", wave=f"code-{number}", local_day=day, not_before=as_of,
            at=as_of, parameters=to_json(letter),
        )  # fmt: skip
    return SentTo(masked_address(contact.address), until)


async def code_waits(world: World, page: UnitPage, as_of: datetime) -> SentTo | None:
    """Return to whom the latest code went, while it may still be used; null otherwise."""
    async with world.database.read() as connection:
        code = await store.latest_code(world.database, connection, page.row.assignment_id)
        if code is None or code.used_for is not None or code.tries_left < 1 or as_of >= code.expires_at:
            return None
        contact = await store.contact_for_code(connection, page.row.unit_id, code.person_id, clock.local_day(as_of))
    return SentTo(masked_address(contact.address if contact else ""), code.expires_at)


async def spend_code(world: World, page: UnitPage, digits: str, form_key: str, as_of: datetime) -> Officer:
    """Use the latest code for a form and return who got it; used again for the same form it is still right.

    Each look at it costs one of its tries, kept before the answer is given. Errors: `RefusedCode` (wrong, over).
    """
    row = page.row
    async with world.database.write() as connection:
        code = await store.latest_code(world.database, connection, row.assignment_id, lock=True)
        if code is None or as_of >= code.expires_at or code.used_for not in (None, form_key):
            raise RefusedCode("over")
        if code.used_for is None and not await store.take_try(connection, code.id):
            raise RefusedCode("over")
        right = hmac.compare_digest(world.submit_digits(code.nonce).encode(), digits.encode())
        if right:
            await store.use_code(connection, code.id, form_key, as_of)
        contact = await store.contact_for_code(connection, row.unit_id, code.person_id, clock.local_day(as_of))
    if not right:
        raise RefusedCode("wrong", code.tries_left - 1)
    if contact is None:
        raise RefusedCode("nobody")
    return contact


def masked_address(address: str) -> str:
    """Return an address as a page shows it to whoever holds the link: two letters and the domain."""
    name, _, domain = address.partition("@")
    return f"{name[:2]}***@{domain}" if domain else "***"
