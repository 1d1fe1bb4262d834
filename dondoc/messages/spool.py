"""A real SMTP server on loopback that keeps every mail as a file: the catcher, and the simulation's post office."""

import asyncio
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from pathlib import Path
from typing import BinaryIO
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from dondoc import clock

INDEX = "spool.jsonl"
_LARGEST = 30 * 1024 * 1024
# Two headers are all the index needs; a whole parse of each mail would halve what the server can take.
_HEADER = re.compile(rb"^(subject|message-id):((?:[^\r\n]*)(?:\r\n[ \t][^\r\n]*)*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SpooledMail:
    """One mail as the server took it; `n` counts from 1, `received_at` is ISO 8601 in UTC."""

    n: int
    message_id: str
    mail_from: str
    rcpt_tos: list[str]
    subject: str
    received_at: str
    sha256: str
    size: int


class SpoolServer:
    """An SMTP server that writes `<n>.eml` and a line in `spool.jsonl` before it answers 250.

    The line is what counts: a mail without one was never accepted and its file is written over.
    """

    def __init__(self, folder: Path, port: int = 0, *, clock: Callable[[], datetime] = clock.now) -> None:
        self._folder = folder
        self._wanted_port = port
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._index: BinaryIO | None = None
        self._sessions: WeakSet[SMTP] = WeakSet()
        self.count = 0

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Begin to take mail; numbering goes on where an earlier server of this folder stopped."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        index = self._folder / INDEX
        _cut_torn_line(index)
        earlier = read_spool(self._folder)
        self.count = earlier[-1].n if earlier else 0
        self._server = await asyncio.get_running_loop().create_server(self._session, "127.0.0.1", self._wanted_port)
        self._index = index.open("ab", buffering=0)

    async def stop(self) -> None:
        """Stop taking mail; sessions that are still open are hung up on, what they had not sent whole is not kept."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for session in list(self._sessions):
            if session.transport is not None:
                session.transport.close()
        await asyncio.sleep(0)  # the sockets are closed in the next turn of the loop
        if self._index is not None:
            self._index.close()
            self._index = None

    def _session(self) -> SMTP:
        session = SMTP(self, data_size_limit=_LARGEST, enable_SMTPUTF8=True, hostname="localhost", ident="dondoc")
        self._sessions.add(session)
        return session

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep one mail; only then say so."""
        content = envelope.original_content or b""
        n = self.count + 1
        headers = {name.lower(): raw for name, raw in _HEADER.findall(content.partition(b"\r\n\r\n")[0])}
        line = {
            "n": n,
            "message_id": _decoded(headers.get(b"message-id", b"")),
            "mail_from": envelope.mail_from or "",
            "rcpt_tos": list(envelope.rcpt_tos),
            "subject": _decoded(headers.get(b"subject", b"")),
            "received_at": self._clock().isoformat(),
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
        }
        if self._index is None:
            return "421 4.3.2 closing"
        partial = self._folder / f"{n}.part"
        partial.write_bytes(content)
        partial.replace(self._folder / f"{n}.eml")
        self._index.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self.count = n
        return "250 2.0.0 OK"


class SpoolReader:
    """Reads a spool that grows: each look reads only what has been added since the last one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mails: list[SpooledMail] = []
        self._read = 0

    def mails(self) -> list[SpooledMail]:
        """Return every mail so far, in the order it was taken. The list is the reader's own: do not change it."""
        try:
            with (self._folder / INDEX).open("rb") as index:
                if index.seek(0, 2) < self._read:  # the folder was emptied
                    self._mails, self._read = [], 0
                index.seek(self._read)
                added = index.read()
        except FileNotFoundError:
            self._mails, self._read = [], 0
            return self._mails
        whole = added[: added.rfind(b"\n") + 1]  # a line still being written is read the next time
        self._mails.extend(SpooledMail(**json.loads(line)) for line in whole.splitlines())
        self._read += len(whole)
        return self._mails

    def content(self, n: int) -> bytes:
        """Return a mail's bytes as they came."""
        return (self._folder / f"{n}.eml").read_bytes()


def read_spool(folder: Path) -> list[SpooledMail]:
    """Return every mail of a spool, in the order it was taken."""
    return SpoolReader(folder).mails()


def _cut_torn_line(index: Path) -> None:
    """Take away the half of a line that a killed server left; its mail was never accepted."""
    if not index.exists():
        return
    written = index.read_bytes()
    whole = written.rfind(b"\n") + 1
    if whole != len(written):
        with index.open("r+b") as file:
            file.truncate(whole)


def _decoded(raw: bytes) -> str:
    """Return a header as a reader sees it; one that cannot be decoded stays as it came."""
    text = re.sub(r"\r\n(?=[ \t])", "", raw.decode("utf-8", "replace")).strip()
    if "=?" in text:
        with suppress(MessageError, LookupError, ValueError):
            text = str(make_header(decode_header(text)))
    return unicodedata.normalize("NFC", text)
