"""How many segments a text takes on the network, exactly, and what it looks like without accents."""

import unicodedata
from dataclasses import dataclass

# The default alphabet of 3GPP TS 23.038 section 6.2.1, and the extension table, whose characters take two septets.
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_PLAIN = str.maketrans(
    {"đ": "d", "Đ": "D", "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " "}
)


@dataclass(frozen=True, slots=True)
class Segmented:
    """A text as the network carries it: its alphabet (`GSM-7` or `UCS-2`), its length in that alphabet's units
    (septets or UTF-16 units), and the segments it is sent in."""

    encoding: str
    units: int
    segments: tuple[str, ...]


def segmented(text: str) -> Segmented:
    """Return how a text is carried: 160 septets or 70 UTF-16 units alone, 153 or 67 when joined.

    The text is brought to NFC first. An escape is not torn from its character nor a surrogate from its other half.
    """
    text = unicodedata.normalize("NFC", text)
    gsm = all(c in _BASIC or c in _EXTENDED for c in text)
    sizes = [1 + (c in _EXTENDED) if gsm else 1 + (ord(c) > 0xFFFF) for c in text]
    alone, joined = (160, 153) if gsm else (70, 67)
    units = sum(sizes)
    segments = (text,) if units <= alone else _cut(text, sizes, joined)
    return Segmented("GSM-7" if gsm else "UCS-2", units, segments)


def _cut(text: str, sizes: list[int], most: int) -> tuple[str, ...]:
    segments, begin, filled = [], 0, 0
    for n, size in enumerate(sizes):
        if filled + size > most:
            segments.append(text[begin:n])
            begin, filled = n, 0
        filled += size
    return (*segments, text[begin:])


def unaccented(text: str) -> str:
    """Return a Vietnamese text as it is written without accents, so that it fits the network's own alphabet."""
    plain = unicodedata.normalize("NFC", text).translate(_PLAIN)
    letters = "".join(c for c in unicodedata.normalize("NFD", plain) if unicodedata.category(c) != "Mn")
    return unicodedata.normalize("NFC", letters)
