"""Closed books: what stands in them counts, a unit may contest it for some working days, and nothing else moves it."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest

from dondoc import clock
from dondoc.registry.text import search_key
from dondoc.store.books import BooksRow, ClosedRecord, all_books, record_of
from dondoc.store.campaigns import campaign
from dondoc.store.duties import duty_period
from dondoc.store.registry import find_unit
from dondoc.store.submissions import assignment_of
from tasks.close_books import RefusedBooks, answer_contest, close_books, contest
from tasks.receipts import Document
from tasks.trail import newest
from tasks.unit_links import links_for_desk
from tests.story import KEY, Story, at, story
from tests.test_unit_pages import unit_pages

ANNUAL = ("annual-report", "2026")
HEALTH, HOME = "11-so-y-te", "11-so-noi-vu"
WHO = "Chuyên viên mẫu"


async def close(s: Story, days: int = 3) -> None:
    """Close the books of the annual report."""
    await close_books(s.world, KEY, *ANNUAL, by=WHO, as_of=s.now, days=days)


async def record(s: Story, unit: str) -> ClosedRecord | None:
    """Return a unit's closed record of the annual report."""
    owner = await campaign(s.world.database, KEY)
    row = await duty_period(s.world.database, owner.id, *ANNUAL)
    found = await find_unit(s.world.database, unit, search_key(unit), clock.local_day(s.now))
    async with s.world.database.read() as connection:
        mine = await assignment_of(s.world.database, connection, row.id, found.id)
        assert mine is not None
        return await record_of(connection, mine.id)


async def listed(s: Story) -> BooksRow:
    """Return the only closed books."""
    owner = await campaign(s.world.database, KEY)
    [row] = await all_books(s.world.database, [owner.id])
    return row


async def told(s: Story, unit: str, said: str = "Đã gửi văn bản trước thời hạn") -> str:
    """Record that a unit contests its record."""
    return await contest(s.world, KEY, *ANNUAL, unit, said, by=WHO, as_of=s.now)


async def test_books_close_after_the_date_and_a_comparison_and_only_proof_moves_a_record(
    database_url: str, tmp_path: Path
) -> None:
    async with story(database_url, tmp_path, since="2026-11-10") as s:
        s.now = at("2026-11-10 09:00")
        with pytest.raises(RefusedBooks, match="nobody has been asked for it yet"):
            await close_books(s.world, KEY, "annual-report", "2027", by=WHO, as_of=s.now)
        await s.round_only("2026-11-11 09:00")
        await s.submit(HEALTH, *ANNUAL)
        with pytest.raises(RefusedBooks, match="reports are awaited until 14/11/2026"):
            await close(s)
        s.now = at("2026-11-18 09:00")
        with pytest.raises(RefusedBooks, match="dondoc reconcile-intake --confirm"):
            await close(s)
        await s.reconcile()
        with pytest.raises(RefusedBooks, match="from 1 to 30 working days"):
            await close(s, days=0)
        with pytest.raises(RefusedBooks, match="the books of this round are open"):
            await told(s, HOME)
        before = await newest(s.world, 99)
        assert "books-closed" not in {row.act for row in before}  # what is refused leaves no row

        await close(s)
        row = await listed(s)
        assert (row.units, row.on_time, row.late, row.not_recorded) == (126, 1, 0, 79)
        assert f"{row.contest_by}" == "2026-11-23"  # Wednesday and three working days
        with pytest.raises(RefusedBooks, match=r"its books were closed 18/11/2026"):
            await close(s)

        code = await told(s, HOME)
        with pytest.raises(RefusedBooks, match=f"{code} waits for an answer already"):
            await told(s, HOME)
        with pytest.raises(RefusedBooks, match="record the receipt with its time and document first"):
            await answer_contest(s.world, code, "upheld", "Có văn bản", by=WHO, as_of=s.now)
        assert (await listed(s)).open_contests == 1  # what was refused has written nothing

        paper = Document("45/BC-SNV", at("2026-11-12").date(), "Người ký mẫu")
        await s.submit(HOME, *ANNUAL, received="2026-11-13 10:00", document=paper)
        closed = await record(s, HOME)
        assert closed is not None
        assert (closed.state, closed.judged) == ("open", None)  # a receipt alone moves no closed record
        await answer_contest(s.world, code, "upheld", "Có văn bản số 45/BC-SNV", by=WHO, as_of=s.now)
        closed = await record(s, HOME)
        assert closed is not None
        assert (closed.state, closed.judged, closed.first_received_at) == (
            "submitted",
            "on-time",
            at("2026-11-13 10:00"),
        )
        row = await listed(s)
        assert (row.on_time, row.not_recorded, row.open_contests) == (2, 78, 0)
        with pytest.raises(RefusedBooks, match=r"was answered before \(upheld\)"):
            await answer_contest(s.world, code, "dismissed", "x", by=WHO, as_of=s.now)

        second = await told(s, HOME, "Đề nghị xem lại lần nữa")
        assert second != code
        unchanged = await record(s, HOME)
        await answer_contest(s.world, second, "dismissed", "Không có tài liệu mới", by=WHO, as_of=s.now)
        assert await record(s, HOME) == unchanged

        s.now = at("2026-11-23 23:00")
        await told(s, HEALTH)  # the last day is a day
        s.now = at("2026-11-24 00:01")
        with pytest.raises(RefusedBooks, match="could be contested until 23/11/2026"):
            await told(s, HOME)
        acts = [row.act for row in await newest(s.world, 6)][::-1]
        answered = ["record-contested", "contest-answered"]
        assert acts == ["record-contested", "submission", "contest-answered", *answered, "record-contested"]


