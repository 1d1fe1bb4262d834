"""Pages where something under them fails, or an address or field is absurd: a clear answer with every header."""

import re
from pathlib import Path

import httpx
import pytest

from dondoc.portal.pages import Pages
from tasks.sign_in import form_token
from tasks.unit_links import links_for_desk
from tests.story import story
from tests.test_desk_pages import client_of, officer
from tests.test_unit_pages import Y_TE, unit_pages, visitor
from tests.test_unit_reports import PDF, Officer

ABSURD = "9" * 25
PAPER = "/board/dien-bien/annual-report/2026/11-so-noi-vu"


def is_secured(answer: httpx.Response) -> bool:
    """Return whether an answer carries what every answer of ours carries."""
    headers = answer.headers
    return "default-src 'none'" in headers.get("content-security-policy", "") and (
        headers.get("x-content-type-options") == "nosniff"
    )


async def test_a_desk_whose_disk_takes_nothing_says_so_and_keeps_what_was_there(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", now="2026-10-14 08:00", state="rehearsal") as s:
        await s.round_only("2026-10-14 08:01")
        s.world.database.stand_at(s.now)
        s.spool.with_name("files").write_bytes(b"no folder: nothing can be written into it")
        token = await officer(s, "receiver")
        form = {"form": form_token(s.world, token), "key": "k1", "received_on": "14/10/2026", "received_time": "08:00",
                "receiver": "council-secretariat"}  # fmt: skip
        async with client_of(Pages(s.world, spool=s.spool, prefect_url=None, port=8025), token) as client:
            answer = await client.post(PAPER, data=form, files={"files": ("a.pdf", PDF)})
            assert (answer.status_code, is_secured(answer)) == (503, True)
            assert "Traceback" not in answer.text
            assert "Chưa ghi nhận." in (await client.get(PAPER)).text
            for address in (f"/mails/{ABSURD}", f"/mails/{ABSURD}/raw", f"/reports/XN-AAAA/files/{ABSURD}"):
                absent = await client.get(address)
                assert (address, absent.status_code, is_secured(absent)) == (address, 404, True)


async def test_numbers_no_database_holds_are_no_address_and_change_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with (
        story(sqlite_url, tmp_path, since="2026-10-01") as s,
        unit_pages(s) as address,
        visitor(address) as browser,
    ):
        await s.round_only("2026-10-01 08:00")
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        officer_ = Officer(s, browser, address)
        await officer_.open(link.url)
        for path in (f"/r/{ABSURD}", f"{officer_.here}/upload/{ABSURD}"):
            answer = await browser.post(path, headers={"origin": address})
            assert (answer.status_code, is_secured(answer)) in ((404, True), (405, True)), path
        for act in (f"drop-{ABSURD}", f"read-{ABSURD}", "drop-²"):
            assert await officer_.press("/draft", None, act=act) == 200


async def test_a_dropped_upload_leaves_no_bytes_behind(database_url: str, tmp_path: Path) -> None:
    async with (
        story(database_url, tmp_path, since="2026-10-01") as s,
        unit_pages(s) as address,
        visitor(address) as browser,
    ):
        await s.round_only("2026-10-01 08:00")
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        officer_ = Officer(s, browser, address)
        await officer_.open(link.url)
        headers = {"origin": address, "x-form-token": officer_.hidden()["token"]}
        begun = await browser.post(f"{officer_.here}/upload", data={"name": "a.pdf", "size": "99"}, headers=headers)
        number = begun.json()["number"]
        await browser.post(f"{officer_.here}/upload/{number}?at=0", content=PDF[:20], headers=headers)
        coming = s.spool.with_name("files-coming")
        assert [each.name for each in coming.iterdir()] == [str(number)]
        assert await officer_.press("/draft", None, act=f"drop-{number}") == 200
        assert list(coming.iterdir()) == []


@pytest.mark.parametrize("field", ["a²", "a" + ABSURD, "u²", "u" + ABSURD])
async def test_a_registers_answers_with_absurd_names_are_no_answers(
    sqlite_url: str, tmp_path: Path, field: str
) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", now="2026-10-14 08:00", state="rehearsal") as s:
        await s.round_only("2026-10-14 08:01")
        s.world.database.stand_at(s.now)
        token = await officer(s, "receiver")
        register = "Số đến,Ngày đến,Số ký hiệu,Ngày văn bản,Cơ quan gửi,Trích yếu,Người ký\n" + (
            "1,14/10/2026,45/BC,13/10/2026,Sở Y tế,Báo cáo năm 2026 chuyển đổi số,Người ký mẫu\n"
        )
        async with client_of(Pages(s.world, spool=s.spool, prefect_url=None, port=8025), token) as client:
            office = re.findall(r'name="office" value="([^"]+)"', (await client.get("/intake")).text)[0]
            form = {"form": form_token(s.world, token), "key": "k", "office": office}
            batch = await client.post("/intake", data=form, files={"files": ("so.csv", register.encode())})
            answer = await client.post(
                batch.headers["location"].partition("?")[0], data=form | {field: "1", "page": "²"}
            )
            assert (answer.status_code, is_secured(answer)) in ((303, True), (422, True))
