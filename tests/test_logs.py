"""Logs: one line of JSON a record, turned over by size, and never a telephone number, a mailbox or a token."""

import io
import json
import logging
from contextlib import redirect_stderr
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from dondoc.logs import logging_to, masked
from dondoc.messages.smtp import Route
from dondoc.prefect_face.face import PrefectFace
from dondoc.registry import load_bundle
from dondoc.registry.rows import ContactRow
from dondoc.store import tables as t
from flows.audit import shown_audit
from flows.round import shown_round
from tasks.show_runs import DatabaseShelf
from tests.story import KEY, at, story

log = logging.getLogger("dondoc.test")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("550 no such user <a.b+c@mau.example>", "550 no such user <***@mau.example>"),
        ("postgresql+asyncpg://dondoc:mật-khẩu@db/x", "postgresql+asyncpg://***@db/x"),
        ("gọi 0215.010.0001 hoặc +84 912 345 678.", "gọi *** hoặc ***."),
        ("(0215) 010 0001", "***"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("GET /r?token=abc123&x=1", "GET /r?token=***&x=1"),
        ("mã TN-AB2D-9XYZ", "mã TN-***"),
        ("2026-10-14T08:00:00+00:00, 126 thư, 4.20.0", "2026-10-14T08:00:00+00:00, 126 thư, 4.20.0"),
        ("dien-bien · annual-report 2026 · T-30", "dien-bien · annual-report 2026 · T-30"),
        ("stop after 1000000000 rows in 0.123 s", "stop after 1000000000 rows in 0.123 s"),
    ],
)
def test_what_identifies_a_person_or_opens_a_door_is_masked(said: str, written: str) -> None:
    assert masked(said) == written


CONTACTS = [row for key in (KEY, "hai-duong") for row in load_bundle(key).contacts]


@given(st.sampled_from(CONTACTS), st.sampled_from(["", " ", ".", "-", "84", "+84 "]), st.text(max_size=20))
def test_no_number_or_mailbox_of_the_registry_survives(contact: ContactRow, written: str, around: str) -> None:
    email, phone = contact.email, contact.phone or ""
    digits = "".join(filter(str.isdigit, phone))
    assert len(digits) >= 9
    assert email
    said = f"{written}{digits[1:]}" if "84" in written else written.join((digits[:4], digits[4:7], digits[7:]))
    line = masked(f"{around} {email}, {said}; {phone}\n{around}")
    assert email.partition("@")[0] + "@" not in line
    assert phone not in line
    assert digits[1:] not in "".join(filter(str.isdigit, line.replace(around, "")))


async def test_a_story_with_everything_going_wrong_names_nobody(database_url: str, tmp_path: Path) -> None:
    stderr = io.StringIO()
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        face = PrefectFace("http://127.0.0.1:9/api", None, DatabaseShelf(s.world.database))
        await s.forward("2026-10-14 07:00")
        async with s.world.database.read() as connection:
            people = (await connection.execute(select(t.person.c.address, t.contact.c.phone).join(t.contact))).all()
        s.world.heartbeat_to = people[0].address
        with redirect_stderr(stderr), logging_to(tmp_path / "logs", "round", "text"):
            await shown_round(s.world, face, at("2026-10-14 08:01"))
            s.world.routes["live"] = Route("127.0.0.1", 9, 2)
            await shown_audit(s.world, face, at("2026-10-14 08:02"))
            for address, phone in people:
                log.warning("refused %s", address, extra={"phone": phone, "row": 7})
            try:
                raise ValueError(f"{people[0].address} {people[0].phone}")
            except ValueError:
                log.exception("could not write")
    written = (tmp_path / "logs" / "round.jsonl").read_text("utf-8")
    lines = [json.loads(line) for line in written.splitlines()]
    done = next(line for line in lines if line["message"] == "round done")
    assert (done["level"], done["logger"], done["accepted"]) == ("INFO", "flows.round", 124)
    assert [line["way"] for line in lines if "way" in line] == ["mail"]
    assert lines[-1]["error"].startswith("Traceback")
    assert "WARNING: the daily sign of life did not leave way=mail" in stderr.getvalue()
    assert "round done" not in stderr.getvalue()  # people hear of warnings only
    for address, phone in people:
        assert address not in written + stderr.getvalue()
        assert phone not in written + stderr.getvalue()
    assert (tmp_path / "logs" / "round.jsonl").stat().st_mode & 0o777 == 0o600


def test_files_are_turned_over_by_size(tmp_path: Path) -> None:
    stderr = io.StringIO()
    with redirect_stderr(stderr), logging_to(tmp_path, "up", "json", largest=2_000):
        for number in range(200):
            log.info("line", extra={"number": number})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["up.jsonl", *(f"up.jsonl.{n}" for n in range(1, 6))]
    assert all(path.stat().st_size <= 2_000 for path in tmp_path.iterdir())
    assert [json.loads(line)["number"] for line in stderr.getvalue().splitlines()] == list(range(200))
    assert not log.isEnabledFor(logging.INFO)  # afterwards everything is as it was
