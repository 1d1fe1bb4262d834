"""Text as people type it, brought to one form: cells of a file, e-mail addresses, names to search by."""

import re
import unicodedata
from functools import lru_cache

# Word and web pages leave these in copied text; they show nothing and would make two equal names differ.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_SPACES = re.compile(r"[^\S\r\n\t\v\f\x1c-\x1f\x85\u2028\u2029]+")
_NOT_WORD = re.compile(r"[\W_]+")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LOCAL_ASCII = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~.")


def search_key(text: str) -> str:
    """Return a name as one types it in a hurry: unaccented, lower case, words set apart by one space.

    "Xã Mường Phăng", "xa muong phang" and "XÃ MƯỜNG-PHĂNG" give the same key.
    """
    lowered = text.replace("Đ", "d").replace("đ", "d").lower()  # đ is a letter of its own, not d with a mark
    letters = "".join(c for c in unicodedata.normalize("NFD", lowered) if unicodedata.category(c) != "Mn")
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFC", letters)).strip()


def clean_text(text: str) -> str:
    """Return text in NFC, with single plain spaces and without invisible characters; control characters stay."""
    if text.isprintable() and "  " not in text:  # odd spaces and what is invisible are not printable
        return unicodedata.normalize("NFC", text).strip(" ")
    composed = unicodedata.normalize("NFC", text.translate(_INVISIBLE))
    return _SPACES.sub(" ", composed).strip(" ")


def strange_character(text: str) -> str | None:
    """Return the name (`U+000A`) of the first character that may not stand in a name or a mail header, if any."""
    return next((f"U+{ord(c):04X}" for c in text if not c.isprintable()), None)


def normalise_address(text: str) -> str:
    """Return an e-mail address in the one form under which its owner is known.

    Lower case, NFC, the domain as sent on the wire (RFC 5890 A-labels); internationalised local parts stay as they
    are (RFC 6531). Errors: ValueError with what is wrong, in words that continue "'x' is no e-mail address: …".
    """
    address = unicodedata.normalize("NFC", text).lower()
    if address.count("@") != 1:
        raise ValueError("it needs exactly one @")
    local, domain = address.split("@")
    strange = () if _LOCAL_ASCII.issuperset(local) else local
    barred = next((c for c in strange if c not in _LOCAL_ASCII and (c.isascii() or not c.isprintable())), None)
    if barred:
        raise ValueError(f"{_shown(barred)} may not stand before the @")
    if not local or local[0] == "." or local[-1] == "." or ".." in local:
        raise ValueError("the part before the @ is empty or has a dot too many")
    if len(local.encode()) > 64:
        raise ValueError("the part before the @ is longer than 64 bytes")
    normal = f"{local}@{_wire_domain(domain)}"
    if len(normal.encode()) > 254:
        raise ValueError("it is longer than 254 bytes")
    return normal


@lru_cache(maxsize=4096)
def _wire_domain(domain: str) -> str:
    labels = domain.split(".")
    if len(labels) < 2:
        raise ValueError(f"'{domain}' is no complete domain")
    wire = [_wire_label(label) for label in labels]
    if wire[-1].isdigit():
        raise ValueError(f"'{domain}' is no complete domain")
    return ".".join(wire)


def _wire_label(label: str) -> str:
    try:
        wire = label.encode("idna").decode("ascii").lower() if not label.isascii() else label
    except UnicodeError:
        wire = ""
    if not _LABEL.fullmatch(wire):
        raise ValueError(f"'{label}' is no part of a domain")
    return wire


def _shown(character: str) -> str:
    return f"'{character}'" if character.isprintable() else f"U+{ord(character):04X}"
