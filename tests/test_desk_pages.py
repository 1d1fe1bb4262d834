"""What officers do on the desk's pages is done by the same tasks as on the command line, in their account's name."""

import asyncio
import re
from datetime import date, time, timedelta
from pathlib import Path

import httpx
from sqlalchemy import select

from dondoc.portal.forms import typed_day, typed_time
from dondoc.portal.pages import Pages
from dondoc.store import staff
from dondoc.store import tables as t
from dondoc.store.briefs import briefs_on_desk
from tasks.sign_in import form_token, hash_of
from tasks.trail import newest
from tests.story import Story, at, story

SCAN = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
ADDRESS = "http://127.0.0.1:8025"


async def officer(s: Story, role: str) -> str:
    """Return the token of somebody of the story's office who is signed in."""
    token, now = f"{role}.mau", s.world.database.now()
    async with s.world.database.write() as connection:
        office = (await connection.execute(select(t.office.c.id))).scalar_one()
        account = await staff.add_account(
            connection, {"login": token, "name": token, "role": role, "office_id": office, "password": "none",
                         "made_at": now, "password_at": now},
        )  # fmt: skip
        values = {"token": hash_of(token), "account_id": account, "created_at": now, "seen_at": now,
                  "ends_at": now + timedelta(days=9), "address": ""}  # fmt: skip
        await staff.add_session(connection, values, now)
    return token


