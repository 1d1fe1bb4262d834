"""The commands by name; each lives in the module of what it is about."""

import click

from dondoc.cli.desk import commands as desk_commands
from dondoc.cli.run import commands as run_commands
from dondoc.cli.show import commands as show_commands


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="dondoc", prog_name="dondoc")
def main() -> None:
    """Run an administrative campaign from its plan to its final review.

    Every unit knows what it owes and when, nothing due is forgotten, nobody is bothered without need.
    Settings come from DONDOC_… in the environment, state lies under DONDOC_HOME (.dondoc).
    """


for command in (*run_commands, *show_commands, *desk_commands):
    main.add_command(command)
