"""Commands that decide, each a ruling of a named officer: go live, set a date, confirm."""

from datetime import date
from typing import TYPE_CHECKING

import click

from dondoc.cli.edge import OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import DAY, DOCUMENT_WORDS, KEY, PERIOD
from dondoc.cli.output import shown

if TYPE_CHECKING:
    from tasks.make_ruling import Ruled
    from tasks.world import World

DOCUMENT = click.option("--document", type=DOCUMENT_WORDS, default=None, metavar='"SỐ; NGÀY"',
                        help="The document this rests on.")  # fmt: skip


@click.command("go-live")
@click.argument("campaign", type=KEY)
@click.option("--since", type=DAY, required=True, help="Steps before this day never fire.")
@DOCUMENT
@OFFICER
@answers
def go_live(campaign: str, since: date, document: str | None, officer: str | None) -> None:
    """Take CAMPAIGN from rehearsal to live: from now on mail reaches its units."""
    by = officer_or_login(officer)

    async def work(world: "World") -> None:
        from tasks.rule_campaign import go_live as ruled

        done = await ruled(world, campaign, since, officer=by, document=document, as_of=world.database.now())
        _print(done, f"{campaign} chính thức từ {shown(since)}", by, document)

    in_world(work)


@click.group()
def rule() -> None:
    """Record a ruling of a named officer."""


@rule.command("set-date")
@click.argument("campaign", type=KEY)
@click.argument("duty", type=KEY)
@click.argument("period", type=PERIOD)
@click.argument("due_on", type=DAY)
@DOCUMENT
@OFFICER
@answers
def set_date(campaign: str, duty: str, period: str, due_on: date, document: str | None, officer: str | None) -> None:
    """Give a duty its date. A duty on request takes the day of the request as PERIOD."""
    by = officer_or_login(officer)

    async def work(world: "World") -> None:
        from tasks.make_ruling import set_date as ruled

        done = await ruled(
            world, campaign, duty, period, due_on, officer=by, document=document, as_of=world.database.now()
        )
        _print(done, f"{duty} {period}: hạn cuối {shown(due_on)}", by, document)

    in_world(work)


@rule.command()
@click.argument("campaign", type=KEY)
@click.argument("duty", type=KEY)
@click.argument("period", default="once", type=PERIOD)
@DOCUMENT
@OFFICER
@answers
def confirm(campaign: str, duty: str, period: str, document: str | None, officer: str | None) -> None:
    """Confirm that a duty left to circumstances will be held."""
    by = officer_or_login(officer)

    async def work(world: "World") -> None:
        from tasks.make_ruling import confirm as ruled

        done = await ruled(world, campaign, duty, period, officer=by, document=document, as_of=world.database.now())
        _print(done, f"{duty} {period}: xác nhận có thực hiện", by, document)

    in_world(work)


def _print(done: "Ruled", what: str, by: str, document: str | None) -> None:
    """Say what was recorded. The entry's number is ours: it must not look like a document's."""
    rests = f", theo văn bản {document}" if document else ""
    click.echo(f"Đã ghi (mục {done.ruling_id}): {what}{rests}; {by}")


commands = (go_live, rule)
