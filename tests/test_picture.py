"""A timeline's picture: nothing outside its frame, nothing unescaped, nothing that an empty campaign would break."""

import struct
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dondoc.simulation.picture import draw
from dondoc.simulation.png import NoFont, fonts_in, png_of
from dondoc.simulation.svg import folded, width_of
from dondoc.simulation.timeline import Lane, Outcome, Timeline, outcomes_of
from dondoc.store.timelines import Counted, DrawnPeriod, DrawnRuling, RegistryDay

SVG = "{http://www.w3.org/2000/svg}"
ACCOUNT: dict[str, Any] = {
    "seed": 1, "profile": "typical", "issued": "2023-01-01", "issued_assumed": False, "messages": 0, "duplicates": 0,
    "nagged": 0, "submissions": {"on_time": 0, "late": 0, "missing": 0},
    "escalations": {"laid": 0, "released": 0},
}  # fmt: skip


def period(**days: Any) -> DrawnPeriod:
    """Return a period of a duty, binding and confirmed unless told otherwise."""
    known = {"confirmed": True, "binding": True, "opens_on": None, "due_on": None, "bound_on": None, **days}
    return DrawnPeriod("annual-report", known.pop("period", "once"), "Báo cáo hằng năm", "V.8", **known)


def lane(*periods: DrawnPeriod, **happened: tuple[Any, ...]) -> Lane:
    """Return a lane with these periods."""
    known = {"notices": (), "reports": (), "briefs": (), "rulings": (), **happened}
    return Lane("annual-report", periods[0].title, "V.8", periods, **known)


def timeline(*lanes: Lane, first: date = date(2026, 1, 1), until: date = date(2027, 1, 1), **known: Any) -> Timeline:
    """Return a timeline of these lanes."""
    rest: dict[str, Any] = {"phases": (), "registry": (), "rulings": (), "outcomes": {}, "account": ACCOUNT, **known}
    return Timeline(name="Phong trào <mẫu> & thử", first=first, until=until, live_since=first, lanes=lanes, **rest)


