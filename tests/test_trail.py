"""The trail of what officers did: complete, one chain, and nothing in it can be altered unnoticed."""

import ast
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from config.errors import Refused
from deadlines.trail import NO_ROW, Broken, Check, Entry, Head, digest
from dondoc.messages import findings
from dondoc.store import tables as t
from dondoc.store.engine import open_database
from tasks.audit import look_through
from tasks.brakes import pause, resume
from tasks.calendars import enter_days
from tasks.changing import By
from tasks.make_ruling import undo, waive
from tasks.open_world import world_of
from tasks.replay_journal import journal_of
from tasks.rule_campaign import go_live
from tasks.trail import accept, newest, note, verify
from tasks.world import World
from tests.story import Story, at, story

AT = datetime(2026, 11, 16, 1, tzinfo=UTC)
WHO = "Chuyên viên mẫu"
OWN_PROCESS = """
import asyncio, sys
from datetime import UTC, datetime
from dondoc.store.engine import open_database
from dondoc.store.trail import append

async def work(url, name):
    database = await open_database(url)
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(20):
        async with database.write() as connection:
            await append(database, connection, datetime(2026, 11, 16, 1, tzinfo=UTC), name, "pause", str(n))
    await database.close()

asyncio.run(work(*sys.argv[1:]))
"""


def chain(count: int) -> list[Entry]:
    """Return a sound trail of so many rows."""
    rows: list[Entry] = []
    for serial in range(1, count + 1):
        said = (AT, WHO, "pause", f'{{"n":{serial}}}', rows[-1].hash if rows else NO_ROW)
        rows.append(Entry(serial, *said, digest(serial, *said)))
    return rows


def again(row: Entry, **changes: object) -> Entry:
    """Return a row altered by somebody who knows how its hash is made."""
    row = replace(row, **changes)  # type: ignore[arg-type]
    return replace(row, hash=digest(row.serial, row.at, row.who, row.act, row.what, row.previous))


def found(rows: list[Entry], head: Head | None = None) -> list[Broken]:
    """Return what is wrong with these rows."""
    check = Check(head)
    for row in rows:
        check.take(row)
    return check.end()


ROWS = chain(6)
HEAD = Head(6, ROWS[5].hash)


@pytest.mark.parametrize(
    ("rows", "broken"),
    [
        (ROWS, []),
        ([*ROWS[:2], replace(ROWS[2], who="X"), *ROWS[3:]], [Broken(3, "changed")]),
        ([*ROWS[:2], replace(ROWS[2], what="{}"), *ROWS[3:]], [Broken(3, "changed")]),
        ([*ROWS[:2], replace(ROWS[2], at=AT.replace(microsecond=1)), *ROWS[3:]], [Broken(3, "changed")]),
        ([*ROWS[:2], again(ROWS[2], who="X"), *ROWS[3:]], [Broken(3, "changed")]),  # its hash made anew
        ([*ROWS[:5], again(ROWS[5], who="X")], [Broken(6, "rewritten")]),  # only the head knows better
        ([*ROWS[:2], *ROWS[3:]], [Broken(3, "removed", 3)]),
        ([*ROWS[:1], *ROWS[4:]], [Broken(2, "removed", 4)]),
        (ROWS[2:], [Broken(1, "removed", 2)]),
        (
            [ROWS[0], replace(ROWS[3], serial=2), ROWS[2], replace(ROWS[1], serial=4), *ROWS[4:]],
            [Broken(2, "swapped", 4), Broken(4, "swapped", 2)],
        ),
        (  # what they say, not their hashes
            [ROWS[0], replace(ROWS[1], what=ROWS[3].what), ROWS[2], replace(ROWS[3], what=ROWS[1].what), *ROWS[4:]],
            [Broken(2, "swapped", 4), Broken(4, "swapped", 2)],
        ),
        (ROWS[:4], [Broken(5, "restored", 6)]),  # an older copy put back
        ([], [Broken(1, "restored", 6)]),
        (chain(4) + [again(row, who="Y") for row in chain(6)[4:5]], [Broken(6, "restored", 6)]),
    ],
)
def test_what_was_altered_is_named_by_its_serial(rows: list[Entry], broken: list[Broken]) -> None:
    assert found(rows, HEAD) == broken


