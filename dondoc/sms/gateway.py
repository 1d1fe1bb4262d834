"""One SMS to one gateway over HTTP: what is asked, and what its answer, or its silence, means."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from config.sms_gateway import Callback, Gateway, Status
from dondoc import clock
from dondoc.sms.numbers import written
from dondoc.sms.segments import segmented

logging.getLogger("httpx").setLevel(logging.WARNING)  # it would write down addresses, and one of ours is a secret
_LARGEST_ANSWER = 64 * 1024
_LOST = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)
_TOKEN_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sms:
    """One message for one telephone (E.164). `request_id` is the same for every copy of it."""

    phone: str
    text: str
    brandname: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request.

    `state`: accepted | failed | deferred | unknown; `gateway_down`: it is not the message that is at fault;
    `number_refused`: no SMS will ever reach that number.
    """

    state: str
    error: str | None = None
    provider_id: str | None = None
    gateway_down: bool = False
    number_refused: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a gateway says of a message it took over: delivered | failed; null: nothing final.

    `gateway_down`: it says nothing of any message now.
    """

    state: str | None
    gateway_down: bool = False


@dataclass(frozen=True, slots=True)
class SmsRoute:
    """A gateway with what is secret about our account there, and where it may report to (null: nowhere)."""

    gateway: Gateway
    api_key: str = ""
    api_secret: str = ""
    callback_url: str | None = None
    simulated: bool = False  # sends nothing to anybody: takes the sample templates

    def __repr__(self) -> str:
        return f"SmsRoute({self.gateway.gateway})"  # its secrets belong in no log


class Client:
    """Connections to one gateway, no faster than its rate. `async with` closes them."""

    def __init__(self, route: SmsRoute, timeout: float) -> None:
        self._route = route
        gateway = route.gateway
        self._http = httpx.AsyncClient(
            timeout=min(gateway.timeout, timeout),
            limits=httpx.Limits(max_connections=gateway.connections),
            follow_redirects=False,  # our keys go to the address that was configured and to no other
            trust_env=False,
        )
        self._next = clock.monotonic()

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._http.aclose()

    async def send(self, sms: Sms, as_of: datetime) -> Answer:
        """Ask the gateway to send one message. Never raises for what the network or the gateway does."""
        await self._turn()
        gateway = self._route.gateway
        values = _values(self._route, sms, as_of)
        headers = {name: value.format_map(values) for name, value in gateway.headers.items()}
        try:
            status, content = await self._exchange(
                gateway.method, gateway.url, headers, json=filled(gateway.body, values)
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Answer("deferred", f"the gateway cannot be reached: {type(error).__name__}", gateway_down=True)
        except _LOST as error:
            # The request may have arrived: whether an SMS went out is not known.
            return Answer("unknown", f"connection lost after the request was sent: {type(error).__name__}")
        if len(content) > _LARGEST_ANSWER:
            return Answer("unknown", "the gateway's answer is longer than 64 KiB")
        return read_answer(gateway, status, content)

    async def ask(self, provider_id: str, request_id: str, as_of: datetime) -> Told:
        """Ask the gateway whether one message arrived; it must have a `status`. Never raises for network or gateway."""
        await self._turn()
        status = self._route.gateway.status
        assert status is not None
        values = {"provider_id": provider_id, "request_id": request_id, **_secrets(self._route, as_of)}
        headers = {name: value.format_map(values) for name, value in status.headers.items()}
        address = status.url.format_map({name: quote(value, safe="") for name, value in values.items()})
        fields = filled(status.fields, values)
        what = {"params": fields} if status.method == "GET" else {"json": fields}
        try:
            code, content = await self._exchange(status.method, address, headers, **what)
        except _LOST:
            return Told(None, gateway_down=True)
        return read_told(status, code, content)

    async def _exchange(self, method: str, url: str, headers: dict[str, str], **what: Any) -> tuple[int, bytes]:
        """Return status and content of an answer; one that is too long is broken off and comes longer than allowed."""
        async with self._http.stream(method, url, headers=headers, **what) as response:
            content = b""
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > _LARGEST_ANSWER:
                    break
            return response.status_code, content

    async def _turn(self) -> None:
        now = clock.monotonic()
        mine = max(self._next, now)
        self._next = mine + 1 / self._route.gateway.rate
        if mine > now:
            await asyncio.sleep(mine - now)


def read_answer(gateway: Gateway, status: int, content: bytes) -> Answer:
    """Return what a gateway's answer means for the message it answers."""
    if status in (429, 503):
        return Answer("deferred", f"HTTP {status}: the gateway asks for patience", gateway_down=True)
    if status in (401, 403, 404):
        return Answer("deferred", f"HTTP {status}: the gateway refuses our account or address", gateway_down=True)
    if status >= 500:
        return Answer("unknown", f"HTTP {status}: the gateway failed with the request in its hands")
    try:
        answer = read_json(content)
    except ValueError:
        state = "unknown" if status < 300 else "failed"
        return Answer(state, f"HTTP {status}: the answer is no JSON")
    code = at_path(answer, gateway.code)
    provider_id = at_path(answer, gateway.id) if gateway.id else None
    provider_id = provider_id[:100] if provider_id else None
    if code in gateway.accepted or code in gateway.duplicate:
        return Answer("accepted", provider_id=provider_id)
    if code is None and status < 300:
        return Answer("unknown", f"the answer has no {gateway.code}")
    if code in gateway.wrong_number:
        return Answer("failed", f"the gateway refuses the number: {gateway.code} {_short(code)}", number_refused=True)
    if code in gateway.refused or 400 <= status < 500:
        return Answer("failed", f"the gateway refuses the message: {gateway.code} {_short(code)}")
    # Money, blocked accounts, faults: nothing is wrong with the message.
    return Answer("deferred", f"the gateway does not take it now: {gateway.code} {_short(code)}", gateway_down=True)


