"""How a value stands to a target: met, not met, or left to whoever appraises; how far above a margin lies."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from config.plan_indicators import Comparator

__all__ = ["WHOLE", "Bar", "Comparator", "Judged", "bars", "judged"]

Judged = Literal["met", "not-met", "by-a-person"]
WHOLE = 100  # a share cannot exceed it


def judged(value: Fraction | int, target: Fraction | int, how: Comparator) -> Judged:
    """Return whether a value reaches its target: “trên” fails at the number (A-X-09).

    “Khoảng”, and a target without a number, are never judged here.
    """
    if how in ("about", "text"):
        return "by-a-person"
    met = value > target if how == ">" else value <= target if how == "<=" else value >= target
    return "met" if met else "not-met"


@dataclass(frozen=True, slots=True)
class Bar:
    """What a percent value must lie above, by one way to read a margin; out of reach if no share can."""

    way: Literal["times", "points", "target"]
    above: Fraction

    @property
    def within_reach(self) -> bool:
        """Return whether a share can lie above it."""
        return judged(WHOLE, self.above, ">") == "met"


def bars(target: int, percent: int | None) -> tuple[Bar, ...]:
    """Return what “vượt trên … %” of a percent target asks for, both ways, and decide for neither (A-KG-11).

    `percent` null is “vượt mức” without a margin: one bar, the target itself (A-KG-12).
    """
    if percent is None:
        return (Bar("target", Fraction(target)),)
    return Bar("times", Fraction(target * (WHOLE + percent), WHOLE)), Bar("points", Fraction(target + percent))
