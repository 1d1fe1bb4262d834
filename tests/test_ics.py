"""`dondoc deadlines … --format ics`, read back with the library that calendars are read with."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import icalendar
import pytest

from deadlines.calendar import vietnam
from deadlines.duties import expand_duties
from dondoc.messages.catalogue import shipped
from dondoc.reports.ics import ics
from tests.test_cli import Desk
from tests.test_deadlines import DIEN_BIEN, ROWS, duty, small_plan

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A terminal without a database."""
    return Desk(tmp_path / "home")


def read_back(data: bytes) -> dict[str, icalendar.Event]:
    """Return the events of a file by UID."""
    calendar = icalendar.Calendar.from_ical(data)
    assert isinstance(calendar, icalendar.Calendar)
    events = {str(event["uid"]): event for event in calendar.events}
    assert len(events) == len(calendar.events)
    return events


def test_the_command_gives_an_all_day_event_for_every_dated_row_and_names_the_others(desk: Desk) -> None:
    done = desk.run("deadlines", "dien-bien", "--format", "ics")
    assert done.exit_code == 0
    events = read_back(done.stdout_bytes)
    dated = {f"dien-bien.{r.duty}.{r.period}@dondoc": r.due_on for r in ROWS if r.due_on}
    assert {uid: event.DTSTART for uid, event in events.items()} == dated
    assert len(dated) == 19
    for uid, due_on in dated.items():
        event = events[uid]
        assert due_on + timedelta(days=1) == event.DTEND
        assert not event.walk("VALARM")
        assert event["transp"] == "TRANSPARENT"
    assert done.stderr.startswith("66 dòng chưa ấn định thời hạn, không có trong lịch: ad-hoc-report, inspection, ")


def test_an_event_says_title_period_clause_and_what_else_to_know() -> None:
    events = read_back(ics("Mẫu", ROWS, shipped("vi").period, NOW).encode())
    report = events["dien-bien.annual-report.2026@dondoc"]
    assert date(2026, 11, 14) == report.DTSTART
    assert str(report["summary"]) == (
        "Hạn cuối: Báo cáo hằng năm tình hình tổ chức thực hiện Phong trào thi đua, năm 2026 (mục V.8)"
    )
    assert str(report["description"]).splitlines()[:2] == [
        "“trước ngày 15/11” (mục V.8).", "Ngày làm việc cuối: thứ Sáu, 13/11/2026."
    ]  # fmt: skip
    assert report["status"] == "CONFIRMED"
    review = events["dien-bien.interim-review.once@dondoc"]
    assert str(review["summary"]).endswith("(mục II.4) (chờ xác nhận)")
    assert review["status"] == "TENTATIVE"


def test_text_is_escaped_and_every_line_ends_in_crlf_and_is_folded() -> None:
    plan = small_plan(2026, 1, None, "[]", duty("x", "guidance", "by Q3", ", years: first"))
    (row,) = expand_duties(plan, vietnam())
    awkward = "Rà soát; bổ sung, hoàn thiện \\ “kế hoạch”\nTiếp theo " + "rất dài " * 40
    (changed,) = [row.__class__.from_json(row.as_json() | {"words": awkward}, awkward)]
    data = ics("Tên, có dấu phẩy", [changed], shipped("vi").period, NOW).encode()
    assert data.count(b"\n") == data.count(b"\r\n")
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 75
    (event,) = read_back(data).values()
    assert awkward in str(event["summary"])
    assert str(icalendar.Calendar.from_ical(data)["x-wr-calname"]) == "Tên, có dấu phẩy"


def test_the_same_rows_give_the_same_events_on_any_day() -> None:
    early, late = (
        ics(DIEN_BIEN.name, ROWS, shipped("vi").period, at) for at in (NOW, datetime(2027, 1, 1, tzinfo=UTC))
    )
    assert [line for line in early.splitlines() if not line.startswith("DTSTAMP")] == [
        line for line in late.splitlines() if not line.startswith("DTSTAMP")
    ]
