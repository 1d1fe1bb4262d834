"""Put what steps have to say into envelopes: mails by the wave, short messages by the wave and what they say."""

from collections.abc import Sequence
from datetime import datetime

from deadlines.quiet import sms_allowed_from
from deadlines.waves import allowed_from, wave_of
from dondoc import clock
from dondoc.store.engine import Connection
from dondoc.store.steps import by_channel, queue_messages
from tasks.world import World


async def into_envelopes(
    world: World, connection: Connection, campaign_id: int, step_ids: Sequence[int], mode: str, as_of: datetime
) -> int:
    """Queue the loose notices of steps for the first hour at which their channel may speak; return how many."""
    queued = 0
    for (channel, kind), ids in (await by_channel(connection, step_ids)).items():
        sms = channel == "sms"
        not_before = (sms_allowed_from if sms else allowed_from)(as_of, world.calendar)
        queued += await queue_messages(
            world.database, connection, campaign_id=campaign_id, step_ids=ids, mode=mode,
            kind="sms" if sms else "digest", local_day=clock.local_day(not_before),
            wave=f"{wave_of(not_before)}-{kind}" if sms else wave_of(not_before), not_before=not_before, at=as_of,
            channel=channel,
        )  # fmt: skip
    return queued
