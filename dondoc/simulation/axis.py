"""What every part of a timeline's picture shares: measures, colours, signs, and the way from days to pixels."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from dondoc.simulation.svg import Drawing

WIDTH, LABELS, EDGE = 1600.0, 330.0, 24.0
UP, DOWN, BAR, LANE, ROW, HEAD = 34.0, 26.0, 11.0, 114.0, 17.0, 24.0
INK, SOFT, FAINT, GRID = "#222222", "#5c6670", "#eef1f4", "#d4dae0"
BLUE, SKY, RED, GREEN, ORANGE = "#0072b2", "#56b4e9", "#d55e00", "#009e73", "#e69f00"
PURPLE, YELLOW = "#cc79a7", "#f0e442"


@dataclass(frozen=True, slots=True)
class Fills:
    """How each sort of thing is filled."""

    notices: dict[str, str]
    reports: dict[str, str]


@dataclass(frozen=True, slots=True)
class Most:
    """The highest bars of the picture: all others are drawn by them."""

    notices: int
    reports: int


class Axis:
    """From days to pixels."""

    def __init__(self, first: date, until: date) -> None:
        self.first, self.until = first, until
        self.left, self.right = LABELS, WIDTH - EDGE
        self.per_day = (self.right - self.left) / (until - first).days
        self.bin = next((days for days in (1, 7) if self.per_day * days >= 3), 30)

    def x(self, day: date) -> float:
        """Return where a day begins, kept within the picture."""
        return min(max(self.left + (day - self.first).days * self.per_day, self.left), self.right)

    def shows(self, day: date) -> bool:
        """Return whether a day lies within the picture."""
        return self.first <= day < self.until

    def start_of(self, day: date) -> date:
        """Return the first day of the bar in which a day is counted."""
        return self.first + timedelta(days=(day - self.first).days // self.bin * self.bin)

    def firsts(self, months: int) -> Iterator[date]:
        """Yield the first days of every so many months, from the one before the picture begins."""
        month = (self.first.month - 1) // months * months
        year = self.first.year
        while (day := date(year, month + 1, 1)) < self.until:
            yield day
            year, month = year + (month + months) // 12, (month + months) % 12


def mark(drawing: Drawing, sort: str, x: float, y: float, tip: str) -> None:
    """Draw the sign of an event around a point."""
    match sort:
        case "ruling":
            drawing.polygon([(x, y - 6), (x + 5, y), (x, y + 6), (x - 5, y)], PURPLE, stroke=INK, tip=tip)
        case "live":
            drawing.polygon([(x, y - 6), (x + 7, y - 3), (x, y), (x, y + 6)], GREEN, stroke=INK, tip=tip)
        case "laid":
            drawing.polygon([(x - 4.5, y - 4), (x + 4.5, y - 4), (x, y + 4)], "#ffffff", stroke=INK, tip=tip)
        case "released":
            drawing.polygon([(x - 4.5, y - 4), (x + 4.5, y - 4), (x, y + 4)], INK, stroke=INK, tip=tip)
        case _:
            drawing.rect(x - 3, y - 3, 6, 6, SOFT, tip=tip)