def read_told(status: Status, code: int, content: bytes) -> Told:
    """Return what a gateway's answer says of a message; what is not final, or not understood, says nothing."""
    if code >= 400:
        return Told(None, gateway_down=code in (401, 403, 404, 429) or code >= 500)
    try:
        answer = read_json(content[:_LARGEST_ANSWER])
    except ValueError:
        return Told(None)
    return Told(final_state(lambda path: at_path(answer, path), status))


def read_json(content: bytes) -> Any:
    """Return what a stranger's JSON text says. Errors: `ValueError`, for brackets nested thousands deep, too."""
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("nested too deep") from None


def final_state(value_of: Callable[[str], str | None], means: Callback | Status) -> str | None:
    """Return what the values of a report or answer say: `delivered`, `failed`, or null: nothing final."""
    for state, alternatives in (("delivered", means.delivered), ("failed", means.failed)):
        if any(all(value_of(name) == wanted for name, wanted in each.items()) for each in alternatives):
            return state
    return None


def filled(tree: Any, values: Mapping[str, str]) -> Any:
    """Return a body with its fields filled in, value by value: no value can become more than one string of it."""
    if isinstance(tree, str):
        return tree.format_map(values)
    if isinstance(tree, dict):
        return {key: filled(value, values) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [filled(each, values) for each in tree]
    return tree


def at_path(tree: Any, path: str) -> str | None:
    """Return what stands at a dotted path of an answer (`result.0.r`) as text; null when nothing does."""
    for part in path.split("."):
        if isinstance(tree, dict):
            tree = tree.get(part)
        elif isinstance(tree, list) and part.isdigit() and int(part) < len(tree):
            tree = tree[int(part)]
        else:
            return None
    return str(tree) if isinstance(tree, (str, int)) and not isinstance(tree, bool) else None


def _values(route: SmsRoute, sms: Sms, as_of: datetime) -> dict[str, str]:
    return {
        "phone": written(sms.phone, route.gateway.phone),
        "text": sms.text,
        "brandname": sms.brandname,
        "request_id": sms.request_id,
        "callback_url": route.callback_url or "",
        "unicode": "0" if segmented(sms.text).encoding == "GSM-7" else "1",
        **_secrets(route, as_of),
    }


def _secrets(route: SmsRoute, as_of: datetime) -> dict[str, str]:
    return {
        "api_key": route.api_key,
        "api_secret": route.api_secret,
        "basic": base64.b64encode(f"{route.api_key}:x".encode()).decode(),
        "jwt": _token(route, as_of),
    }


def _token(route: SmsRoute, as_of: datetime) -> str:
    """Return a JSON Web Token (RFC 7519, HS256) as Stringee asks for it."""
    until = int((as_of + _TOKEN_LIFE).timestamp())
    head = {"typ": "JWT", "alg": "HS256", "cty": "stringee-api;v=1"}
    claims = {"jti": f"{route.api_key}-{until}", "iss": route.api_key, "exp": until, "rest_api": True}
    signed = b".".join(_base64url(json.dumps(each).encode()) for each in (head, claims))
    mac = hmac.new(route.api_secret.encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + _base64url(mac)).decode()


def _base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _short(code: str | None) -> str:
    return (code or "")[:40].encode("ascii", "backslashreplace").decode()
