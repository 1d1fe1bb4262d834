"""Measure how the work grows with the registry: `python -m scripts.measure_scale`, or `make scale`.

Registries of 10,000, 30,000 and 100,000 made-up units on SQLite and on a private PostgreSQL; one season of Điện Biên's
annual report: loaded, opened, followed over 1/7/2025, reminded, ruled on. A table of seconds, then JSON lines. Ratios
of one run are to be read, not the seconds: machines differ.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from config.plan import load_plan, load_plan_text, plan_path
from deadlines.calendar import vietnam
from deadlines.duties import expand_duties
from dondoc import clock
from dondoc.registry import RegistryBundle, read_bundle
from dondoc.store.campaigns import campaign
from dondoc.store.duties import duty_period
from dondoc.store.engine import mark_simulation, open_database
from dondoc.store.migrate import migrate
from dondoc.store.outbox import modes_ready
from dondoc.store.registry import find_unit
from dondoc.store.status import duty_status, unit_status
from dondoc.store.units import counts_on, units_on
from flows.round import queue
from scripts.make_registry import write_registry
from tasks.calendars import enter_days
from tasks.change_registry import merge_units
from tasks.changing import By, change
from tasks.load_campaign import amend_plan, load_campaign
from tasks.make_ruling import For, confirm_reconciliation, extend
from tasks.open_world import refresh_names, world_of
from tasks.record_submission import record_submission
from tasks.registry_act import Order
from tasks.registry_rules import NewUnit
from tasks.see_coverage import coverage_of
from tasks.world import World
from tests.databases import PostgresqlDatabases, in_own_thread, postgresql_server

SIZES = (10_000, 30_000, 100_000)
KEY, DUTY, PERIOD = "dien-bien", "annual-report", "2025"
WHO, DOCUMENT = "Chuyên viên mẫu", "1/QĐ-MẪU, 06/11/2025"
LOADED, ON, LATER = date(2025, 1, 2), date(2025, 11, 6), date(2025, 11, 20)
T = TypeVar("T")


def at(day: date, hours: int = 8) -> datetime:
    """Return an hour of a day in Vietnam as an instant."""
    return clock.at_local(day, time(hours))


@dataclass(slots=True)
class Figures:
    """Seconds by database, what was measured, and number of units."""

    found: dict[tuple[str, str], dict[int, float]] = field(default_factory=dict)

    @contextmanager
    def taking(self, database: str, what: str, units: int) -> Iterator[None]:
        """Measure what happens inside."""
        began = clock.monotonic()
        yield
        self.found.setdefault((database, what), {})[units] = clock.monotonic() - began
        print(f"{database} {units:,} {what}: {clock.monotonic() - began:.2f} s", file=sys.stderr, flush=True)

    def rows(self) -> Iterator[tuple[str, str, dict[int, float], float | None]]:
        """Yield database, what was measured, seconds by number of units, and how often the least the most took."""
        for (database, what), seconds in self.found.items():
            least, most = seconds[min(seconds)], seconds[max(seconds)]
            yield database, what, seconds, most / least if len(seconds) > 1 and least else None


@dataclass(frozen=True, slots=True)
class Season:
    """One campaign over one registry, and where its figures go."""

    world: World
    database: str
    units: int
    figures: Figures

    async def take(self, what: str, work: Callable[[], Awaitable[T]]) -> T:
        """Measure one piece of work."""
        with self.figures.taking(self.database, what, self.units):
            return await work()

    async def round(self, what: str, day: date, hours: int = 8) -> None:
        """Measure the half of a round that decides; a stage that broke ends the measurement."""
        report = await self.take(what, lambda: queue(self.world, at(day, hours)))
        if report.failed:
            raise SystemExit("\n".join(report.failed))


async def run(season: Season, bundle: RegistryBundle) -> None:
    """Play the season and measure each part of it."""
    world = season.world
    plan = load_plan(plan_path(KEY))
    await season.take(
        "load", lambda: load_campaign(world, plan, bundle, as_of=at(LOADED), state="live", since=date(2025, 1, 1))
    )
    await refresh_names(world)
    await season.round("open the annual report", LOADED)
    await season.round("a quiet round", LOADED)
    await season.round("follow 1/7/2025: districts end, communes merge", date(2025, 7, 1))
    await season.round("fan out T-30", date(2025, 10, 15))
    await season.take("which mail is ready", lambda: modes_ready(world.database, at(date(2025, 10, 15))))
    await look(season)
    await rule(season)
    await change_dates(season)
    await season.take("diff: two units merge", lambda: _merge(season, only_show=True))
    await season.take("apply: extend a kind", lambda: _extend(season, For(kind="commune"), only_show=False))
    await season.take("apply: two units merge", lambda: _merge(season, only_show=False))
    await season.take(
        "record a report",
        lambda: record_submission(world, KEY, DUTY, PERIOD, "11-e000000", as_of=at(ON), received_at=at(ON)),
    )
    await confirm_reconciliation(world, officer=WHO, as_of=at(date(2025, 11, 17)))
    await season.round("overdue after the due date, older rungs folded", date(2025, 11, 17), 14)
    await confirm_reconciliation(world, officer=WHO, as_of=at(date(2025, 11, 19)))
    await season.round("lay the brief of all that are missing", date(2025, 11, 19), 14)


async def look(season: Season) -> None:
    """Measure what only looks."""
    world, now = season.world, at(ON)
    owner = await campaign(world.database, KEY)
    row = await duty_period(world.database, owner.id, DUTY, PERIOD)
    with season.figures.taking(season.database, "deadlines", season.units):
        expand_duties(world.plan_of(owner), vietnam())
    await season.take("status of the campaign", lambda: duty_status(world.database, owner.id, now))
    await season.take("status under a district", lambda: duty_status(world.database, owner.id, now, "11-h00001"))
    await season.take("coverage", lambda: coverage_of(world, owner, now))
    await season.take("status of a duty, unit by unit", lambda: unit_status(world.database, row.id, now))
    await season.take("find a unit by its name", lambda: find_unit(world.database, "x", "xa moi so 000001 mau", ON))

    async def listed() -> None:
        async with world.database.read() as connection:
            await counts_on(connection, ON)
            await units_on(connection, ON)

    await season.take("units list", listed)


async def rule(season: Season) -> None:
    """Measure the difference that extensions would make."""
    for what, whom in (("one unit", For(unit="11-e000001")), ("a kind", For(kind="commune")), ("everybody", For())):
        await season.take(f"diff: extend {what}", partial(_extend, season, whom, only_show=True))


async def change_dates(season: Season) -> None:
    """Measure the difference that a holiday and an amended plan would make."""
    by = By(WHO, at(ON), DOCUMENT, None, only_show=True)
    await season.take(
        "diff: a holiday",
        lambda: enter_days(season.world, "vn", {date(2025, 11, 7): "off"}, name="Hoán đổi (mẫu)", source="mẫu",
                           status="official", by=by),
    )  # fmt: skip
    text = plan_path(KEY).read_text(encoding="utf-8").replace("rule: before 15/11", "rule: before 20/11", 1)
    amended = load_plan_text(text, f"{KEY}.yaml")
    await season.take(
        "diff: an amended date",
        lambda: amend_plan(season.world, amended, officer=WHO, document=DOCUMENT, as_of=at(ON), only_show=True),
    )


async def _extend(season: Season, whom: For, *, only_show: bool) -> None:
    by = By(WHO, at(ON), DOCUMENT, None, only_show)
    await extend(season.world, KEY, DUTY, PERIOD, LATER, requested_on=ON, by=by, whom=whom)


async def _merge(season: Season, *, only_show: bool) -> None:
    order = Order(date(2025, 11, 6), WHO, DOCUMENT, at(ON))
    heir, units = NewUnit("11-p000000"), ("11-p000000", "11-p000001")

    async def work(connection: Any) -> Any:
        return await merge_units(season.world, connection, order, units, heir)

    await change(season.world, work, only_show=only_show)


def whole_process(database: str, url: str, units: int, figures: Figures) -> None:
    """Measure two commands as an officer types them, Python's own start included."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "DONDOC_DATABASE_URL": url, "DONDOC_HOME": home}
        for words in (["status", KEY], ["status", KEY, DUTY, PERIOD], ["deadlines", KEY]):
            command = [sys.executable, "-c", "from dondoc.cli import main; main()", *words]
            with figures.taking(database, f"dondoc {' '.join(words)}", units):
                subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


