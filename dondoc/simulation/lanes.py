"""The lanes of a timeline's picture: what was due, what was sent, what came in, which papers were laid."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from math import sqrt

from dondoc import clock
from dondoc.simulation import words
from dondoc.simulation.axis import (
    BAR,
    DOWN,
    EDGE,
    FAINT,
    GREEN,
    GRID,
    HEAD,
    INK,
    LABELS,
    LANE,
    ROW,
    SOFT,
    UP,
    YELLOW,
    Axis,
    Fills,
    Most,
    mark,
)
from dondoc.simulation.svg import Drawing, folded, width_of
from dondoc.simulation.timeline import Lane, Outcome
from dondoc.store.timelines import Counted, DrawnPeriod


def groups_of(axis: Axis, lanes: Iterable[Lane]) -> tuple[list[Lane], list[Lane], list[Lane]]:
    """Return the duties with a date, those without, and those that lie outside the picture."""
    dated: list[Lane] = []
    undated: list[Lane] = []
    elsewhere: list[Lane] = []
    for lane in lanes:
        seen = [period for period in lane.periods if _in_view(axis, period)]
        if any(period.due_on and period.binding for period in seen) or lane.notices or lane.briefs:
            dated.append(lane)
        else:
            (undated if seen else elsewhere).append(lane)
    return dated, undated, elsewhere


def _in_view(axis: Axis, period: DrawnPeriod) -> bool:
    return _first_of(axis, period) < axis.until and _last_of(axis, period) >= axis.first


def _first_of(axis: Axis, period: DrawnPeriod) -> date:
    return period.opens_on or (date(int(period.period), 1, 1) if period.period.isdigit() else axis.first)


def _last_of(axis: Axis, period: DrawnPeriod) -> date:
    end_of_year = date(int(period.period), 12, 31) if period.period.isdigit() else axis.until
    return period.due_on or period.bound_on or end_of_year


def draw_lanes(
    drawing: Drawing, axis: Axis, lanes: list[Lane], outcomes: dict[tuple[str, str], Outcome], fills: Fills, most: Most,
    y: float,
) -> float:  # fmt: skip
    """Draw the duties that have a date."""
    if not lanes:
        return y
    drawing.text(EDGE, y + 16, words.DATED, size=13, bold=True)
    y += HEAD
    for lane in lanes:
        drawing.line(EDGE, y, axis.right, y, GRID)
        for number, line in enumerate(folded(lane.title, 12, LABELS - EDGE - 20, 4)):
            drawing.text(EDGE, y + 18 + 15 * number, line)
            last = y + 18 + 15 * number
        drawing.text(EDGE, last + 14, words.CLAUSE.format(clause=lane.clause), size=10, fill=SOFT)
        _lane(drawing, axis, lane, outcomes, fills, most, y)
        y += LANE
    return y


def _lane(
    drawing: Drawing, axis: Axis, lane: Lane, outcomes: dict[tuple[str, str], Outcome], fills: Fills, most: Most,
    top: float,
) -> None:  # fmt: skip
    middle = top + 24 + UP
    for period in lane.periods:
        if period.due_on and period.binding:
            _window(drawing, axis, period, outcomes.get((lane.duty, period.period), Outcome()), fills, top)
    drawing.line(axis.left, middle, axis.right, middle, "#b8c0c8", width=0.6)
    _bars(drawing, axis, lane.notices, fills.notices, words.NOTICES, most.notices, middle, -UP)
    _bars(drawing, axis, lane.reports, fills.reports, words.REPORTS, most.reports, middle, DOWN)
    for period in lane.periods:
        if period.due_on and period.binding and _in_view(axis, period):
            _due(drawing, axis, period, top)
    for row, sort in enumerate(words.BRIEFS):
        _papers(drawing, axis, [each for each in lane.briefs if each.sort == sort], top + 9 + 11 * row)
    for ruling in lane.rulings:
        day = clock.local_day(ruling.at)
        name = words.RULINGS.get(ruling.kind, ruling.kind)
        mark(drawing, "ruling", axis.x(day), top + 9, f"{name}, {words.day(day)}, {ruling.document or ''}")
        drawing.text(axis.x(day) + 8, top + 13, name, size=10, halo=True)


def _papers(drawing: Drawing, axis: Axis, briefs: list[Counted], y: float) -> None:
    """Draw briefs of one sort; those too close to each other are one sign with their number."""
    heaps: list[tuple[float, list[Counted]]] = []
    for each in briefs:
        x = axis.x(clock.local_day(each.at)) + max(axis.per_day / 2, 5)
        if heaps and x - heaps[-1][0] < 10:
            heaps[-1][1].append(each)
        else:
            heaps.append((x, [each]))
    for x, heap in heaps:
        count = sum(each.count for each in heap)
        days = ", ".join(words.day(clock.local_day(each.at)) for each in heap)
        mark(drawing, heap[0].sort, x, y, f"{words.BRIEFS[heap[0].sort]}: {days}")
        if count > 1:
            drawing.text(x + 6, y + 3.5, str(count), size=9, halo=True)


def _window(
    drawing: Drawing, axis: Axis, period: DrawnPeriod, outcome: Outcome, fills: Fills, top: float
) -> None:  # fmt: skip
    """Draw from when to when a period runs, and along its lower edge how it ended."""
    assert period.due_on is not None
    left, right = axis.x(_first_of(axis, period)), axis.x(period.due_on + timedelta(days=1))
    if right - left < 4:
        return  # outside the picture, or too short to be seen beside its due date
    drawing.rect(left, top + 18, right - left, LANE - 20, FAINT)
    bound = (
        ("on_time", outcome.on_time, GREEN, "#ffffff"),
        ("late", outcome.late, fills.reports["late"], INK),
        ("not_recorded", outcome.not_recorded, "#ffffff", INK),
    )
    asked = (("answered", outcome.answered, YELLOW, INK), ("unanswered", outcome.unanswered, "#ffffff", INK))
    _shares(drawing, left + 1, right - 1, top + LANE - BAR - 4, bound, words.OUTCOMES)
    if any(count for _, count, _, _ in asked):
        _shares(drawing, left + 1, right - 1, top + LANE - 2 * BAR - 5, asked, words.ASKED)


def _shares(
    drawing: Drawing, left: float, right: float, y: float, parts: Iterable[tuple[str, int, str, str]],
    names: dict[str, str],
) -> None:  # fmt: skip
    """Draw a bar divided by shares, each with its number where it fits."""
    parts = [part for part in parts if part[1]]
    total = sum(count for _, count, _, _ in parts)
    x = left
    for name, count, fill, ink in parts:
        wide = (right - left) * count / total
        drawing.rect(x, y, wide, BAR - 1, fill, stroke=SOFT, tip=f"{names[name]}: {count}")
        if wide > width_of(str(count), 9) + 3:
            drawing.text(x + wide / 2, y + BAR - 2.6, str(count), size=9, fill=ink, anchor="middle",
                         halo=fill.startswith("url"))  # fmt: skip
        x += wide


def _due(drawing: Drawing, axis: Axis, period: DrawnPeriod, top: float) -> None:
    assert period.due_on is not None
    if not axis.shows(period.due_on):  # it ends after the picture does
        drawing.text(axis.right, top + 13, f"{words.day(period.due_on)} →", size=10, bold=True, anchor="end", halo=True)
        return
    x = axis.x(period.due_on + timedelta(days=1))
    drawing.line(x, top + 14, x, top + LANE - 2, INK, width=1.6, dashes="" if period.confirmed else "3 2")
    name = words.short_day(period.due_on)
    said = name if period.confirmed else words.UNCONFIRMED.format(day=name)
    drawing.text(x - 1, top + 13, said, size=10, bold=True, anchor="end", halo=True)


def _bars(
    drawing: Drawing, axis: Axis, counted: tuple[Counted, ...], fills: dict[str, str], names: dict[str, str],
    most: int, middle: float, reach: float,
) -> None:  # fmt: skip
    """Draw how many things happened in each bar's days, sorts upon each other; a year's highest tells its number."""
    stacks = _binned(axis, counted)
    highest: dict[int, date] = {}
    for start, sorts in stacks.items():
        year = start.year
        if year not in highest or sorts.total() > stacks[highest[year]].total():
            highest[year] = start
    wide = max(axis.per_day * axis.bin - (1.5 if axis.bin == 1 else 0.4), 1.5)
    roomy = wide >= 12
    for start, sorts in sorted(stacks.items()):
        total = sorts.total()
        long = max(abs(reach) * sqrt(total / max(most, 10)), 2.5)
        x, done = axis.x(start), 0
        for sort, fill in fills.items():
            if not (count := sorts[sort]):
                continue
            near, far = long * done / total, long * (done + count) / total
            y = middle - far if reach < 0 else middle + near
            drawing.rect(x, y, wide, far - near, fill, stroke=INK if fill.startswith("url") else "none",
                         tip=f"{words.day(start)}, {names[sort]}: {count}")  # fmt: skip
            done += count
        if total > 1 and roomy:
            y = middle - long - 2 if reach < 0 else middle + long + 8
            drawing.text(x + wide / 2, y, str(total), size=8.5, fill=SOFT, anchor="middle", halo=True)
        elif total > 1 and start == highest[start.year]:
            y = middle - long + 6 if reach < 0 else middle + long
            drawing.text(x - 2, y, str(total), size=8.5, fill=SOFT, anchor="end", halo=True)


def _binned(axis: Axis, counted: Iterable[Counted]) -> dict[date, Counter[str]]:
    stacks: dict[date, Counter[str]] = defaultdict(Counter)
    for each in counted:
        day = clock.local_day(each.at)
        if axis.shows(day):
            stacks[axis.start_of(day)][each.sort] += each.count
    return stacks


def highest(axis: Axis, lanes: Iterable[tuple[Counted, ...]]) -> int:
    return max((stack.total() for counted in lanes for stack in _binned(axis, counted).values()), default=1)


def draw_rows(drawing: Drawing, axis: Axis, heading: str, lanes: list[Lane], y: float) -> float:
    """Draw duties that have no date here as thin rows, so that nothing of the plan is left out."""
    if not lanes:
        return y
    drawing.line(EDGE, y, axis.right, y, GRID)
    drawing.text(EDGE, y + 17, heading, size=13, bold=True)
    y += HEAD
    for lane in lanes:
        clause = words.CLAUSE.format(clause=lane.clause)
        room = LABELS - EDGE - 20 - width_of(clause, 9)
        drawing.text(EDGE, y + 11, folded(lane.title, 10.5, room, 1)[0], size=10.5)
        drawing.text(LABELS - 12, y + 11, clause, size=9, fill=SOFT, anchor="end")
        for period in lane.periods:
            _open_row(drawing, axis, period, y + 8)
        for each in lane.reports:
            day = clock.local_day(each.at)
            if axis.shows(day):
                drawing.rect(axis.x(day), y + 3, 3, 10, SOFT, tip=f"{words.REPORTS[each.sort]}: {each.count}")
        for ruling in lane.rulings:
            mark(drawing, "ruling", axis.x(clock.local_day(ruling.at)), y + 8, words.RULINGS.get(ruling.kind, ""))
        y += ROW
    return y


def _open_row(drawing: Drawing, axis: Axis, period: DrawnPeriod, y: float) -> None:
    limit = period.due_on or period.bound_on
    said = _limit_words(period, limit)
    if not _in_view(axis, period):
        if limit and limit < axis.first:
            drawing.text(axis.left + 4, y + 3, f"← {said}", size=9, fill=SOFT, halo=True)
        elif limit:
            drawing.text(axis.right - 4, y + 3, f"{said} →", size=9, fill=SOFT, anchor="end", halo=True)
        return
    left, right = axis.x(_first_of(axis, period)), axis.x(_last_of(axis, period) + timedelta(days=1))
    drawing.line(left + 2, y, right - 2, y, "#7a8691", width=1.2, dashes="1 4")
    if limit and axis.shows(limit):
        drawing.line(right, y - 6, right, y + 6, SOFT, dashes="2 2")
    if said:
        beyond = " →" if limit and limit >= axis.until else ""
        drawing.text(right - 4, y + 3, said + beyond, size=9, fill=SOFT, anchor="end", halo=True)


def _limit_words(period: DrawnPeriod, limit: date | None) -> str:
    said = words.day(limit) if limit else ""
    if limit and not period.due_on:
        said = words.NOT_AFTER.format(day=said)
    if period.binding:
        return said
    return f"{words.CONDITIONAL} · {said}" if said else words.CONDITIONAL
