"""Numbers as an office writes them: 1.234,5 and 95,5%; what cannot be one, and what is worth asking about."""

import re
from fractions import Fraction

from deadlines.report_form import Figure

# Thousands by dots or spaces, a comma before the rest.
_GROUPED = re.compile(r"-?\d{1,3}(?:[. ]\d{3})+(?:,\d{1,4})?", re.ASCII)
_PLAIN = re.compile(r"-?\d{1,12}(?:[.,]\d{1,4})?", re.ASCII)
_YES, _NO = ("có", "co", "x", "1", "đạt"), ("không", "khong", "0", "chưa")
_POINTS, _TIMES = 20, 2  # a share that moved by so many points, a number that doubled or halved: ask once

_WRONG = ("number", "yes-no", "share", "below", "whole")


class WrongFigure(ValueError):
    """Something that cannot be the figure asked for; `why` is one of number, yes-no, share, below, whole."""

    def __init__(self, why: str) -> None:
        assert why in _WRONG
        super().__init__(why)
        self.why = why


def read_figure(text: str, figure: Figure) -> Fraction | None:
    """Return the number a text gives, in the figure's unit; null for an empty one. Raises `WrongFigure`.

    `1.234` is one thousand two hundred and thirty-four, as Vietnamese offices write it; `95.5` can only be 95,5.
    """
    said = re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip()
    if not said:
        return None
    if figure.yes_no:
        if said.lower() in (*_YES, *_NO):
            return Fraction(int(said.lower() in _YES))
        raise WrongFigure("yes-no")
    said = said.removesuffix("%").rstrip() if figure.share else said
    if _GROUPED.fullmatch(said):
        said = re.sub(r"[. ]", "", said)
    elif not _PLAIN.fullmatch(said):
        raise WrongFigure("number")
    value = Fraction(said.replace(",", "."))
    if value < 0 and not figure.rate:
        raise WrongFigure("below")
    if figure.share and not figure.rate and value > 100:
        raise WrongFigure("share")
    if not figure.share and figure.unit and "/" not in figure.unit and value.denominator != 1:
        raise WrongFigure("whole")
    return value


def shown_figure(value: Fraction | float) -> str:
    """Return a number as an office writes it, with at most four figures after the comma."""
    whole, _, rest = f"{round(float(value), 4):.4f}".partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    grouped = f"{int(digits):,}".replace(",", ".")
    rest = rest.rstrip("0")
    return f"{sign}{grouped},{rest}" if rest else f"{sign}{grouped}"


def worth_asking(value: Fraction, last: Fraction | None, figure: Figure) -> bool:
    """Return whether a figure lies so far from last year's that its writer should look again; it is never refused."""
    if last is None or figure.yes_no:
        return False
    if figure.share:
        return abs(value - last) > _POINTS
    return value > _TIMES * max(last, Fraction(1)) or _TIMES * value < last
