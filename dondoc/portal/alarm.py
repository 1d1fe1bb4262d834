"""The alarm clock: rings every half minute and at the next thing that falls due, and never stops for an error."""

import asyncio
import logging
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from dondoc import clock
from dondoc.prefect_face.face import PrefectFace
from dondoc.store.steps import next_instant
from flows.round import shown_round
from tasks.world import World

log = logging.getLogger(__name__)


class Alarm:
    """Rings `shown_round` in this process. Time itself is kept by our step table, not by the scheduler.

    Jobs live in memory only: after a restart the table says what is due.
    """

    def __init__(self, world: World, face: PrefectFace, every_seconds: int) -> None:
        self._world = world
        self._face = face
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._every = every_seconds
        self._ringing = asyncio.Lock()
        self.rounds = 0
        self.failures = 0

    def start(self) -> None:
        """Begin to ring."""
        common = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler.add_job(self.ring, "interval", seconds=self._every, id="sweep", **common)
        self._scheduler.start()

    async def ring(self) -> None:
        """Do one round; whatever goes wrong is written down and the clock goes on."""
        async with self._ringing:  # a wake-up and the interval may meet
            try:
                await shown_round(self._world, self._face, self._world.database.now())
                self.rounds += 1
            except Exception:
                self.failures += 1
                log.exception("round failed; the next one starts anew")
            await self._set_wake_up()

    async def stop(self) -> None:
        """Stop ringing and let a round that is under way come to its end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        try:
            await asyncio.wait_for(self._ringing.acquire(), 8)
        except TimeoutError:
            log.warning("a round was still under way; what it held is given back")

    async def _set_wake_up(self) -> None:
        try:
            following = await next_instant(self._world.database)
        except Exception:
            log.exception("the next instant could not be read; the interval goes on")
            return
        if following is None:
            return
        wait = following - self._world.database.now()
        if timedelta() < wait < timedelta(days=1):  # what lies further ahead is found by the interval in time
            self._scheduler.add_job(
                self.ring, "date", run_date=_real(wait), id="wake-up", replace_existing=True, misfire_grace_time=None
            )


def _real(wait: timedelta) -> datetime:
    """Return the real instant after a wait; a simulation's clock is moved, but runs as fast."""
    return clock.now() + wait
