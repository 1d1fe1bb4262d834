"""A period played like a film: a simulation's clock runs many times as fast, and waits wherever there is work."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from dondoc import clock
from dondoc.portal import words
from dondoc.portal.alarm import Alarm
from dondoc.store.engine import move_clock
from dondoc.store.steps import next_instant
from tasks.audit import FROM
from tasks.stages import RoundReport
from tasks.world import World

log = logging.getLogger(__name__)
_TICK_SECONDS = 0.5
_LOOK_AGAIN = timedelta(hours=1)  # of the campaign: what a round has left undone


class Company(Protocol):
    """Units and a desk that do something in a film by themselves."""

    @property
    def next_at(self) -> datetime | None:
        """Return when somebody does something next."""

    async def act(self, at: datetime) -> None:
        """Let everybody do what they have planned until now."""

    async def look(self, at: datetime) -> None:
        """Let everybody see what a round has brought."""


class Film:
    """Moves the clock on by `speed` seconds for each real one and rings the alarm at whatever falls due on the way.

    No instant is passed over: the clock waits there until the round has done its work, so a reminder leaves at its hour
    however fast the film plays. `say` is told each new day and what rounds did; without a `company` nobody reports but
    whoever watches. Simulations only.
    """

    def __init__(
        self, world: World, alarm: Alarm, speed: int, say: Callable[[str], object], company: Company | None = None
    ) -> None:  # fmt: skip
        self._world = world
        self._alarm = alarm
        self._speed = speed
        self._say = say
        self._company = company
        self._at = self._rung_at = world.database.now()
        alarm.told = self._tell

    async def play(self) -> None:
        """Let time run until it is cancelled; a tick that fails is written down and the film goes on."""
        ticked = clock.monotonic() - _TICK_SECONDS
        while True:
            # A long round holds the film up; what a quiet one costs is made good.
            passed, ticked = min(clock.monotonic() - ticked, 2 * _TICK_SECONDS), clock.monotonic()
            try:
                await self.advance(self._at + timedelta(seconds=self._speed * passed))
            except Exception:
                log.exception("the film could not go on; it tries again")
            await asyncio.sleep(_TICK_SECONDS)

    async def advance(self, until: datetime) -> None:
        """Move to an instant, with a round at everything that falls due before it."""
        while (at := await self._next()) <= until:
            await self._move(at)
            self._rung_at = at
            if self._company is not None:
                await self._company.act(at)
            await self._alarm.ring()
            if self._company is not None:
                await self._company.look(at)
        await self._move(until)

    async def _next(self) -> datetime:
        """Return where the film stops next: at what falls due, at the hour of the day's audit at the latest."""
        following = await next_instant(self._world.database)
        morning = clock.at_local(clock.local_day(self._rung_at), FROM)
        stops = [morning if morning > self._rung_at else morning + timedelta(days=1)]
        if self._company is not None and self._company.next_at is not None:
            stops.append(max(self._company.next_at, self._rung_at))
        if following is not None:
            stops.append(following if following > self._rung_at else self._rung_at + _LOOK_AGAIN)
        return min(stops)

    async def _move(self, at: datetime) -> None:
        before, self._at = self._at, max(self._at, at)
        await move_clock(self._world.database, self._at)
        if clock.local_day(self._at) != clock.local_day(before):
            self._say(words.day(clock.local_day(self._at)))

    def _tell(self, report: RoundReport) -> None:
        for line in lines_of(report):
            self._say(line)


def lines_of(report: RoundReport) -> list[str]:
    """Return what a round of a film did, a line each; a quiet one has none."""
    lines = [
        f"{stage.work.campaign}: {words.task(stage.work.title, stage.work.period)}, {words.rung(stage.work.rung)}: "
        + (f"{stage.laid} phiếu trình" if stage.laid else f"{stage.queued} thông báo")
        for stage in report.stages
        if stage.queued or stage.laid
    ]
    if sent := report.outcomes["accepted"]:
        lines.append(f"đã gửi {sent} thư, tin nhắn")
    return [f"  {clock.local_time(report.as_of):%H:%M} {line}" for line in lines]
