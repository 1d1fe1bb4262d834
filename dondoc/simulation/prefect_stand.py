"""Shows a simulation in Prefect while it plays: the same cards, the same adapter, each with its simulated day."""

from asyncio import timeout
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime

from config.errors import Refused
from dondoc import clock
from dondoc.prefect_face.api import PrefectApi
from dondoc.prefect_face.cards import RunCard
from dondoc.prefect_face.face import HEALTH_SECONDS, PrefectFace, Shelf
from tasks.show_runs import DatabaseShelf, show_release, show_round
from tasks.stages import RoundReport
from tasks.world import World

MOST_DAYS = 400
MOST_STEPS = 400
SIMULATED = "simulation"


class TooMuchToShow(Refused):
    """More than Prefect is asked to show: a run costs it a fifth of a second, and nobody looks at thousands."""


class NobodyToShowTo(Refused):
    """No Prefect server answers where the simulation was to be shown."""


class SimulatedFace(PrefectFace):
    """The adapter with which a simulation is shown: its runs say on which simulated day they were."""

    day: date

    def __init__(self, api_url: str, auth: str | None, shelf: Shelf) -> None:
        super().__init__(api_url, auth, shelf)
        self.shown: set[str] = set()

    async def show(self, card: RunCard) -> bool:
        """Post a card with its simulated day; the times of the run itself stay the real ones."""
        if SIMULATED not in card.tags:  # a release shows a card that has its day already
            name = f"{card.name} · {self.day:%d/%m/%Y}"
            card = replace(card, name=name, tags=(*card.tags, SIMULATED, f"day:{self.day.isoformat()}"))
        posted = await super().show(card)
        if posted:
            self.shown.add(card.key)
        return posted


class PrefectStand:
    """A Prefect server on which a simulation is shown; `auth` is its `user:password`."""

    def __init__(self, api_url: str, auth: str | None) -> None:
        self._api_url, self._auth = api_url, auth
        self._opened: tuple[World, SimulatedFace] | None = None

    @property
    def shown(self) -> int:
        """Return how many runs Prefect took."""
        return len(self._opened[1].shown) if self._opened else 0

    async def open(self, world: World, steps: int) -> None:
        """Make ready to show a loaded campaign. Errors: `TooMuchToShow`, `NobodyToShowTo`."""
        if steps > MOST_STEPS:
            raise TooMuchToShow(
                f"--through-prefect: {steps} steps fall into these days, at most {MOST_STEPS} are shown; "
                "choose an earlier --until, or leave --through-prefect out"
            )
        if not await self._answers():
            raise NobodyToShowTo(
                f"{self._api_url}: no Prefect server answers there; start it, or unset DONDOC_PREFECT_API_URL and one "
                "is started here"
            )
        self._opened = world, SimulatedFace(self._api_url, self._auth, DatabaseShelf(world.database))

    async def show_round(self, at: datetime, report: RoundReport) -> None:
        """Show what one round did."""
        world, face = self._on(at)
        now = clock.now()
        await show_round(world, face, report, now, now)

    async def _answers(self) -> bool:
        with suppress(Exception):  # refused, reset, silent or strange: nobody there
            async with timeout(HEALTH_SECONDS):
                return await PrefectApi(self._api_url, self._auth).healthy()
        return False

    async def show_release(self, at: datetime, code: str, document: str) -> None:
        """Show that a brief was released."""
        world, face = self._on(at)
        await show_release(world, face, code, document)

    def _on(self, at: datetime) -> tuple[World, SimulatedFace]:
        assert self._opened is not None  # nothing is shown before `open`
        world, face = self._opened
        face.day = clock.local_day(at)
        return world, face


def refuse_too_many_days(first: date, until: date) -> None:
    """Refuse a span that is not meant for Prefect. Errors: `TooMuchToShow`."""
    if (days := (until - first).days) > MOST_DAYS:
        raise TooMuchToShow(
            f"--through-prefect: {days} days; at most {MOST_DAYS} are shown in Prefect; choose an earlier --until "
            "(a season is some 90 days), or leave --through-prefect out"
        )