async def _measure(url: str, database: str, units: int, bundle: RegistryBundle, figures: Figures) -> None:
    opened = await open_database(url)
    await mark_simulation(opened, at(LOADED))
    try:
        world = await world_of(opened, b"a key for measurements", {})
        await run(Season(world, database, units, figures), bundle)
    finally:
        await opened.close()


def _read(folder: Path) -> RegistryBundle:
    return read_bundle([folder / "units.csv"], [folder / "successions.csv"], [folder / "contacts.csv"])


def measure(sizes: tuple[int, ...], kinds: tuple[str, ...], folder: Path) -> Figures:
    """Measure every size on every kind of database."""
    figures = Figures()
    with postgresql_server() as server:
        databases = PostgresqlDatabases(server)
        databases.prepare()
        for units in sizes:
            write_registry(KEY, units, folder / str(units))
            with figures.taking("files", "read the registry's files", units):
                bundle = _read(folder / str(units))
            for kind in kinds:
                url = databases.fresh() if kind == "postgresql" else f"sqlite+aiosqlite:///{folder}/{units}.sqlite"
                if kind == "sqlite":
                    in_own_thread(partial(migrate, url))
                asyncio.run(_measure(url, kind, units, bundle, figures))
                if units == max(sizes):
                    whole_process(kind, url, units, figures)
        databases.close()
    return figures


def show(figures: Figures, sizes: tuple[int, ...]) -> None:
    """Print the table, then one JSON line for each figure."""
    print(f"{'':>10}  {'':48}" + "".join(f"{units:>10,}" for units in sizes) + f"{'ratio':>8}")
    for database, what, seconds, ratio in figures.rows():
        cells = "".join(f"{seconds[units]:>10.2f}" if units in seconds else f"{'':>10}" for units in sizes)
        print(f"{database:>10}  {what:48}{cells}{'' if ratio is None else f'{ratio:>8.1f}'}")
    for database, what, seconds, ratio in figures.rows():
        for units, taken in seconds.items():
            line = {"metric": f"{database}: {what}", "n": units, "seconds": round(taken, 3),
                    "ratio": ratio and round(ratio, 1)}  # fmt: skip
            print(json.dumps(line, ensure_ascii=False))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how the work grows with the number of units.")
    parser.add_argument("--units", type=int, nargs="+", default=list(SIZES), help="how many units")
    parser.add_argument("--kinds", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    asked = parser.parse_args()
    sizes = tuple(sorted(asked.units))
    with tempfile.TemporaryDirectory(prefix="dondoc-scale-") as folder:
        show(measure(sizes, tuple(asked.kinds), Path(folder)), sizes)


if __name__ == "__main__":
    main()