def texts(svg: str) -> list[str]:
    """Return what a picture says, in its order."""
    return [str(text.text) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_a_campaign_without_a_date_or_an_event_is_drawn_too() -> None:
    said = texts(draw(timeline(lane(period()))))
    assert "Phong trào <mẫu> & thử" in said  # escaped in the file, whole for the reader
    assert "Nhiệm vụ chưa ấn định thời hạn" in said
    assert "Nhiệm vụ có thời hạn" not in said
    assert texts(draw(timeline()))[0] == "Phong trào <mẫu> & thử"


@pytest.mark.parametrize(
    ("drawn", "group", "words"),
    [
        (period(due_on=date(2026, 11, 14), opens_on=date(2026, 1, 1)), "Nhiệm vụ có thời hạn", "14/11"),
        (period(due_on=date(2026, 11, 14), confirmed=False), "Nhiệm vụ có thời hạn", "14/11 (chưa xác nhận)"),
        (period(due_on=date(2026, 12, 31), binding=False), "Nhiệm vụ chưa ấn định thời hạn",
         "chờ quyết định · 31/12/2026"),  # conditional: nobody is held to it before the decision
        (period(bound_on=date(2026, 6, 30)), "Nhiệm vụ chưa ấn định thời hạn", "không quá 30/06/2026"),
        (period(bound_on=date(2027, 6, 30)), "Nhiệm vụ chưa ấn định thời hạn", "không quá 30/06/2027 →"),
        (period(due_on=date(2023, 9, 30)), "Ngoài khoảng thời gian này", "← 30/09/2023"),
        (period(due_on=date(2030, 12, 31), opens_on=date(2030, 10, 1)), "Ngoài khoảng thời gian này", "31/12/2030 →"),
        (period(period="2026-Q2", due_on=date(2026, 6, 30)), "Nhiệm vụ có thời hạn", "30/6"),
    ],
)  # fmt: skip
def test_a_duty_stands_where_its_dates_put_it(drawn: DrawnPeriod, group: str, words: str) -> None:
    said = texts(draw(timeline(lane(drawn))))
    groups = {"Nhiệm vụ có thời hạn", "Nhiệm vụ chưa ấn định thời hạn", "Ngoài khoảng thời gian này"}
    assert groups & set(said) == {group}
    assert words in said


@given(
    first=st.dates(date(2021, 1, 1), date(2026, 1, 1)),
    days=st.integers(1, 3300),
    opens=st.integers(-400, 3700),
    lasts=st.integers(0, 400),
    at=st.integers(-50, 3400),
    count=st.integers(1, 100_000),
)
def test_nothing_is_drawn_outside_the_frame(
    first: date, days: int, opens: int, lasts: int, at: int, count: int
) -> None:  # fmt: skip
    opening, day = first + timedelta(days=opens), datetime(first.year, first.month, first.day, 4, tzinfo=UTC)
    happened = day + timedelta(days=at)
    one = lane(
        period(opens_on=opening, due_on=opening + timedelta(days=lasts)),
        notices=(Counted("annual-report", "remind", happened, count), Counted("annual-report", "overdue", happened, 1)),
        reports=(Counted("annual-report", "late", happened, count),),
        briefs=(Counted("annual-report", "laid", happened, 1),),
        rulings=(DrawnRuling("extend", "annual-report", happened, None),),
    )
    told = timeline(
        one, lane(period(bound_on=opening)), first=first, until=first + timedelta(days=days),
        outcomes={("annual-report", "once"): Outcome(count, 3, 1, 2, 5)},
        registry=(RegistryDay(first + timedelta(days=at), 10, 45),),
    )  # fmt: skip
    root = ElementTree.fromstring(draw(told))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for shape in list(root.iter(f"{SVG}rect"))[3:]:  # after two hatchings and the paper
        x, y, wide, high = (float(shape.attrib[name]) for name in ("x", "y", "width", "height"))
        assert x >= 0
        assert x + wide <= width + 0.1
        assert y >= 0
        assert y + high <= height
        assert min(wide, high) >= 0


def test_labels_of_events_do_not_lie_upon_each_other() -> None:
    days = tuple(RegistryDay(date(2026, 3, 1) + timedelta(days=3 * n), 10 + n, 45) for n in range(6))
    root = ElementTree.fromstring(draw(timeline(lane(period()), registry=days)))
    boxes = []
    for text in root.iter(f"{SVG}text"):
        if "đơn vị" in str(text.text) and "thôi" in str(text.text):
            x, wide = float(text.attrib["x"]), width_of(str(text.text), 11)
            boxes.append((float(text.attrib["y"]), x - wide * (text.attrib["text-anchor"] == "end"), wide))
    assert len(boxes) == 6
    for y, x, wide in boxes:
        assert not any(y == other and x < left < x + wide for other, left, _ in boxes)


def test_outcomes_never_add_the_bound_and_the_asked() -> None:
    row = {"duty": "annual-report", "period": "2026", "on_time": 3, "late": 2, "received_undated": 0, "not_recorded": 1}
    found = outcomes_of([{**row, "modality": "mandated"}, {**row, "modality": "invited"}])
    assert found == {("annual-report", "2026"): Outcome(3, 2, 1, answered=5, unanswered=1)}


def test_long_titles_are_folded_and_end_in_an_ellipsis() -> None:
    title = "Báo cáo hằng năm tình hình tổ chức thực hiện Phong trào thi đua chuyển đổi số trên địa bàn tỉnh"
    lines = folded(title, 12, 200, 2)
    assert len(lines) == 2
    assert lines[1].endswith(" …")
    assert all(width_of(line, 12) <= 200 for line in lines)
    assert folded(title, 12, 2000, 2) == [title]


def test_a_png_is_the_same_picture_twice_as_large() -> None:
    svg = draw(timeline(lane(period(due_on=date(2026, 11, 14)))))
    png = png_of(svg)
    assert png == png_of(svg)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    size = struct.unpack(">II", png[16:24])
    root = ElementTree.fromstring(svg)
    assert size == (3200, round(2 * float(root.attrib["height"])))


def test_without_the_font_nothing_is_drawn_without_letters(tmp_path: Path) -> None:
    with pytest.raises(NoFont, match="apt-get install fonts-liberation2"):
        fonts_in(tmp_path)
