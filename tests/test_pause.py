"""The stop button: nothing leaves while it is pressed, nothing is lost by it, and nothing stale leaves afterwards."""

from pathlib import Path

import pytest

from dondoc.store.letters import waiting_messages
from flows.round import round_
from tasks.brakes import RefusedBrake, pause, resume
from tests.story import KEY, Story, at, story


async def paused(s: Story, key: str | None = KEY, channel: str | None = None) -> None:
    """Press the stop button."""
    await pause(s.world, key, channel, officer="Chuyên viên mẫu", reason="kiểm tra danh bạ", as_of=s.now)


async def test_paused_nothing_leaves_and_resumed_the_latest_reminder_does(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-10-14 07:00")
        await paused(s)
        await s.forward("2026-11-09 09:00")  # T-30 and T-7 have fallen due meanwhile
        assert s.new_mails() == []
        ledger = await s.ledger()
        assert ("annual-report", "2026", "T-30", "queued", None) in await queued(s)
        assert ("annual-report", "2026", "T-7", "queued", None) in await queued(s)
        assert not [key for key in ledger if key[2] == "T-7" and key[3] == "accepted"]
        done = await resume(s.world, KEY, None, officer="Chuyên viên mẫu", as_of=s.now)
        assert (done.folded, done.queued, done.lapsed) == (126, 127, 0)  # and the consolidated report's T-30
        await s.forward("2026-11-09 09:01")
        mails = s.new_mails()
        assert len(mails) == 124  # one each, as if the pause had never been; three of them carry two notices
        assert len({mail.rcpt_tos[0] for mail in mails}) == 124
        ledger = await s.ledger()
        assert ledger["annual-report", "2026", "T-30", "withdrawn", "folded"] == 126
        assert ledger["annual-report", "2026", "T-7", "accepted", None] == 126
        assert await waiting_messages(s.world.database) == []


async def queued(s: Story) -> set[tuple[str, str, str, str, str | None]]:
    """Return what the ledger has queued."""
    from sqlalchemy import select

    from dondoc.store import tables as t

    async with s.world.database.read() as connection:
        found = await connection.execute(
            select(t.duty_period.c.duty, t.duty_period.c.period, t.notice.c.rung, t.notice.c.state, t.notice.c.reason)
            .join(t.assignment, t.assignment.c.id == t.notice.c.assignment_id)
            .join(t.duty_period, t.duty_period.c.id == t.assignment.c.duty_period_id)
            .where(t.notice.c.state == "queued")
            .distinct()
        )
        return {(row[0], row[1], row[2], row[3], row[4]) for row in found}


async def test_what_the_pause_has_outlived_is_not_sent(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-11-01 09:00")
        s.new_mails()
        await paused(s, None)  # everything
        await s.submit("11-so-noi-vu", "annual-report", "2026")
        await s.forward("2026-11-20 09:00")
        assert s.new_mails() == []
        done = await resume(s.world, None, None, officer="Chuyên viên mẫu", as_of=s.now)
        assert done.lapsed > 0
        await s.forward("2026-11-20 09:01")
        ledger = await s.ledger()
        assert ledger["annual-report", "2026", "T-7", "withdrawn", "paused"] == 125
        # What is owed and still of use: a date yet to come, and the answer.
        [other, receipt] = sorted(mail.subject for mail in s.new_mails())
        assert "trước ngày 05/12/2026" in other
        assert "Xác nhận tiếp nhận" in receipt


async def test_an_overdue_notice_that_was_held_waits_for_fresh_registers(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-11-16 13:00")
        await s.reconcile()
        s.new_mails()
        await paused(s)
        await s.forward("2026-11-25 09:00")  # the registers were compared nine days ago
        done = await resume(s.world, KEY, None, officer="Chuyên viên mẫu", as_of=s.now)
        assert (done.aside, done.queued) == (80, 0)
        await s.forward("2026-11-25 10:00")
        assert s.new_mails() == []
        await s.reconcile()
        await s.forward("2026-11-25 10:01")
        assert len(s.new_mails()) == 78
        assert (await s.ledger())["annual-report", "2026", "overdue-1", "accepted", None] == 80


async def test_a_pause_holds_what_it_names_and_nothing_else(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await paused(s, KEY, "sms")
        await s.forward("2026-10-14 08:00")
        assert len(s.new_mails()) == 124  # mail is another channel
        with pytest.raises(RefusedBrake, match=f"resume {KEY}: is not paused; dondoc resume {KEY} --channel sms"):
            await resume(s.world, KEY, None, officer="Chuyên viên mẫu", as_of=s.now)
        with pytest.raises(RefusedBrake, match="has pressed it already"):
            await paused(s, KEY, "sms")
        await paused(s, None, "email")
        report = await round_(s.world, at("2026-10-14 09:00"))
        assert [(each.campaign, each.channel) for each in report.pauses] == [(KEY, "sms"), (None, "email")]
