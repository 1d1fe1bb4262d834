"""Play the evening on one database: pages, sender and SMTP servers as processes, the officers in this one."""

import asyncio
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dondoc import clock
from scripts.bench.children import GO, READY, ROOT, environment
from scripts.bench.places import Places
from scripts.bench.sink import free_port, sink
from scripts.load.browser import Browser, Log
from scripts.load.fill import Invited, fill
from scripts.load.mailbox import Mailboxes
from scripts.load.officer import Evening, Officer, Stock, pieces_of
from scripts.load.processes import Clocks, named, peak_megabytes
from scripts.load.shape import Shape

_CONNECTIONS, _LONGEST = 10, 3_600


@dataclass(slots=True)
class Played:
    """What was measured in one evening."""

    kind: str
    shape: Shape
    log: Log = field(default_factory=Log)
    evenings: list[Evening] = field(default_factory=list)
    seconds: float = 0.0  # from the first officer to the last one's end
    processor: dict[str, float] = field(default_factory=dict)
    peak: float = 0.0  # megabytes of the pages' process
    sent: dict[str, Any] = field(default_factory=dict)  # by the sender, under load
    alone: dict[str, Any] = field(default_factory=dict)  # by the sender, with nothing else
    acknowledged: int = 0  # mails
    files: Path = Path()
    url: str = ""


def prepared(places: Places, shape: Shape) -> tuple[str, list[Invited]]:
    """Return a database with everything in it, and who comes."""
    url = places.migrated("evening")
    invited = asyncio.run(fill(url, shape.officers, shape.messages))
    places.settle(url)
    return url, invited


@contextmanager
def child(module: str, *words: object) -> Iterator[subprocess.Popen[str]]:
    """Lend a process of ours that has said it is ready; it ends when its input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"scripts.load.{module}", *map(str, words)], env=environment(), cwd=ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if (said := process.stdout.readline().strip()) != READY:
            raise RuntimeError(f"{module}: said {said!r} instead of {READY!r}")
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _all_sent(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{GO}\n")
    process.stdin.flush()
    said = await asyncio.to_thread(process.stdout.readline)
    if not said:
        raise RuntimeError("the sender ended without a word; its complaint stands above")
    result: dict[str, Any] = json.loads(said)
    return result


def dispatch_alone(places: Places, url: str, shape: Shape, smtp_sink: Path) -> dict[str, Any]:
    """Send the whole outbox of a copy with nothing else running; return what the sender said."""
    copied = places.copy(url)
    try:
        with (
            sink(smtp_sink, messages=shape.messages + 10_000, seconds=_LONGEST) as port,
            child("sender", copied, f"{places.journal(copied)}-alone", port, _CONNECTIONS) as sender,
        ):
            return asyncio.run(_all_sent(sender))
    finally:
        places.drop(copied)


def play(places: Places, url: str, invited: list[Invited], shape: Shape, smtp_sink: Path, folder: Path) -> Played:
    """Let the officers come while the outbox is sent."""
    return asyncio.run(_play(places, url, invited, shape, smtp_sink, folder))


async def _play(
    places: Places, url: str, invited: list[Invited], shape: Shape, smtp_sink: Path, folder: Path
) -> Played:
    played = Played(places.kind, shape, evenings=[Evening(each) for each in invited], files=folder / "files", url=url)
    mail, port = Mailboxes(), free_port()
    with (
        sink(smtp_sink, messages=shape.messages + 10_000, seconds=_LONGEST) as sink_port,
        child("pages", url, folder, port, await mail.open()) as pages,
        child("sender", url, folder / "sender", sink_port, _CONNECTIONS) as sender,
    ):
        watched = {"load generator": os.getpid(), "unit pages": pages.pid, "sender": sender.pid}
        watched |= {f"smtp sink {pid}": pid for pid in named(os.getpid(), "timeout")}
        watched |= {f"postgresql {pid}": pid for pid in named(os.getpid(), "postgres") if places.kind == "postgresql"}
        clocks, began = Clocks(watched), clock.monotonic()
        sending = asyncio.create_task(_all_sent(sender)) if shape.messages else None
        await _officers_come(played, port, mail)
        played.seconds = clock.monotonic() - began
        if sending is not None:
            played.sent = await sending
        await _acknowledgements(played, mail)
        played.processor, played.peak = clocks.used(), peak_megabytes(pages.pid)
    mail.close()
    return played


async def _officers_come(played: Played, port: int, mail: Mailboxes) -> None:
    shape, log = played.shape, played.log
    script = await Browser(port, Log()).ask("script", "/report.js")
    assert script is not None
    pieces, stock, chance = pieces_of(script.text), Stock(shape.file_bytes), random.Random(14_11)
    arrivals = sorted(chance.uniform(0, shape.minutes * 60) for _ in played.evenings)

    async def come(number: int, after: float, evening: Evening) -> None:
        await asyncio.sleep(after)
        await Officer(number, evening, port, mail, shape, log).report(stock, pieces)

    await asyncio.gather(*(come(n, *each) for n, each in enumerate(zip(arrivals, played.evenings, strict=True))))


async def _acknowledgements(played: Played, mail: Mailboxes) -> None:
    """Wait a little for the mails that confirm what came in."""
    wanted = sum(bool(each.code) for each in played.evenings)
    for _ in range(60):
        played.acknowledged = sum(mail.others.values())
        if played.acknowledged >= wanted:
            return
        await asyncio.sleep(0.5)
