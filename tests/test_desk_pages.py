"""What officers do on the desk's pages is done by the same tasks as on the command line, in their account's name."""

import re
from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import select

from dondoc.portal.pages import Pages
from dondoc.store import staff
from dondoc.store import tables as t
from dondoc.store.briefs import briefs_on_desk
from tasks.sign_in import form_token, hash_of
from tasks.trail import newest
from tests.story import Story, story

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
    async with story(sqlite_url, tmp_path, since="2026-01-01", state="rehearsal") as s:
        pages = Pages(s.world, spool=s.spool, prefect_url=None, port=8025)
        await s.forward("2026-11-18 13:00")
        s.world.database.stand_at(s.now)
        receiver, desk = await officer(s, "receiver"), await officer(s, "desk")
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
