"""The incoming-document register: read, matched with what is awaited, taken over as one batch and taken back."""

from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from unicodedata import normalize

import pytest
from openpyxl import Workbook
from sqlalchemy import event, select

from deadlines.arrival import arrived_at
from deadlines.calendar import vietnam
from dondoc.registry.register import Entry, entries_of, find_head, guess_columns, parse_columns, parse_day
from dondoc.registry.register_file import RegisterUnreadable, read_register
from dondoc.registry.register_match import Known, Ledger, Match, Owed, match_entry
from dondoc.store import tables as t
from dondoc.store.campaigns import reconciled_at
from dondoc.store.intake_batches import UnknownBatch
from dondoc.store.status import UnitStatus, waiting_steps
from tasks.confirm_intake import RefusedBatch, confirm_reading
from tasks.read_intake import Reading, office_of, read_intake
from tasks.review import decide
from tasks.trail import newest
from tasks.undo_intake import undo_batch
from tests.story import Story, at, story

HEAD = ("Số đến", "Ngày đến", "Số, ký hiệu", "Ngày văn bản", "Cơ quan gửi", "Trích yếu", "Người ký")
NAMED = "Báo cáo kết quả Phong trào thi đua “Chuyển đổi số” năm 2026"
REPORT = ("annual-report", "2026")


def row(
    n: int, issuer: str, *, number: str | None = None, abstract: str = NAMED, came: str = "13/11/2026"
) -> list[str]:
    """Return a line of a register."""
    return [str(n), came, number or f"{n}/BC-MẪU", "12/11/2026", issuer, abstract, "Người ký mẫu"]


def csv_file(folder: Path, rows: Sequence[Sequence[str]], *, name: str = "so-den.csv") -> Path:
    """Return a register as an office's system exports it: BOM, semicolons, two title rows."""
    lines = ["SỞ MẪU;;;;;;", "SỔ VĂN BẢN ĐẾN THÁNG 11/2026;;;;;;", ";".join(HEAD), *(";".join(each) for each in rows)]
    path = folder / name
    path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")
    return path


def entries(path: Path) -> list[Entry]:
    grid = read_register(path)
    head = find_head(grid)
    return entries_of(grid, head, guess_columns(head))


def test_a_csv_with_title_rows_and_a_mark_in_front_is_read(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [row(7, "Sở Y tế"), row(8, "Sở Y tế", number="7/BC-mẫu"), ["", "Tổng số: 2"] + [""] * 5])
    first, twice = entries(path)
    assert (first.line, first.number, first.dated, first.signer) == (4, "7/BC-MẪU", date(2026, 11, 12), "Người ký mẫu")
    assert first.wrong is None
    assert twice.wrong == "trùng văn bản ở dòng 4"


def test_a_register_of_an_old_windows_is_read_and_one_in_an_old_font_is_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path, [row(7, "Sở Tư pháp")])
    words = path.read_text(encoding="utf-8-sig")
    # Windows-1258 has no letter with hat and tone in one: vowels with their mark, then the tone as a letter of its own
    path.write_bytes(b"".join(_in_1258(letter) for letter in words))
    [entry] = entries(path)
    assert (entry.number, entry.issuer, entry.abstract) == ("7/BC-MẪU", "Sở Tư pháp", NAMED)
    path.write_bytes("Sè ®Õn;Ngµy ®Õn;TrÝch yÕu\r\n".encode("cp1252"))  # TCVN3 in a font of its own
    with pytest.raises(RegisterUnreadable, match="is not UTF-8 text"):
        read_register(path)


def _in_1258(letter: str) -> bytes:
    """Return a letter as Windows-1258 writes it."""
    try:
        return letter.encode("cp1258")
    except UnicodeEncodeError:
        base, tone = normalize("NFD", letter)[:-1], normalize("NFD", letter)[-1]
        if tone not in "\u0300\u0301\u0303\u0309\u0323":  # the dot below stands before the hat
            marks = normalize("NFD", letter)
            base, tone = marks[0] + marks[2], marks[1]
        return normalize("NFC", base).encode("cp1258") + tone.encode("cp1258")


