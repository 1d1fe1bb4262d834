"""What must not grow with the number of units: queueing beside raw SQL, the quiet round, the sender's memory."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from dondoc import clock
from dondoc.store.engine import open_database
from flows.round import queue, round_
from scripts.bench.children import run_together
from scripts.bench.figures import PEAK_MEMORY, QUEUEING_OF_RAW, QUIET_ROUND, Figure, Profile, Seen, at_most
from scripts.bench.fill import KEY_BYTES, NOW, add_units, all_gone, fire, step_of_enterprises
from scripts.bench.places import Places
from scripts.bench.raw import insert_raw
from scripts.bench.sink import sink
from tasks.open_world import world_of
from tasks.world import World

_QUIET_ROUNDS = 30
_LATER = NOW + timedelta(hours=1)
_SINK_SECONDS = 300


@dataclass(slots=True)
class Growth:
    """Measurements of one kind of database at several sizes."""

    places: Places
    profile: Profile
    smtp_sink: Path
    found: dict[tuple[str, int], list[float]] = field(default_factory=dict)

    def measure(self, small: str) -> Iterator[str]:
        """Measure everything from copies of a small campaign; yield what is being done."""
        yield from self._of_small(small)
        for units in self.profile.queued:
            yield from self._of_size(small, units)

    def _of_small(self, small: str) -> Iterator[str]:
        yield f"{self.profile.memory_few:,} messages: send all"
        url = self._filled(small, self.profile.memory_few)
        self._queueing(url, ours=True)
        self._send(url, self.profile.memory_few)
        self.places.drop(url)

    def _of_size(self, small: str, units: int) -> Iterator[str]:
        yield f"{units:,} units: add them"
        full = self._filled(small, units)
        largest = units == max(self.profile.queued)
        rounds = self.profile.queueing_rounds[units]
        for number in range(rounds):
            for ours in (False, True):
                what = "fire and queue" if ours else "raw INSERT … SELECT"
                yield f"{units:,} units: {what}, {number + 1} of {rounds}"
                url = self.places.copy(full)
                self._note("queueing" if ours else "raw", units, self._queueing(url, ours=ours))
                if not (largest and ours and number + 1 == rounds):
                    self.places.drop(url)
        self.places.drop(full)
        if not largest:
            return
        yield f"{units:,} messages: send for {self.profile.sending_seconds:g} s"
        self._send(url, units, seconds=self.profile.sending_seconds)
        few = self.places.copy(small)
        self._queueing(few, ours=True)
        yield f"{self.profile.few:,} and {units:,} units: quiet rounds in turns"
        asyncio.run(self._quiet_rounds({self.profile.few: few, units: url}))
        self.places.drop(few)
        self.places.drop(url)

    def _filled(self, small: str, units: int) -> str:
        url = self.places.copy(small)
        asyncio.run(add_units(url, units))
        self.places.settle(url)
        return url

    def _note(self, what: str, size: int, value: float) -> None:
        self.found.setdefault((what, size), []).append(value)

    def _queueing(self, url: str, *, ours: bool) -> float:
        """Return the seconds from the first statement to the end of the commit."""

        async def work() -> float:
            database = await open_database(url)
            try:
                step = await step_of_enterprises(database)
                began = clock.monotonic()
                async with database.write() as connection:
                    await (fire if ours else insert_raw)(database, connection, step)
                return clock.monotonic() - began
            finally:
                await database.close()

        return asyncio.run(work())

    async def _quiet_rounds(self, urls: dict[int, str]) -> None:
        """Note the milliseconds of rounds that find nothing to do, over ledgers in which everything has gone out."""
        async with AsyncExitStack() as stack:
            worlds = {units: await stack.enter_async_context(self._quiet_world(url)) for units, url in urls.items()}
            for _ in range(_QUIET_ROUNDS):
                for units, world in worlds.items():
                    began = clock.monotonic()
                    report = await round_(world, _LATER)
                    self._note("quiet round", units, 1_000 * (clock.monotonic() - began))
                    if not report.quiet:
                        raise RuntimeError(f"this round was not quiet: {report}")

    @asynccontextmanager
    async def _quiet_world(self, url: str) -> AsyncIterator[World]:
        database = await open_database(url)
        try:
            world = await world_of(database, KEY_BYTES, {})
            await queue(world, _LATER)  # what the other units of the small campaign still owe this morning
            await all_gone(database)
            self.places.settle(url)
            await round_(world, _LATER)
            yield world
        finally:
            await database.close()

    def _send(self, url: str, messages: int, seconds: float | None = None) -> None:
        """Note the peak memory of a sender in megabytes: all of a small outbox, a part of a large one."""
        with sink(self.smtp_sink, messages=messages + 10_000, seconds=_SINK_SECONDS) as port:
            words = [
                url,
                self.places.journal(url),
                str(port),
                str(self.profile.connections),
                *([str(seconds)] if seconds else []),
            ]
            result = run_together([["-m", "scripts.bench.sender", *words]])
        if result.total("accepted") < self.profile.memory_few:
            raise RuntimeError(
                f"the sender of the large outbox did not send as much as that of the small one: {result}"
            )
        self._note("sent", messages, result.total("accepted"))
        self._note("memory", messages, result.total("peak") / 1024)

    def seen(self) -> list[Seen]:
        """Return everything that was measured."""
        words = {"raw": ("raw INSERT … SELECT of {} units", "s"), "queueing": ("fire and queue {} units", "s"),
                 "quiet round": ("a quiet round over {} units", "ms"), "sent": ("mails sent from {} queued", "mails"),
                 "memory": ("peak memory of a sender, {} queued", "MB")}  # fmt: skip
        return [
            Seen(f"{self.places.kind}: {words[what][0].format(f'{size:,}')}", tuple(values), words[what][1])
            for (what, size), values in self.found.items()
        ]

    def figures(self) -> list[Figure]:
        """Return how much more the large costs than the small, and ours than the raw statement."""
        kind, most = self.places.kind, max(self.profile.queued)
        medians = {key: Seen("", tuple(values), "").median for key, values in self.found.items()}
        few = {"quiet round": self.profile.few, "memory": self.profile.memory_few}
        return [
            *(
                at_most(f"{kind}: queueing {size:,}, ours / raw SQL", medians["queueing", size] / medians["raw", size],
                        QUEUEING_OF_RAW, self.profile)
                for size in self.profile.queued
            ),
            *(
                at_most(f"{kind}: {words}, {most:,} / {few[what]:,}", medians[what, most] / medians[what, few[what]],
                        target, self.profile)
                for what, words, target in (
                    ("quiet round", "quiet round", QUIET_ROUND), ("memory", "a sender's peak memory", PEAK_MEMORY)
                )
            ),
        ]  # fmt: skip
