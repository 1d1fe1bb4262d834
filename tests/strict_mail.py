"""A strict reader of e-mail: what in its bytes is not as the standards say, each defect as a sentence.

Imports nothing of the project. RFC 5322 (headers, lines), 2045 and 2046 (MIME), 2047 (encoded words), 2183
(disposition), 3834 (automatic mail). It reads what the project writes: nested parts are a defect, so is 8bit.
"""

import email
import email.policy
import re
import unicodedata
from base64 import b64decode
from binascii import Error as NotBase64
from collections import Counter
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

LONGEST, USUAL = 998, 78
# RFC 5322 section 3.6, RFC 2045 and 2183, RFC 3834: at most once.
ONCE = frozenset({
    "date", "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references", "subject",
    "mime-version", "content-type", "content-transfer-encoding", "content-language", "content-disposition",
    "auto-submitted",
})  # fmt: skip
NEEDED = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type", "auto-submitted")
_ATOMS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_DOMAIN = r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
_ADDRESS = rf"{_ATOMS}@{_DOMAIN}"
_ID = rf"<{_ADDRESS}>"
_WORD = re.compile(r"=\?([^?\s]+)\?([^?\s]+)\?([^?\s]*)\?=")
_PHRASE = rf"(?:[A-Za-z0-9 ]+|{_WORD.pattern}(?: {_WORD.pattern})*)"
_MAILBOX = re.compile(rf"(?:{_ADDRESS}|{_PHRASE} <{_ADDRESS}>)")
_DATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"[0-2]\d:[0-5]\d:[0-6]\d [+-]\d{4}"
)
_DISPOSITION = re.compile(r'(?:inline|attachment)(?:; filename="[ -!#-\[\]-~]{1,60}")?')
_BOUNDARY = re.compile(r'multipart/alternative; boundary="([0-9A-Za-z\'()+_,./:=? -]{1,69}[0-9A-Za-z\'()+_,./:=?-])"')
_VOID = frozenset({"meta", "br", "hr", "img", "link", "input", "col"})


def defects(raw: bytes) -> list[str]:
    """Return what is wrong with a mail as it travels (CRLF line ends, dots not doubled); nothing: all is well."""
    return [*_lines(raw), *_parsed(raw), *_headers(raw), *_body(raw)]


def headers_of(raw: bytes) -> list[tuple[str, str]]:
    """Return the headers unfolded, as they are written, names in small letters."""
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    unfolded = re.sub(r"\r\n(?=[ \t])", "", head)
    return [(name.lower(), value[1:]) for name, _, value in (line.partition(":") for line in unfolded.split("\r\n"))]


def spoken(value: str) -> str:
    """Return a header's value in words: what stands between two encoded words is nothing (RFC 2047 section 6.2)."""
    joined = re.sub(rf"({_WORD.pattern})\s+(?==\?)", r"\1", value)
    return _WORD.sub(lambda word: b64decode(word[3]).decode(), joined)


def parts_of(raw: bytes) -> dict[str, str]:
    """Return the texts of a multipart/alternative by their type, in their order, line ends as LF."""
    boundary = _BOUNDARY.fullmatch(dict(headers_of(raw)).get("content-type", ""))
    if boundary is None:
        return {}
    found = {}
    for part in raw.split(b"--" + boundary[1].encode() + b"\r\n")[1:]:
        written = part.partition(b"\r\n--" + boundary[1].encode() + b"--")[0]
        kind = dict(headers_of(written)).get("content-type", "").partition(";")[0]
        found[kind] = b64decode(written.partition(b"\r\n\r\n")[2]).decode("utf-8").replace("\r\n", "\n")
    return found


def _lines(raw: bytes) -> Iterator[str]:
    if raw.count(b"\r") != raw.count(b"\r\n") or raw.count(b"\n") != raw.count(b"\r\n"):
        yield "a bare CR or LF"
    if not raw.isascii():
        yield "an octet above 127 without 8BITMIME"
    if b"\0" in raw:
        yield "a NUL"
    if not raw.endswith(b"\r\n"):
        yield "the last line has no end"
    longest = max(len(line) for line in raw.split(b"\r\n"))
    if longest > USUAL:
        yield f"a line of {longest} characters (should: {USUAL}, must: {LONGEST})"


def _parsed(raw: bytes) -> Iterator[str]:
    """Read with Python's own parser, every defect of it an error."""
    try:
        mail = email.message_from_bytes(raw, policy=email.policy.strict.clone(linesep="\r\n"))
        for part in mail.walk():
            for name, value in part.items():
                for defect in getattr(value, "defects", ()):
                    yield f"{name}: {defect}"
            if not part.is_multipart():
                part.get_content()
    except (email.errors.MessageError, ValueError, LookupError) as error:
        yield f"Python's parser: {type(error).__name__}: {error}"


def _headers(raw: bytes) -> Iterator[str]:
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    for line in head.split("\r\n"):
        if not re.fullmatch(r"[!-9;-~]+:(?: [ -~]*)?|[ \t][ -~]*", line):
            yield f"not a header line: {line!r}"
        if not line.strip():
            yield "a folded line of white space alone"
    headers = headers_of(raw)
    for name, times in Counter(name for name, _ in headers).items():
        if times > 1 and name in ONCE:
            yield f"{name} stands {times} times"
    values = dict(headers)
    yield from (f"no {name}" for name in NEEDED if name not in values)
    for name, value in headers:
        yield from (f"{name}: {defect}" for defect in _words(value))
    for name in ("from", "to", "reply-to", "sender"):
        if name in values and not _MAILBOX.fullmatch(values[name]):
            yield f"{name}: not one mailbox: {values[name]!r}"
    yield from _threads(values)
    yield from _date(values.get("date", ""))
    if values.get("auto-submitted") not in ("auto-generated", "auto-replied"):
        yield "auto-submitted: neither auto-generated nor auto-replied"
    if values.get("mime-version") != "1.0":
        yield "mime-version: not 1.0"
    if "content-disposition" in values and not _DISPOSITION.fullmatch(values["content-disposition"]):
        yield f"content-disposition: {values['content-disposition']!r}"


