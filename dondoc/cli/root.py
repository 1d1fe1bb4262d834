"""The commands by name; each lives in the module of what it is about."""

import click

from dondoc.cli.accounts import commands as account_commands
from dondoc.cli.books import commands as book_commands
from dondoc.cli.brakes import commands as brake_commands
from dondoc.cli.calendars import commands as calendar_commands
from dondoc.cli.config_check import commands as config_commands
from dondoc.cli.coverage import commands as coverage_commands
from dondoc.cli.desk import commands as desk_commands
from dondoc.cli.edge import Commands
from dondoc.cli.forms import commands as form_commands
from dondoc.cli.indicators import commands as indicator_commands
from dondoc.cli.intake import commands as intake_commands
from dondoc.cli.links import commands as link_commands
from dondoc.cli.messages import commands as message_commands
from dondoc.cli.plans import commands as file_commands
from dondoc.cli.plans_in_use import commands as plan_commands
from dondoc.cli.preview import commands as preview_commands
from dondoc.cli.review import commands as review_commands
from dondoc.cli.ruling_list import commands as list_commands
from dondoc.cli.rulings import commands as ruling_commands
from dondoc.cli.run import commands as run_commands
from dondoc.cli.samples import commands as sample_commands
from dondoc.cli.show import commands as show_commands
from dondoc.cli.sms import commands as sms_commands
from dondoc.cli.standing import commands as standing_commands
from dondoc.cli.units import commands as unit_commands
from dondoc.cli.watch import commands as watch_commands


def _version(ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"dondoc {version('dondoc')}")
        except PackageNotFoundError:
            click.echo("dondoc (run from a checkout, not installed)")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
              help="Show the version and exit.")  # fmt: skip
def main() -> None:
    """Run an administrative campaign from its plan to its final review.

    Every unit knows what it owes and when, nothing due is forgotten, nobody is bothered without need.
    Settings come from DONDOC_… in the environment, state lies under DONDOC_HOME (.dondoc).
    """


for command in (
    *run_commands, *show_commands, *file_commands, *sample_commands, *standing_commands, *coverage_commands,
    *indicator_commands,
    *desk_commands, *form_commands, *message_commands, *preview_commands, *brake_commands, *sms_commands,
    *intake_commands,
    *plan_commands, *ruling_commands, *list_commands, *calendar_commands, *unit_commands, *watch_commands,
    *config_commands, *account_commands, *link_commands, *review_commands, *book_commands,
):  # fmt: skip
    main.add_command(command)
