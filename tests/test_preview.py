"""What a preview shows is what then leaves, and what has left is shown again byte for byte."""

import re
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from config.errors import Refused
from dondoc.store import tables as t
from dondoc.store.messages import list_messages
from tasks.preview import preview, sent_again
from tests.story import KEY, Story, story

ANNUAL, Y_TE = ("annual-report", "2026"), "11-so-y-te"


async def rows_of(s: Story) -> list[int]:
    """Return how many rows the ledger's tables have."""
    counted = []
    async with s.world.database.read() as connection:
        for table in (t.notice, t.message, t.message_item, t.reconciliation, t.message_form):
            counted.append((await connection.execute(select(func.count()).select_from(table))).scalar_one())
    return counted


def read(content: bytes) -> tuple[str, str, str]:
    """Return to whom, subject and text of a mail."""
    mail = BytesParser(policy=policy.default).parsebytes(content)
    body = mail.get_body(("plain",))
    assert body is not None
    return str(mail["to"]), str(mail["subject"]), body.get_content()


async def test_what_is_shown_is_what_leaves(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-10-01") as s:
        await s.round_only("2026-10-01 08:00")  # the duty opens
        before = await rows_of(s)
        shown = await preview(s.world, KEY, *ANNUAL, Y_TE, None, s.now)
        assert await rows_of(s) == before
        assert (shown.rung, shown.held_by, shown.skipped) == ("T-30", None, None)
        assert [rung for rung, _ in shown.coming] == ["T-30", "T-7", "T-1", "overdue-1", "brief-1", "brief-2"]
        await s.forward("2026-10-14 09:00")
        [mail] = [mail for mail in s.new_mails() if mail.rcpt_tos == [shown.address]]
        assert read((s.spool / f"{mail.n}.eml").read_bytes()) == read(shown.content)
        assert mail.message_id == re.findall(rb"Message-ID: (\S+)", shown.content)[0].decode()


async def test_a_notice_that_waits_is_shown_with_what_it_waits_for(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-11-01") as s:
        await s.round_only("2026-11-02 08:00")
        before = await rows_of(s)
        shown = await preview(s.world, KEY, *ANNUAL, Y_TE, "overdue-1", s.now)
        assert shown.held_by == "not-reconciled"
        assert "chưa ghi nhận" in read(shown.content)[2]
        assert (await preview(s.world, KEY, *ANNUAL, Y_TE, "brief-1", s.now)).skipped == "brief"
        assert await rows_of(s) == before
        await s.submit(Y_TE, *ANNUAL)
        after = await preview(s.world, KEY, *ANNUAL, Y_TE, "overdue-1", s.now)
        assert (after.skipped, after.content) == ("already-submitted", b"")
        with pytest.raises(Refused, match="no step 'T-99' is coming"):
            await preview(s.world, KEY, *ANNUAL, Y_TE, "T-99", s.now)


async def test_a_sent_message_is_shown_again_byte_for_byte(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-10-01") as s:
        await s.forward("2026-10-14 09:00")
        await s.submit(Y_TE, *ANNUAL)
        await s.forward("2026-10-14 10:00")
        spooled = {mail.message_id: (s.spool / f"{mail.n}.eml").read_bytes() for mail in s.new_mails()}
        sent = await list_messages(s.world.database, states=["accepted"], limit=500)
        assert {row.kind for row in sent} == {"digest", "acknowledgement"}
        assert len(sent) > 90
        for row in sent:
            kept, content = await sent_again(s.world, row.id)
            assert kept.header_id is not None
            assert content == spooled[kept.header_id]
        async with s.world.database.write() as connection:
            await connection.execute(
                update(t.message).where(t.message.c.id == sent[0].id).values(parameters={"message": "of another kind"})
            )
        with pytest.raises((Refused, ValueError)):
            await sent_again(s.world, sent[0].id)
        with pytest.raises(Refused, match="message 99999: there is none"):
            await sent_again(s.world, 99_999)
