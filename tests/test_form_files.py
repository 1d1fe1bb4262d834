"""A report's form as Excel and Word files: written, filled in, read back; and the same report by four ways."""

import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from openpyxl import load_workbook
from sqlalchemy import select

from config.errors import Refused
from config.plan import load_plan, plan_path
from deadlines.report_form import form_of
from dondoc.portal.pages import Pages
from dondoc.portal.units.sheet import sheet
from dondoc.reports.form_book import read_book, write_book
from dondoc.reports.form_file import NoForm, Sheet, Whose, whose_of
from dondoc.reports.form_outline import read_outline, write_outline
from dondoc.store import tables as t
from dondoc.store.reported import Reported, Value, reported_by
from dondoc.store.unit_page import page_row
from tasks.fill_in import read_filled
from tasks.form_file import StrangeForm, read_form_file
from tasks.receipts import keep_files
from tasks.record_submission import record_submission
from tasks.sign_in import form_token
from tasks.unit_links import links_for_desk
from tasks.unit_page import assignment_page, pages_asked
from tests.story import Story, story
from tests.test_desk_pages import client_of, officer
from tests.test_unit_pages import Y_TE, unit_pages, visitor
from tests.test_unit_reports import Officer

PLAN = load_plan(plan_path("dien-bien"))
FORM = form_of(PLAN, PLAN.duty("annual-report"), "department", "2024")
FIRST, SECOND = FORM.figures[0].slug, FORM.figures[1].slug
WHOSE = Whose("dien-bien", "annual-report", "2024", Y_TE)
SHEET = Sheet(
    WHOSE, FORM, "Sở Y tế tỉnh Mẫu", "Báo cáo năm", "năm 2024", "Kế hoạch số 1", "hết ngày 14/11/2024", "Sở KH&CN",
    sections={each: f"Phần {each}" for each in FORM.sections}, units={each.slug: "%" for each in FORM.figures},
    targets={each.slug: f"=cmd|' /C calc'!A{n}" for n, each in enumerate(FORM.figures)},
    last={FIRST: "Đã báo cáo năm 2023: 40%"}, filled={f"figure-{SECOND}": "77,5", "part-ahead": "Dòng một\nDòng hai"},
)  # fmt: skip
Write = Callable[[Path, dict[str, str]], None]


def fill_book(path: Path, fields: dict[str, Any]) -> None:
    """Type values into a workbook where its hidden keys say."""
    book = load_workbook(path)
    for page, key, value in ((book["Số liệu"], 8, 6), (book["Nội dung"], 3, 2)):
        for row in range(1, page.max_row + 1):
            if (field := page.cell(row, key).value) in fields:
                page.cell(row, value).value = fields[str(field)]
            estimate = str(field).replace("figure-", "estimate-")
            if estimate in fields and estimate != field:
                page.cell(row, 7).value = fields[estimate]
    book.save(path)


def fill_outline(path: Path, fields: dict[str, str]) -> None:
    """Type values into the content controls of an outline, as Word does: the hint goes with the first letter."""
    document = docx.Document(str(path))
    for sdt in document.element.body.iter(qn("w:sdt")):
        field = sdt.find(f"{qn('w:sdtPr')}/{qn('w:tag')}").get(qn("w:val"))
        if field not in fields:
            continue
        about = sdt.find(qn("w:sdtPr"))
        for hint in about.findall(qn("w:showingPlcHdr")):
            about.remove(hint)
        words = list(sdt.iter(qn("w:t")))
        words[0].text = fields[field]
        for other in words[1:]:
            other.text = ""
    document.save(str(path))


@pytest.mark.parametrize(
    ("kind", "write", "read"), [("xlsx", write_book, read_book), ("docx", write_outline, read_outline)]
)
def test_a_form_comes_back_as_it_was_written(kind: str, write: Any, read: Any, tmp_path: Path) -> None:
    path = tmp_path / f"form.{kind}"
    write(SHEET, path)
    filled = read(path)
    assert filled.whose == WHOSE
    assert {name: text for name, text in filled.fields.items() if text} == {
        f"figure-{SECOND}": "77,5", "part-ahead": "Dòng một\nDòng hai",
    }  # fmt: skip
    assert filled.wrong == ()
    assert whose_of(WHOSE.code) == WHOSE


def test_no_cell_of_a_workbook_is_a_formula_and_labels_are_locked(tmp_path: Path) -> None:
    write_book(SHEET, path := tmp_path / "form.xlsx")
    book = load_workbook(path)
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row if cell.value is not None]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert any(str(cell.value).startswith("=cmd") for cell in cells)
    assert all(page.protection.sheet for page in book.worksheets)
    assert not book["Số liệu"]["F9"].protection.locked
    assert book["Số liệu"]["B9"].protection.locked


