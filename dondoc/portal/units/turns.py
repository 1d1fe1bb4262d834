"""Who is served first when more come than can be served at once: whoever sends a report."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from heapq import heappop, heappush
from itertools import count
from typing import Final

FIRST, NEXT = 0, 1
# Together less than the database's connections: the rest is for files that are coming. Who only looks does not wait for
# those who wait to write, which SQLite lets one do at a time.
LOOKING: Final = 6
POSTING: Final = 8


class Turns:
    """Lets `most` requests work at the same time; the others wait in the order of rank, then of arrival.

    A request that reads from its sender's line must not hold a turn meanwhile: a poor line would hold up all others.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._number = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def turn(self, rank: int) -> AsyncIterator[None]:
        """Wait for a turn and keep it until the body has ended."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(rank)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, rank: int) -> None:
        come = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (rank, next(self._number), come))
        try:
            await come
        except asyncio.CancelledError:
            if come.done() and not come.cancelled():  # its turn came as it went
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            _rank, _number, come = heappop(self._waiting)
            if not come.done():
                come.set_result(None)
                return
        self._free += 1
