"""A small writer of SVG 1.1: escaped text, short numbers, and the same bytes for the same drawing."""

import unicodedata
from xml.sax.saxutils import escape, quoteattr

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_NARROW, _WIDE = frozenset("ijlt.,;:'|!()[]-·/I "), frozenset("mwMW%@—")


class Drawing:
    """Shapes in the order in which they are painted; lengths are pixels from the upper left corner."""

    def __init__(self, width: float, title: str) -> None:
        self.width = width
        self.height = 0.0
        self._title = title
        self._definitions: list[str] = []
        self._shapes: list[str] = []

    def hatch(self, name: str, ground: str, line: str, angle: int, every: float = 4) -> str:
        """Define a hatching, distinct also where colours are not, and return how a shape is filled with it."""
        self._definitions.append(
            f'<pattern id="{name}" width="{_n(every)}" height="{_n(every)}" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate({angle})"><rect width="{_n(every)}" height="{_n(every)}" fill="{ground}"/>'
            f'<line x1="0" y1="0" x2="0" y2="{_n(every)}" stroke="{line}" stroke-width="{_n(every / 1.6)}"/></pattern>'
        )
        return f"url(#{name})"

    def rect(self, x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "none",
             tip: str = "") -> None:  # fmt: skip
        """Draw a rectangle; `tip` is told where the pointer rests on it."""
        shape = f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{fill}"'
        if stroke != "none":
            shape += f' stroke="{stroke}" stroke-width="0.8"'
        self._shapes.append(f"{shape}><title>{escape(tip)}</title></rect>" if tip else f"{shape}/>")

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str, *, width: float = 1,
             dashes: str = "") -> None:  # fmt: skip
        """Draw a line; `dashes` are lengths of stroke and gap."""
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._shapes.append(
            f'<line x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{stroke}" '
            f'stroke-width="{_n(width)}"{dashed}/>'
        )

    def polygon(self, points: list[tuple[float, float]], fill: str, *, stroke: str = "none", tip: str = "") -> None:
        """Draw a closed shape."""
        corners = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        shape = f'<polygon points="{corners}" fill="{fill}" stroke="{stroke}" stroke-width="1"'
        self._shapes.append(f"{shape}><title>{escape(tip)}</title></polygon>" if tip else f"{shape}/>")

    def text(self, x: float, y: float, words: str, *, size: float = 12, fill: str = "#222222", bold: bool = False,
             anchor: str = "start", halo: bool = False) -> None:  # fmt: skip
        """Write a line of text on its baseline; `halo` keeps it readable over shapes."""
        weight = ' font-weight="bold"' if bold else ""
        around = ' stroke="#ffffff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"' if halo else ""
        self._shapes.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{fill}" text-anchor="{anchor}"{weight}'
            f"{around}>{escape(unicodedata.normalize('NFC', words))}</text>"
        )

    def source(self) -> str:
        """Return the file's text."""
        width, height = _n(self.width), _n(self.height)
        return "\n".join(
            (
                '<?xml version="1.0" encoding="UTF-8"?>',
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                f'viewBox="0 0 {width} {height}" font-family={quoteattr(FONT)}>',
                f"<title>{escape(self._title)}</title>",
                f"<defs>{''.join(self._definitions)}</defs>",
                *self._shapes,
                "</svg>",
                "",
            )
        )


def width_of(words: str, size: float) -> float:
    """Return about how wide a text runs, in pixels: enough to fold it and to keep labels apart."""
    bare = (c for c in unicodedata.normalize("NFD", words) if not unicodedata.combining(c))
    return size * sum(0.3 if c in _NARROW else 0.84 if c in _WIDE else 0.68 if c.isupper() else 0.53 for c in bare)


def folded(words: str, size: float, width: float, lines: int) -> list[str]:
    """Return a text in at most so many lines of a width; what is too long ends in an ellipsis."""
    found = [""]
    for word in words.split():
        longer = f"{found[-1]} {word}".strip()
        if width_of(longer, size) <= width or not found[-1]:
            found[-1] = longer
        elif len(found) < lines:
            found.append(word)
        else:
            while found[-1] and width_of(f"{found[-1]} …", size) > width:
                found[-1] = found[-1].rpartition(" ")[0]
            found[-1] = f"{found[-1]} …"
            break
    return found


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
