"""One SMTP connection through aiosmtplib, and what each answer of the server means for a message."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Literal

import aiosmtplib

State = Literal["accepted", "failed", "deferred", "unknown"]
_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Route:
    """Where mail leaves: host, port, transport security, account, and how many connections one sender opens."""

    host: str
    port: int
    connections: int = 4
    tls: str = "none"  # none | starttls | tls
    user: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended. `address_refused`: the server will never take mail for this address."""

    state: State
    error: str | None = None
    address_refused: bool = False
    relay_down: bool = False


class Connection:
    """A connection kept open between messages and opened again when the server has closed it."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, sender: str, recipient: str, content: bytes) -> Attempt:
        """Send one message and say what became of it; never raises for what a server does.

        A connection lost after the content has gone leaves it unknown whether the server has it: such a
        message is sent again with the same Message-ID (RFC 5321 section 4.5.4.1 asks senders to retry).
        """
        try:
            client = await self._ready()
        except (TimeoutError, aiosmtplib.SMTPException, OSError) as error:
            await self.close()
            return Attempt("deferred", _short(error), relay_down=True)
        try:
            await client.mail(sender, options=["BODY=8BITMIME"] if client.supports_extension("8bitmime") else [])
            await client.rcpt(recipient)
        except aiosmtplib.SMTPResponseException as error:
            await self._start_over()
            gone = isinstance(error, aiosmtplib.SMTPRecipientRefused) and error.code >= 500
            return Attempt("failed" if error.code >= 500 else "deferred", _short(error), address_refused=gone)
        except (TimeoutError, aiosmtplib.SMTPException, OSError) as error:
            await self.close()
            return Attempt("deferred", _short(error))
        try:
            await client.data(content)
        except aiosmtplib.SMTPResponseException as error:
            await self._start_over()
            return Attempt("failed" if error.code >= 500 else "deferred", _short(error))
        except (TimeoutError, aiosmtplib.SMTPException, OSError) as error:
            await self.close()
            return Attempt("unknown", _short(error))
        return Attempt("accepted")

    async def close(self) -> None:
        """Say goodbye if the server still listens."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            if client.is_connected:
                await asyncio.wait_for(client.quit(), 2)
        except (TimeoutError, aiosmtplib.SMTPException, OSError):
            client.close()

    async def _ready(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        route = self._route
        client = aiosmtplib.SMTP(
            hostname=route.host,
            port=route.port,
            use_tls=route.tls == "tls",
            start_tls=True if route.tls == "starttls" else None if route.tls == "tls" else False,
            tls_context=ssl.create_default_context() if route.tls != "none" else None,
            username=route.user,
            password=route.password,
            timeout=_TIMEOUT,
            local_hostname="localhost",
        )
        await client.connect()
        await client.ehlo()
        self._client = client
        return client

    async def _start_over(self) -> None:
        try:
            if self._client is not None:
                await self._client.rset()
        except (TimeoutError, aiosmtplib.SMTPException, OSError):
            await self.close()


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:400]
