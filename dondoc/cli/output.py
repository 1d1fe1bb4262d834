"""What an officer reads: tables of a hundred columns, days as Vietnamese readers write them, or plain JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import zip_longest
from textwrap import wrap
from typing import Any

import click

from dondoc import clock

WIDTH = 100
UNDATED = "chưa ấn định thời hạn"
_GAP = 1
_NO_BREAK = "\N{NO-BREAK SPACE}"


def print_json(value: Any) -> None:
    """Print JSON and nothing else."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table no wider than a hundred columns; what is longer goes on in the next line of its cell."""
    cells = [[_unbroken(shown(cell)) for cell in row] for row in rows]
    click.echo("\n".join(click.style(line, bold=True) for line in wrap(title, WIDTH)))
    if not cells:
        click.echo("(không có dòng nào)")
        return
    widths = _widths(columns, cells)
    right = [_counts([row[n] for row in cells]) for n in range(len(columns))]
    for line in _lines(list(columns), widths, right):
        click.echo(click.style(line, bold=True))
    click.echo("─" * (sum(widths) + _GAP * (len(widths) - 1)))
    for row in cells:
        for line in _lines(row, widths, right):
            click.echo(line)


def _unbroken(text: str) -> str:
    """Keep the words for a missing date on one line: that is what a reader looks for."""
    return text.replace(UNDATED, UNDATED.replace(" ", _NO_BREAK))


def _counts(texts: list[str]) -> bool:
    return any(map(str.isdigit, texts)) and all(text.isdigit() or text == "–" for text in texts)


def _widths(columns: Sequence[str], rows: list[list[str]]) -> list[int]:
    """Return the columns' widths: as wide as their text, narrowed until the line fits.

    Headings are folded before cells are, cells between words before words are cut.
    """
    heads = list(columns)
    cells = [max(map(len, column)) for column in zip(*rows, strict=True)]
    heading = [max(map(len, head.split())) for head in heads]
    word = [max(len(part) for text in column for part in text.split(" ")) for column in zip(*rows, strict=True)]
    widths = [max(len(head), cell) for head, cell in zip(heads, cells, strict=True)]
    for least in (list(map(max, heading, cells)), list(map(max, heading, word)), [1] * len(heads)):
        while sum(widths) > WIDTH - _GAP * (len(widths) - 1):
            slack = [width - low for width, low in zip(widths, least, strict=True)]
            if max(slack) <= 0:
                break
            widths[slack.index(max(slack))] -= 1
    return widths


def _lines(row: list[str], widths: list[int], right: list[bool]) -> Iterator[str]:
    """Yield the lines of one row, each cell folded within its column."""
    folded = [wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
    for parts in zip_longest(*folded, fillvalue=""):
        line = (" " * _GAP).join(
            part.rjust(width) if flush else part.ljust(width)
            for part, width, flush in zip(parts, widths, right, strict=True)
        )
        yield line.rstrip().replace(_NO_BREAK, " ")


def shown(value: Any) -> str:
    """Return a cell's text: days and instants as Vietnamese readers write them, a dash for null."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.astimezone(clock.LOCAL).strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return str(value)


def shown_due(value: date | str | None) -> str:
    """Return a last day, given as a day or as ISO text, or that none is set."""
    if value is None:
        return UNDATED
    return shown(date.fromisoformat(value) if isinstance(value, str) else value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
