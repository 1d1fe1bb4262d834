"""A report by the secret route: the unit says so, the desk confirms that it came; nothing of it is taken in."""

from pathlib import Path

import pytest
from sqlalchemy import select

from dondoc.portal.pages import Pages
from dondoc.store import tables as t
from dondoc.store.campaigns import campaign
from dondoc.store.duties import duty_period
from dondoc.store.secret_route import announce, announced_by, announced_for, awaited
from dondoc.store.submissions import assignments_of
from tasks.open_duties import open_duties
from tasks.receipts import RefusedReceipt, StoredFile
from tasks.record_submission import record_submission
from tasks.sign_in import form_token
from tasks.unit_links import links_for_desk
from tests.story import KEY, Story, at, story
from tests.test_desk_pages import SCAN, client_of, officer
from tests.test_unit_pages import OF_Y_TE, Y_TE, mail_to, unit_pages, visitor
from tests.test_unit_reports import Officer

PATH = f"/board/{KEY}/annual-report/2026/{Y_TE}"


async def told(s: Story, rung: str) -> bool:
    """Return whether the unit has been written to at a rung."""
    units = {each.unit_code: each for each in await s.units("annual-report", "2026")}
    return units[Y_TE].last_notice == rung


async def test_it_is_announced_then_confirmed_and_only_then_the_ladder_is_silent(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with (
        story(sqlite_url, tmp_path, since="2026-10-01", now="2026-11-05 08:00") as s,
        unit_pages(s) as address,
        visitor(address) as browser,
    ):
        await s.round_only("2026-11-05 08:00")
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        unit = Officer(s, browser, address)
        await unit.open(link.url)
        assert f'href="{unit.here}/secret"' in unit.page
        asked = await browser.get(f"{unit.here}/secret")
        assert "Không nhập nội dung, số liệu mật và không tải tệp lên trang này." in asked.text
        assert ('type="file"' in asked.text, "<textarea" in asked.text) == (False, False)
        assert len(asked.content) < 60_000
        unit.page = asked.text
        assert await unit.press("/secret", number="01/BC-MẪU") == 422
        assert unit.page.count("Thiếu người ký văn bản") == 2
        said = {"number": "01/BC-MẪU", "date": "4/11/2026", "signer": "Người ký mẫu"}
        assert await unit.press("/secret", None, **said, text="số liệu không được nhận") == 200
        assert "Chờ bộ phận tiếp nhận xác nhận." in unit.page
        assert "văn bản 01/BC-MẪU ngày 04/11/2026, Người ký mẫu" in unit.page
        async with s.world.database.read() as connection:
            kept = (await connection.execute(select(t.secret_route))).one()
            assert (await connection.execute(select(t.draft))).all() == []
        assert "số liệu không được nhận" not in str(kept)
        await s.forward("2026-11-06 12:00")
        assert await told(s, "T-7")  # nobody has confirmed yet
        s.world.database.stand_at(s.now)
        pages = Pages(s.world, spool=s.spool, prefect_url=None, port=8025)
        token = await officer(s, "receiver")
        async with client_of(pages, token) as desk:
            assert PATH in (await desk.get("/")).text
            page = (await desk.get(PATH)).text
            assert ("Đơn vị báo đã gửi theo đường văn bản mật" in page, 'value="yes" checked' in page) == (True, True)
            form = {"form": form_token(s.world, token), "key": "k", "received_on": "6/11/2026", "secret": "yes",
                    "received_time": "11:00", "receiver": "standing-agency"}  # fmt: skip
            refused = await desk.post(PATH, data=form, files={"files": ("a.pdf", SCAN)})
            assert (refused.status_code, "không được tải tệp" in refused.text) == (422, True)
            assert not (tmp_path / "files").exists()
            done = await desk.post(PATH, data=form, files={"files": ("", b"")})
            assert done.status_code == 303
            page = (await desk.get(done.headers["location"])).text
            assert "văn bản chính thức, đường văn bản mật" in page
            assert PATH not in (await desk.get("/")).text
        await unit.open(link.url)
        assert ("Chờ bộ phận tiếp nhận xác nhận." in unit.page, "đường văn bản mật" in unit.page) == (False, True)
        await s.forward("2026-11-06 12:05")
        _, text, _ = mail_to(s, OF_Y_TE)
        assert ("đường văn bản mật" in text, "trong thời hạn" in text) == (True, True)
        await s.forward("2026-11-13 12:00")
        assert await told(s, "T-1") is False


async def test_what_is_said_anew_replaces_what_was_said_and_ends_when_it_has_come(
    database_url: str, tmp_path: Path
) -> None:
    async with story(database_url, tmp_path, since="2026-10-01", now="2026-11-05 08:00") as s:
        await open_duties(s.world, s.now)
        database = s.world.database
        row = await duty_period(database, (await campaign(database, KEY)).id, "annual-report", "2026")
        async with database.read() as connection:
            one = next(iter((await assignments_of(connection, [row.id])).values()))
            code = (await connection.execute(select(t.unit.c.code).where(t.unit.c.id == one.unit_id))).scalar_one()
        nothing = {"document_number": None, "document_date": None, "signer": None}
        for number in ("01/BC-MẪU", "02/BC-MẪU"):
            async with database.write() as connection:
                await announce(database, connection, one.id, {**nothing, "document_number": number}, s.now)
        [waiting] = await awaited(database)
        assert (waiting.unit_code, (await announced_by(database, one.id)) is not None) == (code, True)
        found = await announced_for(database, row.id, one.unit_id)
        assert found is not None
        assert found.document_number == "02/BC-MẪU"
        with pytest.raises(RefusedReceipt, match="leaves no file"):
            await record_submission(
                s.world, KEY, "annual-report", "2026", code, as_of=s.now, secret=True,
                files=(StoredFile("a.pdf", "0" * 64, 1),),
            )  # fmt: skip
        assert len(await awaited(database)) == 1
        long_ago = at("2026-10-20 09:00")  # nothing of its document need be known, however late it is recorded
        done = await record_submission(
            s.world, KEY, "annual-report", "2026", code, as_of=s.now, received_at=long_ago, secret=True
        )
        assert (done.fact, done.judged) == ("document", "on-time")
        assert await awaited(database) == []
        async with database.read() as connection:
            kept = (await connection.execute(select(t.submission))).one()
            ended = (await connection.execute(select(t.secret_route.c.submission_id))).scalars().all()
        assert (kept.channel, kept.document_number, kept.signer, ended) == ("secret", None, None, [None, kept.id])
