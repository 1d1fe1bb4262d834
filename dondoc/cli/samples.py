"""The command that prints every message of a campaign for whoever approves its wording."""

from pathlib import Path

import click

from dondoc.cli.edge import answers
from dondoc.cli.inputs import KEY
from dondoc.cli.show import plan_of


@click.command()
@click.argument("campaign", type=KEY)
@click.option("--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path),
              help="Where the pages go; made if it is not there.")  # fmt: skip
@answers
def samples(campaign: str, folder: Path) -> None:
    """Print every message of CAMPAIGN as a page: each type, for each kind of unit, in Vietnamese and English.

    Nothing is sent and no database is needed. Open index.html; every page prints on A4.
    """
    from deadlines.calendar import vietnam
    from tasks.print_samples import print_samples

    for printed in print_samples(plan_of(campaign), folder, vietnam()):
        click.echo(f"{printed.index}: {printed.pages} trang mẫu")


commands = (samples,)
