"""Children that are told things line by line, and that may be dead by the time they should answer."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

DIES_AFTER = 0.6  # seconds
ROOT = Path(__file__).parents[2]


class Child:
    """A process that answers a JSON line with a JSON line."""

    def __init__(self, process: asyncio.subprocess.Process, hello: dict[str, Any]) -> None:
        self._process = process
        self.hello = hello

    @classmethod
    async def start(cls, module: str, *arguments: object, log: Path, clock: str | None = None) -> "Child":
        """Start a module of ours and wait for its first line; `clock` is libfaketime's offset, such as "-36h"."""
        env = dict(os.environ) | {"PYTHONPATH": str(ROOT)}
        if clock is not None:
            env |= {"LD_PRELOAD": faketime(), "FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        with log.open("ab") as complaints:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, *map(str, arguments), cwd=ROOT, env=env, limit=2**24,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=complaints,
            )  # fmt: skip
        assert process.stdout is not None
        hello = await process.stdout.readline()
        if not hello:
            raise RuntimeError(f"{module} did not start; see {log}")
        return cls(process, json.loads(hello))

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    async def ask(self, **order: Any) -> dict[str, Any] | None:
        """Give an order and return the answer; null: it died over it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            await self._process.stdin.drain()
            line = await self._process.stdout.readline()
        except ConnectionError:
            line = b""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        await self._process.wait()
        return None

    def kill(self) -> None:
        """Kill it as a power cut would."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)

    async def end(self) -> None:
        """Let it end in good order."""
        assert self._process.stdin is not None
        if self._process.returncode is None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 20)
        except TimeoutError:
            self.kill()
            await self._process.wait()


def faketime() -> str:
    """Return the library that gives a process a clock of its own. Errors: `RuntimeError` where there is none."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        raise RuntimeError("no libfaketime found; run 'make faults' as root, or have it installed")
    return str(found[0])


@asynccontextmanager
async def dying_server() -> AsyncIterator[str]:
    """Lend the URL of a server that listens, answers nothing, and is gone in the middle of the work."""
    met: list[asyncio.StreamWriter] = []

    async def meet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(writer)

    server = await asyncio.start_server(meet, "127.0.0.1", 0)

    async def die() -> None:
        await asyncio.sleep(DIES_AFTER)
        server.close()
        for writer in met:
            writer.transport.abort()

    dying = asyncio.create_task(die())
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        await dying


@asynccontextmanager
async def nobody() -> AsyncIterator[str]:
    """Lend the URL of a port on which nothing listens."""
    yield "http://127.0.0.1:9"