def test_without_a_head_only_an_older_copy_goes_unnoticed() -> None:
    assert found(ROWS[:4]) == []
    assert found([*ROWS[:2], *ROWS[3:]]) == [Broken(3, "removed", 3)]


@asynccontextmanager
async def small_world(url: str, folder: Path) -> AsyncIterator[World]:
    """Open a world without campaigns that keeps a journal."""
    database = await open_database(url)
    try:
        world = await world_of(database, b"a key for tests", {}, journal=await journal_of(database, folder / "journal"))
        yield world
    finally:
        await database.close()


async def act(world: World, n: int) -> None:
    """Do something an officer is answerable for."""
    async with world.database.write() as connection:
        note(connection, world, WHO, "pause", {"n": n}, at=AT)


async def test_two_processes_at_once_make_one_chain(database_url: str, tmp_path: Path) -> None:
    children = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", OWN_PROCESS, database_url, name, cwd=Path(__file__).parents[1],
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )
        for name in ("A", "B")
    ]  # fmt: skip
    for child in children:
        assert child.stdout is not None
        assert await child.stdout.readline() == b"ready\n"
    assert [len(await child.communicate(b"\n")) and child.returncode for child in children] == [0, 0]
    async with small_world(database_url, tmp_path) as world:
        rows = await newest(world, 100)
        assert [row.serial for row in reversed(rows)] == list(range(1, 41))
        assert sorted(row.who for row in rows) == ["A"] * 20 + ["B"] * 20
        assert (await verify(world)).broken == ()


async def test_the_database_refuses_to_change_the_trail_and_verify_finds_who_did(
    database_url: str, tmp_path: Path
) -> None:
    async with small_world(database_url, tmp_path) as world:
        database = world.database
        for n in range(1, 6):
            await act(world, n)
        done = await verify(world)
        assert (done.rows, done.broken, done.head and done.head.serial) == (5, (), 5)
        for statement in (update(t.trail).values(who="X"), delete(t.trail).where(t.trail.c.serial == 3)):
            with pytest.raises(DBAPIError, match="append-only"):
                async with database.write() as connection:
                    await connection.execute(statement)
        async with database.write() as connection:  # whoever owns the database may still do it
            for drop in (
                ("DROP TRIGGER trail_not_changed", "DROP TRIGGER trail_not_removed")
                if database.sqlite
                else ("ALTER TABLE trail DISABLE TRIGGER trail_append_only",)
            ):
                await connection.exec_driver_sql(drop)
            await connection.execute(update(t.trail).where(t.trail.c.serial == 2).values(who="X"))
        assert (await verify(world)).broken == (Broken(2, "changed"),)
        [told] = [each for each in await look_through(world, AT) if each.kind == "trail-broken"]
        assert (told.subject, findings.told(told.detail)) == ("row 2", "dòng bị sửa")  # the daily audit says so too
        async with database.write() as connection:
            await connection.execute(update(t.trail).where(t.trail.c.serial == 2).values(who=WHO))
            await connection.execute(delete(t.trail).where(t.trail.c.serial >= 4))  # the backup of the day before
        assert (await verify(world)).broken == (Broken(4, "restored", 5),)
        for n in (14, 15, 16):  # work goes on unnoticed: what is remembered stays the witness
            await act(world, n)
        done = await verify(world)
        assert (done.rows, done.broken, done.head and done.head.serial) == (6, (Broken(5, "rewritten"),), 5)
        await accept(world, officer=WHO, reason="khôi phục sau sự cố", as_of=AT)
        done = await verify(world)
        assert (done.rows, done.broken, done.head and done.head.serial) == (7, (), 7)
        assert "trail-broken" not in {each.kind for each in await look_through(world, AT)}
        [last] = await newest(world, 1)
        assert (last.act, '"serial":5' in last.what, "khôi phục" in last.what) == ("trail-accepted", True, True)
        with pytest.raises(Refused, match="nothing to accept"):
            await accept(world, officer=WHO, reason="lần nữa", as_of=AT)


