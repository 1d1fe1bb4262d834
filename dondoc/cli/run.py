"""Commands that work: migrate, round, up, simulate."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dondoc.cli.edge import (
    DAY,
    FORMAT,
    MOMENT,
    answers,
    in_world,
    print_json,
    print_table,
    settings,
    shown,
)

if TYPE_CHECKING:
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

    async def work(world: "World") -> None:
        from flows.round import shown_round
        from tasks.show_runs import face_of

        now = world.database.now()
        if as_of is not None and as_of > now:
            from config.errors import Refused

            raise Refused(f"--as-of {shown(as_of)}: lies in the future; a round does what is owed by now, {shown(now)}")
        report = await shown_round(world, face_of(world, settings()), as_of or now)
        if form == "json":
            print_json(report.as_json())
            return
        if report.quiet:
            click.echo(f"{shown(report.as_of)}: không có việc đến hạn")
        for stage in report.stages:
            click.echo(
                f"{stage.work.campaign} · {stage.work.duty} {stage.work.period} · {stage.work.rung}: "
                f"{stage.queued} thông báo, {stage.laid} phiếu trình, chưa ghi nhận {len(stage.missing)}"
            )
        if report.outcomes:
            click.echo("thư: " + ", ".join(f"{state} {count}" for state, count in sorted(report.outcomes.items())))
        for failure in report.failed:
            click.echo(f"lỗi: {failure}", err=True)

    in_world(work)


@click.command()
@click.option("--as-of", "as_of", type=MOMENT, default=None, help="Start on another day, in a database of its own.")
@answers
def up(as_of: datetime | None) -> None:
    """Start everything here: database, sample in rehearsal, Prefect, clock, mail catcher, pages. Ctrl-C stops it."""
    import asyncio

    from dondoc.portal.up import up as start

    asyncio.run(start(settings(), as_of=as_of, say=click.echo))


@click.command()
@click.argument("campaign")
@click.option("--from", "first", type=DAY, required=True, help="First day; the campaign is live from it.")
@click.option("--until", type=DAY, required=True, help="The day on which it stops, not included.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same account.")
@click.option("--profile", default="typical", show_default=True, help="How units behave: typical, diligent, silent.")
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
    with tempfile.TemporaryDirectory(prefix="dondoc-") as scratch, days_bar(first, until) as progress:
        folder = keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        account = asyncio.run(
            play(plan, first=first, until=until, profile=profile, seed=seed, folder=folder, progress=progress)
        )
    if form == "json":
        print_json(account)
    else:
        _print_account(campaign, first, until, account)


def _print_account(campaign: str, first: date, until: date, account: dict[str, Any]) -> None:
    came, climbed = account["submissions"], account["escalations"]
    click.echo(f"{campaign}, {shown(first)} – {shown(until)}")
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
    click.echo(
        f"Báo cáo: trong thời hạn {came['on_time']}, sau thời hạn {came['late']}, chưa ghi nhận {came['missing']}"
    )
    click.echo(
        f"Phiếu trình: {climbed['laid']} đã trình, {climbed['released']} đã phát hành, "
        f"{climbed['withdrawn']} rút, {climbed['on_desk']} còn trên bàn"
    )
    columns = ["duty", "period", "modality", "due_on", "asked", "on_time", "late", "not_recorded", "transferred",
               "notices_sent"]  # fmt: skip
    print_table("Theo nhiệm vụ", columns, ([row[c] for c in columns] for row in account["per_duty"]))


commands = (up, round_, simulate, migrate)
