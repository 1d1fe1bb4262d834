"""Commands that work: migrate, round, up, simulate."""

import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.errors import Refused
from dondoc.cli.edge import FORMAT, answers, in_world, settings
from dondoc.cli.inputs import DAY, KEY, MOMENT
from dondoc.cli.output import print_json, print_table, shown, shown_due
from dondoc.cli.standing import BOUND

if TYPE_CHECKING:
    from tasks.stages import RoundReport, StageReport
    from tasks.world import World


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

    if in_world(work):
        sys.exit(1)  # what cron must hear of: one stage broke, the others went on


def _print_round(report: "RoundReport", waiting: list[Any]) -> None:
    if report.quiet:
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
    counts = {name: sum(unit.modality == key for unit in stage.missing) for key, name in BOUND.items()}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "không còn đơn vị nào"


@click.command()
@click.option("--as-of", "as_of", type=MOMENT, default=None, help="Start on another day, in a database of its own.")
@answers
def up(as_of: datetime | None) -> None:
    """Start everything here: database, sample in rehearsal, Prefect, clock, mail catcher, pages. Ctrl-C stops it."""
    import asyncio

    from dondoc.portal.up import up as start

    asyncio.run(start(settings(), as_of=as_of, say=click.echo))


@click.command()
@click.argument("campaign", type=KEY)
@click.option("--from", "first", type=DAY, required=True, help="First day; the campaign is live from it.")
@click.option("--until", type=DAY, required=True, help="The day on which it stops, not included.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same account.")
@click.option(
    "--profile", type=KEY, default="typical", show_default=True, help="How units behave: typical, diligent, silent."
)
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), default=None,
              help="Keep database and spool in this folder.")  # fmt: skip
@FORMAT
@answers
def simulate(campaign: str, first: date, until: date, seed: int, profile: str, keep: Path | None, form: str) -> None:
    """Play CAMPAIGN through the years with real mail on loopback and units that are punctual, late or silent."""
    import asyncio
    import tempfile

    from dondoc.cli.progress import days_bar
    from dondoc.cli.show import plan_of
    from dondoc.simulation.run import simulate as play

    plan = plan_of(campaign)
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise Refused(f"--keep {keep}: is not empty; a simulation begins in a new folder")
    with tempfile.TemporaryDirectory(prefix="dondoc-") as scratch, days_bar(first, until) as progress:
        folder = keep or Path(scratch)
        account = asyncio.run(
            play(plan, first=first, until=until, profile=profile, seed=seed, folder=folder, progress=progress)
        )
    if form == "json":
        print_json(account)
    else:
        _print_account(campaign, first, until, account)


def _print_account(campaign: str, first: date, until: date, account: dict[str, Any]) -> None:
    climbed = account["escalations"]
    click.echo(f"{campaign}, từ {shown(first)} đến trước {shown(until)}")
    click.echo(
        f"Bước nhắc: {account['steps_fired']} đã phát, {account['steps_folded']} gộp, "
        f"{sum(account['steps_skipped'].values())} bỏ qua có lý do, {account['steps_waiting']} đang chờ"
    )
    for reason, count in account["steps_skipped"].items():
        click.echo(f"  · {reason}: {count}")
    click.echo(
        f"Thông báo trong sổ: {account['notices']}; thư máy chủ đã nhận: {account['messages']} "
        f"(trùng {account['duplicates']}, nhắc sau khi đã nộp {account['nagged']}, gửi sai đối tượng "
        f"{account['chased_wrongly']})"
    )
    for line in _came(account["per_duty"]):
        click.echo(line)
    click.echo(
        f"Phiếu trình: {climbed['laid']} đã trình, {climbed['released']} đã phát hành, "
        f"{climbed['withdrawn']} rút, {climbed['on_desk']} còn trên bàn"
    )
    print_table(
        "Theo nhiệm vụ",
        ["nhiệm vụ", "kỳ", "tính chất", "hạn cuối", "đơn vị", "trong hạn", "sau hạn", "chưa ghi nhận", "chuyển tiếp",
         "thông báo"],
        (
            [row["duty"], row["period"], BOUND[row["modality"]], shown_due(row["due_on"]), row["asked"],
             *((row["on_time"], row["late"]) if row["modality"] == "mandated" else (None, None)),
             row["not_recorded"], row["transferred"], row["notices_sent"]]
            for row in account["per_duty"]
        ),
    )  # fmt: skip


def _came(duties: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what came in under dated duties, each modality for itself: who is only asked is never judged."""
    for modality, name in BOUND.items():
        mine = [row for row in duties if row["modality"] == modality and row["due_on"]]
        if not mine:
            continue
        on_time, late, missing = (sum(row[what] for row in mine) for what in ("on_time", "late", "not_recorded"))
        came = f"trong thời hạn {on_time}, sau thời hạn {late}" if modality == "mandated" else f"đã có {on_time + late}"
        yield f"Báo cáo {name}: {came}, chưa ghi nhận {missing}"


commands = (up, round_, simulate, migrate)
