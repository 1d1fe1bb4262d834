"""The command that writes a report's form as a Word outline or an Excel workbook, for one unit or for everybody."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.errors import Refused
from dondoc.cli.edge import answers, in_world
from dondoc.cli.inputs import KEY, PERIOD, UNIT

if TYPE_CHECKING:
    from tasks.world import World

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("campaign", type=KEY)
@click.argument("duty", type=KEY)
@click.argument("period", type=PERIOD)
@click.option("--unit", type=UNIT, default=None, help="Whose form; default: everybody's who owes it, into a folder.")
@click.option("--xlsx", type=_FILE, default=None, metavar="FILE", help="Write an Excel workbook.")
@click.option("--docx", type=_FILE, default=None, metavar="FILE", help="Write a Word outline.")
@answers
def form(campaign: str, duty: str, period: str, unit: str | None, xlsx: Path | None, docx: Path | None) -> None:
    """Write the form of the report DUTY for PERIOD, to be filled in and read back.

    With --unit FILE is one file; without, a folder in which each unit that owes the report finds its own.
    """
    if (xlsx is None) == (docx is None):
        raise click.UsageError("write either --xlsx FILE or --docx FILE")
    kind, path = ("xlsx", xlsx) if xlsx else ("docx", docx)
    assert path is not None

    async def work(world: "World") -> None:
        from dondoc.cli.progress import counted
        from dondoc.portal.units.sheet import sheet
        from dondoc.reports.form_file import written
        from tasks.unit_page import assignment_page, pages_asked

        now = world.database.now()
        asked = await pages_asked(world, campaign, duty, period, unit, now)
        for assignment_id, code in counted(asked, "biểu mẫu"):
            page = await assignment_page(world, assignment_id, now)
            target = path if unit else path / f"{duty}-{period}-{code}.{kind}"
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(written(sheet(page, {}), kind))
            except OSError as error:
                raise Refused(f"{target}: cannot be written: {error.strerror}") from None
        click.echo(f"{path}: {len(asked)} biểu mẫu {kind}")

    in_world(work)


commands = [form]
