"""The yardstick: prepared bytes over aiosmtplib and nothing else: `python -m scripts.bench.bare FILE PORT N COUNT`."""

import asyncio
import json
import sys
from itertools import cycle, islice
from pathlib import Path

import aiosmtplib

from scripts.bench.capture import Mail, read_mails
from scripts.bench.children import await_the_word


async def run(mails: list[Mail], port: int, connections: int, count: int) -> None:
    """Send `count` mails, one after the other on each connection; no ledger, no rendering, no retry."""
    waiting = islice(cycle(mails), count)
    sent = 0
    await_the_word()

    async def work() -> None:
        nonlocal sent
        async with aiosmtplib.SMTP(
            hostname="127.0.0.1", port=port, start_tls=False, local_hostname="localhost"
        ) as client:
            for mail in waiting:
                await client.sendmail(mail.sender, [mail.recipient], mail.content)
                sent += 1

    await asyncio.gather(*(work() for _ in range(connections)))
    print(json.dumps({"accepted": sent}), flush=True)


if __name__ == "__main__":
    file, port, connections, count = sys.argv[1:]
    asyncio.run(run(read_mails(Path(file)), int(port), int(connections), int(count)))
