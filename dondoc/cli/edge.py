"""The edge of the program: errors become one clear line and exit code 2, values become tables or JSON."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import UTC, date, datetime, time
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from config.errors import Refused
from dondoc import clock

if TYPE_CHECKING:
    from config.settings import Settings
    from tasks.world import World

P = ParamSpec("P")

FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
    help="json prints JSON and nothing else.",
)  # fmt: skip
OFFICER = click.option("--officer", default=None, help="Who decides; default: the account you are logged in with.")


class Day(click.ParamType[date]):
    """A calendar day, YYYY-MM-DD or dd/mm/yyyy."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day."""
        if isinstance(value, date):
            return value
        for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return datetime.strptime(str(value), pattern).replace(tzinfo=clock.LOCAL).date()
            except ValueError:
                continue
        return self.fail(f"'{value}' is no day; write 2026-11-14 or 14/11/2026", param, ctx)


class Moment(click.ParamType[datetime]):
    """A moment in Vietnam: a day, a day and time, or an ISO instant with its zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the instant in UTC; a day alone means its morning at 08:00."""
        if isinstance(value, datetime):
            return value
        text = str(value).strip()
        for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return clock.at_local(datetime.strptime(text, pattern).replace(tzinfo=clock.LOCAL).date(), time(8))
            except ValueError:
                continue
        for pattern in ("%d/%m/%Y %H:%M", "%H:%M %d/%m/%Y"):
            try:
                parsed = datetime.strptime(text, pattern).replace(tzinfo=clock.LOCAL)
                return clock.at_local(parsed.date(), parsed.time())
            except ValueError:
                continue
        try:
            parsed = datetime.fromisoformat(text)
        except ValueError:
            self.fail(f"'{value}' is no time; write '2026-11-14 16:30' (Vietnam time)", param, ctx)
        return parsed.astimezone(UTC) if parsed.tzinfo else clock.at_local(parsed.date(), parsed.time())


DAY, MOMENT = Day(), Moment()


def answers(function: Callable[P, Any]) -> Callable[P, None]:
    """Turn refusals into one line on standard error and exit code 2."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except Refused as error:
            click.echo(str(error), err=True)
            sys.exit(2)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    return run


def settings() -> "Settings":
    """Return the settings. Errors: `Refused`, naming each setting that cannot be read."""
    from pydantic import ValidationError

    from config.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"DONDOC_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise Refused(f"settings: {wrong}") from None


def in_world(work: Callable[["World"], Coroutine[Any, Any, Any]]) -> Any:
    """Run `work` in the world of the settings and close it afterwards."""

    async def run() -> Any:
        from tasks.open_world import open_world

        world = await open_world(settings())
        try:
            return await work(world)
        finally:
            await world.database.close()

    return asyncio.run(run())


def officer_or_login(officer: str | None) -> str:
    """Return who acts: as told, by DONDOC_OFFICER, or the login of this account."""
    import getpass

    return officer or os.environ.get("DONDOC_OFFICER") or getpass.getuser()


def print_json(value: Any) -> None:
    """Print JSON and nothing else."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table as wide as the terminal, or as wide as it needs when piped."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 200)
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(shown(cell) for cell in row))
    console.print(table)


def shown(value: Any) -> str:
    """Return a cell's text: days and instants as Vietnamese readers write them, nothing for null."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.astimezone(clock.LOCAL).strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
