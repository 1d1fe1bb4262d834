"""Commands for closing a round: close its books, record and answer what units contest, list them."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from config.errors import Refused
from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import CODE, KEY, PERIOD, UNIT, Words
from dondoc.cli.output import print_json, print_table, shown

if TYPE_CHECKING:
    from tasks.world import World

_SAID = Words(500)


@click.command("close-books")
@click.argument("campaign", type=KEY)
@click.argument("duty", type=KEY)
@click.argument("period", type=PERIOD)
@click.option("--contest-days", type=int, default=3, show_default=True,
              help="Working days in which a unit may contest its record.")  # fmt: skip
@OFFICER
@answers
def close_books(campaign: str, duty: str, period: str, contest_days: int, officer: str | None) -> None:
    """Close the books of DUTY for PERIOD: what stands in them counts; units may contest it for some days."""
    by = officer_or_login(officer)

    async def work(world: "World") -> None:
        from tasks import close_books as task

        done = await task.close_books(
            world, campaign, duty, period, by=by, as_of=world.database.now(), days=contest_days
        )
        click.echo(f"{by} đã khóa sổ theo dõi {duty} {period}: {done.units} đơn vị")
        click.echo(f"đơn vị đề nghị xem lại kết quả ghi nhận đến hết ngày {shown(done.contest_by)}")

    in_world(work)


@click.command()
@click.argument("campaign", type=KEY)
@click.argument("duty", type=KEY)
@click.argument("period", type=PERIOD)
@click.argument("unit", type=UNIT)
@click.argument("reason", type=_SAID)
@OFFICER
@answers
def contest(campaign: str, duty: str, period: str, unit: str, reason: str, officer: str | None) -> None:
    """Record that UNIT contests its record in closed books, for a REASON in its own words."""
    by = officer_or_login(officer)

    async def work(world: "World") -> None:
        from tasks import close_books as task

        code = await task.contest(world, campaign, duty, period, unit, reason, by=by, as_of=world.database.now())
        click.echo(f"{code}: đã ghi nhận đề nghị xem lại kết quả; trả lời bằng: dondoc answer-contest {code}")

    in_world(work)


@click.command("answer-contest")
@click.argument("contest", type=CODE)
@click.option("--uphold", type=_SAID, default=None, metavar="WHY", help="The record is corrected.")
@click.option("--dismiss", type=_SAID, default=None, metavar="WHY", help="The record stays.")
@OFFICER
@answers
def answer_contest(contest: str, uphold: str | None, dismiss: str | None, officer: str | None) -> None:
    """Answer CONTEST: let the closed record follow what was proved meanwhile, or leave it, and say why."""
    why = uphold or dismiss
    if why is None or (uphold and dismiss):
        raise Refused('answer-contest: say one of --uphold "lý do" or --dismiss "lý do"')
    by = officer_or_login(officer)

    async def work(world: "World") -> None:
        from tasks import close_books as task

        verdict = "upheld" if uphold else "dismissed"
        done = await task.answer_contest(world, contest.upper(), verdict, why, by=by, as_of=world.database.now())
        said = "đã điều chỉnh kết quả ghi nhận" if uphold else "giữ nguyên kết quả ghi nhận"
        click.echo(f"{done.code}: {said} của {done.unit_name}, {done.duty} {done.period}")

    in_world(work)


@click.command()
@click.argument("campaign", type=KEY, required=False)
@FORMAT
@answers
def books(campaign: str | None, form: str) -> None:
    """List closed books, of CAMPAIGN or of all, and the contests that wait for an answer."""

    async def work(world: "World") -> None:
        from dondoc import clock
        from dondoc.store.books import all_books, open_contests
        from dondoc.store.campaigns import campaign as one
        from dondoc.store.campaigns import campaigns

        owners = [await one(world.database, campaign)] if campaign else await campaigns(world.database)
        mine, today = [each.id for each in owners], clock.local_day(world.database.now())
        closed, waiting = await all_books(world.database, mine), await open_contests(world.database, mine)
        final = [each.contest_by < today and not each.open_contests for each in closed]
        if form == "json":
            print_json({"books": [asdict(each) | {"final": done} for each, done in zip(closed, final, strict=True)],
                        "contests": [asdict(each) for each in waiting]})  # fmt: skip
            return
        print_table(
            "Sổ theo dõi đã khóa",
            ("phong trào", "nhiệm vụ", "kỳ", "khóa lúc", "đề nghị xem lại đến", "đơn vị", "trong thời hạn",
             "sau thời hạn", "chưa ghi nhận", "chờ trả lời", "kết quả"),
            [(each.campaign, each.duty, each.period, each.closed_at, each.contest_by, each.units, each.on_time,
              each.late, each.not_recorded, each.open_contests, "chính thức" if done else "chưa chính thức")
             for each, done in zip(closed, final, strict=True)],
        )  # fmt: skip
        for each in waiting:
            click.echo(f"{each.code}: {each.unit_name}, {each.duty} {each.period}, {shown(each.made_at)}: {each.said}")

    in_world(work)


commands = (close_books, contest, answer_contest, books)
