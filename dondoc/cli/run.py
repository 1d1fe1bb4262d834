"""Commands that work: migrate, round, up."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from config.errors import Refused
from dondoc.cli.edge import FORMAT, answers, in_world, logged, settings
from dondoc.cli.inputs import KEY, MOMENT
from dondoc.cli.output import print_json, shown
from dondoc.cli.simulate import commands as simulate_commands
from dondoc.cli.standing import BOUND

if TYPE_CHECKING:
    from dondoc.simulation.cast import Company
    from tasks.stages import RoundReport, StageReport
    from tasks.world import World

_FASTEST = 7 * 24 * 3600  # seconds in one of ours: a week
SPEED = click.IntRange(2, _FASTEST)


@click.command()
@answers
def migrate() -> None:
    """Create the database or bring it to the present shape; running it twice changes nothing."""
    from dondoc.store.migrate import migrate as bring

    chosen = settings()
    bring(chosen.database)
    click.echo("cơ sở dữ liệu đã sẵn sàng")


@click.command("round")
@click.option("--as-of", "as_of", type=MOMENT, default=None, help="Do what was owed by then; default: now.")
@FORMAT
@answers
def round_(as_of: datetime | None, form: str) -> None:
    """Do everything the campaigns owe by now: the belt beside the clock, for cron or a systemd timer."""

    async def work(world: "World") -> bool:
        from dondoc.store.letters import waiting_messages
        from flows.round import shown_round
        from tasks.show_runs import face_of

        now = world.database.now()
        if as_of is not None and as_of > now:
            raise Refused(f"--as-of {shown(as_of)}: lies in the future; a round does what is owed by now, {shown(now)}")
        report = await shown_round(world, face_of(world, settings()), as_of or now)
        waiting = await waiting_messages(world.database, limit=_EVERY)
        if form == "json":
            print_json({**report.as_json(), "waiting": sum(row.messages for row in waiting)})
        else:
            _print_round(report, waiting)
        for failure in report.failed:
            click.echo(f"lỗi: {' '.join(failure.split())}", err=True)
        return bool(report.failed)

    with logged("round"):
        broken = in_world(work)
    if broken:
        sys.exit(1)  # what cron must hear of: one stage broke, the others went on


def _print_round(report: "RoundReport", waiting: list[Any]) -> None:
    from dondoc.portal.brake_words import held_lines

    for line in held_lines(report.stops, report.pauses):
        click.echo(line)
    if report.quiet and not report.stops:
        click.echo(f"{shown(report.as_of)}: không có việc đến hạn")
    for stage in report.stages:
        click.echo(
            f"{stage.work.campaign} · {stage.work.duty} {stage.work.period} · {stage.work.rung}: "
            f"{stage.queued} thông báo, {stage.laid} phiếu trình; chưa ghi nhận: {_missing(stage)}"
        )
    if report.outcomes:
        said = ", ".join(f"{_OUTCOMES.get(state, state)} {n}" for state, n in sorted(report.outcomes.items()))
        click.echo(f"thư: {said}")
    for (key, tried, error), rows in _together(waiting).items():
        count, first = sum(row.messages for row in rows), min(row.not_before for row in rows)
        if tried:
            click.echo(f"{key}: {count} thư chưa gửi được, còn chờ; gửi lại từ {shown(first)} ({error})")
        else:
            click.echo(f"{key}: {count} thư đang chờ, gửi từ {shown(first)}")


def _together(waiting: list[Any]) -> dict[tuple[str, bool, str], list[Any]]:
    """Group what waits by campaign and by what kept it: nothing but its hour, or the relay's answer."""
    groups: dict[tuple[str, bool, str], list[Any]] = {}
    for row in waiting:
        tried = row.state in ("deferred", "unknown")
        groups.setdefault((row.key, tried, row.last_error or "" if tried else ""), []).append(row)
    return groups


_EVERY = 1_000_000
_OUTCOMES = {"accepted": "đã gửi", "deferred": "hoãn", "unknown": "chưa rõ kết quả", "failed": "không gửi được"}


def _missing(stage: "StageReport") -> str:
    """Return who has not reported, each modality for itself: the bound and the invited are never added."""
    counts = {name: stage.not_recorded.get(key, 0) for key, name in BOUND.items()}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "không còn đơn vị nào"


@click.command()
@click.option("--as-of", "as_of", type=MOMENT, default=None, help="Start on another day, in a database of its own.")
@click.option("--speed", type=SPEED, default=None, help="With --as-of: one second plays N seconds, like a film.")
@click.option(
    "--profile", type=KEY, default=None, help="Who reports in it: typical, diligent, silent units; or nobody."
)
@answers
def up(as_of: datetime | None, speed: int | None, profile: str | None) -> None:
    """Start everything here: database, sample in rehearsal, Prefect, clock, mail catcher, pages. Ctrl-C stops it."""
    import asyncio

    if speed is not None and as_of is None:
        raise Refused("--speed: only a simulation's clock can run faster; add --as-of DAY")
    if profile is not None and speed is None:
        raise Refused("--profile: nobody is played unless a film is; add --speed N")
    from dondoc.portal.up import up as start

    company = _company(profile) if profile else None
    with logged("up"):
        asyncio.run(start(settings(), as_of=as_of, say=click.echo, speed=speed, company=company))


def _company(profile: str) -> Callable[["World"], "Company"]:
    from dondoc.simulation.behaviour import profile_named
    from dondoc.simulation.cast import Company

    behaviour = profile_named(profile)
    return lambda world: Company(world, behaviour, seed=1)


commands = (up, round_, *simulate_commands, migrate)
