"""Commands on calendars: days off and worked as data with a source; a change moves only what has not fired."""

from datetime import date
from typing import TYPE_CHECKING

import click

from dondoc.cli.difference import ONLY_SHOW, print_difference
from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import DAY, DOCUMENT_WORDS, KEY, NAME
from dondoc.cli.output import print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from deadlines.difference import Difference
    from tasks.changing import By
    from tasks.world import World

_CALENDAR = click.option("--calendar", "key", type=KEY, default="vn", show_default=True, help="Which calendar.")
_SOURCE = click.option("--source", type=DOCUMENT_WORDS, required=True, help="The notice or document that says so.")
_STATUS = click.option("--status", type=click.Choice(["official", "expected"]), default="official", show_default=True,
                       help="Settled by a notice, or only expected (dự kiến).")  # fmt: skip
_STATUSES = {"official": "official", "expected": "dự kiến"}
_YEAR = click.IntRange(2000, 2100)


@click.group()
def calendar() -> None:
    """Show and change calendars of working days; `dondoc diff calendar …` only shows what would change."""


@calendar.command("list")
@FORMAT
@answers
def list_(form: str) -> None:
    """List the calendars and which campaigns go by them."""

    async def work(world: "World") -> None:
        from dondoc.store.calendars import calendar_rows
        from dondoc.store.campaigns import campaigns

        owners = await campaigns(world.database)
        async with world.database.read() as connection:
            rows = await calendar_rows(connection)
        kept = [("vn", "Việt Nam", None), *((row.key, row.name, row.extends) for row in rows)]
        listed = [
            {"calendar": key, "name": name, "extends": extends,
             "campaigns": [owner.key for owner in owners if owner.calendar == key]}
            for key, name, extends in kept
        ]  # fmt: skip
        if form == "json":
            print_json(listed)
            return
        print_table(
            "Lịch làm việc", ["mã", "tên", "dựa trên", "phong trào"],
            (
                [row["calendar"], row["name"], row["extends"], ", ".join(map(str, row["campaigns"] or ())) or None]
                for row in listed
            ),
        )  # fmt: skip

    in_world(work)


@calendar.command()
@click.argument("key", type=KEY, default="vn")
@click.option("--year", type=_YEAR, required=True)
@FORMAT
@answers
def show(key: str, year: int, form: str) -> None:
    """Show the weekdays off and the weekend days worked of a YEAR, and whether a notice has settled it."""

    async def work(world: "World") -> None:
        from tasks.calendars import RefusedCalendar

        if key not in world.calendars:
            raise RefusedCalendar(f"calendar '{key}': unknown; there are {', '.join(sorted(world.calendars))}")
        chosen = world.calendars[key]
        days = [
            {"day": day, "works": works, "name": name, "source": source, "status": status}
            for day, works, name, source, status in chosen.exceptions(year)
        ]
        if form == "json":
            print_json({"calendar": key, "year": year, "status": chosen.status(year), "days": days})
            return
        settled = "đã có thông báo chính thức" if chosen.status(year) == "official" else "dự kiến"
        print_table(
            f"{key}, năm {year}: {settled}", ["ngày", "", "tên", "nguồn", "tình trạng"],
            (
                [day["day"], "làm việc" if day["works"] else "nghỉ", day["name"], day["source"],
                 {"official": "chính thức"}.get(str(day["status"]), day["status"])]
                for day in days
            ),
        )  # fmt: skip

    in_world(work)


@calendar.command()
@click.argument("key", type=KEY)
@click.option("--name", type=NAME, required=True)
@click.option("--extends", type=KEY, default="vn", show_default=True, help="The calendar it adds to.")
@OFFICER
@answers
def new(key: str, name: str, extends: str, officer: str | None) -> None:
    """Make another calendar; a plan goes by it with `calendar: KEY`."""
    from tasks.calendars import new_calendar

    _do(officer, lambda world, by: new_calendar(world, key, name, extends, by=by), f"lịch {key} dựa trên {extends}")


