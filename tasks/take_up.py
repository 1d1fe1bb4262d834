"""What was set aside and goes on: another contact for a refused address, a fresh reconciliation for an old notice."""

import logging
from dataclasses import replace
from datetime import datetime
from typing import Any

from deadlines.waves import allowed_from
from dondoc import clock
from dondoc.messages.model import Acknowledgement, CodeLetter, from_json, to_json
from dondoc.store import fallback
from dondoc.store.campaigns import lock_campaign
from dondoc.store.engine import Connection
from dondoc.store.fallback import Letter, Refused
from dondoc.store.held import loose_steps
from tasks.brakes import let_step_in, queue_or_wait
from tasks.prepare_messages import document_of
from tasks.world import World

log = logging.getLogger(__name__)


async def take_up_again(world: World, as_of: datetime) -> None:
    """Put into envelopes what was set aside and may leave now; with nothing set aside it costs two small looks."""
    await let_step_in(world, as_of)
    async with world.database.read() as connection:
        refused = await fallback.refused_notices(connection)
    if not refused:
        return
    async with world.database.write() as connection:
        for campaign_id in sorted({those.campaign_id for those in refused}):  # another clock may be at it, too
            await lock_campaign(world.database, connection, campaign_id)
        await fallback.take_nothing_back(connection, as_of)
        for those in await fallback.refused_notices(connection):
            await _another_way(world, connection, those, as_of)


async def _another_way(world: World, connection: Connection, those: Refused, as_of: datetime) -> None:
    """Write to the next contact of the same unit; where there is none, the unit comes onto the desk's call list."""
    found, nobody = await fallback.readdress(connection, those, clock.local_day(as_of), as_of)
    log.info("addresses refused", extra={"readdressed": len(found), "to_call": nobody})
    if not found:
        return
    if not those.letters:
        steps = await loose_steps(connection, await fallback.steps_of(connection, found), as_of)
        await queue_or_wait(world, connection, steps, as_of)
        return
    not_before = allowed_from(as_of, world.calendar)
    for letter in await fallback.letters_again(connection, found):
        at = as_of if letter.kind in ("acknowledgement", "code") else not_before
        await fallback.send_letter_again(
            world.database, connection, letter, _to_another(letter), day=clock.local_day(at), at=at
        )


def _to_another(letter: Letter) -> dict[str, Any]:
    """Return what a letter says, written to whom it goes to now."""
    parameters = letter.parameters or {}
    if letter.kind not in ("acknowledgement", "code"):
        return {"document": document_of(parameters)}
    said = from_json(parameters)
    assert isinstance(said, Acknowledgement | CodeLetter)
    return to_json(replace(said, to_name=letter.name, to_address=letter.address))
