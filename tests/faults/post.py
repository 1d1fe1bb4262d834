"""The post office of the year of faults: a real SMTP server, a process of its own, that misbehaves and kills on order.

Two doors (ports), one for each sender, so that it knows whose mail it holds. Everything that reached it whole is kept
in `mails` with a line in `post.jsonl`; a line also says how far a mail got that did not. Orders come as JSON lines on
standard input, answers go to standard output. Imports nothing of the project.

Named points at which it kills a sender by SIGKILL: `connect`, `mail`, `rcpt`, `data` (354 is said), `part` (in the
middle of DATA), `dot` (the mail is whole, the answer is not given), `answered` (250 is on its way, nothing recorded).
"""

import asyncio
import json
import os
import random
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

POINTS = ("connect", "mail", "rcpt", "data", "part", "dot", "answered")
PART = 700  # bytes of a mail after which it is in mid-DATA
HANG_SECONDS = 4.0


@dataclass(slots=True)
class Mail:
    """A mail as far as it came."""

    seq: int
    door: str
    life: int
    at: str
    recipient: str = ""
    content: bytearray = field(default_factory=bytearray)
    fault: str | None = None
    answer: str | None = None
    whole: bool = False


class PostOffice:
    """Keeps mail, misbehaves as the weather is, and kills whom it is told to kill."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._mails = (folder / "mails").open("ab")
        self._lines = (folder / "post.jsonl").open("a", encoding="utf-8")
        self.at = ""
        self.lives = {"A": 0, "B": 0}
        self.bounces: set[str] = set()
        self.weather: dict[str, float] = {}
        self.chance = random.Random(0)
        self.armed: dict[str, dict[str, Any]] = {}
        self.begun = 0
        self.kept = 0

    def turn(self, door: str, point: str) -> bool:
        """Count a turn of a conversation; kill at the one that was ordered. Returns whether the sender is dead now."""
        order = self.armed.get(door)
        if order is None or order["point"] != point:
            return False
        order["nth"] -= 1
        if order["nth"] > 0:
            return False
        del self.armed[door]
        os.kill(order["pid"], signal.SIGKILL)
        self.note({"e": "kill", "door": door, "life": self.lives[door], "point": point, "at": self.at})
        return True

    def stormy(self, what: str) -> bool:
        """Return whether the weather strikes now."""
        return self.chance.random() < self.weather.get(what, 0.0)

    def note(self, line: dict[str, Any]) -> None:
        """Write a line of the diary."""
        self._lines.write(json.dumps(line) + "\n")

    def keep(self, mail: Mail) -> None:
        """Keep a mail that is over, whole or not."""
        offset = self._mails.tell()
        if mail.whole:
            self.kept += 1
            self._mails.write(mail.content)
        self.note(
            {"e": "mail", "seq": mail.seq, "door": mail.door, "life": mail.life, "at": mail.at, "rcpt": mail.recipient,
             "whole": mail.whole, "fault": mail.fault, "answer": mail.answer, "offset": offset,
             "size": len(mail.content) if mail.whole else 0}
        )  # fmt: skip

    def flush(self) -> None:
        """Let readers see everything."""
        self._mails.flush()
        self._lines.flush()

    async def meet(self, door: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one conversation; a dead or hung-up sender ends it."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._talk(door, reader, writer)
        writer.transport.abort()

    async def _talk(self, door: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        life = self.lives[door]
        sender = recipient = ""
        self.turn(door, "connect")
        writer.write(b"220 localhost\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-localhost\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SMTPUTF8\r\n")
            elif verb == b"MAIL":
                self.turn(door, "mail")
                recipient = ""
                storm = self.stormy("busy")
                sender = "" if storm else line.decode()
                writer.write(b"451 4.3.2 storm, come back later\r\n" if storm else b"250 2.1.0 OK\r\n")
            elif verb == b"RCPT":
                self.turn(door, "rcpt")
                named = line.decode().partition("<")[2].partition(">")[0]
                if named in self.bounces:
                    self.note({"e": "refused", "rcpt": named, "at": self.at})
                    writer.write(b"550 5.1.1 no such mailbox\r\n")
                elif not sender or self.stormy("greylist"):
                    writer.write(b"450 4.2.0 mailbox busy\r\n")
                else:
                    recipient = named
                    writer.write(b"250 2.1.5 OK\r\n")
            elif verb == b"DATA" and not recipient:  # a sender that did not wait for the answers before
                writer.write(b"503 5.5.1 no valid recipient\r\n")
            elif verb == b"DATA":
                self.begun += 1
                mail = Mail(self.begun, door, life, self.at, recipient)
                going = await self._take(mail, reader, writer)
                self.keep(mail)
                if not going:
                    return
            else:
                writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 OK\r\n")

    async def _take(self, mail: Mail, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Take the content of a mail; returns whether the conversation goes on."""
        self.turn(mail.door, "data")
        writer.write(b"354 go on\r\n")
        asked = False
        while not mail.whole:
            line = await reader.readline()  # no further: the next mail's commands may follow in the same packet
            if not line:
                return False
            mail.content += line
            mail.whole = line == b".\r\n"
            if not asked and len(mail.content) >= PART and not mail.whole:
                asked = True
                self.turn(mail.door, "part")
                if self.stormy("cut"):
                    mail.fault = "cut"
                    return False
        if self.turn(mail.door, "dot"):
            mail.fault = "killed"
            return False
        for fault in ("hang", "hush"):  # a server that has the mail and never says so: silent, or gone at once
            if self.stormy(fault):
                mail.fault = fault
                await asyncio.sleep(HANG_SECONDS if fault == "hang" else 0)
                return False
        mail.answer = "250"
        writer.write(b"250 2.0.0 OK\r\n")
        await writer.drain()
        self.turn(mail.door, "answered")
        return True


async def obey(post: PostOffice, order: dict[str, Any]) -> dict[str, Any]:
    """Do what an order says and return the answer."""
    match order["do"]:
        case "now":
            post.at = order["at"]
        case "life":
            post.lives[order["door"]] = order["life"]
            post.armed.pop(order["door"], None)
        case "kill":
            post.armed[order["door"]] = order
        case "weather":
            post.weather = order["weather"]
            post.chance = random.Random(order["seed"])
        case "bounces":
            post.bounces = set(order["addresses"])
        case "flush":
            post.flush()
    return {"begun": post.begun, "kept": post.kept, "armed": sorted(post.armed)}


async def main() -> None:
    """Serve until standard input ends."""
    post = PostOffice(Path(sys.argv[1]))
    doors = {}
    for door in post.lives:
        server = await asyncio.start_server(partial(post.meet, door), "127.0.0.1", 0)
        doors[door] = server.sockets[0].getsockname()[1]
    print(json.dumps(doors), flush=True)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(json.dumps(await obey(post, json.loads(line))), flush=True)
    post.flush()


if __name__ == "__main__":
    asyncio.run(main())