def _words(value: str) -> Iterator[str]:
    """Check encoded words: each readable by itself, none longer than 75, nothing unseen in what they say."""
    said = ""
    for word in _WORD.finditer(value):
        if len(word[0]) > 75:
            yield f"an encoded word of {len(word[0])} characters"
        if (word[1].lower(), word[2].lower()) != ("utf-8", "b"):
            yield f"an encoded word in {word[1]}, {word[2]}"
            continue
        try:
            said += b64decode(word[3], validate=True).decode("utf-8")
        except (NotBase64, UnicodeDecodeError):
            yield f"an encoded word that is not a text by itself: {word[0]}"
    if re.search(r"=\?|\?=", _WORD.sub("", value)):
        yield "half an encoded word"
    if re.search(r"\S=\?utf-8\?b\?|\?=[^\s]", value):
        yield "an encoded word without white space around it"
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") for sign in said):
        yield f"characters nobody sees: {said!r}"
    if unicodedata.normalize("NFC", said) != said:
        yield "letters that are not put together (NFC)"


def _threads(values: dict[str, str]) -> Iterator[str]:
    own = values.get("message-id", "")
    if own and not re.fullmatch(_ID, own):
        yield f"message-id: {own!r}"
    if ("in-reply-to" in values) != ("references" in values):
        yield "in-reply-to and references stand only together"
    elif "references" in values:
        chain = values["references"].split()
        if not all(re.fullmatch(_ID, each) for each in chain):
            yield f"references: {values['references']!r}"
        if chain[-1:] != [values["in-reply-to"]] or own in chain:
            yield "references: does not end with what is answered, or answers itself"


def _date(written: str) -> Iterator[str]:
    if not _DATE.fullmatch(written):
        yield f"date: {written!r}"
    elif format(parsedate_to_datetime(written), "%a") != written[:3]:
        yield f"date: no {written[:3]}: {written!r}"


def _body(raw: bytes) -> Iterator[str]:
    kind = dict(headers_of(raw)).get("content-type", "")
    boundary = _BOUNDARY.fullmatch(kind)
    if boundary is None:
        yield f"content-type: {kind!r}"
        return
    delimiter = b"--" + boundary[1].encode()
    if [line for line in raw.split(b"\r\n") if line.startswith(delimiter)] != [delimiter, delimiter, delimiter + b"--"]:
        yield "not two parts between three delimiters"
        return
    types = []
    for part in raw.split(delimiter + b"\r\n")[1:]:
        written = part.partition(b"\r\n" + delimiter)[0]
        head = dict(headers_of(written))
        types.append(head.get("content-type"))
        if head.get("content-transfer-encoding") != "base64":
            yield f"a part in {head.get('content-transfer-encoding')!r}"
            continue
        yield from _text(written.partition(b"\r\n\r\n")[2], html="html" in str(types[-1]))
    if types != ["text/plain; charset=utf-8", "text/html; charset=utf-8"]:
        yield f"parts are {types}, plain text comes first and HTML last"


def _text(encoded: bytes, *, html: bool) -> Iterator[str]:
    if max(len(line) for line in encoded.split(b"\r\n")) > 76:
        yield "a line of base64 above 76 characters"
    try:
        text = b64decode(encoded.replace(b"\r\n", b""), validate=True).decode("utf-8")
    except (NotBase64, UnicodeDecodeError) as error:
        yield f"a part cannot be read: {error}"
        return
    if text.count("\n") != text.count("\r\n") or text.count("\r") != text.count("\r\n"):
        yield "a text whose lines do not end with CRLF (RFC 2046 section 4.1.1)"
    if not text.strip():
        yield "an empty text"
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Cs") and sign not in "\r\n" for sign in text):
        yield "control characters in a text"
    if html:
        page = _Page()
        page.feed(text)
        page.close()
        yield from page.found()


class _Page(HTMLParser):
    """Whether a page is closed tag by tag, says its language and letters, and calls nothing from outside."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._wrong: list[str] = []
        self._seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._seen |= {tag, *(f"{tag} {name}" for name, _ in attrs)}
        if tag not in _VOID:
            self._open.append(tag)
        for name, value in attrs:
            if name in ("src", "srcset", "background", "poster") or name.startswith("on"):
                self._wrong.append(f"<{tag} {name}>")
            if name == "href" and not re.match(r"(https://|mailto:|tel:)", value or ""):
                self._wrong.append(f"a link to {value!r}")
            if "url(" in (value or "") or "expression(" in (value or ""):
                self._wrong.append(f"<{tag} {name}> calls something")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self._wrong.append(f"</{tag}> closes nothing")

    def found(self) -> Iterator[str]:
        yield from self._wrong
        yield from (f"<{tag}> is not closed" for tag in self._open)
        wanted = ("html", "html lang", "head", "title", "body", "meta charset", "meta name")
        yield from (f"no {each} in the page" for each in wanted if each not in self._seen)
        if self._seen & {"script", "iframe", "form", "object", "embed"}:
            yield "a page of a mail has no scripts, frames and forms"
