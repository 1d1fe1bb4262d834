"""Draws a timeline: a lane per duty, time from left to right, readable in print and for the colour-blind.

Colours are those of Okabe and Ito; whatever is late or overdue is hatched too, so that grey paper tells it apart.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from dondoc import clock
from dondoc.simulation import words
from dondoc.simulation.axis import (
    BLUE,
    EDGE,
    FAINT,
    GREEN,
    GRID,
    HEAD,
    INK,
    LABELS,
    LANE,
    ORANGE,
    PURPLE,
    RED,
    ROW,
    SKY,
    SOFT,
    WIDTH,
    YELLOW,
    Axis,
    Fills,
    Most,
    mark,
)
from dondoc.simulation.lanes import draw_lanes, draw_rows, groups_of, highest
from dondoc.simulation.svg import Drawing, folded, width_of
from dondoc.simulation.timeline import Timeline

_MONTHS_FIT, _QUARTERS_FIT, _WEEKS_FIT = 30.0, 24.0, 9.0


def draw(timeline: Timeline) -> str:
    """Return the picture of a timeline as the text of an SVG file; the same timeline gives the same bytes."""
    drawing = Drawing(WIDTH, timeline.name)
    late = drawing.hatch("late", "#ffffff", ORANGE, 45)
    overdue = drawing.hatch("overdue", "#ffffff", RED, -45)
    fills = Fills(
        {"remind": BLUE, "overdue": overdue, "brief": SKY, "ruled": PURPLE},
        {"on-time": GREEN, "late": late, "received": SOFT},
    )
    axis = Axis(timeline.first, timeline.until)
    top = _head(drawing, timeline)
    lanes_top = _events(drawing, axis, timeline, _scale_of_time(drawing, axis, top))
    groups = groups_of(axis, timeline.lanes)
    bottom = lanes_top + sum(
        HEAD + high * len(lanes) for lanes, high in zip(groups, (LANE, ROW, ROW), strict=True) if lanes
    )
    _ground(drawing, axis, top, lanes_top, bottom)
    most = Most(
        highest(axis, (lane.notices for lane in timeline.lanes)),
        highest(axis, (lane.reports for lane in timeline.lanes)),
    )
    y = draw_lanes(drawing, axis, groups[0], timeline.outcomes, fills, most, lanes_top)
    for change in timeline.registry:
        drawing.line(axis.x(change.day), lanes_top - 4, axis.x(change.day), bottom, SOFT, dashes="5 3")
    y = draw_rows(drawing, axis, words.UNDATED, groups[1], y)
    y = draw_rows(drawing, axis, words.ELSEWHERE, groups[2], y)
    drawing.height = _legend(drawing, axis, timeline, fills, most, y + 26) + 16
    return drawing.source()


def _head(drawing: Drawing, timeline: Timeline) -> float:
    account = timeline.account
    drawing.rect(0, 0, WIDTH, 20_000, "#ffffff")
    y = 20.0
    for line in folded(timeline.name, 20, WIDTH - 2 * EDGE, 2):
        drawing.text(EDGE, y + 10, line, size=20, bold=True)
        y += 26
    said = words.SPAN.format(
        first=words.day(timeline.first), until=words.day(timeline.until), seed=account["seed"],
        profile=words.PROFILES[account["profile"]],
    )  # fmt: skip
    if account["issued_assumed"]:
        said += f" · {words.ISSUED.format(day=words.day(date.fromisoformat(account['issued'])))}"
    drawing.text(EDGE, y + 8, said, size=13, fill=SOFT)
    return y + 26


def _scale_of_time(drawing: Drawing, axis: Axis, top: float) -> float:
    """Write the years, and below them quarters, months or weeks, whichever fit."""
    for day in axis.firsts(12):
        end = min(axis.until, date(day.year + 1, 1, 1))
        if axis.x(end) - axis.x(day) > 34:
            drawing.text((axis.x(day) + axis.x(end)) / 2, top + 14, str(day.year), size=14, bold=True, anchor="middle")
    for day, end, name in _parts(axis):
        if axis.x(end) - axis.x(day) > width_of(name, 10):
            drawing.text((axis.x(day) + axis.x(end)) / 2, top + 29, name, size=10, fill=SOFT, anchor="middle")
    return top + 36


def _parts(axis: Axis) -> Iterator[tuple[date, date, str]]:
    months = 1 if axis.per_day * 30 >= _MONTHS_FIT else 3
    if axis.per_day * 91 < _QUARTERS_FIT:
        return
    for day in axis.firsts(months):
        end = date(day.year + (day.month + months > 12), (day.month + months - 1) % 12 + 1, 1)
        long = words.MONTH if axis.per_day * 30 > 60 else words.SHORT_MONTH
        name = long.format(number=day.month) if months == 1 else words.QUARTER[(day.month - 1) // 3]
        yield day, end, name


def _ground(drawing: Drawing, axis: Axis, top: float, lanes_top: float, bottom: float) -> None:
    """Draw what runs through all lanes: years, their parts, weeks."""
    for day, _end, _name in _parts(axis):
        if axis.shows(day):
            drawing.line(axis.x(day), top + 19, axis.x(day), bottom, GRID, width=0.5)
    if axis.per_day >= _WEEKS_FIT:
        monday = axis.first + timedelta(days=-axis.first.weekday() % 7)
        while monday < axis.until:
            drawing.line(axis.x(monday), lanes_top - 4, axis.x(monday), bottom, GRID, width=0.5, dashes="1 3")
            drawing.text(axis.x(monday), lanes_top - 7, words.short_day(monday), size=9, fill=SOFT, anchor="middle")
            monday += timedelta(days=7)
    for day in axis.firsts(12):
        if axis.shows(day):
            drawing.line(axis.x(day), top, axis.x(day), bottom, "#9aa5b0", width=0.8)


def _events(drawing: Drawing, axis: Axis, timeline: Timeline, y: float) -> float:
    """Write phases and the events of the whole campaign; return where the lanes begin."""
    if timeline.phases:
        drawing.text(LABELS - 12, y + 12, words.PHASES, size=11, fill=SOFT, anchor="end")
        for number, (name, start, end) in enumerate(timeline.phases):
            left, right = axis.x(start), axis.x(end + timedelta(days=1))
            if right > left:
                drawing.rect(left, y, right - left, 17, ("#dfe7ee", "#eef1f4")[number % 2])
                if width_of(name, 11) < right - left:
                    drawing.text((left + right) / 2, y + 12, name, size=11, anchor="middle")
        y += 23
    told = [(each.day, words.REGISTRY.format(day=words.day(each.day), ended=each.ended, begun=each.begun), "registry")
            for each in timeline.registry]  # fmt: skip
    told += [(clock.local_day(each.at), words.RULINGS.get(each.kind, each.kind), "ruling") for each in timeline.rulings]
    if axis.shows(timeline.live_since):
        told.append((timeline.live_since, words.LIVE, "live"))
    drawing.text(LABELS - 12, y + 12, words.EVENTS, size=11, fill=SOFT, anchor="end")
    ends: list[float] = []
    for day, name, sort in sorted(told):
        if not axis.shows(day):
            continue
        x, wide = axis.x(day), width_of(name, 11) + 16
        left = x if x + wide < axis.right else x - wide  # near the right edge a label stands before its sign
        row = next((n for n, end in enumerate(ends) if end < left), len(ends))
        ends[row : row + 1] = [left + wide]
        mark(drawing, sort, x, y + 8 + 16 * row, name)
        drawing.text(left + 9 if left == x else x - 9, y + 12 + 16 * row, name, size=11,
                     anchor="start" if left == x else "end", halo=True)  # fmt: skip
    return y + 16 * max(len(ends), 1) + (22 if axis.per_day >= _WEEKS_FIT else 8)


def _legend(
    drawing: Drawing, axis: Axis, timeline: Timeline, fills: Fills, most: Most, y: float
) -> float:  # fmt: skip
    """Explain every sign, then tell the totals; return where the picture ends."""
    drawing.line(EDGE, y - 14, axis.right, y - 14, "#9aa5b0")
    signs: list[tuple[Callable[[float, float], None], str]] = []
    for names, kinds in ((words.NOTICES, fills.notices), (words.REPORTS, fills.reports)):
        for sort, fill in kinds.items():
            signs.append((_box(drawing, fill), names[sort]))
    signs.append((_box(drawing, "#ffffff"), words.OUTCOMES["not_recorded"]))
    signs.append((_box(drawing, YELLOW), words.ASKED["answered"]))
    signs.append((_box(drawing, FAINT), words.WINDOW))
    signs.append((_stroke(drawing, INK, 1.6, ""), words.DUE))
    signs.append((_stroke(drawing, SOFT, 1, "2 2"), words.BOUND))
    signs.append((_stroke(drawing, SOFT, 1, "5 3"), words.REGISTRY_LINE))
    signs += [(_sign(drawing, sort), name) for sort, name in {**words.BRIEFS, "ruling": words.RULING}.items()]
    x = EDGE
    for paint, name in signs:
        wide = width_of(name, 11) + 44
        if x + wide > axis.right:
            x, y = EDGE, y + 20
        paint(x, y)
        drawing.text(x + 20, y + 10, name, size=11)
        x += wide
    climbed, came = timeline.account["escalations"], timeline.account["submissions"]
    y += 36
    drawing.text(
        EDGE,
        y,
        words.SCALE.format(bin=words.BINS[axis.bin], notices=most.notices, reports=most.reports),
        size=11,
        fill=SOFT,
    )
    totals = words.TOTALS.format(
        messages=timeline.account["messages"], duplicates=timeline.account["duplicates"],
        nagged=timeline.account["nagged"], **came, laid=climbed["laid"], released=climbed["released"],
    )  # fmt: skip
    drawing.text(EDGE, y + 22, totals, size=13, bold=True)
    return y + 26


def _box(drawing: Drawing, fill: str) -> Callable[[float, float], None]:
    return lambda x, y: drawing.rect(x, y, 14, 12, fill, stroke=SOFT)


def _stroke(drawing: Drawing, colour: str, width: float, dashes: str) -> Callable[[float, float], None]:
    return lambda x, y: drawing.line(x + 7, y, x + 7, y + 12, colour, width=width, dashes=dashes)


def _sign(drawing: Drawing, sort: str) -> Callable[[float, float], None]:
    return lambda x, y: mark(drawing, sort, x + 7, y + 6, "")