async def test_what_is_refused_or_only_shown_leaves_no_row(sqlite_url: str, tmp_path: Path) -> None:
    async with small_world(sqlite_url, tmp_path) as world:
        with pytest.raises(RuntimeError, match="broken off"):
            await _broken_off(world)
        days = {date(2026, 11, 23): "off"}
        for only_show in (True, False):
            by = By(WHO, AT, only_show=only_show)
            await enter_days(world, "vn", days, name="Hoán đổi", source="mẫu", status="official", by=by)
            assert [row.act for row in await newest(world, 9)] == ([] if only_show else ["calendar"])


async def test_a_command_says_under_which_account_it_acts(sqlite_url: str, tmp_path: Path) -> None:
    async with small_world(sqlite_url, tmp_path) as world:
        world.terminal = "may-mau"  # --officer is what somebody calls themselves
        await act(world, 1)
        assert [row.what for row in await newest(world, 9)] == ['{"n":1,"terminal":"may-mau"}']


async def _broken_off(world: World) -> None:
    async with world.database.write() as connection:
        note(connection, world, WHO, "pause", {}, at=AT)
        raise RuntimeError("broken off")


async def test_every_act_of_an_officer_is_a_row(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", now="2026-10-14 08:00", state="rehearsal") as s:
        await _acts(s)
        rows = (await newest(s.world, 99))[::-1]
        assert [(row.act, row.who) for row in rows] == [
            ("plan-loaded", "dondoc"), ("submission", "desk"), ("reconciliation", WHO), ("pause", WHO), ("resume", WHO),
            ("ruling", WHO), ("ruling", WHO), ("go-live", WHO),
        ]  # fmt: skip
        assert (await verify(s.world)).broken == ()


async def _acts(s: Story) -> None:
    await s.forward("2026-10-14 08:01")
    await s.submit("11-so-noi-vu", "annual-report", "2026")
    await s.reconcile()
    await pause(s.world, None, None, officer=WHO, reason="thử", as_of=s.now)
    await resume(s.world, None, None, officer=WHO, as_of=s.now)
    by = By(WHO, s.now, document="12/QĐ-MAU; 14/10/2026; Người mẫu")
    ruled = await waive(s.world, s.key, "annual-report", "2026", by=by)
    await undo(s.world, s.key, ruled.ruling_id, by=by)
    await go_live(s.world, s.key, date(2026, 10, 14), officer=WHO, as_of=at("2026-10-14 08:05"), document=by.document)


# Functions of tasks/ that write by themselves, for nobody: the machine's own work, or a consequence of a noted act.
OWN_WORK = {
    "audit": {"keep_findings"}, "brakes": {"guard_volume", "let_step_in", "_watch_clock"},
    "changing": {"change"},  # what works inside it notes itself
    "heartbeat": {"_note"}, "open_duties": {"open_duties"}, "preview": {"_make_and_undo"},
    "replay_journal": {"stand_still_if_restored"}, "rule_campaign": {"_rehearse_when_issued"},
    "send_messages": {"_claim"}, "send_sms": {"_claim"}, "settle_steps": {"find_due_steps", "_settle_one"},
    "sign_in": {"sign_in", "sign_out", "visitor_of"},  # who came in, and who was locked out, is noted by its parts
    "submit_codes": {"send_code", "spend_code"},  # what a unit does on its own page …
    "submit_report": {"save", "send_report"},
    "remind_reviewers": {"_tell"}, "supplements": {"remind_of_supplements", "_settle"},
    "uploads": {"begin_upload", "drop_upload", "keep_upload", "take_piece"},
    "unit_links": {"disown", "links_for_desk"},  # … and a link shown once more
    "take_up": {"take_up_again"}, "watch_brakes": {"note"},
}  # fmt: skip


def test_whoever_writes_for_an_officer_notes_it() -> None:
    silent: dict[str, set[str]] = {}
    for path in sorted((Path(__file__).parents[1] / "tasks").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.AsyncFunctionDef) and "write" in (called := _called(node)) and "note" not in called:
                silent.setdefault(path.stem, set()).add(node.name)
    assert silent == OWN_WORK


def _called(function: ast.AST) -> set[str]:
    calls = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