async def test_two_officers_at_once_close_books_once_and_contest_once(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-11-10") as s:
        await s.round_only("2026-11-18 09:00")
        await s.reconcile()
        done = await asyncio.gather(*(close(s) for _ in range(4)), return_exceptions=True)
        assert [type(each) for each in done if each is not None] == [RefusedBooks] * 3
        codes = await asyncio.gather(*(told(s, HEALTH) for _ in range(4)), return_exceptions=True)
        assert sorted(type(each).__name__ for each in codes) == ["RefusedBooks"] * 3 + ["str"]
        assert (await listed(s)).open_contests == 1


async def test_a_unit_sees_its_record_on_its_page_and_contests_it_there_once(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-11-10", state="rehearsal") as s:
        await s.round_only("2026-11-18 09:00")
        async with unit_pages(s) as base:
            _unit, given = await links_for_desk(s.world, HOME, s.now)
            link = next(each.url for each in given if each.period == "2026" and each.due_on == at("2026-11-14").date())
            browser = httpx.AsyncClient(base_url=base, follow_redirects=True)
            async with browser:
                page = await browser.get(link)
                assert "Khóa sổ" not in page.text
                where = f"{page.url}/record"
                assert (await browser.get(where)).status_code == 404
                await s.reconcile()
                await close(s)
                assert "Xem kết quả ghi nhận" in (await browser.get(str(page.url))).text
                shown = await browser.get(where)
                assert "<strong>chưa ghi nhận</strong>" in shown.text
                assert "đến hết thứ Hai, 23/11/2026" in shown.text
                token = re.findall(r'name="token" value="([^"]+)"', shown.text)[0]
                empty = await browser.post(where, data={"token": token, "said": " \n "})
                assert (empty.status_code, "Cần xem lại" in empty.text) == (422, True)
                assert (await browser.post(where, data={"said": "x"})).status_code == 403
                form = {"token": token, "said": "Văn bản 45/BC-SNV\nđã gửi 13/11/2026 <b>"}
                for _ in range(2):
                    sent = await browser.post(where, data=form)
                    assert "Đang xem xét" in sent.text
                    assert "Văn bản 45/BC-SNV đã gửi 13/11/2026 &lt;b&gt;" in sent.text
                    assert 'name="said"' not in sent.text
                    assert (await listed(s)).open_contests == 1
                [last] = await newest(s.world, 1)
                assert (last.who, last.act) == (HOME, "record-contested")
