"""One process of the year of faults: a clock that queues, or a sender that sends, told "do a round as of T".

Runs the real functions on the real database; nothing in it knows of faults, it is killed from outside. A clock does
whole rounds (`flows.round`) but has no route for mail; a sender dispatches. Arguments: clock|sender, database URL,
folder of the journal.
"""

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from dondoc.messages.smtp import Route
from dondoc.prefect_face.face import PrefectFace
from dondoc.store.engine import open_database
from flows.dispatch import dispatch
from flows.round import round_, shown_round
from tasks.open_world import refresh_names, world_of
from tasks.replay_journal import journal_of
from tasks.show_runs import DatabaseShelf
from tasks.world import World

KEY = b"a key for the year of faults"
CONNECTIONS = 4
LEASE_SECONDS = 5


async def opened(database_url: str, journal: Path) -> World:
    """Return a world on an open database; where mail leaves is told with each order."""
    world = await world_of(await open_database(database_url), KEY, {}, lease_seconds=LEASE_SECONDS)
    world.journal = await journal_of(world.database, journal)
    return world


async def do(world: World, role: str, order: dict[str, Any]) -> dict[str, Any]:
    """Do one round as of the instant ordered, or as of what this process takes for the present."""
    as_of = datetime.fromisoformat(order["as_of"]) if order["as_of"] else world.database.now()
    if role == "sender":
        world.routes = {"live": Route("127.0.0.1", order["port"], CONNECTIONS, timeout=1.5)}
        sent = await dispatch(world, as_of)
        return {"outcomes": dict(sent.outcomes)}
    await refresh_names(world)
    if order.get("face"):
        report = await shown_round(world, PrefectFace(order["face"], None, DatabaseShelf(world.database)), as_of)
    else:
        report = await round_(world, as_of)
    stops = [stop.kind for stop in report.stops]
    return {"settled": len(report.stages), "failed": list(report.failed), "stops": stops, "as_of": as_of.isoformat()}


async def main() -> None:
    """Obey until standard input ends; a round that fails is told and does not end the process, as in `dondoc up`."""
    role, database_url, journal = sys.argv[1:]
    world = await opened(database_url, Path(journal))
    print(json.dumps({"name": world.sender}), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        try:
            answer = await do(world, role, json.loads(line))
        except Exception as error:  # as the alarm of `dondoc up` does
            answer = {"broke": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    await world.database.close()


if __name__ == "__main__":
    asyncio.run(main())
