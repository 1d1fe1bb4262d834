"""Our signature on a mail: DKIM (RFC 6376), rsa-sha256 over relaxed/relaxed, the same bytes for the same mail.

RSA comes from `cryptography`; what is signed is put together here. A library would bring a package that is not
published as a wheel (docs/decisions/0016).
"""

import base64
import hashlib
import re
import stat
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from config.errors import Refused

LEAST_BITS: Final = 1024  # RFC 8301: verifiers may refuse less
_SIGNED: Final = (
    "from", "to", "subject", "date", "message-id", "reply-to", "in-reply-to", "references", "auto-submitted",
    "content-language", "mime-version", "content-type",
)  # fmt: skip
# Named once more than they stand: a second one added on the way breaks the signature (RFC 6376 section 8.15).
_ONCE: Final = ("from", "to", "subject", "date")
_SPACES: Final = re.compile(rb"[ \t]+")
_FOLD: Final = re.compile(rb"\r\n(?=[ \t])")


class UnusableKey(Refused):
    """A key that cannot sign, or that others can read."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The office's key and the name under which DNS publishes its other half."""

    selector: str
    key: rsa.RSAPrivateKey = field(repr=False)

    def signature(self, content: bytes, domain: str, at: datetime) -> bytes:
        """Return the header that stands above the mail, with its line end. `content` has CRLF line ends."""
        head, _, body = content.partition(b"\r\n\r\n")
        lines = {line.partition(b":")[0].strip().lower().decode(): line for line in _FOLD.sub(b"", head).split(b"\r\n")}
        names = [name for name in _SIGNED if name in lines]
        hashed = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest()).decode()
        named = _folded("h=", ":".join([*names, *_ONCE]), ":")
        unsigned = (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d={domain};\r\n s={self.selector};"
            f" t={int(at.timestamp())};\r\n {named};\r\n bh={hashed};\r\n b="
        ).encode("ascii")
        signed = b"".join(relaxed_header(lines[name]) + b"\r\n" for name in names) + relaxed_header(unsigned)
        signature = base64.b64encode(self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())).decode()
        return unsigned + _folded("", signature, "", first=4).encode("ascii") + b"\r\n"

    def published(self) -> str:
        """Return the public half as it stands in DNS."""
        public = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return base64.b64encode(public).decode()


def read_signer(selector: str, path: Path) -> Signer:
    """Return the signer of a key file (PEM, no passphrase) that only its owner can read. Errors: `UnusableKey`."""
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise UnusableKey(f"{path}: cannot be read ({error.strerror}); see DONDOC_DKIM_KEY_FILE") from None
    if stat.S_IMODE(mode) & 0o077:
        raise UnusableKey(f"{path}: others can read it; run 'chmod 600 {path}'")
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnusableKey(f"{path}: holds no private key in PEM without a passphrase; make one: {_MAKE}") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < LEAST_BITS:
        raise UnusableKey(f"{path}: an RSA key of at least {LEAST_BITS} bits is wanted; make one: {_MAKE}")
    return Signer(selector, key)


_MAKE: Final = "openssl genrsa -out dkim.pem 2048"


def relaxed_header(line: bytes) -> bytes:
    """Return a header as "relaxed" signs it: name in small letters, unfolded, single spaces (RFC 6376, 3.4.2)."""
    name, _, value = line.partition(b":")
    return name.strip().lower() + b":" + _SPACES.sub(b" ", _FOLD.sub(b"", value)).strip(b" \t")


def relaxed_body(body: bytes) -> bytes:
    """Return a body as "relaxed" signs it: single spaces, none at the end of a line, no empty lines at the end."""
    lines = [_SPACES.sub(b" ", line).rstrip(b" \t") if b" " in line or b"\t" in line else line
             for line in body.split(b"\r\n")]  # fmt: skip
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _folded(tag: str, value: str, after: str, first: int = 0) -> str:
    """Return a tag whose value goes over lines of 72 characters, cut anywhere or only after a sign."""
    if not after:
        cuts = [0, *range(72 - first, len(value), 72), len(value)]
        return "\r\n ".join(value[a:b] for a, b in pairwise(cuts))
    lines = [tag]
    for piece in re.findall(f"[^{after}]+{after}?", value):
        if len(lines[-1]) + len(piece) > 72:
            lines.append("")
        lines[-1] += piece
    return "\r\n ".join(lines)
