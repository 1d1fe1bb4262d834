"""What every web application of ours needs: security headers, our own host only, pages made from templates."""

import hashlib
import logging
import re
from collections.abc import Collection, Mapping
from importlib.resources import files
from typing import Any
from unicodedata import normalize
from urllib.parse import parse_qsl, urlsplit

from jinja2 import DictLoader, Environment, StrictUndefined
from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)
_MOST_FIELDS = 200
_NUMBER = re.compile(r"[0-9]{1,15}")
FAILED = "Máy chủ chưa xử lý được; điều đã ghi nhận trước đó vẫn còn. Đề nghị thử lại sau ít phút."


class _Number(IntegerConvertor):
    """Numbers in addresses: those a database can hold; any other is no address of ours."""

    regex = _NUMBER.pattern


register_url_convertor("int", _Number())


def number_of(text: str) -> int:
    """Return a number a form or address brings; nought for anything else."""
    return int(text) if _NUMBER.fullmatch(text) else 0


def secure_headers(*, forms: bool = False) -> dict[str, str]:
    """Return the headers of every answer: nothing from elsewhere is loaded, nothing is kept; `forms` come to us only.

    Source: OWASP Secure Headers; W3C Content Security Policy level 3.
    """
    action = "'self'" if forms else "'none'"
    return {
        "content-security-policy": "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; "
        f"form-action {action}; frame-ancestors 'self'",
        "x-content-type-options": "nosniff",
        # With "no-referrer" a browser would call the origin of our own forms "null", and we could not tell them apart.
        "referrer-policy": "same-origin" if forms else "no-referrer",
        "x-frame-options": "SAMEORIGIN",
        "cross-origin-opener-policy": "same-origin",
        "x-dns-prefetch-control": "off",  # or the names behind a caught mail's links would be looked up
        "cache-control": "no-store",
    }


class OwnHostOnly:
    """Refuse requests that name another host: a foreign page must not reach us through a name it controls."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], headers: Mapping[str, str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is meant for us, with security headers on every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if host not in self._hosts:
            await PlainTextResponse(f"host {host!r}: not served here", 421)(scope, receive, send)
            return

        begun = False

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name for name, _value in message["headers"]}
                missing = [each for each in self._headers if each[0] not in present]
                message["headers"] = [*message["headers"], *missing]
                nonlocal begun
                begun = True
            await send(message)

        try:
            await self._app(scope, receive, secured)
        except Exception:  # the disk is full, or we have a fault: nothing of it is told to whoever asked
            log.exception("a page could not be answered")
            if begun:
                raise
            await PlainTextResponse(FAILED, 503)(scope, receive, secured)


def own_hosts(port: int) -> frozenset[str]:
    """Return under which names a port of this machine is ours."""
    return frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))


def from_our_page(request: Request) -> bool:
    """Return whether a browser sends this from a page of ours: by its Origin and what it says of the site."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return False
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


async def read_form(request: Request, largest: int) -> dict[str, str] | None:
    """Return the fields of a form, in NFC; null when it is larger than `largest` bytes, of which no more are read.

    A field that is sent twice counts by its first value.
    """
    content = b""
    async for piece in request.stream():
        content += piece
        if len(content) > largest:
            return None
    try:
        pairs = parse_qsl(content.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:  # too many fields, or no UTF-8
        return {}
    return {name: normalize("NFC", value) for name, value in reversed(pairs)}


class Templates:
    """The templates of one folder below templates/, and its style sheet."""

    def __init__(self, folder: str, borrowed: Collection[str] = (), **known: Any) -> None:
        """`known` are what every template of the folder may use; `borrowed` are templates of other folders."""
        found = [each for each in files("templates").joinpath(folder).iterdir() if each.is_file()]
        sources = {f"{folder}/{each.name}": each.read_text("utf-8") for each in found}
        sources |= {each: files("templates").joinpath(each).read_text("utf-8") for each in borrowed}
        self._folder = folder
        self._style = sources.pop(f"{folder}/style.css", "")
        self._environment = Environment(
            loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._environment.globals |= known

    def page(self, name: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page made from a template with what it shows."""
        return HTMLResponse(self._environment.get_template(f"{self._folder}/{name}.html").render(**values), status)

    def style(self) -> Response:
        """Return the style sheet."""
        etag = f'"{hashlib.sha256(self._style.encode()).hexdigest()[:16]}"'
        return Response(self._style, media_type="text/css", headers={"etag": etag})
