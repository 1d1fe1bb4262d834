"""Marks in a message for what must not be kept with it: a unit's own link, the digits of a code.

The words are written and kept with the mark; what it stands for is put in when the bytes are made, and made again
from our key when the message is shown again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from dondoc.messages.model import Rendered

# Of the private use area, like those of forms: neither templates nor escaping touch them.
_OPEN, _CLOSE = "\ue002", "\ue003"
CODE_MARK: Final = "\ue004"


def link_mark(number: int) -> str:
    """Return what stands in a mail for the link of its n-th item."""
    return f"{_OPEN}{number}{_CLOSE}"


def filled(rendered: Rendered, values: Mapping[str, str]) -> Rendered:
    """Return a message with what its marks stand for; values are plain letters, digits and signs of an address."""
    if not values:
        return rendered
    text, html = rendered.text, rendered.html
    for mark, value in values.items():
        text, html = text.replace(mark, value), html.replace(mark, value)
    return replace(rendered, text=text, html=html)
