"""The year as a picture: messages per day, what was down or stormy, who was killed, and what befell when."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from dondoc.simulation.png import png_of
from dondoc.simulation.svg import Drawing
from tests.faults.evidence import Evidence
from tests.faults.judge import Verdict

_WIDTH, _LEFT, _RIGHT, _TOP, _HIGH = 1600.0, 60.0, 1580.0, 92.0, 260.0
_BLUE, _RED, _DARK, _SOFT = "#0072b2", "#d55e00", "#222222", "#5c6670"
_DOWN, _STORM, _PREFECT = "#c9ced3", "#f7d9b0", "#e6dcef"
_LASTING = {"outage": (_DOWN, "nothing runs"), "storm": (_STORM, "storm"), "prefect": (_PREFECT, "Prefect dead")}


def draw(evidence: Evidence, verdict: Verdict, name: str, path: Path) -> None:
    """Write the picture as PNG."""
    first, last = (at.date() for at in evidence.span)
    per_day = (_RIGHT - _LEFT) / ((last - first).days + 1)
    drawing = Drawing(_WIDTH, name)
    drawing.height = _TOP + _HIGH + 70

    def x(day: date) -> float:
        return _LEFT + (day - first).days * per_day

    drawing.text(_LEFT, 26, f"A year of faults, {name}", size=18, bold=True)
    drawing.text(
        _LEFT, 46,
        f"{verdict.mails - verdict.copies} messages and {verdict.copies} copies, {sum(verdict.kills.values())} kills; "
        f"lost {verdict.lost}, stale {verdict.stale}, misaddressed {verdict.misaddressed}, nagged {verdict.nagged}",
        size=13, fill=_SOFT,
    )  # fmt: skip
    _befell(drawing, evidence, x, per_day)
    _bars(drawing, evidence, verdict, x, per_day)
    _kills(drawing, evidence, x, per_day)
    _months(drawing, first, last, x)
    path.write_bytes(png_of(drawing.source()))


def _befell(drawing: Drawing, evidence: Evidence, x: Callable[[date], float], per_day: float) -> None:
    """Draw what lasted as bands, what happened at once as lines with their names."""
    for row, event in enumerate(sorted(evidence.events, key=lambda each: each.at)):
        left = x(event.at.date())
        if event.act in _LASTING and event.until:
            fill, _ = _LASTING[event.act]
            wide = max((event.until - event.at) / timedelta(days=1) * per_day, 3)
            drawing.rect(left, _TOP, wide, _HIGH, fill)
        else:
            drawing.line(left, _TOP, left, _TOP + _HIGH, _SOFT, dashes="3 3")
        drawing.text(left + 2, _TOP - 22 + 12 * (row % 3), event.act, size=11, fill=_DARK, halo=True)


def _bars(drawing: Drawing, evidence: Evidence, verdict: Verdict, x: Callable[[date], float], per_day: float) -> None:
    copies: Counter[date] = Counter(post.at.date() for post in evidence.posts)
    most = max(copies.values(), default=1)
    base = _TOP + _HIGH
    for at, count in sorted(verdict.by_day.items()):
        day = at.date()
        high = _HIGH * count / most
        drawing.rect(x(day), base - high, max(per_day - 0.4, 1.5), high, _BLUE)
        again = _HIGH * (copies[day] - count) / most
        if again:
            drawing.rect(x(day), base - high - max(again, 2), max(per_day - 0.4, 1.5), max(again, 2), _RED)
        if count > most / 4:
            near_end = x(day) > _RIGHT - 40
            drawing.text(
                x(day) + (-2 if near_end else 6), base - high + 12, str(count), size=11, halo=True,
                anchor="end" if near_end else "start",
            )  # fmt: skip
    drawing.line(_LEFT, base, _RIGHT, base, _DARK)


def _kills(drawing: Drawing, evidence: Evidence, x: Callable[[date], float], per_day: float) -> None:
    """Mark kills under the axis; their number beside them."""
    days: Counter[date] = Counter(datetime.fromisoformat(kill["at"]).date() for kill in evidence.kills)
    for day, count in days.items():
        y = _TOP + _HIGH + 8
        drawing.polygon([(x(day), y + 10), (x(day) + 5, y), (x(day) + 10, y + 10)], _RED)
        drawing.text(x(day) + 12, y + 10, str(count), size=11, fill=_RED)


def _months(drawing: Drawing, first: date, last: date, x: Callable[[date], float]) -> None:
    day = first
    while day <= last:
        if day.day == 1:
            drawing.line(x(day), _TOP + _HIGH, x(day), _TOP + _HIGH + 26, _SOFT)
            drawing.text(x(day) + 3, _TOP + _HIGH + 36, f"{day.month}/{day.year}", size=12, fill=_SOFT)
        day += timedelta(days=1)
    drawing.text(
        _LEFT, _TOP + _HIGH + 60, "blue: messages per day · orange on top: copies · grey: nothing runs · yellow: storm "
        "· violet: Prefect dead · triangles: processes killed", size=12, fill=_SOFT,
    )  # fmt: skip
