"""One sender as a process of its own: `python -m scripts.load.sender URL FOLDER PORT CONNECTIONS`.

It begins at the word, sends all that may leave, and says how many were accepted and how long that took.
"""

import asyncio
import json
import sys
from pathlib import Path

from dondoc import clock
from dondoc.messages.smtp import Route
from dondoc.store.engine import open_database
from flows.dispatch import dispatch
from scripts.bench.children import await_the_word
from scripts.bench.fill import KEY_BYTES
from tasks.open_world import world_of
from tasks.replay_journal import journal_of


async def run(url: str, folder: Path, port: int, connections: int) -> None:
    """Send what the outbox holds."""
    database = await open_database(url)
    routes = {"live": Route("127.0.0.1", port, connections)}
    world = await world_of(database, KEY_BYTES, routes, journal=await journal_of(database, folder / "journal"))
    world.portal["live"] = "https://bao-cao.mau.example"
    await_the_word()
    began = clock.monotonic()
    sent = await dispatch(world, database.now())
    accepted = sent.outcomes["accepted"]
    said = {"accepted": accepted, "others": sent.outcomes.total() - accepted, "withdrawn": sent.withdrawn}
    print(json.dumps(said | {"seconds": clock.monotonic() - began}), flush=True)
    await database.close()


if __name__ == "__main__":
    url, folder, port, connections = sys.argv[1:]
    asyncio.run(run(url, Path(folder), int(port), int(connections)))
