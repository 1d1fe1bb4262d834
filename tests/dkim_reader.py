"""A reader of DKIM signatures (RFC 6376) that shares nothing with the writer; RSA itself is `cryptography`'s."""

import base64
import hashlib
import re
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def verdict(raw: bytes, dns: Callable[[str], str]) -> str:
    """Return `pass`, or what is wrong with the first rsa-sha256 signature. `dns`: a name to its TXT record."""
    head, body = raw.split(b"\r\n\r\n", 1)
    fields = re.findall(rb"[^\r\n]+(?:\r\n[ \t][^\r\n]*)*", head)
    for field in fields:
        if field.lower().startswith(b"dkim-signature:") and b"rsa-sha256" in field:
            return _verdict(field, fields, body, dns)
    return "no signature"


def _verdict(field: bytes, fields: list[bytes], body: bytes, dns: Callable[[str], str]) -> str:
    written = b"".join(field.split(b":", 1)[1].split())
    tags = dict(tag.split(b"=", 1) for tag in written.split(b";") if tag)
    if tags[b"c"] != b"relaxed/relaxed" or tags[b"v"] != b"1":
        return "another way of signing"
    text = re.sub(rb"[ \t]+", b" ", body)
    text = re.sub(rb" +(?=\r\n)", b"", text)
    text = re.sub(rb"(\r\n)*$", b"\r\n", text, count=1) if text.strip(b"\r\n") else b""
    if base64.b64encode(hashlib.sha256(text).digest()) != tags[b"bh"]:
        return "the body was changed"
    left = list(fields)
    signed = b""
    for name in tags[b"h"].lower().split(b":"):  # the last one first; one that is not there signs its absence
        found = next((one for one in reversed(left) if one.split(b":")[0].strip().lower() == name), None)
        if found is not None:
            left.remove(found)
            signed += _relaxed(found) + b"\r\n"
    signed += _relaxed(re.sub(rb"(;[ \t\r\n]*b=)[^;]*", rb"\1", field))
    record = dns(f"{tags[b's'].decode()}._domainkey.{tags[b'd'].decode()}")
    public = dict(part.strip().split("=", 1) for part in record.split(";") if part.strip())["p"]
    key = serialization.load_der_public_key(base64.b64decode(public))
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(base64.b64decode(tags[b"b"]), signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return "a header was changed, or another key signed"
    return "pass"


def _relaxed(field: bytes) -> bytes:
    name, value = field.split(b":", 1)
    return name.strip().lower() + b":" + re.sub(rb"[ \t\r\n]+", b" ", value).strip()
