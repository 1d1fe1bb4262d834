"""A script of what officers do while a simulation plays: the commands of this program, each at its day.

    - {on: 2026-11-02, do: "rule set-date dien-bien ad-hoc-report 2026-11-02 2026-11-20 --document '12/UBND'"}

Every command is read before anything is played, and then runs as it would in earnest, in the simulation's world.
"""

import asyncio
import io
import shlex
from contextlib import redirect_stdout
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import Refused
from config.yaml_lines import Problem, read_yaml
from dondoc.cli.edge import Work, commands_work_in
from dondoc.cli.inputs import MOMENT, one_line

if TYPE_CHECKING:
    from dondoc.simulation.year import OfficerAct
    from tasks.world import World

# Commands that act upon a campaign; each does its work through `in_world`, so nothing else is needed for a new one.
SCRIPTED = ("rule", "calendar", "units", "load", "submit", "reconcile-intake", "release")
_OFFICER = "Cán bộ theo kịch bản"


class ScriptError(Refused):
    """A script cannot be played; `problems` holds one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_script(path: Path, commands: click.Group) -> list["OfficerAct"]:
    """Return what a script lets officers do, in its order. Errors: `ScriptError` with every problem at once."""
    from dondoc.simulation.year import OfficerAct

    try:
        tree = read_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ScriptError(
            [f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}"]
        ) from None
    problems, acts = list(tree.problems), []
    if not isinstance(tree.value, list) and not problems:
        problems.append(Problem(1, 'holds no script; it is a list of lines such as - {on: 2026-11-02, do: "rule …"}'))
    for number, entry in enumerate(tree.value if isinstance(tree.value, list) else []):
        place = f"{path}: line {tree.line_of((number,))}"
        try:
            at, words = _entry(entry)
            _resolved(words, commands)
        except click.UsageError as error:
            problems.append(
                Problem(tree.line_of((number,)), one_line(error.format_message().removeprefix("Invalid value: ")))
            )
        else:
            acts.append(OfficerAct(at, words, partial(_perform, words, commands, place)))
    if problems:
        raise ScriptError([f"{path}: line {problem.line}: {problem.text}" for problem in problems])
    return acts


def _entry(entry: object) -> tuple[datetime, str]:
    if not isinstance(entry, dict) or entry.keys() != {"on", "do"}:
        raise click.UsageError('an entry says on which day and what: {on: 2026-11-02, do: "rule …"}')
    return MOMENT.convert(entry["on"], None, None), str(entry["do"])


def _resolved(words: str, commands: click.Group) -> tuple[click.Command, click.Context]:
    """Return the command that words name, with its arguments read. Errors: `click.UsageError`."""
    try:
        parts = shlex.split(words)
    except ValueError as error:
        raise click.UsageError(f"'{words}': {error}") from None
    there = [name for name in SCRIPTED if name in commands.commands]
    if not parts or parts[0] not in there:
        raise click.UsageError(f"'{words}': officers in a script may use {', '.join(there)}")
    command, path = commands.commands[parts[0]], [parts.pop(0)]
    while isinstance(command, click.Group):
        if not parts or parts[0] not in command.commands:
            raise click.UsageError(f"'{words}': {' '.join(path)} has {', '.join(command.commands)}")
        command, path = command.commands[parts[0]], [*path, parts.pop(0)]
    if any(option.name == "officer" for option in command.params) and "--officer" not in parts:
        parts += ["--officer", _OFFICER]  # not the login of whoever plays: the same script gives the same account
    return command, command.make_context(" ".join(path), parts)


async def _perform(words: str, commands: click.Group, place: str, world: "World") -> str:
    """Run a command beside the loop that plays, its work on it; return what it said. Errors: `ScriptError`."""
    loop, said = asyncio.get_running_loop(), io.StringIO()

    def in_this_world(work: Work) -> Any:
        return asyncio.run_coroutine_threadsafe(work(world), loop).result()

    def run() -> None:
        command, context = _resolved(words, commands)
        with commands_work_in(in_this_world), redirect_stdout(said), context:
            command.invoke(context)

    try:
        await asyncio.to_thread(run)
    except Refused as error:
        problems = getattr(error, "problems", None) or [str(error)]
        raise ScriptError([f"{place}: {words}: {problem}" for problem in problems]) from None
    return " ".join(said.getvalue().split())