def test_cells_that_cannot_be_taken_are_named(tmp_path: Path) -> None:
    write_book(SHEET, path := tmp_path / "form.xlsx")
    fill_book(
        path,
        {
            f"figure-{FIRST}": "=1+1",
            f"figure-{SECOND}": 81.25,
            "as_of": datetime(2024, 10, 31),  # noqa: DTZ001  # a spreadsheet knows no zone
        },
    )
    with pytest.raises(StrangeForm) as refused:
        read_form_file(path, "xlsx", FORM, WHOSE)
    assert refused.value.lines == ("trang Số liệu, ô F9: là công thức; chép lại giá trị của ô",)
    fill_book(path, {f"figure-{FIRST}": "95,5", f"estimate-{FIRST}": "x"})
    read = read_form_file(path, "xlsx", FORM, WHOSE)
    assert read.fields[f"figure-{SECOND}"] == "81,25"
    assert (read.fields[f"figure-{FIRST}"], read.fields[f"estimate-{FIRST}"]) == ("95,5", "1")
    assert read.fields["as_of"] == "31/10/2024"
    assert read.place(f"figure-{SECOND}") == "trang Số liệu, ô F10"


def test_another_reports_form_and_what_is_none_are_refused(tmp_path: Path) -> None:
    write_outline(SHEET, outline := tmp_path / "form.docx")
    with pytest.raises(StrangeForm) as refused:
        read_form_file(outline, "docx", FORM, replace(WHOSE, unit="11-so-tai-chinh"))
    assert (refused.value.why, refused.value.whose) == ("another", WHOSE)
    docx.Document().save(str(plain := tmp_path / "plain.docx"))
    (junk := tmp_path / "junk.docx").write_bytes(b"PK\x03\x04 junk")
    with zipfile.ZipFile(bomb := tmp_path / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 30_000_000)
    with zipfile.ZipFile(entity := tmp_path / "entity.docx", "w") as archive:
        archive.writestr("word/document.xml", b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>')
    for path in (plain, junk, bomb, entity):
        with pytest.raises(NoForm):
            read_outline(path)


async def by_portal(s: Story, path: Path, fields: dict[str, str]) -> None:
    """Send the report from the unit's page: typed, or a filled form uploaded and read."""
    async with unit_pages(s) as address, visitor(address) as browser:
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        officer = Officer(s, browser, address)
        await officer.open(link.url)
        if not fields:
            assert await officer.press("/draft", [(path.name, path.read_bytes())], act="save") == 200  # noqa: ASYNC240
            number = officer.page.partition('value="read-')[2].partition('"')[0]
            assert await officer.press("/draft", None, act=f"read-{number}") == 200
            assert "Đã đọc từ tệp" in officer.page
            fields = typed_in(officer.page)
        assert await officer.press("/draft", None, act="send", **fields) == 200
        assert await officer.press("/send", code=await officer.code()) == 200


async def by_paper(s: Story, fields: dict[str, str]) -> None:
    """Type a report that came on paper into the desk's page: what is wrong is told, then it is recorded."""
    token, path = await officer(s, "receiver"), f"/board/dien-bien/annual-report/2024/{Y_TE}"
    async with client_of(Pages(s.world, spool=s.spool, prefect_url=None, port=8025), token) as client:
        assert f'name="figure-{FIRST}"' in (await client.get(path)).text
        form = {"form": form_token(s.world, token), "key": "k1", "received_on": "01/10/2024", "received_time": "07:30",
                "receiver": "council-secretariat", **fields}  # fmt: skip
        strange = await client.post(path, data=form | {f"figure-{SECOND}": "80,,1", "as_of": "31/12/2024"})
        assert strange.status_code == 422
        assert f'<a href="#figure-{SECOND}">{FORM.figures[1].label}: chưa phải là số' in strange.text
        assert '<a href="#as_of">Ngày chốt số liệu ở sau hôm nay</a>' in strange.text
        done = await client.post(path, data=form, follow_redirects=True)
        assert (done.status_code, f"{FORM.figures[0].label}: 95,5% (ước)" in done.text) == (200, True)
        assert len(done.content) < 60_000


def typed_in(page: str) -> dict[str, str]:
    """Return what stands in the fields of a page, as a browser would send it."""
    inputs = dict(re.findall(r'<input class="short" type="text"[^>]* name="([\w-]+)"[^>]* value="([^"]*)"', page))
    areas = dict(re.findall(r'<textarea id="[\w-]+" name="([\w-]+)"[^>]*>\n([^<]*)</textarea>', page))
    ticked = dict.fromkeys(re.findall(r'name="(estimate-[\w-]+)" value="1" checked', page), "1")
    return {**inputs, **areas, **ticked}


async def state(s: Story) -> tuple[Any, ...]:
    """Return what the ledger keeps of the report: state, judgement, facts, values, texts, and what its unit is told."""
    [(assignment_id, _)] = await pages_asked(s.world, "dien-bien", "annual-report", "2024", Y_TE, s.now)
    row = await page_row(s.world.database, assignment_id)
    assert row is not None
    said: Reported = (await reported_by(s.world.database, assignment_id))[1]
    async with s.world.database.read() as connection:
        wanted = select(t.message.c.parameters).where(t.message.c.kind == "acknowledgement")
        [letter] = (await connection.execute(wanted)).scalars()
    told = [letter[name] for name in ("fact", "verdict", "figures", "awaited")]
    return row.state, row.judged, [each.fact for each in row.received], said, told


FIELDS = {
    f"figure-{FIRST}": "95,5", f"estimate-{FIRST}": "1", f"figure-{SECOND}": "80", "as_of": "30/09/2024",
    "part-results": "Đã làm xong", "part-difficulties": "Không",
}  # fmt: skip
AS_OF = date(2024, 9, 30)


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        ("sqlite", "typed"),
        ("sqlite", "form.xlsx"),
        ("sqlite", "form.docx"),
        ("sqlite", "desk"),
        ("sqlite", "paper"),
        ("postgresql", "form.xlsx"),
    ],
)
async def test_the_same_report_by_five_ways_ends_in_the_same_state(
    kind: str, way: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(f"{kind}_url")
    async with story(url, tmp_path, since="2024-10-01") as s:
        await s.round_only("2024-10-01 08:00")
        [(assignment_id, _)] = await pages_asked(s.world, "dien-bien", "annual-report", "2024", Y_TE, s.now)
        empty = sheet(await assignment_page(s.world, assignment_id, s.now), {})
        path = tmp_path / ("form.xlsx" if way == "desk" else way)
        if way == "form.docx":
            write_outline(empty, path)
            fill_outline(path, {**FIELDS, f"estimate-{FIRST}": "x"})
        elif way not in ("typed", "paper"):
            write_book(empty, path)
            fill_book(path, {**FIELDS, f"estimate-{FIRST}": "x"})
        if way == "paper":
            await by_paper(s, FIELDS)
        elif way == "desk":
            said = await read_filled(s.world, "dien-bien", "annual-report", "2024", Y_TE, path, s.now)
            await record_submission(
                s.world, "dien-bien", "annual-report", "2024", Y_TE, as_of=s.now, reported=said,
                files=keep_files((path,), tmp_path / "files"),
            )  # fmt: skip
        else:
            await by_portal(s, path, FIELDS if way == "typed" else {})
        values = [Value(FIRST, FORM.figures[0].measure, 95.5, True, AS_OF),
                  Value(SECOND, FORM.figures[1].measure, 80.0, False, AS_OF)]  # fmt: skip
        said = Reported(
            tuple(sorted(values, key=lambda each: each.indicator)),
            (("difficulties", "Không"), ("results", "Đã làm xong")),
        )
        assert await state(s) == ("submitted", "on-time", ["data"], said, ["data", "on-time", 2, ["document"]])


async def test_a_leap_in_a_paper_report_is_asked_about_and_not_refused(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2024-10-01") as s:
        await s.round_only("2024-10-01 08:00")
        await by_paper(s, FIELDS)
        await s.round_only("2025-10-15 08:00")
        s.world.database.stand_at(s.now)
        token, path = await officer(s, "desk"), f"/board/dien-bien/annual-report/2025/{Y_TE}"
        async with client_of(Pages(s.world, spool=s.spool, prefect_url=None, port=8025), token) as client:
            assert "Đã báo cáo năm 2024: 95,5%" in (await client.get(path)).text
            form = {"form": form_token(s.world, token), "key": "k2", "received_on": "15/10/2025",
                    "received_time": "07:30", "receiver": "council-secretariat",
                    f"figure-{FIRST}": "9,5"}  # fmt: skip
            asked = await client.post(path, data=form)
            assert (asked.status_code, 'name="seen"' in asked.text) == (422, True)
            assert "9,5%, khác nhiều so với năm 2024 là 95,5%" in asked.text
            done = await client.post(path, data=form | {"seen": "yes"})
            assert (done.status_code, re.findall(r'<a href="#[^<]+', done.text)) == (303, [])


async def test_a_filled_form_that_is_wrong_is_refused_whole_with_its_places(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2024-10-01") as s:
        await s.round_only("2024-10-01 08:00")
        [(assignment_id, _)] = await pages_asked(s.world, "dien-bien", "annual-report", "2024", Y_TE, s.now)
        write_book(sheet(await assignment_page(s.world, assignment_id, s.now), {}), path := tmp_path / "form.xlsx")
        fill_book(path, {f"figure-{FIRST}": "95,,5", f"figure-{SECOND}": 140})
        with pytest.raises(
            Refused, match=r"ô F9: '95,,5' is no number; write 1\.234 or 95,5; .* ô F10: '140' must lie"
        ):
            await read_filled(s.world, "dien-bien", "annual-report", "2024", Y_TE, path, s.now)
        with pytest.raises(Refused, match="owes nothing"):
            await read_filled(s.world, "dien-bien", "annual-report", "2024", "11-ubnd-tinh", path, s.now)
