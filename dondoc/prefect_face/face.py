"""Shows our work in Prefect without ever depending on it: shelve first, look briefly, post, or leave it for later.

The work is done and committed before a card is shown, so nothing here may fail a round or hold it up: every wait is
bounded, every error is one logged sentence, and a card that could not be posted stays on the shelf.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from dondoc import clock
from dondoc.prefect_face.api import PrefectApi, Refused, Session
from dondoc.prefect_face.cards import RunCard
from dondoc.prefect_face.private import without_addresses

logger = logging.getLogger(__name__)

HEALTH_SECONDS = 1.0
SHOW_SECONDS = 5.0
CATCH_UP_SECONDS = 30.0
CIRCUIT_SECONDS = 300.0
REFUSED = "refused"
LATE = timedelta(minutes=1)
SHOWN_LATE = "shown:late"


class Shelf(Protocol):
    """Where cards lie until Prefect has them; the store keeps it in `shown_run`."""

    async def put(self, card: RunCard) -> None:
        """Lay a card down as not yet posted; a second card with the same key and content changes nothing.

        A different card under a known key (a run that waited and was released) replaces it and is posted again.
        """

    async def missed(self, limit: int) -> list[RunCard]:
        """Return at most `limit` cards that Prefect does not have yet, oldest first."""

    async def posted(self, key: str, prefect_id: str) -> None:
        """Note that Prefect has the card, under its run id; `refused` where Prefect will never take it."""


class PrefectFace:
    """The one adapter between our work and Prefect's server; `api_url` None means there is no server to show it on.

    `auth` is the server's `user:password`; `monotonic` gives seconds for the circuit.
    """

    def __init__(
        self, api_url: str | None, auth: str | None, shelf: Shelf, monotonic: Callable[[], float] = clock.monotonic
    ) -> None:
        self._api = PrefectApi(api_url, auth) if api_url else None
        self._shelf = shelf
        self._monotonic = monotonic
        self._busy = False
        self._closed_again_at: float | None = None
        self.checks = 0  # how often the server was looked at: what the circuit saves

    async def show(self, card: RunCard) -> bool:
        """Shelve the card and post it if Prefect answers; False when it waits on the shelf.

        Takes at most about six seconds, whatever the server does; raises only what the shelf itself raises.
        """
        card = without_addresses(card)
        await self._shelf.put(card)
        return await self._post([card], SHOW_SECONDS) == 1

    async def show_missed(self, limit: int = 20) -> int:
        """Post cards that wait on the shelf, oldest first; return how many Prefect has now.

        Takes at most about half a minute; raises only what the shelf itself raises.
        """
        if self._api is None or self._circuit_open():
            return 0
        missed = await self._shelf.missed(limit)
        return await self._post(missed, CATCH_UP_SECONDS) if missed else 0

    async def _post(self, cards: list[RunCard], seconds: float) -> int:
        """Post the cards in order until one does not get through; return how many Prefect took."""
        if self._api is None or self._busy or self._circuit_open():
            return 0
        # One poster at a time: what comes meanwhile stays on the shelf, or a batch would hold it up.
        self._busy = True
        taken: list[tuple[str, str]] = []
        try:
            if await self._healthy(self._api):
                async with asyncio.timeout(seconds), self._api.session() as session:
                    for card in cards:
                        taken.append((card.key, await self._offer(session, card)))
        except Exception as error:  # showing must never stop the work, whatever the server sends
            self._open_circuit(str(error) or f"no end within {seconds:g} s")
        finally:
            self._busy = False
        # Outside the bound: what Prefect took must be noted, or it would be posted again and again.
        for key, prefect_id in taken:
            await self._shelf.posted(key, prefect_id)
        return sum(prefect_id != REFUSED for _, prefect_id in taken)

    async def _offer(self, session: Session, card: RunCard) -> str:
        # Prefect writes "2d late" beside such a run; the tag says that only its showing was late, not the work.
        late = clock.now() - card.ended_at > LATE
        try:
            return await session.post_card(card, (*card.tags, SHOWN_LATE) if late else card.tags)
        except Refused as error:
            # For good: kept as refused, or this one card would block every later one.
            logger.error("Prefect will not take the run %r (%s): %s", card.name, card.key, error)
            return REFUSED

    async def _healthy(self, api: PrefectApi) -> bool:
        self.checks += 1
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                if await api.healthy():
                    return True
            why = "what answers there is not a Prefect server in order"
        except Exception as error:  # a check that fails in any way has one answer: not now
            why = str(error) or type(error).__name__
        self._open_circuit(why)
        return False

    def _circuit_open(self) -> bool:
        return self._closed_again_at is not None and self._monotonic() < self._closed_again_at

    def _open_circuit(self, why: str) -> None:
        self._closed_again_at = self._monotonic() + CIRCUIT_SECONDS
        url = self._api.url if self._api else None
        logger.warning(
            "Prefect at %s does not answer (%s); the work goes on, its runs wait and are shown later.", url, why
        )