def test_a_workbook_with_days_as_days_serials_and_text_is_read(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["SỔ VĂN BẢN ĐẾN"])
    sheet.append(list(HEAD))
    came = datetime.combine(date(2026, 11, 13), time(8, 30))  # as a workbook keeps it
    sheet.append([1, came, "1/BC-MẪU", date(2026, 11, 12), "Sở Y tế", NAMED, "Người ký mẫu"])
    sheet.append([2, 46339, "2/BC-MẪU", "12-11-2026", "Sở Tư pháp", NAMED, None])
    sheet.append([3, "bữa kia", "3/BC-MẪU", "12-11-2026", "Sở Tư pháp", NAMED, None])
    book.save(tmp_path / "so.xlsx")
    first, second, third = entries(tmp_path / "so.xlsx")
    assert (first.arrived_on, first.arrived_time) == (date(2026, 11, 13), time(8, 30))
    assert (second.arrived_on, second.arrived_time, second.dated) == (date(2026, 11, 13), None, date(2026, 11, 12))
    assert third.wrong == "Ngày đến: 'bữa kia' không phải ngày"


@pytest.mark.parametrize(
    ("text", "day"),
    [("14/11/2026", (date(2026, 11, 14), None)), ("08:05 14/11/2026", (date(2026, 11, 14), time(8, 5))),
     ("2026-11-14 16:30", (date(2026, 11, 14), time(16, 30))), ("46340.5", (date(2026, 11, 14), time(12, 0))),
     ("31/02/2026", None), ("", None)],
)  # fmt: skip
def test_days_as_registers_write_them(text: str, day: tuple[date, time | None] | None) -> None:
    assert parse_day(text) == day


