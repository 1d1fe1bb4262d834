"""Last night's backup must not send today's mail again: stand still, compare the journal, take over, go on."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Table, delete, select, update

from dondoc.messages.journal import Journal, JournalUnusable, Mark
from dondoc.messages.smtp import Route
from dondoc.messages.spool import read_spool
from dondoc.store import tables as t
from dondoc.store.engine import Database
from flows.round import round_
from tasks.brakes import RefusedBrake, release_guard
from tasks.replay_journal import compare_journal, journal_of, take_over_journal
from tests.kill_server import Mail, scripted_server, usual
from tests.story import Story, at, story

OFFICER = "Quản trị mẫu"


async def keep_journal(s: Story, folder: Path) -> Journal:
    """Let the story's world keep a journal."""
    s.world.journal = journal = await journal_of(s.world.database, folder / "journal")
    return journal


async def backup(database: Database) -> dict[Table, list[dict[str, object]]]:
    """Return the whole content of a database, as a backup would."""
    async with database.read() as connection:
        return {
            table: [dict(row) for row in (await connection.execute(select(table))).mappings()]
            for table in t.metadata.sorted_tables
        }


async def restore(database: Database, content: dict[Table, list[dict[str, object]]]) -> None:
    """Put a backup back: what came after it is gone."""
    async with database.write() as connection:
        if database.sqlite:
            await connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            await connection.exec_driver_sql("DROP TRIGGER trail_not_removed")
        else:
            await connection.exec_driver_sql("SET session_replication_role = replica")
        for table in reversed(t.metadata.sorted_tables):
            await connection.execute(delete(table))
        for table, rows in content.items():
            if rows:
                await connection.execute(table.insert(), rows)
        if not database.sqlite:
            await connection.exec_driver_sql("SET session_replication_role = DEFAULT")


def copies(s: Story) -> int:
    """Return how many mails the server has taken with a Message-ID it had already."""
    every = read_spool(s.spool)
    return len(every) - len({mail.message_id for mail in every})


@pytest.mark.parametrize("taken", ["before it was queued", "after it was queued"])
async def test_yesterdays_backup_does_not_send_todays_mail_again(database_url: str, tmp_path: Path, taken: str) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await keep_journal(s, tmp_path)
        await s.forward("2026-10-14 07:00")
        if taken == "after it was queued":
            from flows.round import queue

            await queue(s.world, at("2026-10-14 08:00"))
        saved = await backup(s.world.database)
        await s.forward("2026-10-14 08:30")
        assert len(s.new_mails()) == 124
        await restore(s.world.database, saved)

        s.now = at("2026-10-14 15:00")  # the other wave: envelopes would bear other Message-IDs
        report = await round_(s.world, s.now)
        assert [stop.kind for stop in report.stops] == ["restored"]
        assert s.new_mails() == []
        with pytest.raises(RefusedBrake, match="dondoc reconcile-journal"):
            await release_guard(s.world, "restored", officer=OFFICER, as_of=s.now)
        gap = await compare_journal(s.world)
        assert (gap.lines, gap.messages, gap.notices, gap.damaged) == (124, 124, 126, 0)
        done = await take_over_journal(s.world, officer=OFFICER, as_of=s.now)
        assert (done.remembered, done.released) == (126, True)
        assert done.settled == (126 if taken == "after it was queued" else 0)
        again = await take_over_journal(s.world, officer=OFFICER, as_of=s.now)
        assert (again.remembered, again.settled, again.released) == (0, 0, False)

        await s.forward("2026-10-14 16:00")
        assert s.new_mails() == []
        assert (await s.ledger())["annual-report", "2026", "T-30", "accepted", None] == 126
        await s.forward("2026-11-06 12:00")
        assert len(s.new_mails()) == 125  # T-7 goes its way, and the consolidated report has its T-30
        assert copies(s) == 0


