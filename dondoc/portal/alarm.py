"""The alarm clock: rings every half minute and at the next thing that falls due, and never stops for an error."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from dondoc import clock
from dondoc.prefect_face.face import PrefectFace
from dondoc.store.steps import next_instant
from flows.audit import shown_audit
from flows.round import shown_round
from tasks.audit import audit_due
from tasks.stages import RoundReport
from tasks.world import World

log = logging.getLogger(__name__)

_LET_FINISH_SECONDS = 2.0
_BREAK_OFF_SECONDS = 2.5  # closing connections politely takes up to two of them


class Alarm:
    """Rings `shown_round` in this process. Time itself is kept by our step table, not by the scheduler.

    Jobs live in memory only: after a restart the table says what is due. `told` hears of every round, if set.
    """

    def __init__(self, world: World, face: PrefectFace, every_seconds: int) -> None:
        self._world = world
        self.face = face
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._every = every_seconds
        self.told: Callable[[RoundReport], object] | None = None
        self._round: asyncio.Task[None] | None = None
        self.rounds = 0
        self.failures = 0

    def start(self) -> None:
        """Begin to ring."""
        self._scheduler.add_job(
            self.ring, "interval", seconds=self._every, id="sweep",
            coalesce=True, max_instances=1, misfire_grace_time=None,
        )  # fmt: skip
        self._scheduler.start()

    @property
    def wakes_at(self) -> datetime | None:
        """Return the real instant of the wake-up for what falls due next, if one is set."""
        job = self._scheduler.get_job("wake-up")
        return job.trigger.run_date if job else None

    async def ring(self) -> None:
        """Do one round, or wait for the one under way; whatever goes wrong is written down and the clock goes on."""
        if self._round is None or self._round.done():
            self._round = asyncio.create_task(self._ring())
        # Shielded: the scheduler cancels its jobs when it stops, and a batch in hand should end in good order.
        await asyncio.shield(self._round)

    async def stop(self) -> None:
        """Stop ringing; a round under way may finish the batch in hand, then it is broken off."""
        self._world.stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self._round is None or self._round.done():
            return
        await asyncio.wait({self._round}, timeout=_LET_FINISH_SECONDS)
        if not self._round.done():
            log.warning("a round was still under way; what it holds is given back")
            self._round.cancel()
            await asyncio.wait({self._round}, timeout=_BREAK_OFF_SECONDS)

    async def _ring(self) -> None:
        try:
            report = await shown_round(self._world, self.face, self._world.database.now())
            self.rounds += 1
            if self.told is not None:
                self.told(report)
        except Exception:
            self.failures += 1
            log.exception("round failed; the next one starts anew")
        await self._audit()
        await self._set_wake_up()

    async def _audit(self) -> None:
        """Do the day's audit when its hour has come; one that fails is seen by its absence."""
        try:
            now = self._world.database.now()
            if not self._world.stopping and await audit_due(self._world, now):
                await shown_audit(self._world, self.face, now)
        except Exception:
            log.exception("audit failed; it is tried again with the next round")

    async def _set_wake_up(self) -> None:
        try:
            following = await next_instant(self._world.database)
        except Exception:
            log.exception("the next instant could not be read; the interval goes on")
            return
        if following is None or self._world.stopping:
            return
        wait = following - self._world.database.now()
        if timedelta() < wait < timedelta(days=1):  # what lies further ahead is found by the interval in time
            self._scheduler.add_job(
                self.ring, "date", run_date=_real(wait), id="wake-up", replace_existing=True, misfire_grace_time=None
            )


def _real(wait: timedelta) -> datetime:
    """Return the real instant after a wait; a simulation's clock is moved, but runs as fast."""
    return clock.now() + wait