@calendar.command()
@click.argument("first", type=DAY)
@click.option("--until", type=DAY, default=None, help="Every day from the first to this one.")
@click.option("--name", type=NAME, required=True, help="What it is, e.g. Tết Nguyên đán.")
@_SOURCE
@_STATUS
@_CALENDAR
@OFFICER
@answers
def off(
    first: date, until: date | None, name: str, source: str, status: str, key: str, officer: str | None
) -> None:  # fmt: skip
    """Enter a day, or several, as off."""
    _enter(key, first, until, "off", name, source, status, officer)


@calendar.command()
@click.argument("first", type=DAY)
@click.option("--until", type=DAY, default=None, help="Every day from the first to this one.")
@click.option("--name", type=NAME, required=True, help="What for, e.g. Làm bù cho ngày 02/01.")
@_SOURCE
@_STATUS
@_CALENDAR
@OFFICER
@answers
def work(
    first: date, until: date | None, name: str, source: str, status: str, key: str, officer: str | None
) -> None:  # fmt: skip
    """Enter a day, or several, as worked."""
    _enter(key, first, until, "worked", name, source, status, officer)


@calendar.command()
@click.argument("day_off", type=DAY)
@click.argument("day_worked", type=DAY)
@_SOURCE
@_STATUS
@_CALENDAR
@OFFICER
@answers
def swap(day_off: date, day_worked: date, source: str, status: str, key: str, officer: str | None) -> None:
    """Enter a swap: DAY_OFF is off, DAY_WORKED is worked instead."""
    from tasks.calendars import enter_days

    days = {day_off: "off", day_worked: "worked"}
    name = f"Hoán đổi {day_off:%d/%m/%Y} với {day_worked:%d/%m/%Y}"
    _do(
        officer,
        lambda world, by: enter_days(world, key, days, name=name, source=source, status=_STATUSES[status], by=by),
        f"lịch {key}: {name}",
    )


@calendar.command()
@click.argument("year", type=_YEAR)
@_SOURCE
@_CALENDAR
@OFFICER
@answers
def official(year: int, source: str, key: str, officer: str | None) -> None:
    """Record that an official notice has settled YEAR."""
    from tasks.calendars import note_year

    _do(officer, lambda world, by: note_year(world, key, year, source=source, by=by), f"lịch {key}: năm {year}")


@calendar.command()
@click.argument("day", type=DAY)
@_CALENDAR
@OFFICER
@answers
def forget(day: date, key: str, officer: str | None) -> None:
    """Withdraw what was entered about DAY."""
    from tasks.calendars import forget_day

    _do(officer, lambda world, by: forget_day(world, key, day, by=by), f"lịch {key}: bỏ ghi {day:%d/%m/%Y}")


def _enter(
    key: str, first: date, until: date | None, kind: str, name: str, source: str, status: str, officer: str | None
) -> None:  # fmt: skip
    from tasks.calendars import enter_days, span

    days = dict.fromkeys(span(first, until), kind)
    what = {"off": "nghỉ", "worked": "làm việc"}[kind]
    last = f" đến {until:%d/%m/%Y}" if until else ""
    _do(
        officer,
        lambda world, by: enter_days(world, key, days, name=name, source=source, status=_STATUSES[status], by=by),
        f"lịch {key}: {what} {first:%d/%m/%Y}{last}, {name}",
    )


def _do(
    officer: str | None, act: "Callable[[World, By], Awaitable[Difference]]", said: str
) -> None:  # fmt: skip
    who = officer_or_login(officer)

    async def change(world: "World") -> None:
        from tasks.changing import By

        done = await act(world, By(who, world.database.now(), only_show=ONLY_SHOW.get()))
        click.echo(f"Nếu ghi: {said}" if ONLY_SHOW.get() else f"Đã ghi: {said}; {who}")
        print_difference(done)

    in_world(change)


commands = (calendar,)
