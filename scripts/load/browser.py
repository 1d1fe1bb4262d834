"""A small HTTP client that keeps one connection, one cookie and what it may keep of style and script, as a browser."""

import asyncio
import gzip
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from dondoc import clock

_SECONDS = 60


@dataclass(slots=True)
class Log:
    """How long requests took by kind, in seconds; which went wrong and how; bytes that came by kind."""

    took: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    came: Counter[str] = field(default_factory=Counter)

    def note(self, kind: str, seconds: float) -> None:
        """Note how long one request took."""
        self.took.setdefault(kind, []).append(seconds)

    def wrong(self, kind: str, what: str) -> None:
        """Note that a request was not answered as it should."""
        self.errors[f"{kind}: {what}"] += 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()

    @property
    def kept(self) -> bool:
        """Return whether a browser asks no more for it: it is fresh for a while."""
        said = self.headers.get("cache-control", "")
        return "no-store" not in said and "max-age" in said


class Browser:
    """One officer's browser."""

    def __init__(self, port: int, log: Log) -> None:
        self._port = port
        self._log = log
        self._cookie = ""
        self._kept: set[str] = set()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self, kind: str, path: str, content: bytes | None = None, headers: Mapping[str, str] | None = None,
        good: tuple[int, ...] = (200,),
    ) -> Answer | None:  # fmt: skip
        """Ask once and note how long it took; null when there was no good answer, which is noted as an error."""
        began = clock.monotonic()
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await self._exchange(path, content, headers or {})
        except (OSError, EOFError, TimeoutError) as error:
            self._log.wrong(kind, type(error).__name__)
            self.close()
            return None
        if answer.status not in good:
            self._log.wrong(kind, str(answer.status))
            return None
        self._log.note(kind, clock.monotonic() - began)
        self._log.came[kind] += len(answer.body)
        return answer

    async def see(self, kind: str, path: str) -> str | None:
        """Look at a page with what belongs to it; return its text."""
        answer = await self.ask(kind, path)
        if answer is None:
            return None
        text = answer.text
        for found in re.findall(r'(?:href|src)="(/(?:style|report)[^"]*)"', text):
            if found not in self._kept:
                asset = await self.ask("style, script", found)
                if asset is not None and asset.kept:
                    self._kept.add(found)
        return text

    async def _exchange(self, path: str, content: bytes | None, headers: Mapping[str, str]) -> Answer:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        lines = [
            f"{'GET' if content is None else 'POST'} {path} HTTP/1.1", f"host: 127.0.0.1:{self._port}",
            "accept-encoding: gzip", *(f"{name}: {value}" for name, value in headers.items()),
        ]  # fmt: skip
        if self._cookie:
            lines.append(f"cookie: {self._cookie}")
        if content is not None:
            lines += [f"content-length: {len(content)}", f"origin: http://127.0.0.1:{self._port}"]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())
        if content:
            self._writer.write(content)
        await self._writer.drain()
        return await self._answer(self._reader)

    async def _answer(self, reader: asyncio.StreamReader) -> Answer:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "set-cookie":
                self._cookie = value.strip().partition(";")[0]
            headers[name.lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("content-encoding") == "gzip":
            self._log.came["compressed"] += len(body)
            body = gzip.decompress(body)
            self._log.came["uncompressed"] += len(body)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(head[0].split(" ")[1]), headers, body)

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