def test_what_cannot_be_a_register_is_refused_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("Số đến\tNgày".encode("utf-16-le") + b"\xff\x00")
    with pytest.raises(RegisterUnreadable, match=r"a\.csv: .*CSV UTF-8"):
        read_register(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("một,hai\nba,bốn\n", encoding="utf-8")
    with pytest.raises(RegisterUnreadable, match="no row names the columns; it needs Ngày đến, Số ký hiệu"):
        find_head(read_register(tmp_path / "b.csv"))
    with pytest.raises(RegisterUnreadable, match="--map 'Nơi=where': write COLUMN=FIELD"):
        parse_columns("Nơi=where")


def test_a_document_of_a_saturday_registered_on_monday_came_on_the_saturday() -> None:
    calendar = vietnam()
    saturday, monday = date(2026, 11, 14), date(2026, 11, 16)
    assert arrived_at(monday, None, saturday, calendar) == at("2026-11-14 23:59")
    assert arrived_at(monday, None, date(2026, 11, 13), calendar) == at("2026-11-16 23:59")  # it could have come on it
    assert arrived_at(monday, time(9), saturday, calendar) == at("2026-11-16 09:00")  # the register knows better


def owed(key: int, unit: int, duty: str = "annual-report", period: str = "2026", title: str = "Báo cáo hằng năm",
         campaign: str = "Phong trào thi đua “Chuyển đổi số giai đoạn 2023 - 2030” trên địa bàn tỉnh Mẫu",
         number: str = "2158/KH-UBND") -> Owed:  # fmt: skip
    return Owed(key, unit, campaign, campaign, number, duty, title, period, None, date(2026, 11, 14))


LEDGER = Ledger(
    [Known(1, "Xã Mường Mẫu", "Huyện A"), Known(1, "Ủy ban nhân dân xã Mường Mẫu", "Huyện A"),
     Known(2, "Xã Mường Mẫu", "Huyện B"), Known(3, "Sở Y tế"), Known(3, "Sở Sức khỏe", now="Sở Y tế"),
     Known(4, "Sở Y tế", now="Sở Tư pháp", until=date(2025, 7, 1)),
     Known(4, "Sở Tư pháp")],
    [owed(10, 1), owed(20, 2), owed(30, 3), owed(31, 3, "final-report", "once", "Báo cáo tổng kết"),
     owed(32, 3, period="2025"),
     owed(40, 4, period="2026-Q3"), owed(41, 4, period="2026-Q4"),
     owed(42, 4, period="2026-Q3", campaign="Phong trào thi đua “Xây dựng nông thôn mới”", number="77/KH-UBND")],
    {(30, "5 bc mau", date(2026, 11, 12)): "XN-1"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("issuer", "abstract", "certainty", "found", "because"),
    [
        ("Sở Y tế", NAMED, "sure", 30, "tên phong trào · kỳ năm 2026"),
        ("SO Y TE tỉnh Mẫu", "Báo cáo thực hiện Kế hoạch số 2158/KH-UBND năm 2025", "sure", 32, "2158/KH-UBND"),
        ("Sở Y tế", "Báo cáo tổng kết phong trào thi đua chuyển đổi số năm 2026", "sure", 31, "năm 2026"),
        ("Sở Sức khỏe", NAMED, "probable", 30, "cũ, nay là Sở Y tế"),
        ("Sở Y tế", "Báo cáo kết quả chuyển đổi số năm 2026", "probable", 30, "không nói là phong trào thi đua"),
        ("Sở Y tế", "Báo cáo phong trào thi đua chuyển đổi số", "probable", 30, "không nêu kỳ"),
        ("Sở Y tế", "Thu hồi Báo cáo phong trào thi đua chuyển đổi số năm 2026", "unmatched", None, "thu hồi"),
        ("Sở Y tế", "Đề nghị gia hạn báo cáo phong trào chuyển đổi số năm 2026", "unmatched", None, "gia hạn"),
        ("Sở Y tế", "Mừng ngày truyền thống", "unmatched", None, "không nêu tên"),
        ("Sở Y tế", "Báo cáo phong trào thi đua chuyển đổi số năm 2029", "unmatched", None, "không phải kỳ đang"),
        ("UBND xã Mường Mẫu", NAMED, "unmatched", None, "2 đơn vị cùng tên"),
        ("UBND xã Mường Mẫu, huyện B", NAMED, "sure", 20, "tên phong trào"),
        ("Sở Tư pháp", "Báo cáo thi đua chuyển đổi số quý III/2026", "sure", 40, "quý 3 năm 2026"),
        ("Sở Tư pháp", "Báo cáo thi đua xây dựng nông thôn mới quý 3 năm 2026", "sure", 42, "quý 3 năm 2026"),
        ("Sở Tư pháp", "Báo cáo phong trào quý IV năm 2026", "probable", 41, "không nêu phong trào"),
        ("Sở Tư pháp", "Báo cáo phong trào quý III năm 2026", "unmatched", None, "2 nhiệm vụ khác nhau"),
        ("Công ty Lạ", NAMED, "unmatched", None, "không tìm thấy đơn vị “Công ty Lạ”"),
    ],
)  # fmt: skip
def test_what_a_line_is_taken_for(issuer: str, abstract: str, certainty: str, found: int | None, because: str) -> None:
    entry = Entry(4, "1", date(2026, 11, 13), None, "9/BC-MẪU", date(2026, 11, 12), issuer, abstract, "")
    match = match_entry(entry, LEDGER)
    assert (match.certainty, match.assignment_id) == (certainty, found)
    assert because in match.reason


def test_a_document_recorded_before_is_known_again() -> None:
    entry = Entry(4, "1", date(2026, 11, 13), None, "5/BC-Mẫu", date(2026, 11, 12), "Sở Y tế", NAMED, "")
    assert match_entry(entry, LEDGER) == Match("sure", "văn bản này đã được ghi nhận", 30, (30, 32, 31), recorded=True)


async def reading_of(s: Story, path: Path) -> Reading:
    return await read_intake(s.world, await office_of(s.world, None), path, as_of=s.now)


async def unit(s: Story, code: str) -> UnitStatus:
    [found] = [each for each in await s.units(*REPORT) if each.unit_code == code]
    return found


async def test_a_register_is_taken_over_and_taken_back(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-11-01", now="2026-11-05") as s:
        await s.forward("2026-11-16 15:00")
        assert len(await waiting_steps(s.world.database)) == 1  # overdue: waits for the comparison
        s.new_mails()
        rows = [row(1, "Sở Y tế"), row(2, "Sở Tư pháp", came="16/11/2026"), row(3, "Sở Lạ"), row(1, "Sở Y tế")]
        reading = await reading_of(s, csv_file(tmp_path, rows))
        assert [each.match.certainty for each in reading.lines] == ["sure", "sure", "unmatched", "unmatched"]
        assert (await unit(s, "11-so-y-te")).state == "open"  # nothing is written by reading

        done = await confirm_reading(s.world, reading, by="Chuyên viên mẫu", as_of=s.now)
        assert (done.taken, done.known, done.left) == (2, 0, 2)
        health, justice = await unit(s, "11-so-y-te"), await unit(s, "11-so-tu-phap")
        assert (health.state, health.judged, health.document_received_at) == (
            "submitted",
            "on-time",
            at("2026-11-13 23:59"),
        )
        assert (justice.state, justice.judged) == ("submitted", "late")
        assert [each.act for each in await newest(s.world, 1)] == ["intake"]

        again = await confirm_reading(
            s.world, await reading_of(s, tmp_path / "so-den.csv"), by="Chuyên viên mẫu", as_of=s.now
        )
        assert (again.taken, again.known) == (0, 2)  # the same documents imported twice are there once

        with pytest.raises(UnknownBatch):
            await undo_batch(s.world, "DS-NONE", by="Chuyên viên mẫu", as_of=s.now)
        undone = await undo_batch(s.world, done.code, by="Chuyên viên mẫu", as_of=s.now)
        assert (undone.voided, undone.reopened, undone.told) == (2, 2, 0)
        health = await unit(s, "11-so-y-te")
        assert (health.state, health.judged, health.document_received_at) == ("open", None, None)
        with pytest.raises(RefusedBatch, match="is undone; only a confirmed batch"):
            await undo_batch(s.world, done.code, by="Chuyên viên mẫu", as_of=s.now)
        await undo_batch(s.world, again.code, by="Chuyên viên mẫu", as_of=s.now)
        assert await reconciled_at(s.world.database, reading.office_id, s.now) is None
        await s.forward("2026-11-16 15:30")
        assert list(s.new_mails()) == []  # no acknowledgement of what was taken back, nothing overdue either

        last = await confirm_reading(
            s.world, await reading_of(s, tmp_path / "so-den.csv"), by="Chuyên viên mẫu", as_of=s.now
        )
        assert last.taken == 2
        await s.forward("2026-11-16 17:00")
        mails = s.new_mails()
        assert sum("Xác nhận tiếp nhận" in mail.subject for mail in mails) == 2
        assert len(mails) > 70  # and now the overdue notices to everybody else
        assert await waiting_steps(s.world.database) == []


async def test_a_batch_with_a_later_report_on_it_stays(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-11-01", now="2026-11-05") as s:
        await s.forward("2026-11-13 15:00")
        await s.submit("11-so-y-te", *REPORT)  # data first: the document from the register comes on top
        reading = await reading_of(s, csv_file(tmp_path, [row(1, "Sở Y tế"), row(2, "Sở Tư pháp")]))
        done = await confirm_reading(s.world, reading, by="Chuyên viên mẫu", as_of=s.now)
        await s.submit("11-so-tu-phap", *REPORT)
        with pytest.raises(RefusedBatch, match=r"1 reports have moved on \(Sở Tư pháp: 1 later receipts\)"):
            await undo_batch(s.world, done.code, by="Chuyên viên mẫu", as_of=s.now)
        assert (await unit(s, "11-so-y-te")).document_received_at is not None


async def test_seventy_lines_cost_as_many_queries_as_seven(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-11-01", now="2026-11-05") as s:
        await s.forward("2026-11-13 15:00")
        async with s.world.database.read() as connection:
            names = list((await connection.execute(
                select(t.unit.c.office_name).join(t.assignment, t.assignment.c.unit_id == t.unit.c.id)
                .join(t.duty_period, t.duty_period.c.id == t.assignment.c.duty_period_id)
                .where(t.duty_period.c.duty == REPORT[0], t.duty_period.c.period == REPORT[1],
                           t.unit.c.code != "11-so-khcn").order_by(t.unit.c.id)
            )).scalars())  # fmt: skip
        asked = list[str]()
        event.listen(s.world.database.engine.sync_engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
        counts = []
        for first, last in ((0, 7), (7, 77)):
            rows = [row(n, name) for n, name in enumerate(names[first:last], first)]
            asked.clear()
            reading = await reading_of(s, csv_file(tmp_path, rows, name=f"{first}.csv"))
            done = await confirm_reading(s.world, reading, by="Chuyên viên mẫu", as_of=s.now)
            assert done.taken == last - first
            counts.append(len(asked))
        assert counts[1] <= counts[0] + 5


async def test_a_register_answers_a_supplement_by_what_came_after_it_was_asked_for(
    database_url: str, tmp_path: Path
) -> None:
    async def review() -> tuple[str | None, date | None]:
        async with s.world.database.read() as connection:
            a = t.assignment.c
            asked = select(a.review, a.supplement_by).join(t.submission, t.submission.c.assignment_id == a.id)
            return tuple((await connection.execute(asked.where(t.submission.c.code == first.code))).one())

    async with story(database_url, tmp_path, since="2026-10-15", now="2026-11-02 08:00") as s:
        await s.round_only("2026-11-02 08:00")
        first = await s.submit("11-so-y-te", *REPORT)
        until = date(2026, 11, 12)
        await decide(s.world, first.code, "returned", receiver="standing-agency", reasons=("figures",),
                     words="Thiếu biểu 02", supplement_by=until, by="Chuyên viên mẫu", as_of=s.now)  # fmt: skip
        await s.forward("2026-11-03 09:00")
        s.new_mails()

        older = csv_file(tmp_path, [row(1, "Sở Y tế", came="30/10/2026")], name="cu.csv")  # the document of that report
        older.write_text(older.read_text(encoding="utf-8").replace("12/11/2026", "30/10/2026"), encoding="utf-8")
        await confirm_reading(s.world, await reading_of(s, older), by="Chuyên viên mẫu", as_of=s.now)
        assert await review() == ("returned", until)
        await s.forward("2026-11-09 09:00")
        assert sum("bổ sung" in mail.subject for mail in s.new_mails()) == 1  # three working days before

        newer = csv_file(tmp_path, [row(2, "Sở Y tế", came="09/11/2026")], name="moi.csv")
        newer.write_text(newer.read_text(encoding="utf-8").replace("12/11/2026", "09/11/2026"), encoding="utf-8")
        done = await confirm_reading(s.world, await reading_of(s, newer), by="Chuyên viên mẫu", as_of=s.now)
        assert await review() == ("waiting", None)
        undone = await undo_batch(s.world, done.code, by="Chuyên viên mẫu", as_of=s.now)
        assert (undone.voided, undone.reopened) == (1, 0)
        again = await confirm_reading(s.world, await reading_of(s, newer), by="Chuyên viên mẫu", as_of=s.now)
        await s.forward("2026-11-25 17:00")
        assert sum("bổ sung" in mail.subject for mail in s.new_mails()) == 0  # it came: silent
        await decide(s.world, await newest_code(s), "accepted", receiver="standing-agency", by="Chuyên viên mẫu",
                     as_of=s.now)  # fmt: skip
        with pytest.raises(RefusedBatch, match=r"Sở Y tế: reviewed"):
            await undo_batch(s.world, again.code, by="Chuyên viên mẫu", as_of=s.now)


async def newest_code(s: Story) -> str:
    """Return the look-up code of the receipt recorded last."""
    async with s.world.database.read() as connection:
        found = await connection.execute(select(t.submission.c.code).order_by(t.submission.c.id.desc()).limit(1))
        return str(found.scalar_one())
