"""Keeps persons out of Prefect: addresses and telephone numbers are blotted out before a card leaves our hands.

Prefect's pages and database are read by more people than our ledger, and nobody prunes them on request.
"""

import re
import unicodedata
from typing import Any

from dondoc.prefect_face.cards import RunCard

ADDRESS = re.compile(r"[^\s<>()\[\]|,;:\"']+@[^\s<>()\[\]|,;:\"']+\.[^\s<>()\[\]|,;:\"'.]+")
TELEPHONE = re.compile(r"(?<![\w/.-])(?:\+84[ .]?|0)\d{2,3}[ .]?\d{3}[ .]?\d{3,4}(?!\w)")

# What identifies a run is ours and never free text; blotting it could make two keys one.
_UNTOUCHED = frozenset({"key", "flow", "tags", "state", "started_at", "ended_at", "type"})


def without_addresses(card: RunCard) -> RunCard:
    """Return the card in NFC, with e-mail addresses and telephone numbers replaced by a word saying so."""
    return RunCard.from_json(_blotted(card.to_json()))


def _blotted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: each if key in _UNTOUCHED else _blotted(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_blotted(each) for each in value]
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value)
        return TELEPHONE.sub("(số điện thoại)", ADDRESS.sub("(địa chỉ thư)", text))
    return value
