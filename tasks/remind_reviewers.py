"""Reviewers who let reports lie are reminded: one mail to an office for all its reports, with a gap between two."""

import logging
from datetime import datetime
from itertools import groupby
from typing import Any

from config.review import review_rules
from dondoc import clock
from dondoc.messages.mime import AddressError, assemble
from dondoc.messages.model import Sender
from dondoc.messages.reviewers import render_reviewers
from dondoc.messages.smtp import Connection
from dondoc.store.reviews import claim_telling, lying_reports, put_telling
from tasks.world import World

log = logging.getLogger(__name__)


async def remind_reviewers(world: World, as_of: datetime) -> int:
    """Write to each office whose reports wait longer than config/review.yaml allows; return to how many.

    On working days from the stated hour on, to the office's own address, past the outbox: no unit hears of it. What
    could not leave is tried again with the next audit.
    """
    rules, today = review_rules().reviewers, clock.local_day(as_of)
    if not world.calendar.is_working_day(today) or clock.local_time(as_of) < rules.at:
        return 0
    oldest = clock.at_local(world.calendar.add_working_days(today, -rules.working_days), rules.at)
    told = 0
    rows = sorted(await lying_reports(world.database, oldest), key=lambda row: (row.id, row.state, row.campaign))
    for (office, mode), lying in groupby(rows, key=lambda row: (row.id, row.state)):
        if mode in world.routes:
            told += await _tell(world, office, mode, list(lying), as_of)
    return told


async def _tell(world: World, office: int, mode: str, lying: list[Any], as_of: datetime) -> bool:
    """Send one mail, if the last lies far enough back; of two audits at once one sends it."""
    key = f"reviewers:{office}:{mode}"
    last = world.calendar.add_working_days(clock.local_day(as_of), -review_rules().reviewers.gap)
    async with world.database.write() as connection:
        before = await claim_telling(world.database, connection, key, as_of, clock.end_of(last))
    if before is None:
        return False
    error = await _send(world, mode, lying, as_of)
    if error is None:
        return True
    log.warning("an office could not be told of reports that wait", extra={"error": error})
    async with world.database.write() as connection:
        await put_telling(connection, key, as_of.isoformat(), before)
    return False


async def _send(world: World, mode: str, lying: list[Any], as_of: datetime) -> str | None:
    office, rules = lying[0], review_rules().reviewers
    sender = Sender(
        office_name=office.name, short_name=office.short_name, sender_name=office.sender_name,
        sender_address=office.sender_address, contact_role=office.contact_role, contact_phone=office.contact_phone,
    )  # fmt: skip
    words = render_reviewers(
        [(row.campaign_name, row.reports, row.since) for row in lying], days=rules.working_days, gap=rules.gap,
        as_of=as_of, rehearsal=mode != "live",
    )  # fmt: skip
    message_id = world.header_id("reviewers", office.id, mode, as_of.isoformat())
    address = office.sender_address
    try:
        content = assemble(words, sender=sender, to_name="", to_address=address, message_id=message_id, date=as_of)
    except AddressError as error:
        return str(error)
    connection = Connection(world.routes[mode])
    try:
        attempt = await connection.send(address, address, content)
    finally:
        await connection.close()
    return None if attempt.state == "accepted" else attempt.error or attempt.state
