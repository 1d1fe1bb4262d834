"""Calendars as data: entered by officers with a source, above the country's own; steps follow, fired ones stay."""

from datetime import date
from pathlib import Path

import pytest

from dondoc.store.engine import open_database
from dondoc.store.status import coming_steps
from flows.round import round_
from tasks.calendars import RefusedCalendar, enter_days, forget_day, new_calendar, note_year, refresh_calendars
from tasks.changing import By
from tasks.open_world import world_of
from tests.story import Story, at, story

FRIDAY, THURSDAY = date(2026, 11, 13), date(2026, 11, 12)


def by(s: Story) -> By:
    return By("Chuyên viên mẫu", s.now)


async def off(s: Story, day: date, status: str = "official", calendar: str = "vn") -> None:
    await enter_days(s.world, calendar, {day: "off"}, name="Nghỉ thử", source="1/TB-MẪU", status=status, by=by(s))


async def first_reminder(s: Story) -> str:
    step = next(row for row in await coming_steps(s.world.database, 1, s.now) if row.duty == "annual-report")
    return f"{step.rung} {step.fire_at:%d/%m %H:%M}"


async def test_a_holiday_moves_what_has_not_fired_and_takes_it_back(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-11-01", now="2026-11-09") as s:
        await s.forward("2026-11-09 09:00")
        assert await first_reminder(s) == "T-1 12/11 01:00"  # Thursday 08:00 in Vietnam
        await off(s, FRIDAY)  # the last working day is Thursday now, and the day before it Wednesday
        assert await first_reminder(s) == "T-1 11/11 01:00"
        await forget_day(s.world, "vn", FRIDAY, by=by(s))
        assert await first_reminder(s) == "T-1 12/11 01:00"


async def test_a_reminder_that_a_holiday_puts_into_the_past_goes_out_with_the_next_round(
    database_url: str, tmp_path: Path
) -> None:
    async with story(database_url, tmp_path, since="2026-11-01", now="2026-11-09") as s:
        await s.forward("2026-11-11 10:00")
        s.new_mails()
        await off(s, FRIDAY)  # T-1 was for Thursday; it is for this morning now
        await s.forward("2026-11-11 10:05")
        assert len(s.new_mails()) == 78  # the 80 bound units, two of which share a person twice
        assert ("annual-report", "2026", "T-1", "accepted", None) in await s.ledger()


async def test_another_process_goes_by_what_was_entered(database_url: str, tmp_path: Path) -> None:
    async with story(database_url, tmp_path, since="2026-11-01", now="2026-11-09") as s:
        second = await open_database(database_url)
        try:
            other = await world_of(second, b"a key for tests", {})
            await off(s, FRIDAY)
            assert other.calendar.is_working_day(FRIDAY)  # it has not looked yet
            await round_(other, at("2026-11-09 08:05"))
            assert not other.calendar.is_working_day(FRIDAY)
        finally:
            await second.close()


async def test_a_year_is_settled_by_a_notice_and_unsettled_by_a_day_that_is_only_expected(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with story(sqlite_url, tmp_path, since="2026-11-01") as s:
        assert s.world.calendar.status(2027) == "dự kiến"
        await note_year(s.world, "vn", 2027, source="2/TB-MẪU", by=by(s))
        assert s.world.calendar.status(2027) == "official"
        await off(s, date(2027, 2, 5), status="dự kiến")
        assert s.world.calendar.status(2027) == "dự kiến"
        [entered] = [line for line in s.world.calendar.exceptions(2027) if line[0] == date(2027, 2, 5)]
        assert entered == (date(2027, 2, 5), False, "Nghỉ thử", "1/TB-MẪU", "dự kiến")


async def test_a_second_calendar_adds_to_the_first_and_leaves_it_alone(sqlite_url: str, tmp_path: Path) -> None:
    async with story(sqlite_url, tmp_path, since="2026-11-01") as s:
        await new_calendar(s.world, "tinh", "Lịch của tỉnh", "vn", by=by(s))
        await off(s, FRIDAY, calendar="tinh")
        await off(s, THURSDAY)
        await refresh_calendars(s.world)
        days = [
            (s.world.calendars[key].is_working_day(THURSDAY), s.world.calendars[key].is_working_day(FRIDAY))
            for key in ("vn", "tinh")
        ]
        assert days == [(False, True), (False, False)]
        with pytest.raises(RefusedCalendar, match="there is one already"):
            await new_calendar(s.world, "tinh", "Lịch của tỉnh", "vn", by=by(s))
        with pytest.raises(RefusedCalendar, match="unknown; there are vn, tinh"):
            await off(s, FRIDAY, calendar="huyen")
        with pytest.raises(RefusedCalendar, match="nothing was entered about 20/11/2026"):
            await forget_day(s.world, "vn", date(2026, 11, 20), by=by(s))
