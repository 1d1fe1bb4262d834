"""What the pages of the register must not let through: other files, other answers, the same form twice."""

import asyncio
import re
from pathlib import Path

from sqlalchemy import select

from dondoc.portal.pages import Pages
from dondoc.store import tables as t
from tasks.sign_in import form_token
from tests.story import story
from tests.test_desk_pages import client_of, officer
from tests.test_intake import REPORT, csv_file, row


async def test_forms_of_the_register_are_read_strictly(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-11-01", now="2026-11-05", state="rehearsal") as s:
        await s.forward("2026-11-13 15:00")
        s.world.database.stand_at(s.now)
        pages, token = Pages(s.world, spool=s.spool, prefect_url=None, port=8025), await officer(s, "receiver")
        content = csv_file(tmp_path, [row(1, "Sở Y tế"), row(2, "Sở Lạ")]).read_bytes()
        secret = tmp_path / "registers" / "secret"
        secret.parent.mkdir()
        secret.write_bytes(content)
        async with client_of(pages, token) as client:
            office = re.findall(r'name="office" value="([^"]+)"', (await client.get("/intake")).text)[0]
            form = {"form": form_token(s.world, token), "office": office, "key": "k1"}
            nothing = {"files": ("", b"")}
            for wrong in ({}, {"file": "secret", "name": "x"}, {"file": "secret", "name": "x", "sign": "SO-AAAA-AAAA"}):
                answer = await client.post("/intake", data=form | wrong, files=nothing)
                assert (wrong, answer.status_code, 'role="alert"' in answer.text) == (wrong, 422, True)
            assert secret.read_bytes() == content
            for bad in (b"a;b\n1;2\n", b"\xff\xff\x00", b"PK\x03\x04zip", b""):
                answer = await client.post("/intake", data=form, files={"files": ("so.csv", bad)})
                assert (bad, answer.status_code, '<a href="#files">' in answer.text) == (bad, 422, True)
            sent = [client.post("/intake", data=form, files={"files": ("so.csv", content)}) for _ in range(2)]
            twice = await asyncio.gather(*sent)
            [path] = {each.headers["location"] for each in twice}  # the same form twice is one batch
            assert [each.name for each in secret.parent.iterdir()] == ["secret"]  # what was read does not stay

            async with s.world.database.read() as connection:
                [sure, strange] = (await connection.execute(select(t.intake_line).order_by(t.intake_line.c.line))).all()
                other = (await connection.execute(
                    select(t.assignment.c.id).where(t.assignment.c.id.not_in(sure.choices)).limit(1)
                )).scalar_one()  # fmt: skip
            assert (sure.answer, strange.answer) == ("take", "leave")
            forged = {
                "form": form["form"],
                f"a{strange.id}": str(other),
                "a999999": "none",
                "axx": "none",
                "do": "save",
            }
            assert (await client.post(path, data=forged)).status_code == 303
            answer = await client.post(
                path, data={"form": form["form"], f"u{strange.id}": "Sở Không Có", "do": "confirm"}
            )
            assert (answer.status_code, f'<a href="#u{strange.id}">' in answer.text) == (422, True)
            assert "chờ xác nhận" in (await client.get(path)).text
            assert (await client.post(path, data={"do": "confirm"})).status_code == 403  # no form of ours
            confirm = {"form": form["form"], "do": "confirm"}
            assert [(await client.post(path, data=confirm)).status_code for _ in range(2)] == [303, 409]
            assert (await client.post(f"{path}/undo", data=confirm)).status_code == 422  # not said to be sure
            assert (await client.get("/intake/DS-NONE")).status_code == 404
        [health] = [each for each in await s.units(*REPORT) if each.unit_code == "11-so-y-te"]
        assert (health.state, health.judged) == ("submitted", "on-time")
        async with s.world.database.read() as connection:
            assert len((await connection.execute(select(t.submission.c.id))).all()) == 1
