"""Measure what grows with the number of units: `python -m scripts.measure_scale [--units 10000 30000 100000]`.

A made-up registry of Điện Biên is loaded into a fresh database of each kind, the annual report opened for all of its
units, and what officers do every day is timed. Ratios of one run are to be read, not the seconds: machines differ.
Ends with one JSON line per figure.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from config.plan import load_plan, load_plan_text, plan_path
from deadlines.duties import expand_duties
from dondoc import clock
from dondoc.registry import read_bundle
from dondoc.store.campaigns import campaign
from dondoc.store.duties import duty_period
from dondoc.store.engine import mark_simulation, open_database
from dondoc.store.migrate import migrate_async
from dondoc.store.status import duty_status, unit_status
from dondoc.store.units import counts_on, units_on
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
from tasks.see_coverage import coverage_of
from tasks.world import World
from tests.databases import postgresql_server

KEY = "dien-bien"
_START = clock.at_local(date(2026, 10, 1), datetime.min.time().replace(hour=9))
_T30 = clock.at_local(date(2026, 10, 14), datetime.min.time().replace(hour=9))


class Clock:
    """Seconds per thing that was timed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    async def time(self, what: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """Do some work and note how long it took."""
        began = clock.monotonic()
        result = await work()
        self.seconds[what] = clock.monotonic() - began
        print(f"  {what}: {self.seconds[what]:.2f} s", file=sys.stderr, flush=True)
        return result


async def measure(units: int, url: str) -> dict[str, float]:
    """Return how many seconds each thing takes with so many units in a fresh database."""
    timed = Clock()
    with tempfile.TemporaryDirectory(prefix="dondoc-scale-") as scratch:
        folder = Path(scratch)
        write_registry(KEY, units, folder)

        async def read() -> Any:
            return read_bundle([folder / "units.csv"], [folder / "successions.csv"], [folder / "contacts.csv"])

        bundle = await timed.time("read the registry", read)
        await migrate_async(url)
        database = await open_database(url)
        try:
            await mark_simulation(database, _START)
            world = await world_of(database, b"scale", {})
            plan = load_plan(plan_path(KEY))
            await timed.time(
                "load plan and registry",
                lambda: load_campaign(world, plan, bundle, as_of=_START, state="live", since=date(2026, 1, 1)),
            )
            await _every_day(world, timed)
        finally:
            await database.close()
    return timed.seconds


async def _every_day(world: World, timed: Clock) -> None:
    database = world.database
    await timed.time("open the annual report", lambda: queue(world, _START))
    await timed.time("queue T-30", lambda: queue(world, _T30))
    owner = await campaign(database, KEY)
    row = await duty_period(database, owner.id, "annual-report", "2026")

    async def deadlines() -> Any:
        return [each.as_json() for each in expand_duties(world.plan_of(owner), world.calendar)]

    async def listed() -> Any:
        async with database.read() as connection:
            await counts_on(connection, date(2026, 10, 14))
            return await units_on(connection, date(2026, 10, 14), limit=200)

    await timed.time("deadlines", deadlines)
    await timed.time("status", lambda: duty_status(database, owner.id, _T30))
    await timed.time("status of one duty, every unit", lambda: unit_status(database, row.id, _T30))
    await timed.time("coverage", lambda: coverage_of(world, owner, _T30))
    await timed.time("units list", listed)
    at = _T30 + timedelta(hours=1)
    look = By("Chuyên viên mẫu", at, "1/MẪU, 14/10/2026", "đo", only_show=True)
    keep = By("Chuyên viên mẫu", at, "1/MẪU, 14/10/2026", "đo")

    def extension(by: By, whom: For) -> Callable[[], Awaitable[Any]]:
        return lambda: extend(
            world, KEY, "annual-report", "2026", date(2026, 11, 30), requested_on=date(2026, 10, 13), by=by, whom=whom
        )

    units = await unit_status(database, row.id, at)
    one = next(unit.unit_code for unit in units if unit.unit_kind == "enterprise")
    await timed.time("diff: extension of one unit", extension(look, For(unit=one)))
    await timed.time("diff: extension of a kind", extension(look, For(kind="enterprise")))
    await timed.time("diff: a holiday", lambda: _holiday(world, look))
    await timed.time("diff: an amended plan", lambda: _amended(world, at))
    await timed.time("diff: a merger", lambda: _merger(world, at, [u.unit_code for u in units[:2]]))
    await timed.time("extension of a kind", extension(keep, For(kind="enterprise")))


async def _holiday(world: World, by: By) -> None:
    await enter_days(world, "vn", {date(2026, 11, 13): "off"}, name="Đo", source="đo", status="dự kiến", by=by)


async def _amended(world: World, at: datetime) -> None:
    text = load_plan(plan_path(KEY)).text
    text = text.replace("rule: before 15/11", "rule: before 20/11").replace(
        "words: trước ngày 15/11", "words: trước ngày 20/11"
    )
    plan = load_plan_text(text, "amended.yaml")
    await amend_plan(world, plan, officer="Chuyên viên mẫu", document="1/MẪU", as_of=at, only_show=True)


async def _merger(world: World, at: datetime, codes: list[str]) -> None:
    order = Order(on_date=clock.local_day(at), officer="Chuyên viên mẫu", document="1/MẪU", at=at)

    async def work(connection: Any) -> None:
        await merge_units(world, connection, order, codes[:1], NewUnit(code=codes[1]))

    await change(world, work, only_show=True)


@contextmanager
def _databases(kind: str) -> Iterator[Callable[[str], str]]:
    """Lend URLs of fresh databases of a kind, by name."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="dondoc-scale-") as folder:
            yield lambda name: f"sqlite+aiosqlite:///{folder}/{name}.sqlite"
        return
    with postgresql_server() as server:
        yield lambda name: asyncio.run(_created(server, name))


async def _created(server: str, name: str) -> str:
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return server.replace("/postgres?", f"/{name}?")


def main() -> None:
    """Print the tables and the figures."""
    parser = argparse.ArgumentParser(description="Measure what grows with the number of units.")
    parser.add_argument("--units", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    parser.add_argument("--kinds", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    asked = parser.parse_args()
    figures: list[dict[str, Any]] = []
    for kind in asked.kinds:
        runs: dict[int, dict[str, float]] = {}
        with _databases(kind) as fresh:
            for n in asked.units:
                runs[n] = asyncio.run(measure(n, fresh(f"scale{n}")))
        least, most = min(runs), max(runs)
        print(f"{kind:32}" + "".join(f"{n:>12,}" for n in runs) + f"   ratio (units {most / least:.0f}x)")
        for what in runs[most]:
            ratio = runs[most][what] / max(runs[least][what], 1e-4)
            print(
                f"{what:32}" + "".join(f"{run[what]:>11.2f}s" for run in runs.values()) + f"   {ratio:.1f}", flush=True
            )
            figures.append({"metric": f"{kind}: {what}", "units": most, "seconds": round(runs[most][what], 3),
                            "ratio": round(ratio, 2)})  # fmt: skip
    for figure in figures:
        print(json.dumps(figure, ensure_ascii=False))


if __name__ == "__main__":
    main()
