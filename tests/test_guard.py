"""The guard: far more mail than the plans explain, or a clock that leapt, stops everything and asks an officer."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, literal, select, update

from deadlines.guard import clock_leapt, too_many
from dondoc import clock
from dondoc.prefect_face.face import PrefectFace
from dondoc.store import brakes
from dondoc.store import tables as t
from dondoc.store.engine import Database, open_database
from dondoc.store.volume import forecast
from flows.round import round_, shown_round
from tasks.brakes import RefusedBrake, release_guard, stops_before_round
from tasks.open_world import world_of
from tasks.show_runs import DatabaseShelf
from tests.story import KEY, Story, at, story

OFFICER = "Lãnh đạo mẫu"


@pytest.mark.parametrize(
    ("found", "expected", "blast"),
    [
        (200, 0, False),  # a province's wave is no blast whatever was expected
        (201, 0, True),
        (300, 100, False),
        (301, 100, True),
        (50_000, 20_000, False),
        (1, 0, False),
    ],
)
def test_a_blast_is_three_times_what_was_expected(found: int, expected: int, blast: bool) -> None:
    assert too_many(found, expected) == blast


def test_a_clock_leaps_by_more_than_an_hour() -> None:
    assert [clock_leapt(seconds) for seconds in (-86_400, 0, 3_600, 3_601)] == [False, False, False, True]


async def import_units(s: Story, count: int) -> None:
    """Let a wrong import add units that owe the annual report, each with a contact: a table pasted twice too often."""
    async with s.world.database.write() as connection:
        a, d = t.assignment.c, t.duty_period.c
        pattern = (
            await connection.execute(
                select(a.duty_period_id, a.cohort_id, t.unit)
                .join(t.unit, t.unit.c.id == a.unit_id)
                .join(t.duty_period, d.id == a.duty_period_id)
                .where(d.duty == "annual-report", d.period == "2026", a.modality == "mandated")
                .limit(1)
            )
        ).mappings().one()  # fmt: skip
        unit = {c.name: pattern[c.name] for c in t.unit.c if c.name not in ("id", "code")}
        await connection.execute(insert(t.unit), [{**unit, "code": f"nham-{n}"} for n in range(count)])
        await connection.execute(
            insert(t.person), [{"channel": "email", "address": f"nham-{n}@nhap-nham.example"} for n in range(count)]
        )
        new = t.unit.c.code.like("nham-%")
        await connection.execute(
            insert(t.contact).from_select(
                ["unit_id", "person_id", "role", "name", "position", "valid_from", "sample"],
                select(
                    t.unit.c.id, t.person.c.id, literal("officer"), literal("Mẫu"), literal("Mẫu"),
                    literal(date(2020, 1, 1)), literal(True),
                ).join(t.person, t.person.c.address == t.unit.c.code + "@nhap-nham.example").where(new),
            )
        )  # fmt: skip
        await connection.execute(
            insert(t.assignment).from_select(
                ["duty_period_id", "cohort_id", "unit_id", "modality", "state", "opened_at"],
                select(
                    literal(pattern["duty_period_id"]), literal(pattern["cohort_id"]), t.unit.c.id,
                    literal("mandated"), literal("open"), literal(s.now, t.assignment.c.opened_at.type),
                ).where(new),
            )
        )  # fmt: skip


async def test_a_wrong_import_stops_and_asks(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-11-05 16:00")
        s.new_mails()
        await import_units(s, 1_000)
        await s.forward("2026-11-06 09:00")  # T-7 for 1,126 units; 126 were to be expected
        assert s.new_mails() == []
        face = PrefectFace("http://127.0.0.1:9/api", None, DatabaseShelf(s.world.database))  # nobody listens there
        for _twice in range(2):
            report = await shown_round(s.world, face, s.now)
        async with s.world.database.read() as connection:
            keys = (await connection.execute(select(t.shown_run.c.key).where(t.shown_run.c.key.like("stop/%")))).all()
        assert len(keys) == 1  # one failed run for the stop, however many rounds meet it
        [stop] = report.stops
        assert (stop.kind, stop.found, stop.forecast) == ("volume", 1_124, 126)
        done = await release_guard(s.world, "volume", officer=OFFICER, as_of=s.now)
        assert done.queued == 0  # nothing of earlier days: it leaves as it lies
        await s.forward("2026-11-06 09:01")
        assert len(s.new_mails()) == 1_124
        assert (await round_(s.world, s.now)).stops == ()
        with pytest.raises(RefusedBrake, match="guard volume: holds nothing; it holds nothing"):
            await release_guard(s.world, "volume", officer=OFFICER, as_of=s.now)


async def test_the_same_many_units_known_for_a_week_are_no_blast(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-10-29 09:00")
        s.new_mails()
        await import_units(s, 600)
        await s.forward("2026-11-06 09:00")
        assert len(s.new_mails()) == 725  # with the consolidated report's T-30


async def test_catching_up_after_an_outage_is_no_blast(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-01-02 09:00")
        await import_units(s, 1_000)  # a campaign of ten times the size, from its second day on
        await s.round_only("2026-11-10 09:00")  # nobody at the machine since January
        assert len(s.new_mails()) > 1_000


async def stopped(database: Database, leap: timedelta) -> list[str]:
    """Return what a round says whose last heartbeat had a wall clock behind by `leap`."""
    world = await world_of(database, b"a key for tests", {})
    assert await stops_before_round(world, database.now()) == []
    async with database.write() as connection:
        await connection.execute(update(t.heartbeat).values(wall_at=clock.now() - leap))
    return [stop.kind for stop in await stops_before_round(world, database.now())]


async def test_a_clock_that_leapt_stops_the_round_before_it_settles_anything(database_url: str) -> None:
    database = await open_database(database_url)
    try:
        assert await stopped(database, timedelta(minutes=59)) == []
        assert await stopped(database, timedelta(minutes=-300)) == []  # set back: nothing leaves too early
        async with database.write() as connection:
            await connection.execute(update(t.heartbeat).values(boot="another"))  # a new start has a new clock
        assert await stopped(database, timedelta()) == []
        assert await stopped(database, timedelta(minutes=61)) == ["clock"]
        world = await world_of(database, b"a key for tests", {})
        report = await round_(world, database.now())
        assert [stop.kind for stop in report.stops] == ["clock"]
        await release_guard(world, "clock", officer=OFFICER, as_of=database.now())
        assert (await round_(world, database.now())).stops == ()
    finally:
        await database.close()


async def test_a_simulation_jumps_as_it_likes(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        for day in ("2026-02-01 09:00", "2026-09-01 09:00", "2026-12-01 09:00"):
            assert (await round_(s.world, at(day))).stops == ()
        async with s.world.database.read() as connection:
            assert await brakes.open_stops(connection) == []


async def test_a_forecast_says_what_is_coming(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-01-01") as s:
        await s.forward("2026-10-13 09:00")
        rows = await forecast(s.world.database, None, s.now, at("2026-11-17 00:00"))
        annual = [(row.day.isoformat(), row.channel, row.notices) for row in rows if row.campaign == KEY]
        assert annual == [
            ("2026-10-14", "email", 126), ("2026-11-04", "email", 1), ("2026-11-06", "email", 126),
            ("2026-11-12", "email", 80), ("2026-11-16", "email", 80),
        ]  # fmt: skip
        await s.submit("11-so-noi-vu", "annual-report", "2026")
        rows = await forecast(s.world.database, None, s.now, at("2026-10-15 00:00"))
        assert [row.notices for row in rows] == [125]
        await s.forward("2026-10-14 09:00")
        assert len(s.new_mails()) == 124  # 125 notices to 123 persons, and an acknowledgement
