"""The turn of one message on an open SMTP connection, its commands in one packet (RFC 2920, PIPELINING).

aiosmtplib opens, secures and authenticates the connection; here only MAIL, RCPT, DATA and RSET are spoken. In one
packet they cost one journey instead of three, which on a busy sender is most of what a message costs; in the packet
of the content before they cost none.
"""

import asyncio
from collections import deque
from typing import Final

from aiosmtplib import SMTPResponse, SMTPResponseException, SMTPServerDisconnected

_LONGEST_LINE: Final = 8192  # what a reply may have; RFC 5321 asks for 512
_END: Final = b"\r\n.\r\n"
_COMMANDS: Final = ("mail", "rcpt", "data")

Pair = tuple[bytes, bytes]  # a message's sender and recipient


class Refusal(SMTPResponseException):
    """A reply other than "yes", and at which command it came: mail, rcpt, data or dot."""

    def __init__(self, command: str, reply: SMTPResponse) -> None:
        super().__init__(reply.code, reply.message)
        self.command = command


class Wire(asyncio.Protocol):
    """Reads replies in the order of the commands. One message at a time, by one task.

    `content_gone`: the content of the present message has been handed to the network, so that nobody knows
    whether the server has it until it answers.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._read = b""
        self._said: list[bytes] = []
        self._replies: deque[SMTPResponse] = deque()
        self._wanted = 0
        self._waiting: asyncio.Future[None] | None = None
        self._lost: Exception | None = None
        self._announced: Pair | None = None
        self.content_gone = False
        transport.set_protocol(self)

    def usable_for(self, pair: Pair) -> bool:
        """Return whether a message can be begun: the connection is open, and no other has been announced on it."""
        if self._lost is not None or self._transport.is_closing():
            return False
        return self._announced == pair if self._announced is not None else not self._replies and not self._wanted

    @property
    def at(self) -> str:
        """Return the command whose answer is awaited: mail, rcpt, data or dot."""
        return "dot" if self.content_gone else _COMMANDS[min(len(self._replies), 2)]

    async def send(self, pair: Pair, content: bytes, ahead: Pair | None = None) -> None:
        """Send one message; returns when the server has taken it.

        `content` has CRLF line ends. `ahead` announces the message that follows: its commands leave with this one's
        content (RFC 2920, 3.1). The connection then takes that message or none; nothing of its content has gone.
        Errors: `Refusal`, after which the next message can follow; `SMTPServerDisconnected` and whatever ends the
        waiting, after which the connection is of no use.
        """
        self.content_gone = False
        if self._announced is None:
            self._transport.write(_commands(pair))
        self._announced = None
        try:
            mail, rcpt, data = await self._answers(3)
        except SMTPServerDisconnected:
            for at, reply in zip(_COMMANDS, self._replies, strict=False):
                if reply.code // 100 not in (2, 3):  # it said why before it hung up (421, say)
                    raise Refusal(at, reply) from None
            raise
        refused = next(
            (Refusal(at, reply) for at, reply in (("mail", mail), ("rcpt", rcpt)) if reply.code // 100 != 2), None
        )
        if data.code == 354:
            # A server may say 354 although it has no recipient: then nothing but the dot is sent (RFC 2920, 3.1).
            self.content_gone = refused is None
            if refused is None:
                self._announced = ahead
                self._transport.write(_dotted(content) + (b"" if ahead is None else _commands(ahead)))
            else:
                self._transport.write(b".\r\n")
            (dot,) = await self._answers(1)
            if refused is None and dot.code != 250:
                refused = Refusal("dot", dot)
        elif refused is None:
            refused = Refusal("data", data)
        if refused is not None:
            if data.code != 354:
                self._transport.write(b"RSET\r\n")
                await self._answers(1)
            raise refused

    async def quit(self) -> None:
        """Say goodbye and wait for the answer; a server that waits for a content is left without one."""
        if self._announced is None and self._lost is None and not self._transport.is_closing():
            self._transport.write(b"QUIT\r\n")
            await self._answers(1)

    def abort(self) -> None:
        """Hang up without a word."""
        self._transport.abort()

    async def _answers(self, count: int) -> list[SMTPResponse]:
        self._wanted = count
        while len(self._replies) < count:
            if self._lost is not None:
                raise self._lost
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        self._wanted = 0
        return [self._replies.popleft() for _ in range(count)]

    def data_received(self, data: bytes) -> None:
        """Take what the server says; the waiting task wakes when all it waits for is there."""
        lines = (self._read + data).split(b"\n")
        self._read = lines.pop()
        if len(self._read) > _LONGEST_LINE:
            self._lose(SMTPServerDisconnected("a reply longer than any server sends"))
            self._transport.abort()
            return
        for line in lines:
            self._said.append(line[4:].strip())
            if line[3:4] == b"-":
                continue
            code = int(line[:3]) if line[:3].isdigit() else -1
            text = b"\n".join(self._said).decode("utf-8", "replace")
            self._said.clear()
            self._replies.append(SMTPResponse(code, text))
        if self._waiting is not None and not self._waiting.done() and len(self._replies) >= self._wanted:
            self._waiting.set_result(None)

    def eof_received(self) -> None:
        """Note that the server has hung up."""
        self._lose(SMTPServerDisconnected("the server closed the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection has gone."""
        lost = SMTPServerDisconnected("Connection lost")
        lost.__cause__ = exc
        self._lose(lost)

    def _lose(self, why: Exception) -> None:
        self._lost = self._lost or why
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


def _commands(pair: Pair) -> bytes:
    return b"MAIL FROM:<%b> BODY=8BITMIME\r\nRCPT TO:<%b>\r\nDATA\r\n" % pair


def _dotted(content: bytes) -> bytes:
    """Return the content as it travels: dots that begin a line doubled, a lone dot at the end (RFC 5321 4.5.2)."""
    if content.startswith(b"."):
        content = b"." + content
    if b"\n." in content:
        content = content.replace(b"\n.", b"\n..")
    return content + (b".\r\n" if content.endswith(b"\r\n") else _END)
