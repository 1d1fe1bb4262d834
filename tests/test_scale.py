"""Ten times the units cost ten times the work, never a hundred times, and not one statement more."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from config.plan import load_plan, load_plan_text, plan_path
from dondoc.registry import read_bundle
from dondoc.store.campaigns import campaign
from dondoc.store.duties import duty_period
from dondoc.store.engine import Database, mark_simulation, open_database
from dondoc.store.status import duty_status, unit_status
from flows.round import queue
from scripts.make_registry import write_registry
from tasks.calendars import enter_days
from tasks.change_registry import merge_units
from tasks.changing import By, change
from tasks.load_campaign import amend_plan, load_campaign
from tasks.make_ruling import For, extend
from tasks.open_world import world_of
from tasks.registry_act import Order
from tasks.registry_rules import NewUnit
from tasks.world import World
from tests.databases import PostgresqlDatabases
from tests.story import KEY, at

FEW, MANY = 1_000, 3_000
# Linear work grows threefold, work by pairs ninefold. In between lies PostgreSQL's choice of another plan for more
# rows, which it takes whenever it has counted them: what it reads then differs by up to two thirds.
ENOUGH = 2 * MANY / FEW
DUTY, WHO, DOCUMENT = ("annual-report", "2025"), "Chuyên viên mẫu", "1/QĐ-MẪU, 06/11/2025"
NOW, LATER = at("2025-11-06"), date(2025, 11, 20)


class Meter:
    """What a database did: its statements, and the work they made it do.

    Work is counted, not timed: instructions of SQLite's machine; rows that PostgreSQL read from tables and indexes.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._instructions = 0
        self._statements = 0
        engine = database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", self._count)
        if database.sqlite:
            event.listen(engine, "connect", self._watch)

    def _count(self, *_: Any) -> None:
        self._statements += 1

    def _watch(self, connection: Any, _record: Any) -> None:
        connection.run_async(lambda sqlite: sqlite.set_progress_handler(self._tick, 1_000))

    def _tick(self) -> int:
        self._instructions += 1
        return 0

    async def _work(self) -> int:
        if self._database.sqlite:
            return self._instructions
        read = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables"
        async with self._database.engine.connect() as connection:
            await connection.execute(text("SELECT pg_stat_force_next_flush()"))
        async with self._database.engine.connect() as connection:
            return int((await connection.execute(text(read))).scalar_one())

    async def of(self, work: Callable[[], Awaitable[Any]]) -> tuple[int, int]:
        """Return how many statements a piece of work took, and how much work they were."""
        before = await self._work()
        self._statements = 0
        await work()
        statements = self._statements
        return statements, await self._work() - before


@asynccontextmanager
async def measured(url: str) -> AsyncIterator[tuple[World, Meter]]:
    """Open an empty database with its meter."""
    database = await open_database(url)
    await database.engine.dispose()  # connections from here on are watched
    meter = Meter(database)
    await mark_simulation(database, at("2025-01-02"))
    try:
        yield await world_of(database, b"a key for tests", {}), meter
    finally:
        await database.close()


async def season(url: str, units: int, folder: Path) -> dict[str, tuple[int, int]]:
    """Play a season of made-up units and return statements and work of each part."""
    write_registry(KEY, units, folder)
    bundle = read_bundle([folder / "units.csv"], [folder / "successions.csv"], [folder / "contacts.csv"])
    plan = load_plan(plan_path(KEY))
    async with measured(url) as (world, meter):
        found: dict[str, tuple[int, int]] = {}

        async def take(what: str, work: Callable[[], Awaitable[Any]]) -> None:
            found[what] = await meter.of(work)

        async def round_on(day: str) -> None:
            report = await queue(world, at(day))
            assert report.failed == ()
            for stage in report.stages:  # all are counted, the first of them named
                bound = stage.not_recorded.get("mandated", 0)
                assert sum(unit.modality == "mandated" for unit in stage.missing) == min(bound, 500)

        await load_campaign(world, plan, bundle, as_of=at("2025-01-02"), state="live", since=date(2025, 1, 1))
        await take("open", lambda: round_on("2025-01-02"))
        await take("follow 1/7/2025", lambda: round_on("2025-07-01"))
        await take("fan out", lambda: round_on("2025-10-15"))
        for what, look in looks(world, await _ids(world)).items():
            await take(what, look)
        return found


async def _ids(world: World) -> tuple[int, int]:
    owner = await campaign(world.database, KEY)
    return owner.id, (await duty_period(world.database, owner.id, *DUTY)).id


def looks(world: World, ids: tuple[int, int]) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Return what officers look at every day, differences among them."""
    by = By(WHO, NOW, DOCUMENT, None, only_show=True)
    text_ = plan_path(KEY).read_text(encoding="utf-8").replace("rule: before 15/11", "rule: before 20/11", 1)
    amended = load_plan_text(text_, f"{KEY}.yaml")

    def extended(whom: For) -> Callable[[], Awaitable[Any]]:
        return lambda: extend(world, KEY, *DUTY, LATER, requested_on=date(2025, 11, 6), by=by, whom=whom)

    async def merged(connection: Any) -> Any:
        order = Order(date(2025, 11, 6), WHO, DOCUMENT, NOW)
        units = ("11-p000000", "11-p000001")
        return await merge_units(world, connection, order, units, NewUnit(units[0]))

    return {
        "status": lambda: duty_status(world.database, ids[0], NOW),
        "status of a duty": lambda: unit_status(world.database, ids[1], NOW),
        "extend a unit": extended(For(unit="11-e000001")),
        "extend a kind": extended(For(kind="commune")),
        "extend all": extended(For()),
        "holiday": lambda: enter_days(
            world, "vn", {date(2025, 11, 7): "off"}, name="Mẫu", source="mẫu", status="official", by=by
        ),
        "amend": lambda: amend_plan(world, amended, officer=WHO, document=DOCUMENT, as_of=NOW, only_show=True),
        "merge": lambda: change(world, merged, only_show=True),
    }


@pytest.fixture
def two_urls(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The URLs of two fresh databases of one kind."""
    if database_url.startswith("sqlite"):
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "second.db")
        yield database_url, f"sqlite+aiosqlite:///{tmp_path / 'second.db'}"
        return
    databases: PostgresqlDatabases = request.getfixturevalue("postgresql_databases")
    second = databases.fresh()
    yield database_url, second
    databases.drop(second)


async def test_work_grows_with_the_units_and_statements_do_not(two_urls: tuple[str, str], tmp_path: Path) -> None:
    few, many = [
        await season(url, units, tmp_path / str(units)) for url, units in zip(two_urls, (FEW, MANY), strict=True)
    ]
    assert {what: n for what, (n, _) in many.items()} == {what: n for what, (n, _) in few.items()}
    grown = {what: round(work / max(few[what][1], 1), 1) for what, (_, work) in many.items()}
    assert {what: times for what, times in grown.items() if times > ENOUGH} == {}, grown
