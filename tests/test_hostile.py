"""Hostile and oversized input on its whole way: each is harmless or refused in a clear line, and nothing is lost."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, literal, select, update

from dondoc.messages.smtp import Route
from dondoc.store import tables as t
from dondoc.store.messages import list_messages
from flows.audit import audit
from flows.round import queue
from tasks.changing import By
from tasks.compose import MOST_ITEMS
from tasks.handle_messages import retry
from tasks.make_ruling import For, set_date, waive
from tasks.preview import sent_again
from tests.kill_server import Mail, scripted_server
from tests.story import KEY, Story, at, story
from tests.strict_mail import defects, headers_of, parts_of
from tests.test_messages import HOSTILE, HOSTILE_LINE
from tests.test_strict_mail import NAMES

REPORT = ("annual-report", "2026")


def storable(name: str) -> str:
    """Return a name without what no database takes and the command line refuses."""
    return name.replace("\ud83d", "").replace("\ud800", "").replace("\x00", "") or "?"


WORST = storable(HOSTILE)
EVIL = tuple(dict.fromkeys([WORST, "{{ 1234*9 }}{% raw %}{name}", *map(storable, NAMES)]))
T_30 = "2026-10-14 09:00"


async def call_them(s: Story) -> int:
    """Give units, their people and the campaign names as an attacker would; returns how many units have one."""
    async with s.world.database.write() as connection:
        enterprises = select(t.unit.c.code).where(t.unit.c.kind == "enterprise").order_by(t.unit.c.id)
        codes = list(await connection.scalars(enterprises.limit(len(EVIL))))
        for code, name in zip(codes, EVIL, strict=True):
            await connection.execute(update(t.unit).where(t.unit.c.code == code).values(name=name, office_name=name))
        await connection.execute(update(t.contact).values(name=WORST))
        await connection.execute(update(t.campaign).values(name="Phong trào {{ campaign }} <b>\r\nBcc: x@y.example"))
    return len(codes)


async def test_no_name_reason_or_number_of_a_document_says_more_than_itself(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-10-01") as s:
        await call_them(s)
        await s.round_only(T_30)
        ruled = By("Chuyên viên {{ 7*7 }}", s.now, "45/UBND\r\nBcc: x@y.example {{ 7*7 }}, 10/10/2026", WORST, False)
        await waive(s.world, KEY, *REPORT, by=ruled, whom=For(unit="11-so-tu-phap"))
        await set_date(
            s.world, KEY, *REPORT, date(2026, 11, 20), officer=WORST, document="46/<script>\u202e{{ 7*7 }}, 12/10/2026",
            as_of=s.now, whom=For(kind="mass-organisation"),
        )  # fmt: skip
        await s.round_only("2026-10-14 10:00")
        mails = [(s.spool / f"{mail.n}.eml").read_bytes() for mail in s.new_mails()]
        assert len(mails) > 124
        usual = {"from", "to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted",
                 "x-auto-response-suppress", "content-language", "mime-version", "content-type"}  # fmt: skip
        spoken = Counter[str]()
        for mail in mails:
            assert defects(mail) == []
            assert {name for name, _ in headers_of(mail)} == usual
            words = parts_of(mail)
            assert "<script" not in words["text/html"]
            said = ("{{ 1234*9 }}", "11106", "{name}", HOSTILE_LINE)
            spoken.update(word for word in said if word in words["text/plain"])
        assert spoken["11106"] == 0  # nothing is worked out
        assert min(spoken["{{ 1234*9 }}"], spoken["{name}"], spoken[HOSTILE_LINE]) >= 1
        rows = await list_messages(s.world.database, limit=500)
        assert {row.state for row in rows} == {"accepted"}
        for row in [row for row in rows if "dn-0" in row.address][:5]:
            await sent_again(s.world, row.id)  # refuses where the bytes are not those that were sent


async def only(s: Story, count: int) -> list[int]:
    """Queue the first reminders and let the first few leave today, all others tomorrow; returns their numbers."""
    m = t.message.c
    await queue(s.world, at(T_30))
    async with s.world.database.write() as connection:
        today = list(await connection.scalars(select(m.id).order_by(m.id).limit(count)))
        await connection.execute(update(t.message).where(m.id.not_in(today)).values(not_before=at("2026-10-15 09:00")))
    return today


async def add_items(s: Story, message: int, times: int) -> int:
    """Put every notice of the first reminder, copied so many times, into one envelope; returns how many came in."""
    n, copied = t.notice.c, [each for each in t.notice.c if each.name != "id"]
    ours = (n.rung == "T-30", n.state == "queued")
    async with s.world.database.write() as connection:
        for number in range(times):
            again = [literal(f"T-30-{number}") if each.name == "rung" else each for each in copied]
            await connection.execute(insert(t.notice).from_select(copied, select(*again).where(*ours)))
        more = select(literal(message), n.id).where(n.rung.like("T-30-%"))
        return (
            await connection.execute(insert(t.message_item).from_select(["message_id", "notice_id"], more))
        ).rowcount


async def test_what_one_relay_finds_too_large_another_takes_but_nobody_a_thousand_items(
    sqlite_url: str, tmp_path: Path
) -> None:
    async def full(turn: str, _mail: Mail) -> str | None:
        return "552 5.3.4 message file too big" if turn == "dot" else None  # it says no limit in advance

    async with (
        scripted_server(size=2_000) as small, scripted_server(full) as silent, scripted_server() as large,
        story(sqlite_url, tmp_path, since="2026-10-01") as s,
    ):  # fmt: skip
        relays = [Route("127.0.0.1", server.port, 1, name=name)
                  for name, server in (("small", small), ("silent", silent), ("large", large))]  # fmt: skip
        s.world.routes["live"], s.world.further_routes["live"] = relays[0], tuple(relays[1:])
        first, *others = await only(s, 7)
        items = 1 + await add_items(s, first, 8)
        await s.round_only(T_30)
        sent = {row.id: row for row in await list_messages(s.world.database, ids=[first, *others])}
        assert {(sent[each].state, sent[each].relay) for each in others} == {("accepted", "large")}
        assert len({mail.message_id for mail in large.complete()}) == len(large.complete()) == len(others)
        assert small.mails == []
        assert sent[first].state == "failed"
        assert sent[first].last_error == (
            f"one mail of {items:,} items; the most is {MOST_ITEMS:,}: register contacts of their own for these units"
        )
        assert "message-refused" in {each.kind for each in (await audit(s.world, s.now)).findings}


async def test_a_mail_no_relay_takes_is_kept_and_told_until_it_has_left(postgresql_url: str, tmp_path: Path) -> None:
    async with scripted_server(size=2_000) as server, story(postgresql_url, tmp_path, since="2026-10-01") as s:
        s.world.routes["live"] = Route("127.0.0.1", server.port, 2)
        [first] = await only(s, 1)
        await s.round_only(T_30)
        [row] = await list_messages(s.world.database, ids=[first])
        assert row.state == "failed"
        assert str(row.last_error).endswith("the relay takes at most 2,000: shorten it, or raise its limit")
        [found] = (await audit(s.world, s.now)).findings
        assert (found.kind, found.subject, found.detail["messages"]) == ("message-refused", f"{KEY} email live", 1)
        assert (found.detail["first"], found.detail["notices"]) == (first, 1)
        server.size = None  # the administrator has raised it
        await retry(s.world, [first], s.now)
        await s.round_only("2026-10-14 09:05")
        [row] = await list_messages(s.world.database, ids=[first])
        assert row.state == "accepted"
        assert (await audit(s.world, s.now)).findings == ()


@pytest.mark.parametrize("body", [b"[" * 8_000, b'{"a":' * 1_500, b"\xff\xfe\x00", b"%00%0d%0a=&&&==", b"null", b'"x"'])
def test_a_body_nobody_expects_is_no_report(body: bytes) -> None:
    from dondoc.portal.sms import values_of

    assert set(values_of("SMSID=1", body).values()) <= {"1", "", "="} | set(values_of("", body).values())
