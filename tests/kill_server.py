"""A recording SMTP server that does what a test's script says, at every turn of the conversation."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PART = 512  # how much of a content the server has read when it asks its script at "part"
HANG_UP = ""

_ANSWERS = {
    "connect": "220 localhost ready",
    "mail": "250 2.1.0 OK",
    "rcpt": "250 2.1.5 OK",
    "data": "354 go on",
    "part": "read on",
    "dot": "250 2.0.0 OK",
}


@dataclass(slots=True, eq=False)
class Mail:
    """One mail as far as the server got it; `life` is that of the sender in whose time it came."""

    life: int
    sender: str = ""
    recipient: str = ""
    welcome: bool = False  # the server has said 250 to the recipient
    content: bytearray = field(default_factory=bytearray)
    begun: bool = False  # some of its content has come
    complete: bool = False  # the final dot came in
    taken: bool = False  # the server has said 250 to the whole

    @property
    def message_id(self) -> str:
        """Return the Message-ID, of a complete mail."""
        assert self.complete
        [found] = re.findall(rb"^message-id: *(?:\r\n )?(\S+)", self.content, re.IGNORECASE | re.MULTILINE)
        return str(found.decode("ascii"))


# Gets the turn (connect, mail, rcpt, data, part, dot) and the mail; returns an answer, HANG_UP, or None: the usual.
Script = Callable[[str, Mail], Awaitable[str | None]]


async def usual(_turn: str, _mail: Mail) -> str | None:
    """Take everything."""
    return None


class ScriptedServer:
    """Keeps every mail of whose content something came, whole or not, in that order."""

    def __init__(self, script: Script = usual, *, pipelining: bool = True, size: int | None = None) -> None:
        self.script = script
        self.size = size
        self.pipelining = pipelining
        self.life = 0
        self.mails: list[Mail] = []
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def of_life(self) -> list[Mail]:
        """Return the mails begun since the present sender began."""
        return [mail for mail in self.mails if mail.life == self.life]

    def complete(self) -> list[Mail]:
        """Return the mails that came in whole: each of them is a copy somebody could read."""
        return [mail for mail in self.mails if mail.complete]

    async def drained(self) -> None:
        """Wait until everything dead senders left in the network has been read."""
        while self._talks:
            await asyncio.wait(self._talks)

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)

    async def stop(self) -> None:
        """Hang up on everyone."""
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass  # the sender is gone, or the test is over
        finally:
            writer.transport.abort()
            self._talks.discard(talk)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mail = Mail(self.life)
        if not await self._say("connect", mail, writer):
            return
        open_for = False
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                more = b"250-PIPELINING\r\n" if self.pipelining else b""
                more += b"250-SIZE %d\r\n" % self.size if self.size else b""
                writer.write(b"250-localhost\r\n" + more + b"250 8BITMIME\r\n")
            elif verb == b"MAIL":
                mail = Mail(self.life, sender=_address(line))
                answer = await self._say("mail", mail, writer)
                if not answer:
                    return
                open_for = answer.startswith("250")
            elif verb == b"RCPT" and not open_for:
                writer.write(b"503 5.5.1 MAIL first\r\n")
            elif verb == b"RCPT":
                mail.recipient = _address(line)
                answer = await self._say("rcpt", mail, writer)
                if not answer:
                    return
                mail.welcome = answer.startswith("250")
            elif verb == b"DATA" and not mail.welcome:
                writer.write(b"554 5.5.1 no valid recipients\r\n")
            elif verb == b"DATA":
                if not await self._take(mail, reader, writer):
                    return
            else:
                writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 OK\r\n")

    async def _take(self, mail: Mail, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        answer = await self._say("data", mail, writer)
        if not answer.startswith("354"):
            return bool(answer)
        asked = False
        while not mail.complete:
            line = await reader.readline()  # no further: the next message's commands may follow in the same packet
            if line and not mail.begun:
                mail.begun = True
                self.mails.append(mail)
            mail.content += line
            mail.complete = line == b".\r\n"
            if not asked and (mail.complete or len(mail.content) >= PART):
                asked = True
                if not await self._ask("part", mail):
                    return False
            if not line:
                return False
        answer = await self._say("dot", mail, writer)
        return bool(answer)

    async def _ask(self, turn: str, mail: Mail) -> str:
        answer = await self.script(turn, mail)
        return _ANSWERS[turn] if answer is None else answer

    async def _say(self, turn: str, mail: Mail, writer: asyncio.StreamWriter) -> str:
        answer = await self._ask(turn, mail)
        if answer != HANG_UP:
            writer.write(answer.encode() + b"\r\n")
            await writer.drain()
        mail.taken = turn == "dot" and answer.startswith("250")
        return answer


def _address(line: bytes) -> str:
    return line.decode("utf-8").partition("<")[2].partition(">")[0]


@asynccontextmanager
async def scripted_server(
    script: Script = usual, *, pipelining: bool = True, size: int | None = None
) -> AsyncIterator[ScriptedServer]:
    """Run a scripted server for the length of a test."""
    server = ScriptedServer(script, pipelining=pipelining, size=size)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
