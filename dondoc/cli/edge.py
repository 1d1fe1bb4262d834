"""The edge of the program: whatever is wrong becomes one clear line on standard error and exit code 2."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec

import click

from config.errors import Refused
from dondoc.cli.inputs import NAME, one_line, shortened

if TYPE_CHECKING:
    from config.settings import Settings
    from tasks.world import World

P = ParamSpec("P")
Work = Callable[["World"], Coroutine[Any, Any, Any]]
# Set while a simulation plays: a command of its script works in the simulation's world.
_elsewhere: ContextVar[Callable[[Work], Any] | None] = ContextVar("elsewhere", default=None)
_WRONG, _INTERRUPTED = 2, 130
# Settings that are read elsewhere than in config/settings.py.
_ELSEWHERE = ("DONDOC_OFFICER",)
_NEVER_SHOWN = ("DONDOC_SECRET", "DONDOC_RELAY_PASSWORD", "DONDOC_PREFECT_AUTH", "DONDOC_DATABASE_URL", "DONDOC_RELAYS")

FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
    help="json prints JSON and nothing else.",
)  # fmt: skip
OFFICER = click.option("--officer", type=NAME, default=None,
                       help="Who decides; default: the account you are logged in with.")  # fmt: skip


class Commands(click.Group):
    """The group of all commands: a slip in the command itself is told in one line, like every other."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command; end with 0, or with 2 and one line about what is wrong."""
        for stream in (sys.stdout, sys.stderr):
            if (stream.encoding or "").lower().replace("-", "") != "utf8" and hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8")  # Vietnamese has no place in latin-1, and JSON is UTF-8
        extra.update(standalone_mode=False, prog_name="dondoc")
        try:
            code = super().main(*args, **extra)
            sys.stdout.flush()  # here a full disk can still be told
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            code = _WRONG
        except click.UsageError as error:
            code = _say(_usage(error))
        except click.Abort:
            code = _say("stopped", _INTERRUPTED)
        except BrokenPipeError:
            code = _nobody_reads()
        except OSError as error:
            code = _say(_os_words(error))
        sys.exit(code if isinstance(code, int) else 0)


def answers(function: Callable[P, Any]) -> Callable[P, None]:
    """Turn refusals, and files that cannot be used, into a line on standard error and exit code 2."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except Refused as error:
            if _elsewhere.get() is not None:
                raise  # the script's player tells it, with its place
            # A file with several problems names them all, each on its own line.
            for problem in getattr(error, "problems", None) or [str(error)]:
                code = _say(problem)
            sys.exit(code)
        except BrokenPipeError:
            _nobody_reads()
        except OSError as error:
            sys.exit(_say(_os_words(error)))

    return run


def settings() -> "Settings":
    """Return the settings. Errors: `Refused`, naming each setting that cannot be read."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from config.settings import Settings

    wrong = _misspelt(Settings.model_fields)
    try:
        chosen = Settings()
    except ValidationError as error:
        for each in error.errors():
            setting, *inside = map(str, each["loc"])
            name = f"DONDOC_{setting.upper()}" + (f" ({'.'.join(inside)})" if inside else "")
            value = "" if f"DONDOC_{setting.upper()}" in _NEVER_SHOWN else f" '{shortened(each['input'])}'"
            wrong.append(f"{name}{value}: {each['msg']}")
        raise Refused(f"settings: {'; '.join(wrong)}") from None
    except SettingsError:
        wrong.append('DONDOC_RELAYS: is no JSON; write [{"name": "b", "host": "relay.example", "port": 25}]')
    if wrong:
        raise Refused(f"settings: {'; '.join(wrong)}")
    return chosen


@contextmanager
def commands_work_in(world_of: Callable[[Work], Any]) -> Iterator[None]:
    """Let commands do their work through `world_of` instead of in the world of the settings."""
    before = _elsewhere.set(world_of)
    try:
        yield
    finally:
        _elsewhere.reset(before)


def in_world(work: Work) -> Any:
    """Run `work` in the world of the settings and close it afterwards."""
    if (elsewhere := _elsewhere.get()) is not None:
        return elsewhere(work)

    async def run() -> Any:
        from tasks.open_world import open_world

        world = await open_world(settings())
        world.terminal = _login()
        try:
            return await work(world)
        finally:
            await world.database.close()

    return asyncio.run(run())


@contextmanager
def logged(command: str) -> Iterator[None]:
    """Keep the log of a command that works by itself. In a simulation's script its player keeps it."""
    if _elsewhere.get() is not None:
        yield
        return
    from dondoc.logs import logging_to

    chosen = settings()
    with logging_to(chosen.home / "logs", command, chosen.log):
        yield


def officer_or_login(officer: str | None) -> str:
    """Return who acts: as told, by DONDOC_OFFICER, or the login of this account. Errors: `Refused`."""
    import getpass

    if officer:
        return officer
    try:
        found = os.environ.get("DONDOC_OFFICER") or getpass.getuser()
    except (OSError, KeyError):
        raise Refused("who decides? this account has no name; add --officer NAME or set DONDOC_OFFICER") from None
    try:
        return NAME.convert(found, None, None)
    except click.BadParameter as error:
        raise Refused(f"DONDOC_OFFICER or login: {error.message}") from None


def _login() -> str:
    """Return the account of the operating system: its name, or its number where it has none."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name  # not the environment's word for it
    except KeyError:
        return str(os.getuid())


def _nobody_reads() -> int:
    """Go on in silence: whoever read our output has seen enough of it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _say(problem: str, code: int = _WRONG) -> int:
    click.echo(one_line(problem), err=True)
    return code


def _usage(error: click.UsageError) -> str:
    path = error.ctx.command_path if error.ctx else "dondoc"
    return f"{path}: {error.format_message().rstrip('.')}; see '{path} --help'"


def _os_words(error: OSError) -> str:
    try:
        sys.stdout.flush()
    except OSError:
        _nobody_reads()  # or Python 3.11.2 tries again when it ends, and ends with 120
    where = error.filename if isinstance(error.filename, str) else None
    return f"{where or 'this machine'}: {error.strerror or error}"


def _misspelt(fields: Any) -> list[str]:
    """Return what looks like a setting with a slip in its name: it would silently do nothing."""
    from difflib import get_close_matches

    known = [*(f"DONDOC_{field.upper()}" for field in fields), *_ELSEWHERE]
    found = []
    for name in sorted(os.environ):
        if name.startswith("DONDOC_") and name not in known and not name.startswith("DONDOC_TEST_"):
            near = get_close_matches(name, known, n=1, cutoff=0.85)
            found += [f"{name}: there is no such setting; did you mean {near[0]}?"] if near else []
    return found
