"""The officers' mailboxes: a real SMTP server that reads the code out of a mail as they would."""

import asyncio
import email
import email.policy
import re
from collections import Counter

from aiosmtpd.smtp import SMTP, Envelope, Session

_CODE = re.compile(r"Mã xác nhận: (\d{6})")


class Mailboxes:
    """Takes mail on 127.0.0.1; `codes` holds the codes that arrived, by address, `others` counts all other mail."""

    def __init__(self) -> None:
        self.codes: dict[str, list[str]] = {}
        self.others: Counter[str] = Counter()
        self._came: dict[str, asyncio.Event] = {}
        self._server: asyncio.Server | None = None

    async def open(self) -> int:
        """Begin to take mail; return the port."""
        self._server = await asyncio.get_running_loop().create_server(lambda: SMTP(self), "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def close(self) -> None:
        """Take no more mail."""
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Read a mail."""
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = mail.get_body(("plain",))
        code = _CODE.search(body.get_content() if body else "")
        for address in envelope.rcpt_tos:
            if code is None:
                self.others[address] += 1
            else:
                self.codes.setdefault(address, []).append(code[1])
                self._event(address).set()
        return "250 OK"

    async def code_after(self, address: str, seen: int, seconds: float) -> str | None:
        """Wait for a code beyond the first `seen` ones of a mailbox; null when none arrives in time."""
        try:
            async with asyncio.timeout(seconds):
                while len(self.codes.get(address, ())) <= seen:
                    self._event(address).clear()
                    await self._event(address).wait()
        except TimeoutError:
            return None
        return self.codes[address][-1]

    def _event(self, address: str) -> asyncio.Event:
        return self._came.setdefault(address, asyncio.Event())