async def test_what_came_after_the_backup_and_was_not_sent_goes_out(database_url: str, tmp_path: Path) -> None:
    """Half of a wave was sent before the disk died: the other half goes after the restore, and only that."""
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        journal = await keep_journal(s, tmp_path)
        await s.forward("2026-10-14 07:00")
        saved = await backup(s.world.database)
        await s.forward("2026-10-14 08:30")
        every = s.new_mails()
        lines = [each.line for each in journal.read(Mark()) if each.line]
        [file] = journal.folder.glob("*.jsonl")
        file.write_bytes(b"".join(line.packed() for line in lines[:60]))
        await restore(s.world.database, saved)
        await round_(s.world, at("2026-10-14 09:00"))
        await take_over_journal(s.world, officer=OFFICER, as_of=at("2026-10-14 09:00"))
        await s.forward("2026-10-14 09:30")
        assert len(s.new_mails()) == len(every) - 60
        assert (await s.ledger())["annual-report", "2026", "T-30", "accepted", None] == 126


async def test_a_sender_that_died_before_its_commit_is_no_restore(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        journal = await keep_journal(s, tmp_path)
        await s.forward("2026-10-14 08:30")
        s.new_mails()
        m = t.message.c
        async with s.world.database.write() as connection:  # as if killed between the journal and the commit
            some = select(m.id).where(m.state == "accepted").order_by(m.id.desc()).limit(3)
            ids = list((await connection.execute(some)).scalars())
            lapsed = s.world.database.time(-1)
            await connection.execute(
                update(t.message).where(m.id.in_(ids)).values(state="claimed", message_id=None, lease_until=lapsed)
            )
            items = select(t.message_item.c.notice_id).where(t.message_item.c.message_id.in_(ids))
            await connection.execute(
                update(t.notice).where(t.notice.c.id.in_(items)).values(state="queued", settled_at=None)
            )
        report = await round_(s.world, at("2026-10-14 09:00"))
        assert (report.stops, report.outcomes) == ((), Counter(accepted=3))
        await round_(s.world, at("2026-10-14 09:01"))
        async with s.world.database.read() as connection:
            mark = (await connection.execute(select(t.meta.c.value).where(t.meta.c.key.like("journal:%")))).scalar_one()
        assert mark == str(journal.end())


async def test_a_backup_from_before_the_journal_finds_it(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-10-14 07:00")
        saved = await backup(s.world.database)
        assert [row["key"] for row in saved[t.meta] if row["key"] == "epoch"] == []
        await keep_journal(s, tmp_path)
        await s.forward("2026-10-14 08:30")
        await restore(s.world.database, saved)
        await keep_journal(s, tmp_path)
        report = await round_(s.world, at("2026-10-14 09:00"))
        assert [stop.kind for stop in report.stops] == ["restored"]


async def test_a_new_database_has_a_journal_of_its_own(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        first = await keep_journal(s, tmp_path)
        assert (await keep_journal(s, tmp_path)).folder == first.folder
        async with s.world.database.write() as connection:
            await connection.execute(delete(t.meta).where(t.meta.c.key == "epoch"))
        assert (
            await keep_journal(s, tmp_path)
        ).folder != first.folder  # nothing lies in the first one: no backup of it


async def test_a_journal_that_fails_stops_the_sender_and_loses_no_outcome(database_url: str, tmp_path: Path) -> None:
    async def script(turn: str, mail: Mail) -> str | None:
        if turn == "dot" and s.world.journal is not None:
            shutil.rmtree(s.world.journal.folder, ignore_errors=True)  # the disk is gone while mail is on its way
        return None

    async with scripted_server(script) as server, story(database_url, tmp_path, since="2026-01-01") as s:
        s.world.routes["live"] = Route("127.0.0.1", server.port, 2)
        journal = await keep_journal(s, tmp_path)
        with pytest.raises(JournalUnusable, match="what is accepted must be written down there"):
            await s.round_only("2026-10-14 08:00")
        sent = len(server.mails)
        assert 1 <= sent <= 4
        with pytest.raises(JournalUnusable):
            await s.round_only("2026-10-14 08:01")
        assert len(server.mails) == sent  # nothing more is begun, and nothing again
        journal.folder.mkdir()
        server.script = usual
        await s.round_only("2026-10-14 08:02")
        assert len(server.mails) == 124
        assert len({mail.message_id for mail in server.mails}) == 124
