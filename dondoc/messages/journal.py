"""The journal of accepted mail, outside the database: what last night's backup does not know is not sent again.

A folder per database, under its epoch; in it numbered files of JSON lines, each with its CRC-32, append-only, mode
0600. A line is written after the server has accepted a message and before the database is told. It names units,
duties and rungs: no person, no address, no telephone.
"""

import fcntl
import json
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.errors import Refused
from dondoc.store.sent_before import NoticeKey

_FILE = re.compile(r"(\d{8})\.jsonl")
_LARGEST = 32 * 1024 * 1024  # bytes of one file; some hundred thousand messages
_KEPT = 32  # files: a gigabyte. A backup older than that is no way back
_LEAST_ROOM = 4 * 1024 * 1024  # bytes
_CRC = ',"crc":"'


class JournalUnusable(Refused):
    """The journal cannot be read or written: says where, why and what to do."""


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One message a server has accepted: its Message-ID, its row and fence, and the ledger rows it carried."""

    header_id: str
    message_row: int
    fence: int
    notices: tuple[NoticeKey, ...]
    accepted_at: datetime
    sha256: str

    def packed(self) -> bytes:
        """Return the line as it lies in the file."""
        # The keys of one message mostly share campaign, mode and duty; a line stays some 300 bytes all the same.
        body = json.dumps(
            {
                "id": self.header_id,
                "row": self.message_row,
                "fence": self.fence,
                "at": self.accepted_at.isoformat(),
                "sha256": self.sha256,
                "notices": [[getattr(key, name) for name in NoticeKey.__slots__] for key in self.notices],
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )[:-1].encode()
        return body + _CRC.encode() + f'{zlib.crc32(body):08x}"}}\n'.encode()


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in the journal: the number of a file and how many of its bytes."""

    file: int = 0
    offset: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.offset}"

    @classmethod
    def of(cls, text: str | None) -> "Mark":
        """Return a mark as it was written; null is the beginning."""
        file, _, offset = (text or "0:0").partition(":")
        return cls(int(file), int(offset))


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a journal: a line, null where it is torn or damaged, and the place behind it."""

    line: JournalLine | None
    behind: Mark


class Journal:
    """One database's journal on this host; several senders may append to it at once."""

    def __init__(self, folder: Path, *, largest: int = _LARGEST, kept: int = _KEPT) -> None:
        self.folder = folder
        self._largest, self._kept = largest, kept
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise _unusable(folder, error) from error

    @property
    def name(self) -> str:
        """Return by what name the database keeps how far it knows this journal; each host has its own."""
        return f"{zlib.crc32(f'{os.uname().nodename}:{self.folder}'.encode()):08x}"

    def append(self, lines: Sequence[JournalLine]) -> None:
        """Write down what has been accepted; when this returns, it survives a power cut. Errors: `JournalUnusable`."""
        if not lines:
            return
        content = b"".join(line.packed() for line in lines)
        try:
            with self._held():
                path = self._current(len(content))
                file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
                try:
                    size = os.fstat(file).st_size
                    # Whoever died in mid-line has left it torn: it stands alone and fails its checksum.
                    if size and os.pread(file, 1, size - 1) != b"\n":
                        content = b"\n" + content
                    _write(file, content)
                    os.fdatasync(file)
                finally:
                    os.close(file)
                if not size:
                    _sync_folder(self.folder)
        except OSError as error:
            raise _unusable(self.folder, error) from error

    def check(self) -> None:
        """See that more can be written down, before anything is sent. Errors: `JournalUnusable`."""
        try:
            with self._held():
                room = os.statvfs(self.folder)
        except OSError as error:
            raise _unusable(self.folder, error) from error
        if room.f_bavail * room.f_frsize < _LEAST_ROOM:
            raise _unusable(self.folder, OSError(28, os.strerror(28)))

    def read(self, since: Mark) -> Iterator[Read]:
        """Yield what lies behind a place, oldest first; what is torn or damaged counts as read, without a line."""
        try:
            for number in self._numbers():
                if number >= since.file:
                    yield from self._read_file(number, since.offset if number == since.file else 0)
        except OSError as error:
            raise _unusable(self.folder, error) from error

    def end(self) -> Mark:
        """Return the place behind the last byte."""
        try:
            numbers = self._numbers()
            return Mark(numbers[-1], self._path(numbers[-1]).stat().st_size) if numbers else Mark()
        except OSError as error:
            raise _unusable(self.folder, error) from error

    def _read_file(self, number: int, place: int) -> Iterator[Read]:
        with self._path(number).open("rb") as file:
            file.seek(place)
            for raw in file:
                place += len(raw)
                if raw.strip():
                    yield Read(_line(raw), Mark(number, place))

    def _numbers(self) -> list[int]:
        found = (_FILE.fullmatch(path.name) for path in self.folder.iterdir())
        return sorted(int(match[1]) for match in found if match)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:08d}.jsonl"

    def _current(self, room: int) -> Path:
        """Return the file to append to: the newest, or the next one when it is full; the oldest goes then."""
        numbers = self._numbers()
        if not numbers:
            return self._path(1)
        newest = self._path(numbers[-1])
        if newest.stat().st_size + room <= self._largest:
            return newest
        for old in numbers[: max(0, len(numbers) + 1 - self._kept)]:
            self._path(old).unlink()
        return self._path(numbers[-1] + 1)

    @contextmanager
    def _held(self) -> Iterator[None]:
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _line(raw: bytes) -> JournalLine | None:
    """Return the line that was written, null when it is not whole."""
    body, found, check = raw.rstrip(b"\n").rpartition(_CRC.encode())
    if not found or not raw.endswith(b"\n") or check != f'{zlib.crc32(body):08x}"}}'.encode():
        return None
    values = json.loads(body + b"}")
    return JournalLine(
        values["id"], values["row"], values["fence"], tuple(NoticeKey(*key) for key in values["notices"]),
        datetime.fromisoformat(values["at"]), values["sha256"],
    )  # fmt: skip


def _write(file: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unusable(folder: Path, error: OSError) -> JournalUnusable:
    return JournalUnusable(
        f"journal {folder}: {error.strerror or error}; what is accepted must be written down there before more is "
        "sent: check the folder's owner, mode and free space"
    )
