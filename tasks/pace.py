"""How fast mail may leave through a relay that has a rate."""

import asyncio

from dondoc import clock

_LONGEST_PACED = 20.0  # seconds a round sends through a relay with a rate; the next round goes on


class Pace:
    """Spreads messages evenly over a relay's minute; a round gives up rather than wait long for its next turn."""

    def __init__(self, per_minute: int | None) -> None:
        self._every = 60 / per_minute if per_minute else 0.0
        self._next = clock.monotonic()
        self._until = self._next + _LONGEST_PACED

    async def turn(self) -> bool:
        """Wait for the next turn; returns whether there is one in this round."""
        if not self._every:
            return True
        mine = max(self._next, clock.monotonic())
        if mine > self._until:
            return False
        self._next = mine + self._every
        await asyncio.sleep(mine - clock.monotonic())
        return True
