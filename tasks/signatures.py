"""Who signed a file: its digital signatures, judged offline against the roots the administrator has installed."""

import asyncio
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, Literal

from tasks import signature_reader

State = Literal["valid", "invalid", "unknown", "unreadable"]
KINDS: Final = ("pdf", "p7m")  # what can carry a signature; Word's own signatures are not looked at
_ENDINGS: Final = (".pdf", ".p7m", ".p7s")
_SECONDS: Final = 20.0  # a file that needs longer is told as unreadable: a page must not wait for it
_AT_ONCE, _REMEMBERED, _PAGE_WAITS = 2, 500, 3.0  # processes; files; seconds


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a file.

    `state`: valid; invalid, the file was changed after signing or the signature is broken; unknown, made soundly but
    by a signer whose root is not installed, or whose certificate did not hold at `as_of`; unreadable, not understood in
    the time allowed. `whole` says whether it covers the file as it is, null where that could not be told. `signed_at`
    is what the signer's own clock said, UTC, where it said anything.
    """

    state: State
    signer: str = ""
    signed_at: str | None = None
    whole: bool | None = None
    why: str = ""


async def signatures_of(file: Path, kind: str, roots: Path, as_of: datetime) -> tuple[Signature, ...]:
    """Return the signatures of a kept file, in the order they were made; none for a kind that carries none.

    A process of its own reads the file, with at most 20 s (9 s of them computing) and 512 MB; it asks nothing of the
    network, and a hostile file ends that process and nothing else. `roots`: a folder of certificates (.pem, .crt,
    .cer); without one every sound signature is unknown.
    """
    if kind not in KINDS:
        return ()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", signature_reader.__file__, str(file), kind, str(roots), as_of.isoformat(),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={},
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(child.communicate(), _SECONDS)
    except TimeoutError:
        return (Signature("unreadable", why="too-long"),)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        return (Signature("unreadable", why="broken"),)
    return tuple(Signature(**each) for each in json.loads(said))


_STILL: Final = (Signature("unreadable", why="still"),)


class Notary:
    """Judges the signatures of kept files, each file once a day; `roots` is the administrator's folder."""

    def __init__(self, store: Path, roots: Path) -> None:
        self._store, self._roots = store, roots
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._known: dict[tuple[str, str, date], asyncio.Task[tuple[Signature, ...]]] = {}

    async def of(self, files: Iterable[tuple[str, str]], as_of: datetime) -> dict[str, tuple[Signature, ...]]:
        """Return the signatures of files, given by name and SHA-256, by their SHA-256.

        A page waits 3 s at most: what is still being read then says so, and the next view knows it.
        """
        asked = {sha256: self._task(name, sha256, as_of) for name, sha256 in files if name.lower().endswith(_ENDINGS)}
        if asked:
            await asyncio.wait(asked.values(), timeout=_PAGE_WAITS)
        return {sha256: task.result() if task.done() else _STILL for sha256, task in asked.items()}

    def _task(self, name: str, sha256: str, as_of: datetime) -> asyncio.Task[tuple[Signature, ...]]:
        kind = "pdf" if name.lower().endswith(".pdf") else "p7m"
        key = (sha256, kind, as_of.date())
        if key not in self._known:
            while len(self._known) >= _REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[key] = asyncio.create_task(self._judge(sha256, kind, as_of))
        return self._known[key]

    async def _judge(self, sha256: str, kind: str, as_of: datetime) -> tuple[Signature, ...]:
        if kind == "pdf" and not await asyncio.to_thread(_may_be_signed, self._store / sha256):
            return ()  # most are not: no process for them, on an evening when everybody sends
        async with self._at_once:
            return await signatures_of(self._store / sha256, kind, self._roots, as_of)


def _may_be_signed(file: Path) -> bool:
    """Return whether a PDF says anywhere which of its bytes are signed; that stands in it uncompressed (ISO 32000)."""
    return file.exists() and b"/ByteRange" in file.read_bytes()
