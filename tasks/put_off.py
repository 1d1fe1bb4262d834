"""Nobody hears more of us on one day than is courteous, however many campaigns there are."""

import logging
from datetime import datetime, time, timedelta

from deadlines.waves import allowed_from
from dondoc import clock
from dondoc.store import courtesy
from tasks.world import World

log = logging.getLogger(__name__)


async def put_off_reminders(world: World, as_of: datetime) -> int:
    """Let reminders beyond the day's most wait for the next morning an office is at its desk; returns how many.

    What is due by then is not put off.
    """
    today = clock.local_day(as_of)
    until = allowed_from(clock.at_local(today + timedelta(days=1), time()), world.calendar)
    put_off = await courtesy.put_off(
        world.database, as_of, today_from=clock.at_local(today, time()), until=until, until_day=clock.local_day(until),
        most=world.most_per_day,
    )  # fmt: skip
    if put_off:
        log.info("reminders put off", extra={"messages": put_off})
    return put_off
