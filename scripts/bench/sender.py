"""One sender of ours as a process of its own, its journal in the folder JOURNAL:
`python -m scripts.bench.sender URL JOURNAL PORT CONNECTIONS [SECONDS]`.

With SECONDS it stops by itself then, as a service that is asked to end does.
"""

import asyncio
import json
import sys
from pathlib import Path

from dondoc.messages.smtp import Route
from dondoc.store.engine import open_database
from flows.dispatch import dispatch
from scripts.bench.children import await_the_word, peak_kilobytes
from scripts.bench.fill import KEY_BYTES, NOW
from tasks.open_world import world_of
from tasks.replay_journal import journal_of


async def run(url: str, journal: Path, port: int, connections: int, seconds: float | None) -> None:
    """Send what the outbox holds and say how many were accepted and how much memory it took."""
    database = await open_database(url)
    routes = {"live": Route("127.0.0.1", port, connections)}
    world = await world_of(database, KEY_BYTES, routes, journal=await journal_of(database, journal))
    await_the_word()
    if seconds is not None:
        asyncio.get_running_loop().call_later(seconds, setattr, world, "stopping", True)
    sent = await dispatch(world, NOW)
    said = {"accepted": sent.outcomes["accepted"], "others": sent.outcomes.total() - sent.outcomes["accepted"]}
    print(json.dumps(said | {"peak": peak_kilobytes()}), flush=True)
    await database.close()


if __name__ == "__main__":
    url, journal, port, connections, *seconds = sys.argv[1:]
    asyncio.run(run(url, Path(journal), int(port), int(connections), float(seconds[0]) if seconds else None))
