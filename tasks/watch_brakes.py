"""What a sender keeps an eye on while it sends: the stop button, the guard, and whether its relay is still sound."""

from collections.abc import Sequence

from dondoc import clock
from dondoc.store.brakes import pressed
from dondoc.store.engine import Database
from dondoc.store.outbox import Outcome
from dondoc.store.relays import note_outcomes, refusals_lately

_LOOK_SECONDS = 1.0


class BrakeWatch:
    """Tells a sender, at the cost of one small look a second, that something was pressed since it began.

    Then it begins nothing more, gives back what it holds, and what it claims next is only what may still leave.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._at_first: frozenset[tuple[str, int]] | None = None
        self._look_at = 0.0
        self._pressed = False

    async def pressed(self) -> bool:
        """Return whether a pause, a stop or a relay's trip has come since this was first asked."""
        if self._pressed or clock.monotonic() < self._look_at:
            return self._pressed
        self._look_at = clock.monotonic() + _LOOK_SECONDS  # before looking: one of many workers is enough
        async with self._database.read() as connection:
            now = await pressed(connection)
        if self._at_first is None:
            self._at_first = now
        self._pressed = not now <= self._at_first
        return self._pressed


class RelayWatch:
    """Counts what becomes of messages through one relay, and trips it when it refuses too many.

    While nobody is refused, nothing is written and nothing is read after the first look.
    """

    def __init__(self, database: Database, relay: str) -> None:
        self._database = database
        self._relay = relay
        self._sound = False  # none of the relay's last outcomes is a refusal

    async def note(self, outcomes: Sequence[Outcome]) -> bool:
        """Remember committed outcomes, in their order; returns whether the relay is tripped now."""
        met = [(o.message_id, o.state == "failed") for o in outcomes if o.state in ("accepted", "failed") and o.relay]
        refused = any(failed for _message, failed in met)
        if not met or (self._sound and not refused):
            return False
        if not refused:
            async with self._database.read() as connection:
                self._sound = not await refusals_lately(connection, self._relay)
            if self._sound:
                return False
        async with self._database.write() as connection:
            tripped = await note_outcomes(
                self._database, connection, self._relay, met, max(outcome.at for outcome in outcomes)
            )
            self._sound = not await refusals_lately(connection, self._relay)
        return tripped
