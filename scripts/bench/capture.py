"""The mails themselves: what our sender writes, taken down once, so that others can send the same."""

import asyncio
import base64
import email.policy
import json
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from dondoc.messages.smtp import Route
from dondoc.store.engine import open_database
from flows.dispatch import dispatch
from scripts.bench.fill import KEY_BYTES, NOW
from scripts.bench.sink import free_port
from tasks.open_world import world_of


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it crossed the wire."""

    sender: str
    recipient: str
    content: bytes


class _Taker:
    """An SMTP server that keeps what it gets."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(Mail(envelope.mail_from, envelope.rcpt_tos[0], envelope.content))
        return "250 OK"


def capture(url: str) -> list[Mail]:
    """Send a (copy of a) database's outbox to a server of our own and return the mails it got."""
    taker = _Taker()
    server = Controller(taker, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        asyncio.run(_send(url, server.port))
    finally:
        server.stop()
    return taker.mails


async def _send(url: str, port: int) -> None:
    database = await open_database(url)
    try:
        await dispatch(await world_of(database, KEY_BYTES, {"live": Route("127.0.0.1", port, 4)}), NOW)
    finally:
        await database.close()


def write_mails(mails: list[Mail], file: Path) -> None:
    """Keep mails in a file, one a line."""
    lines = [json.dumps([m.sender, m.recipient, base64.b64encode(m.content).decode("ascii")]) for m in mails]
    file.write_text("\n".join(lines), encoding="ascii")


def read_mails(file: Path) -> list[Mail]:
    """Return the mails of a file."""
    rows = [json.loads(line) for line in file.read_text(encoding="ascii").splitlines()]
    return [Mail(sender, recipient, base64.b64decode(content)) for sender, recipient, content in rows]


def as_template(mail: Mail, unit: str) -> dict[str, str]:
    """Return a mail's subject, text and HTML with `{{ unit }}` where it names its unit, for another renderer."""
    parsed = message_from_bytes(mail.content, policy=email.policy.default)
    parts = {kind: parsed.get_body((kind,)) for kind in ("plain", "html")}
    bodies = {kind: part.get_content() if part is not None else "" for kind, part in parts.items()}
    whole = {"subject": str(parsed["Subject"]), "text": bodies["plain"], "html": bodies["html"]}
    return {name: text.replace(unit, "{{ unit }}") for name, text in whole.items()}
