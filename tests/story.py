"""A campaign as a story: time moves forward, reports come in, and exactly these mails arrive."""

import atexit
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, time
from functools import cache
from pathlib import Path

from config.plan import load_plan, plan_path
from dondoc import clock
from dondoc.messages.smtp import Route
from dondoc.messages.spool import SpooledMail, SpoolServer, read_spool
from dondoc.registry import load_bundle
from dondoc.store.campaigns import campaign
from dondoc.store.duties import duty_period
from dondoc.store.engine import mark_simulation, open_database
from dondoc.store.status import UnitStatus, ledger, unit_status
from dondoc.store.steps import next_instant
from flows.round import round_
from tasks.load_campaign import load_campaign
from tasks.make_ruling import confirm_reconciliation
from tasks.open_world import world_of
from tasks.receipts import Document, Receipt
from tasks.record_submission import record_submission
from tasks.world import World
from tests.databases import begin_from, keep

KEY = "dien-bien"


def at(text: str) -> datetime:
    """Return "2026-11-16 14:00" in Vietnam as an instant; a day alone is its 08:00."""
    day, _, hour = text.partition(" ")
    return clock.at_local(date.fromisoformat(day), time.fromisoformat(hour or "08:00"))


class Story:
    """One campaign with its real SMTP server; `now` is the story's present."""

    def __init__(self, world: World, server: SpoolServer, spool: Path, now: datetime, key: str = KEY) -> None:
        self.world = world
        self.key = key
        self.server = server
        self.spool = spool
        self.now = now
        self._read = 0

    async def forward(self, to: str) -> None:
        """Let time pass until `to`: the alarm rings whenever something falls due, as in earnest."""
        end = at(to)
        while True:
            following = await next_instant(self.world.database)
            if following is None or following > end:
                break
            moved = following > self.now
            self.now = max(following, self.now)
            report = await round_(self.world, self.now)
            if not moved and report.quiet:
                break
        self.now = end
        await round_(self.world, end)

    async def round_only(self, to: str) -> None:
        """Jump to `to` without a single round in between, then do one: an outage."""
        self.now = at(to)
        await round_(self.world, self.now)

    async def submit(
        self, unit: str, duty: str, period: str, *, received: str | None = None, document: Document | None = None
    ) -> Receipt:
        """Record a unit's report."""
        return await record_submission(
            self.world, self.key, duty, period, unit, as_of=self.now, received_at=at(received) if received else None,
            document=document,
        )  # fmt: skip

    async def reconcile(self) -> None:
        """Let the desk confirm that it has compared its registers."""
        await confirm_reconciliation(self.world, officer="Chuyên viên mẫu", as_of=self.now)

    def new_mails(self) -> Sequence[SpooledMail]:
        """Return what the SMTP server has taken since this was last asked."""
        every = read_spool(self.spool)
        fresh, self._read = every[self._read :], len(every)
        return fresh

    async def units(self, duty: str, period: str) -> list[UnitStatus]:
        """Return how every unit stands."""
        owner = await campaign(self.world.database, self.key)
        row = await duty_period(self.world.database, owner.id, duty, period)
        return await unit_status(self.world.database, row.id, self.now)

    async def ledger(self) -> dict[tuple[str, str, str, str, str | None], int]:
        """Return the ledger: (duty, period, rung, state, reason) → rows."""
        owner = await campaign(self.world.database, self.key)
        return {
            (row.duty, row.period, row.rung, row.state, row.reason): row.notices
            for row in await ledger(self.world.database, owner.id)
        }


@asynccontextmanager
async def story(
    database_url: str, folder: Path, *, since: str, now: str | None = None, state: str = "live", key: str = KEY
) -> AsyncIterator[Story]:
    """Open the story of a campaign (Điện Biên's, if none is named) on a day, in a migrated database.

    What many stories begin with is loaded once in a process and copied for the others.
    """
    loaded = (key, since, now or since, state)
    if not await begin_from(database_url, loaded):
        await _load(database_url, *loaded)
        await keep(database_url, loaded, _folder())
    database = await open_database(database_url)
    await mark_simulation(database, at(now or since))  # anew: its clock starts now
    spool = folder / "spool"
    server = SpoolServer(spool)
    await server.start()
    try:
        route = Route("127.0.0.1", server.port, 2)
        world = await world_of(database, b"a key for tests", {"live": route, "rehearsal": route})
        yield Story(world, server, spool, at(now or since), key)
    finally:
        await server.stop()
        await database.close()


async def _load(database_url: str, key: str, since: str, now: str, state: str) -> None:
    database = await open_database(database_url)
    try:
        await mark_simulation(database, at(now))
        world = await world_of(database, b"a key for tests", {})
        await load_campaign(
            world, load_plan(plan_path(key)), load_bundle(key), as_of=at(now), state=state,
            since=date.fromisoformat(since),
        )  # fmt: skip
    finally:
        await database.close()


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="dondoc-stories-"))
    atexit.register(shutil.rmtree, folder)
    return folder
