"""One SMTP connection through aiosmtplib, and what each answer of the server means for a message."""

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import Literal, cast

import aiosmtplib

from dondoc.messages.wire import Pair, Refusal, Wire

State = Literal["accepted", "failed", "deferred", "unknown"]
_GOODBYE_SECONDS = 2.0
# RFC 5321 section 4.2.3 and RFC 7504: codes with which a server speaks of the mailbox and not of itself.
_NO_MAILBOX = (550, 551, 553, 556)


@dataclass(frozen=True, slots=True)
class Route:
    """Where mail leaves: host, port, transport security, account, and how many connections one sender opens.

    `timeout`: seconds one message may take, from connecting to the answer after its final dot.
    `per_minute`: how many messages it takes in a minute, evenly spread; null: as many as it can.
    """

    host: str
    port: int
    connections: int = 4
    tls: str = "none"  # none | starttls | tls
    user: str | None = None
    password: str | None = None
    timeout: float = 30.0
    name: str = ""
    per_minute: int | None = None

    @property
    def called(self) -> str:
        """Return by what name a relay is known in the ledger and to `dondoc relays`."""
        return self.name or f"{self.host}:{self.port}"[:34]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended.

    `address_refused`: the server will never take mail for this address. `relay_down`: the relay cannot be
    reached, refuses us or does not answer, which says nothing about the message. `too_large`: for this relay.
    """

    state: State
    error: str | None = None
    address_refused: bool = False
    relay_down: bool = False
    too_large: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """What a relay says when one only calls: whether it lets us in, and what it can; no message is sent."""

    relay: str
    error: str | None
    extensions: tuple[str, ...] = ()
    encrypted: bool = False


async def probe(route: Route) -> Probe:
    """Call a relay, log in where an account is set, and say goodbye."""
    connection = Connection(route)
    try:
        async with asyncio.timeout(route.timeout):
            client = await connection.ready()
        known = tuple(sorted(client.esmtp_extensions))
        return Probe(route.called, None, known, client.get_transport_info("sslcontext") is not None)
    except TimeoutError:
        return Probe(route.called, f"no answer within {route.timeout:g} s")
    except (aiosmtplib.SMTPException, OSError) as error:
        return Probe(route.called, _short(error))
    finally:
        await connection.close()


class Connection:
    """A connection kept open between messages and opened again when the server has closed it."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self._client: aiosmtplib.SMTP | None = None
        self._wire: Wire | None = None  # where the server takes commands in one packet

    async def send(self, sender: str, recipient: str, content: bytes, ahead: tuple[str, str] | None = None) -> Attempt:
        """Send one message and say what became of it; never raises for what a server does.

        A connection lost after the content has gone leaves it unknown whether the server has it: such a
        message is sent again with the same Message-ID (RFC 5321 section 4.5.4.1 asks senders to retry).
        `ahead`: sender and recipient of the message this connection is to send next, where that is known; another
        one may follow all the same, on a new connection.
        """
        step, pair = "connect", _pair(sender, recipient)
        try:
            async with asyncio.timeout(self.route.timeout):
                client = await self.ready(pair)
                if too_large := _too_large(client, content):
                    self._drop()  # it may have been announced
                    return Attempt("failed", too_large, too_large=True)
                if self._wire is not None:
                    await self._wire.send(pair, content, None if ahead is None else _pair(*ahead))
                    return Attempt("accepted")
                step = "mail"
                await client.mail(sender, options=["BODY=8BITMIME"] if client.supports_extension("8bitmime") else [])
                step = "rcpt"
                await client.rcpt(recipient)
                step = "data"
                await client.data(content)
        except Refusal as error:  # the conversation goes on with the next message
            return _refusal(error.command, error)
        except aiosmtplib.SMTPResponseException as error:
            await self._start_over()
            return _refusal(step, error)
        except (TimeoutError, aiosmtplib.SMTPException, OSError) as error:
            gone = step == "data"
            if self._wire is not None:
                step, gone = self._wire.at, self._wire.content_gone
            self._drop()
            silent = isinstance(error, TimeoutError)
            why = f"no answer within {self.route.timeout:g} s (at {step})" if silent else _short(error)
            # Once the content may have gone, nobody knows; before that the server cannot have the message.
            return Attempt("unknown" if gone else "deferred", why, relay_down=silent or step == "connect")
        return Attempt("accepted")

    async def close(self) -> None:
        """Say goodbye if the server still listens."""
        client, wire = self._client, self._wire
        self._client = self._wire = None
        if client is None:
            return
        try:
            if wire is not None:
                await asyncio.wait_for(wire.quit(), _GOODBYE_SECONDS)
                client.close()
            elif client.is_connected:
                await asyncio.wait_for(client.quit(), _GOODBYE_SECONDS)
        except (TimeoutError, aiosmtplib.SMTPException, OSError):
            client.close()

    async def ready(self, pair: Pair = (b"", b"")) -> aiosmtplib.SMTP:
        """Return the open connection; where it has gone, or awaits another message, one made anew."""
        if self._client is not None and (
            self._wire.usable_for(pair) if self._wire is not None else self._client.is_connected
        ):
            return self._client
        self._drop()
        route = self.route
        self._client = client = aiosmtplib.SMTP(
            hostname=route.host,
            port=route.port,
            use_tls=route.tls == "tls",
            start_tls=True if route.tls == "starttls" else None if route.tls == "tls" else False,
            tls_context=ssl.create_default_context() if route.tls != "none" else None,
            username=route.user,
            password=route.password,
            timeout=route.timeout,
            local_hostname="localhost",
        )
        await client.connect()
        await client.ehlo()
        if client.supports_extension("pipelining") and client.supports_extension("8bitmime"):
            assert client.transport is not None
            self._wire = Wire(cast(asyncio.Transport, client.transport))
        return client

    async def _start_over(self) -> None:
        try:
            if self._client is not None:
                await asyncio.wait_for(self._client.rset(), _GOODBYE_SECONDS)
        except (TimeoutError, aiosmtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        """Hang up without a word: whoever does not answer will not answer a goodbye either."""
        client, wire = self._client, self._wire
        self._client = self._wire = None
        if wire is not None:
            wire.abort()
        if client is not None:
            client.close()


def _pair(sender: str, recipient: str) -> Pair:
    return sender.encode("ascii"), recipient.encode("ascii")


def _too_large(client: aiosmtplib.SMTP, content: bytes) -> str | None:
    """Return why a server that names its limit (RFC 1870, SIZE) would refuse the message, before it is sent."""
    limit = client.esmtp_extensions.get("size", "")
    if limit.isdigit() and 0 < int(limit) < len(content):
        return (
            f"message of {len(content):,} bytes; the relay takes at most {int(limit):,}: shorten it, or raise its limit"
        )
    return None


def _refusal(step: str, error: aiosmtplib.SMTPResponseException) -> Attempt:
    """Return what an answer other than "yes" means for the message."""
    if step in ("connect", "mail"):
        # The server has not heard yet for whom the message is: what it refuses is us (530 log in first, 421).
        return Attempt("deferred", _short(error), relay_down=True)
    final = error.code >= 500
    return Attempt(
        "failed" if final else "deferred",
        _short(error),
        address_refused=step == "rcpt" and _gone(error),
        too_large=final and error.message.startswith("5.3.4"),  # RFC 3463: message too big for the system
    )


def _gone(error: aiosmtplib.SMTPResponseException) -> bool:
    """Return whether the address itself is refused for good, not our right to send or a full mailbox (RFC 3463)."""
    enhanced = re.match(r"5\.(\d{1,3}\.\d{1,3})\b", error.message)
    about_address = enhanced is None or enhanced[1].startswith("1.") or enhanced[1] == "2.1"
    return error.code in _NO_MAILBOX and about_address


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:400]
