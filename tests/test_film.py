"""A period played like a film: the clock runs ahead, stops at what falls due, and passes nothing over."""

import asyncio
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from httpx import ASGITransport, AsyncClient
from sqlalchemy import select

from dondoc import clock
from dondoc.cli import main
from dondoc.portal import words
from dondoc.portal.alarm import Alarm
from dondoc.portal.film import Film
from dondoc.portal.pages import Pages
from dondoc.prefect_face.face import PrefectFace
from dondoc.simulation.behaviour import profile_named
from dondoc.simulation.cast import Company
from dondoc.store import tables as t
from dondoc.store.engine import WrongDatabase, mark_simulation, move_clock, open_database
from tasks.show_runs import DatabaseShelf
from tests.story import Story, at, story

WEEK = 7 * 24 * 3600


def film_of(s: Story, speed: int, said: list[str]) -> Film:
    """Return a film of a story, with an alarm nobody but the film rings."""
    alarm = Alarm(s.world, PrefectFace(None, None, DatabaseShelf(s.world.database)), every_seconds=3600)
    return Film(s.world, alarm, speed, said.append)


async def left_at(s: Story) -> list[datetime]:
    """Return when each mail left, by the campaign's clock."""
    async with s.world.database.read() as connection:
        m = t.message.c
        return list(await connection.scalars(select(m.accepted_at).where(m.accepted_at.is_not(None)).order_by(m.id)))


def hour(instant: datetime) -> str:
    """Return an instant as "14/10 08:00"."""
    return f"{instant.astimezone(clock.LOCAL):%d/%m %H:%M}"


async def test_days_pass_in_one_go_and_every_mail_leaves_at_its_hour(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", now="2026-10-13 17:00") as s:
        said: list[str] = []
        await film_of(s, WEEK, said).advance(at("2026-10-18 12:00"))
        assert [hour(left) for left in await left_at(s)] == ["14/10 08:00"] * 124  # not when the tick was over
        assert said == [
            "thứ Tư, 14/10/2026",
            "  08:00 dien-bien: Báo cáo hằng năm tình hình tổ chức thực hiện Phong trào thi đua (2026), "
            "thông báo trước 30 ngày: 126 thông báo",
            "  08:00 đã gửi 124 thư, tin nhắn",
            "thứ Năm, 15/10/2026",
            "thứ Sáu, 16/10/2026",
            "thứ Bảy, 17/10/2026",
            "Chủ nhật, 18/10/2026",
        ]
        again = await open_database(sqlite_url)  # another window sees the same day
        assert abs((again.now() - s.world.database.now()).total_seconds()) < 5
        assert clock.local_day(again.now()).isoformat() == "2026-10-18"
        await again.close()


async def test_it_runs_by_itself_takes_a_report_along_and_stops(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-10-15", now="2026-10-15 07:00") as s:
        said: list[str] = []
        playing = asyncio.create_task(film_of(s, 2 * 3600, said).play())
        async with asyncio.timeout(20):
            while s.world.database.now() < at("2026-10-15 08:00"):  # noqa: ASYNC110 (the film plays by itself)
                await asyncio.sleep(0.02)
            s.now = s.world.database.now()
            await s.submit("11-so-y-te", "annual-report", "2026")
            while not any("đã gửi" in line for line in said):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
        assert s.server.count == 1


async def test_units_and_desk_play_by_themselves(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-11-13", now="2026-11-13 07:00") as s:
        said: list[str] = []
        alarm = Alarm(s.world, PrefectFace(None, None, DatabaseShelf(s.world.database)), every_seconds=3600)
        company = Company(s.world, profile_named("silent"), seed=1)
        await Film(s.world, alarm, WEEK, said.append, company).advance(at("2026-11-19 08:00"))
        assert alarm.failures == 0
        s.now = s.world.database.now()
        units = await s.units("annual-report", "2026")
        assert {each.judged for each in units if each.modality == "mandated"} == {"on-time", "late", None}
        ledger = await s.ledger()
        missing = ledger["annual-report", "2026", "overdue-1", "accepted", None]
        assert 40 < missing < 80  # the desk has compared its registers, and those who had not reported heard of it
        assert any("phiếu trình" in line for line in said)


async def test_every_page_says_which_day_it_is_and_moves_on(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-01-01", now="2026-10-14 07:59") as s:
        pages = Pages(s.world, spool=s.spool, prefect_url=None, port=8025)
        async with AsyncClient(transport=ASGITransport(pages.app), base_url="http://127.0.0.1:8025") as client:
            assert "http-equiv" not in (await client.get("/")).text
            pages.frame.film = words.pace(86_400)
            for path in ("/", "/board/dien-bien", "/mails"):
                page = (await client.get(path)).text
                assert "Phim, 1 giây = 1 ngày: <strong>07:59 thứ Tư, 14/10/2026</strong>" in page
                assert '<meta http-equiv="refresh" content="2">' in page
            form = (await client.get("/reconciliation")).text
            assert "Phim, 1 giây = 1 ngày" in form
            assert "http-equiv" not in form  # it would wipe what is being typed


@pytest.mark.parametrize(
    ("speed", "said"),
    [
        (90, "1 giây = 90 giây"),
        (120, "1 giây = 2 phút"),
        (3_600, "1 giây = 1 giờ"),
        (2 * 86_400, "1 giây = 2 ngày"),
        (WEEK, "1 giây = 1 tuần"),
    ],
)
def test_the_pace_is_told_in_words(speed: int, said: str) -> None:
    assert words.pace(speed) == said


async def test_a_simulations_clock_moves_ahead_only_and_a_live_one_never(database_url: str) -> None:
    database = await open_database(database_url)
    with pytest.raises(WrongDatabase):
        await move_clock(database, at("2030-01-01"))
    await mark_simulation(database, at("2026-10-14"))
    for to in ("2026-10-20", "2026-10-01"):
        await move_clock(database, at(to))
        assert at("2026-10-20") <= database.now() < at("2026-10-20 08:01")
    await database.close()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--speed", "60"], "--speed: only a simulation's clock can run faster; add --as-of DAY"),
        (
            ["--as-of", "2026-10-14", "--profile", "typical"],
            "--profile: nobody is played unless a film is; add --speed N",
        ),
        (["--as-of", "2026-10-14", "--speed", "9", "--profile", "odd"], "profile 'odd': unknown; there are typical,"),
        (["--as-of", "2026-10-14", "--speed", "0"], "0 is not in the range"),
        (["--as-of", "2026-10-14", "--speed", "604801"], "604801 is not in the range"),
    ],
)
def test_a_speed_that_cannot_be_is_refused(arguments: list[str], why: str) -> None:
    refused = CliRunner().invoke(main, ["up", *arguments])
    assert refused.exit_code == 2
    assert why in refused.stderr
