"""A real SMTP server on loopback that keeps every mail as a file: the catcher, and the simulation's post office."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from dondoc import clock

_LARGEST = 30 * 1024 * 1024


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
    """An SMTP server that writes `<n>.eml` and a line in `spool.jsonl` before it answers 250."""

    def __init__(self, folder: Path, port: int = 0, *, clock: Callable[[], datetime] = clock.now) -> None:
        self._folder = folder
        self._wanted_port = port
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._index: Any = None
        self.count = 0

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Begin to take mail; numbering goes on where an earlier server of this folder stopped."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.count = len(read_spool(self._folder))
        self._index = (self._folder / "spool.jsonl").open("a", encoding="utf-8")
        self._server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(self, data_size_limit=_LARGEST, enable_SMTPUTF8=True, hostname="localhost", ident="dondoc"),
            "127.0.0.1",
            self._wanted_port,
        )

    async def stop(self) -> None:
        """Stop taking mail."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._index is not None:
            self._index.close()
            self._index = None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep one mail; only then say so."""
        content = envelope.original_content or b""
        n = self.count + 1
        head = message_from_bytes(content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=policy.compat32)
        mail = SpooledMail(
            n=n,
            message_id=str(head["message-id"] or ""),
            mail_from=envelope.mail_from or "",
            rcpt_tos=list(envelope.rcpt_tos),
            subject=str(make_header(decode_header(head["subject"] or ""))),
            received_at=self._clock().isoformat(),
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
        )
        partial = self._folder / f"{n}.part"
        partial.write_bytes(content)
        partial.replace(self._folder / f"{n}.eml")
        self._index.write(json.dumps(asdict(mail), ensure_ascii=False) + "\n")
        self._index.flush()
        self.count = n
        return "250 2.0.0 OK"


def read_spool(folder: Path) -> list[SpooledMail]:
    """Return every mail of a spool, in the order it was taken."""
    index = folder / "spool.jsonl"
    if not index.exists():
        return []
    with index.open(encoding="utf-8") as lines:
        return [SpooledMail(**json.loads(line)) for line in lines if line.endswith("\n")]