def client_of(pages: Pages, token: str) -> httpx.AsyncClient:
    """Return the browser of somebody signed in."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(pages.app), base_url=ADDRESS, cookies={"dondoc_desk": token},
        headers={"origin": ADDRESS},
    )  # fmt: skip


async def test_registers_are_confirmed_and_a_brief_released_on_the_page(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-11-14", state="rehearsal") as s:
        pages = Pages(s.world, spool=s.spool, prefect_url=None, port=8025)
        await s.forward("2026-11-18 13:00")
        s.world.database.stand_at(s.now)
        receiver, desk = await officer(s, "receiver"), await officer(s, "desk")
        async with client_of(pages, await officer(s, "viewer")) as client:
            assert 'name="compared"' not in (await client.get("/reconciliation")).text
        async with client_of(pages, receiver) as client:
            page = await client.get("/reconciliation")
            assert "chưa có lần nào" in page.text
            assert "phiếu trình về đơn vị chưa ghi nhận" in page.text or "báo chưa ghi nhận" in page.text
            form = {"form": form_token(s.world, receiver), "office": _office(page)}
            for wrong in (form, form | {"compared": "yes", "office": "x"}):
                answer = await client.post("/reconciliation", data=wrong)
                assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
            assert "chưa có lần nào" in (await client.get("/reconciliation")).text
            answer = await client.post("/reconciliation", data=form | {"compared": "yes"})
            assert (answer.status_code, answer.headers["location"]) == (303, "/reconciliation?done=1")
            done = (await client.get(answer.headers["location"])).text
            assert ("Đã xác nhận đối chiếu" in done, "chưa có lần nào" in done) == (True, False)
        await s.forward("2026-11-18 14:05")
        [brief] = await briefs_on_desk(s.world.database)
        path = f"/briefs/{brief.code}/release"
        async with client_of(pages, receiver) as client:
            assert path not in (await client.get("/")).text
            assert (await client.get(path)).status_code == 403
        async with client_of(pages, desk) as client:
            assert path in (await client.get("/")).text
            page = await client.get(path)
            assert {name for name in ("number", "date", "signer") if f'<label for="{name}">' in page.text} == {
                "number", "date", "signer",
            }  # fmt: skip
            good = {"form": form_token(s.world, desk), "number": "12/SKHCN-MAU", "date": "2026-11-18",
                    "signer": "Người ký mẫu"}  # fmt: skip
            for name, value in (("number", " "), ("number", "1;2"), ("signer", "x" * 201), ("date", "hôm nay"),
                                ("date", "2026-11-19")):  # fmt: skip
                answer = await client.post(path, data=good | {name: value})
                assert (name, value, answer.status_code, f'<a href="#{name}">' in answer.text) == (
                    name,
                    value,
                    422,
                    True,
                )
            assert [row.code for row in await briefs_on_desk(s.world.database)] == [brief.code]
            answer = await client.post(path, data=good)
            assert (answer.status_code, "12/SKHCN-MAU; 18/11/2026; Người ký mẫu" in answer.text) == (200, True)
            assert len(answer.content) < 60_000
            again = await client.post(path, data=good)
            assert (again.status_code, "đã được phát hành" in again.text) == (409, True)
        assert await briefs_on_desk(s.world.database) == []
        assert [(row.act, row.who) for row in await newest(s.world, 2)] == [
            ("brief-released", "desk.mau"), ("reconciliation", "receiver.mau"),
        ]  # fmt: skip


def _office(page: httpx.Response) -> str:
    found = re.search(r'name="office" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


async def test_a_paper_report_is_recorded_on_the_page_as_on_the_command_line(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", now="2026-10-14 08:00", state="rehearsal") as s:
        await s.forward("2026-10-14 08:01")
        s.now = at("2026-11-16 09:30")
        s.world.database.stand_at(s.now)
        pages = Pages(s.world, spool=s.spool, prefect_url=None, port=8025)
        token = await officer(s, "receiver")
        path = "/board/dien-bien/annual-report/2026/11-so-noi-vu"
        async with client_of(pages, token) as client:
            assert f'href="{path}"' in (await client.get(path.rpartition("/")[0])).text
            page = await client.get(path)
            assert ("Chưa ghi nhận." in page.text, 'value="16/11/2026"' in page.text, 'value="09:30"' in page.text) == (
                True, True, True,
            )  # fmt: skip
            good = {"form": form_token(s.world, token), "key": "k1", "received_on": "14/11/2026", "receiver":
                    "council-secretariat", "received_time": "16h30", "number": "45/BC-MAU", "date": "13/11/2026",
                    "signer": "Người ký mẫu"}  # fmt: skip
            for field, changes in (
                ("received_on", {"received_on": "hôm qua"}), ("received_on", {"received_on": "17/11/2026"}),
                ("received_time", {"received_time": "25:00"}),
                ("received_time", {"received_on": "16/11/2026", "received_time": "09:31"}),
                ("number", {"number": ""}), ("date", {"date": "17/11/2026"}), ("receiver", {"receiver": "x"}),
                ("number", {"received_on": "10/11/2026", "number": "", "date": "", "signer": ""}),
            ):  # fmt: skip
                answer = await client.post(path, data=good | changes)
                told = f'<a href="#{field}">' in answer.text
                assert (field, changes, answer.status_code, told) == (field, changes, 422, True)
            for name, content in (("a.pdf", b"GIF89a"), ("b.png", SCAN), ("c.pdf", b"")):
                answer = await client.post(path, data=good, files={"files": (name, content)})
                assert (name, answer.status_code, '<a href="#files">' in answer.text, name in answer.text) == (
                    name, 422, True, True,
                )  # fmt: skip
            assert not (tmp_path / "files").exists()
            endless = {"content-length": str(200 * 1024 * 1024), "content-type": "multipart/form-data; boundary=x"}
            assert (await client.post(path, content=b"", headers=endless)).status_code == 413
            scans = [("files", ("../../công văn.pdf", SCAN)), ("files", ("công văn.pdf", SCAN + b"\n"))]
            twice = await asyncio.gather(*(client.post(path, data=good, files=scans) for _ in range(2)))
            assert {(each.status_code, each.headers["location"]) for each in twice} == {
                (303, twice[0].headers["location"]),
            }  # fmt: skip
            page = await client.get(twice[0].headers["location"])
            assert ("Đã ghi nhận văn bản chính thức" in page.text, len(page.content) < 60_000) == (True, True)
            for strange in ("/board/dien-bien/annual-report/2026/x", "/board/dien-bien/nothing/2026/11-so-noi-vu"):
                assert (await client.post(strange, data=good)).status_code == 404
        [unit] = [each for each in await s.units("annual-report", "2026") if each.unit_code == "11-so-noi-vu"]
        assert (unit.state, unit.judged, unit.document_received_at) == ("submitted", "on-time", at("2026-11-14 16:30"))
        [row] = await newest(s.world, 1)
        assert (row.act, row.who, '"document":"45/BC-MAU"' in row.what) == ("submission", "receiver.mau", True)
        async with s.world.database.read() as connection:
            [kept] = (await connection.execute(select(t.submission))).all()
        async with s.world.database.read() as connection:
            names = (await connection.execute(select(t.submission_file.c.name))).scalars().all()
        assert sorted(names) == ["công văn (2).pdf", "công văn.pdf"]
        assert len(list((tmp_path / "files").iterdir())) == 2
        assert (kept.recorded_by, kept.receiver, kept.channel, kept.signer) == (
            "receiver.mau", "council-secretariat", "desk", "Người ký mẫu",
        )  # fmt: skip


def test_days_and_times_are_read_strictly() -> None:
    assert [typed_day(text) for text in ("18/11/2026", " 2026-11-18 ", "8/1/2026", "31/02/2026", "11/18/2026", "")] == [
        date(2026, 11, 18), date(2026, 11, 18), date(2026, 1, 8), None, None, None,
    ]  # fmt: skip
    assert [typed_time(text) for text in ("14:05", "14h05", "8", "8 giờ 30", "24:00", "sáng")] == [
        time(14, 5), time(14, 5), time(8), time(8, 30), None, None,
    ]  # fmt: skip
