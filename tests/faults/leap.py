"""A wrong clock on a live database: `dondoc round` under libfaketime must stop and ask, not send next week's mail.

A year is played on a simulated clock, whose jumps mean nothing; so this is a scene of its own, on the real one.
"""

import asyncio
import os
import subprocess
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from config.plan import load_plan_text
from dondoc import clock
from dondoc.registry import read_bundle
from dondoc.store import tables as t
from dondoc.store.brakes import open_stops
from dondoc.store.engine import open_database
from dondoc.store.migrate import migrate_async
from tasks.brakes import release_guard
from tasks.load_campaign import load_campaign
from tasks.open_world import world_of
from tasks.world import World
from tests.faults import made
from tests.faults.databases import Stricken
from tests.faults.processes import Child, faketime
from tests.kill_sender import DONDOC, NOBODY, environment

_UNITS = 12


@dataclass(frozen=True, slots=True)
class Leapt:
    """What left while the clock was wrong, why the round stood still, and how much would have left otherwise."""

    too_early: int
    stops: list[str]
    when_let_go: int


async def leap(database: Stricken, folder: Path) -> Leapt:
    """Play the scene on an empty database."""
    today = clock.local_day(clock.now())
    made.write_registry(folder, made.units(_UNITS), 1)
    await migrate_async(database.url)
    opened = await open_database(database.url)
    post = await Child.start("tests.faults.post", folder, log=folder / "children.log")
    try:
        world = await world_of(opened, b"a key for the year of faults", {})
        await load_campaign(
            world, load_plan_text(_plan(today), "plan.yaml"),
            read_bundle([folder / "units.csv"], [folder / "successions.csv"], [folder / "contacts.csv"]),
            as_of=clock.now(), state="live", since=today,
        )  # fmt: skip
        ahead = await _next_rung(world) - clock.now() + timedelta(minutes=10)
        env = environment(
            database.url, folder, relay_host="127.0.0.1", relay_port=post.hello["A"], prefect_api_url=NOBODY
        )
        await _round(env)
        wrong = env | {
            "LD_PRELOAD": faketime(), "FAKETIME": f"+{int(ahead.total_seconds())}", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
        await _round(wrong)
        await _round(wrong)
        too_early = (await post.ask(do="stat") or {})["begun"]
        async with opened.read() as connection:
            stops = [stop.kind for stop in await open_stops(connection)]
        for kind in stops:  # had an officer said that the clock is right, this is what would have left
            await release_guard(world, kind, officer="Chuyên viên mẫu", as_of=clock.now())
        await _round(wrong)
        return Leapt(too_early, stops, (await post.ask(do="stat") or {})["begun"] - too_early)
    finally:
        await post.end()
        await opened.close()


def _plan(today: date) -> str:
    """Return the sample plan with its own-plan due in twelve days: something is ahead, nothing is due now."""
    due = today + timedelta(days=12)
    text = Path(__file__).with_name("plan.yaml").read_text(encoding="utf-8")
    for before, after in (
        ("date: 2026-01-02", f"date: {today:%Y-%m-%d}"), ("first_year: 2026", f"first_year: {due.year}"),
        ("rule: by 31/3", f"rule: by {due.day}/{due.month}"),
    ):  # fmt: skip
        text = text.replace(before, after)
    return text


async def _next_rung(world: World) -> datetime:
    s = t.step.c
    async with world.database.read() as connection:
        soon = clock.now() + timedelta(hours=2)
        wanted = select(func.min(s.fire_at)).where(s.duty == "own-plan", s.reason.is_(None), s.fire_at > soon)
        found: datetime = (await connection.execute(wanted)).scalar_one()
        return found


async def _round(env: dict[str, str]) -> None:
    """Do `dondoc round` as a process of its own; what it says is not asked for."""
    done = await asyncio.create_subprocess_exec(
        DONDOC, "round", env=dict(os.environ) | env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    await done.wait()
