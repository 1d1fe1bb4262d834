"""The units' pages as a process of their own, served as `dondoc up` serves them:
`python -m scripts.load.pages URL FOLDER PORT SMTP_PORT`. It ends when its input is closed.
"""

import asyncio
import sys
from pathlib import Path

from dondoc.messages.smtp import Route
from dondoc.portal.units.app import UnitPages
from dondoc.serving import serving
from dondoc.store.engine import open_database
from scripts.bench.children import READY
from scripts.bench.fill import KEY_BYTES
from tasks.open_world import world_of
from tasks.replay_journal import journal_of


async def run(url: str, folder: Path, port: int, smtp_port: int) -> None:
    """Serve until the input is closed; codes and acknowledgements leave by the given SMTP port."""
    database = await open_database(url)
    try:
        routes = {"live": Route("127.0.0.1", smtp_port)}
        world = await world_of(database, KEY_BYTES, routes, journal=await journal_of(database, folder / "journal"))
        world.portal["live"] = f"http://127.0.0.1:{port}"
        async with serving(UnitPages(world, port=port, files=folder / "files").app, port):
            print(READY, flush=True)
            await asyncio.to_thread(sys.stdin.read)
    finally:
        await database.close()


if __name__ == "__main__":
    url, folder, port, smtp_port = sys.argv[1:]
    asyncio.run(run(url, Path(folder), int(port), int(smtp_port)))
