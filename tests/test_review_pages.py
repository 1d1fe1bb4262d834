"""A reviewer on the desk's pages asks for a supplement; the unit sees it on its own page and may correct."""

import asyncio
from datetime import date
from pathlib import Path

from dondoc import clock
from dondoc.portal.pages import Pages
from dondoc.store.engine import mark_simulation
from dondoc.store.reported import Reported, Value
from tasks.receipts import StoredFile
from tasks.record_submission import record_submission
from tasks.sign_in import form_token
from tasks.trail import newest
from tasks.unit_links import links_for_desk
from tests.story import KEY, story
from tests.test_desk_pages import client_of, officer
from tests.test_unit_pages import Y_TE, unit_pages, visitor


async def test_a_supplement_is_asked_for_on_the_page_and_seen_by_the_unit(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-10-01", now="2026-11-02 08:00") as s, unit_pages(s) as address:
        await s.round_only("2026-11-02 08:00")
        await mark_simulation(s.world.database, s.now)
        s.world.database.stand_at(s.now)
        (tmp_path / "files").mkdir()
        (tmp_path / "files" / ("ab" * 32)).write_bytes(b"<script>alert(1)</script>")
        receipt = await record_submission(
            s.world, KEY, "annual-report", "2026", Y_TE, as_of=s.now,
            files=(StoredFile("báo cáo <b>.html", "ab" * 32, 25),),
            reported=Reported((Value("x", "x", 12.5, True, None),)),
        )  # fmt: skip
        pages = Pages(s.world, spool=s.spool, prefect_url=None, port=8025)
        token, path = await officer(s, "receiver"), f"/reports/{receipt.code}"
        async with client_of(pages, token) as client:
            assert f'href="{path}"' in (await client.get("/reports")).text
            assert "1 báo cáo chờ xem xét" in (await client.get("/")).text
            for strange in ("?page=x", "?page=99999", "?state=x", "?campaign=x"):
                assert (await client.get(f"/reports{strange}")).status_code == 200
            page = await client.get(path)
            assert "<li>x: 12,5</li>" in page.text
            assert ("báo cáo &lt;b&gt;.html" in page.text, len(page.content) < 60_000) == (True, True)
            file = await client.get(f"{path}/files/1")
            assert (file.content, file.headers["content-type"]) == (
                b"<script>alert(1)</script>", "application/octet-stream",
            )  # fmt: skip
            assert file.headers["content-disposition"].startswith("attachment;")
            assert "sandbox" in file.headers["content-security-policy"]
            assert [(await client.get(f"{path}/files/{n}")).status_code for n in (0, 2)] == [404, 404]
            good = {"form": form_token(s.world, token), "act": "returned", "receiver": "standing-agency",
                    "reason-figures": "yes", "words": "Thiếu biểu 02", "by": "20/11/2026"}  # fmt: skip
            for field, wrong in (("act", {"act": "x"}), ("by", {"by": "2/11/2026"}), ("by", {"by": "mai"}),
                                 ("words", {"words": "", "reason-figures": ""}), ("words", {"words": "x" * 501}),
                                 ("receiver", {"receiver": ""})):  # fmt: skip
                answer = await client.post(path, data=good | wrong)
                assert (wrong, answer.status_code, f'<a href="#{field}">' in answer.text) == (wrong, 422, True)
            assert (await client.post(path, data=good | {"form": "x"})).status_code == 403
            twice = await asyncio.gather(*(client.post(path, data=good) for _ in range(2)))
            assert {(each.status_code, each.headers["location"]) for each in twice} == {(303, f"{path}?done=returned")}
            assert (await client.post(path, data=good | {"act": "accepted"})).status_code == 409
            done = (await client.get(f"{path}?done=returned")).text
            assert ("Thiếu biểu 02" in done, "còn 18 ngày" in done) == (True, True)
            assert path in (await client.get("/reports?state=returned")).text
        [row, *_] = await newest(s.world, 1)
        assert (row.act, row.who) == ("report-returned", "receiver.mau")
        await s.round_only("2026-11-02 08:30")
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        assert link.expires_at == clock.end_of(date(2026, 12, 20))  # the letter's link: thirty days after its last day
        async with visitor(address) as browser:
            seen = (await browser.get(link.url)).text
        for said in ("Thiếu biểu 02", "hết thứ Sáu, 20/11/2026 (còn 18 ngày)", '<details id="report" open>',
                     "đề nghị bổ sung, hoàn thiện", "được giữ nguyên", "đang xem xét"):  # fmt: skip
            assert said in seen
