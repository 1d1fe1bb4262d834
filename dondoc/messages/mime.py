"""A message in words to the bytes of an e-mail: multipart/alternative, deterministic, and fast.

Same words, same Message-ID, same bytes: the boundary comes from the Message-ID, the body is base64 of the
canonical CRLF text, and nothing is read from the machine. Written by hand because `EmailMessage` builds some
600 messages a second; what is written here is parsed back with it in the tests.
"""

import hashlib
import re
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from struct import Struct
from typing import Final

from dondoc.clock import LOCAL
from dondoc.messages.model import Rendered, Sender, one_line

# RFC 5321 without quoted local parts: an office has no use for them, an attacker has.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS: Final = re.compile(
    rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_MESSAGE_ID: Final = re.compile(rf"<{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9.-]+>")
_HEADER_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_PHRASE: Final = re.compile(r"[A-Za-z0-9 ]+")
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*")
_OURS: Final = frozenset({
    "from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "reply-to", "in-reply-to", "references",
    "mime-version", "content-type", "content-transfer-encoding", "content-language", "auto-submitted",
    "x-auto-response-suppress",
})  # fmt: skip
_LINE: Final = 76  # RFC 2047: a line that holds an encoded word has at most this many characters
_WORD_BYTES: Final = 45  # what fits one encoded word of 75 characters: (75 - 12) / 4 * 3


class AddressError(ValueError):
    """An address no mail can go to: bad for good, not worth a retry."""


def assemble(
    rendered: Rendered,
    *,
    sender: Sender,
    to_name: str,
    to_address: str,
    message_id: str,
    date: datetime,
    reply_to: str | None = None,
    references: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """Return the bytes of the mail, CRLF line ends, ready for DATA.

    `message_id` and `references` are written with their angle brackets; the last reference is also
    In-Reply-To. `headers` adds a few of our own (X-Dondoc-…). Raises AddressError for an unusable address and
    ValueError for a header that is not plain text or is set here already.
    """
    # RFC 3834 asks for Auto-Submitted; Exchange listens to its own header only. No Precedence: it is no
    # standard, and `bulk` makes filters hold back what an office has to read.
    lines = [
        f"From: {_mailbox(sender.sender_name, sender.sender_address, 'From')}",
        f"To: {_mailbox(one_line(to_name), to_address, 'To')}",
        f"Subject: {_words(one_line(rendered.subject), 9)}",
        f"Date: {_dated(date)}",
        f"Message-ID: {_checked_id(message_id)}",
    ]
    if reply_to is not None:
        # A signed address is long: it may take a line of its own (RFC 5322 section 2.1.1 asks for 78 characters).
        fold = "\r\n" if len(reply_to) + 10 > _LINE else ""
        lines.append(f"Reply-To:{fold} {_checked_address(reply_to)}")
    if references:
        lines.append(f"In-Reply-To: {_checked_id(references[-1])}")
        lines.append("References: " + "\r\n ".join(_checked_id(one) for one in references))
    lines += ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: OOF, AutoReply"]
    if headers:
        lines += [_own_header(name, value) for name, value in headers.items()]
    # Base64 holds no "-", so no body can contain the boundary.
    boundary = f"dondoc-{hashlib.sha256(message_id.encode()).hexdigest()[:32]}"
    lines.append(_skeleton(boundary, rendered.language))
    head = "\r\n".join(lines).encode("ascii")
    rule = f"--{boundary}\r\nContent-Type: text/".encode("ascii")
    return b"".join(
        (
            head, b"\r\n\r\n",
            rule, b"plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", _body(rendered.text), b"\r\n",
            rule, b"html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", _body(rendered.html), b"\r\n",
            b"--", boundary.encode("ascii"), b"--\r\n",
        )
    )  # fmt: skip


def _skeleton(boundary: str, language: str) -> str:
    return (
        f"Content-Language: {language}\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"'
    )


def _body(text: str) -> bytes:
    """Return canonical text (RFC 2046: CRLF line ends) as base64 lines of 76 characters."""
    encoded = b2a_base64(text.replace("\r\n", "\n").replace("\n", "\r\n").encode(), newline=False)
    return b"\r\n".join(_cut(len(encoded)).unpack(encoded)) + b"\r\n"


@lru_cache(maxsize=1024)
def _cut(length: int) -> Struct:
    """Return what cuts so many bytes into lines: eighty slices in one call, ten times as fast as one by one."""
    whole, rest = divmod(length, _LINE)
    return Struct(f"{_LINE}s" * whole + (f"{rest}s" if rest else ""))


@lru_cache(maxsize=64)
def _dated(instant: datetime) -> str:
    return format_datetime(instant.astimezone(LOCAL))


@lru_cache(maxsize=4096)
def _mailbox(name: str, address: str, header: str) -> str:
    """Return `name <address>`, the name quoted or encoded as it needs."""
    address = _checked_address(address)
    if not name:
        return address
    at = len(header) + 2
    if _PHRASE.fullmatch(name) and at + len(name) + len(address) + 3 <= _LINE:
        return f"{name} <{address}>"
    # Everything else is encoded, so that quotes, commas and "=?" in a name mean nothing.
    return f"{_encoded(name, at)}\r\n <{address}>"


@lru_cache(maxsize=4096)
def _words(text: str, at: int) -> str:
    """Return unstructured text for a header that has already `at` characters on its first line."""
    if _PRINTABLE.fullmatch(text) and "=?" not in text and at + len(text) <= _LINE:
        return text
    return _encoded(text, at)


def _encoded(text: str, at: int) -> str:
    """Return RFC 2047 encoded words, one a line, cut at spaces where there are any.

    A reader must drop the white space between two encoded words; some (Python's own, in a name) keep it,
    and a doubled space between two words of a name hurts less than one inside a word.
    """
    words: list[str] = []
    room = (_LINE - 1 - at - 12) // 4 * 3
    while text:
        cut = _fits(text, room)
        if cut < len(text):
            cut = text.rfind(" ", 0, cut) + 1 or cut
        words.append(_word(text[:cut].encode()))
        text, room = text[cut:], _WORD_BYTES
    return "\r\n ".join(words)


def _fits(text: str, room: int) -> int:
    """Return how many leading characters of `text` fill at most `room` bytes."""
    used = 0
    for count, character in enumerate(text):
        used += len(character.encode())
        if used > room:
            return count
    return len(text)


def _word(chunk: bytes) -> str:
    return f"=?utf-8?b?{b2a_base64(chunk, newline=False).decode('ascii')}?="


def _checked_address(address: str) -> str:
    if len(address) > 254 or not _ADDRESS.fullmatch(address) or address.index("@") > 64:
        raise AddressError(f"{address!r} is not an e-mail address mail can be sent to")
    return address


def _checked_id(message_id: str) -> str:
    if len(message_id) > 250 or not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"{message_id!r} is not a Message-ID; it looks like <key@host>")
    return message_id


def _own_header(name: str, value: str) -> str:
    if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS:
        raise ValueError(f"header {name!r} cannot be added")
    return f"{name}: {_words(one_line(value), len(name) + 2)}"
