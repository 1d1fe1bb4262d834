"""Reading a caught mail for a page. Anybody on this host can send one, so nothing in it is trusted."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message, MIMEPart
from typing import TypeVar

from markupsafe import escape

T = TypeVar("T")

_LABELS = {"From": "Từ", "To": "Tới", "Cc": "Đồng gửi", "Date": "Ngày gửi"}
_TEXT_BYTES = 40_000  # a page stays under 60 kB; the whole mail is one click away
_HEADER_BYTES, _HEADERS = 300, 30
# No content policy keeps a browser from `<link rel=preconnect>`: it tells a stranger that the mail was looked at. The
# others could carry such a link inside them. Renamed they are elements nobody knows, and mean nothing.
_REACHING_OUT = re.compile(r"<(?=(?:link|i?frame|object|embed|portal)[\s/>])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """A mail as a page shows it: decoded headers, all headers as they came, its text and its HTML part.

    The HTML part is still a stranger's: it belongs in a sandbox whose policy loads nothing.
    """

    labelled: list[tuple[str, str]]
    raw_headers: list[tuple[str, str]]
    text: str
    text_is_cut: bool
    html: str | None


def read_mail(content: bytes) -> CaughtMail:
    """Return what can be read of a mail; never raises, whatever its bytes are."""
    plain = message_from_bytes(content, policy=policy.compat32)
    parsed = message_from_bytes(content, policy=policy.default)
    text = _body(parsed, "plain")
    html = _body(parsed, "html")
    if text is None and html is None:
        text = _tried(lambda: content.partition(b"\r\n\r\n")[2].decode("utf-8", "replace"), "")
    shown = _fitting(text or "", _TEXT_BYTES)
    return CaughtMail(
        labelled=[(label, value) for name, label in _LABELS.items() if (value := _header(parsed, plain, name))],
        raw_headers=[(_fitting(name, 80), _fitting(_readable(value), _HEADER_BYTES))
                     for name, value in _raw(plain)[:_HEADERS]],
        text=shown,
        text_is_cut=len(shown) < len(text or ""),
        html=None if html is None else _REACHING_OUT.sub("<x-", html),
    )  # fmt: skip


def _header(parsed: EmailMessage, plain: Message, name: str) -> str:
    decoded = _tried(lambda: str(parsed[name] or ""), None)
    return _fitting(_readable(_raw_value(plain, name) if decoded is None else decoded), _HEADER_BYTES)


def _body(parsed: EmailMessage, kind: str) -> str | None:
    def content() -> str | None:
        part = parsed.get_body((kind,))
        return None if part is None else _part_text(part)

    return _tried(content, None)


def _part_text(part: MIMEPart) -> str:
    def undeclared() -> str:
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""

    text = _tried(lambda: str(part.get_content()), None)  # fails for a charset nobody knows
    return _readable(_tried(undeclared, "") if text is None else text)


def _raw(plain: Message) -> list[tuple[str, str]]:
    return _tried(lambda: [(name, str(value)) for name, value in plain.items()], [])


def _raw_value(plain: Message, name: str) -> str:
    return next((value for each, value in _raw(plain) if each.lower() == name.lower()), "")


def _readable(text: str) -> str:
    """Return text that can be sent as UTF-8: the parser keeps undecodable bytes as lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _fitting(text: str, limit: int) -> str:
    """Return as much of a text as takes at most `limit` bytes on the page."""
    while len(str(escape(text)).encode("utf-8", "replace")) > limit:
        text = text[: len(text) * 3 // 4]
    return text


def _tried(read: Callable[[], T], otherwise: T) -> T:
    try:
        return read()
    except Exception:  # on malformed mail the standard parser raises a dozen kinds of errors
        return otherwise
