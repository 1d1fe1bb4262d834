"""Real senders for tests that kill: `dondoc round` as a process, and a live campaign for it to work on."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select, update

from config.plan import load_plan, plan_path
from dondoc.registry import load_bundle
from dondoc.store import tables as t
from dondoc.store.engine import Database, open_database
from dondoc.store.sent_before import begin_epoch
from tasks.load_campaign import load_campaign
from tasks.open_world import world_of
from tests.story import KEY, at

SECRET = "a key for tests, shared by all"
DONDOC = Path(sys.executable).parent / "dondoc"
NOBODY = "http://127.0.0.1:9/api"  # a port on which nothing listens
UNITS_2024 = 96  # 20 departments, 10 districts, 5 mass organisations, the Front, 60 enterprises


def environment(database_url: str, home: Path, **settings: object) -> dict[str, str]:
    """Return the environment of a dondoc process that works on a test's database; state under `home`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DONDOC_")}
    chosen = {"database_url": database_url, "home": home, "secret": SECRET, **settings}
    return inherited | {f"DONDOC_{name.upper()}": str(value) for name, value in chosen.items()}


async def start_round(env: dict[str, str], as_of: str) -> asyncio.subprocess.Process:
    """Start `dondoc round --as-of …` (Vietnamese time) as a process of its own."""
    return await asyncio.create_subprocess_exec(
        DONDOC, "round", "--as-of", as_of, env=env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def finish(process: asyncio.subprocess.Process) -> str:
    """Wait for a process that must end well and return what it printed."""
    async with asyncio.timeout(60):
        printed, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return printed.decode()


@asynccontextmanager
async def live_campaign(database_url: str, loaded: str) -> AsyncIterator[Database]:
    """Load Điện Biên, live, into a database on the real clock; this process has no route for its mail."""
    database = await open_database(database_url)
    try:
        await begin_epoch(database)  # two databases may share a test's folder, each with a journal of its own
        world = await world_of(database, SECRET.encode(), {})
        since = date.fromisoformat(f"{loaded[:4]}-01-01")
        await load_campaign(
            world, load_plan(plan_path(KEY)), load_bundle(KEY), as_of=at(loaded), state="live", since=since
        )
        yield database
    finally:
        await database.close()


async def lapse_leases(database: Database) -> int:
    """Let the time of every lease run out; return how many messages were held."""
    m = t.message.c
    async with database.write() as connection:
        held = await connection.execute(
            update(t.message).where(m.state == "claimed").values(lease_until=database.time(-1))
        )
        return held.rowcount


async def rows(database: Database, table: Table, *without: str) -> list[dict[str, Any]]:
    """Return a table's whole content in the order of its columns, less the columns named."""
    kept = [column for column in table.c if column.name not in without]
    async with database.read() as connection:
        return [dict(row) for row in (await connection.execute(select(*kept).order_by(*kept))).mappings()]


async def states(database: Database, table: Table) -> Counter[str]:
    """Return how many rows of `message` or `notice` are in each state."""
    return Counter(row["state"] for row in await rows(database, table, "parameters"))


async def accepted(database: Database) -> dict[str, tuple[str, str]]:
    """Return the messages whose acceptance is committed: address → (Message-ID, SHA-256 of the bytes sent)."""
    m = t.message.c
    wanted = (
        select(t.person.c.address, m.message_id, m.sha256)
        .join(t.message, m.person_id == t.person.c.id)
        .where(m.state == "accepted")
    )
    async with database.read() as connection:
        return {row.address: (row.message_id, row.sha256) for row in await connection.execute(wanted)}


async def addresses(database: Database) -> list[str]:
    """Return the address of every message, in the order in which they are claimed."""
    m = t.message.c
    wanted = select(t.person.c.address).join(t.message, m.person_id == t.person.c.id).order_by(m.not_before, m.id)
    async with database.read() as connection:
        return list((await connection.execute(wanted)).scalars())
