"""Commands that keep mail from leaving and let it go: pause, resume, guard, forecast, reconcile-journal."""

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import KEY, NAME, ROLE, Words
from dondoc.cli.output import print_json, print_table, shown, shown_due

if TYPE_CHECKING:
    from tasks.world import World

CHANNEL = click.option("--channel", type=click.Choice(["email", "sms"]), default=None, help="Only this channel.")
_DAYS = click.IntRange(1, 366)


@click.command()
@click.argument("campaign", required=False, type=KEY)
@CHANNEL
@click.option("--reason", type=Words(400), required=True, help="Why; shown wherever mail is looked for.")
@OFFICER
@answers
def pause(campaign: str | None, channel: str | None, reason: str, officer: str | None) -> None:
    """Press the stop button: nothing leaves any more, of everything or of CAMPAIGN, until 'dondoc resume'."""
    by = officer_or_login(officer)

    async def work(world: "World") -> None:
        from dondoc.portal.brake_words import held_lines
        from tasks.brakes import pause as press
        from tasks.brakes import standing_still

        await press(world, campaign, channel, officer=by, reason=reason, as_of=world.database.now())
        stops, pauses = await standing_still(world)
        click.echo("\n".join(held_lines(stops, pauses)))

    in_world(work)


@click.command()
@click.argument("campaign", required=False, type=KEY)
@CHANNEL
@OFFICER
@answers
def resume(campaign: str | None, channel: str | None, officer: str | None) -> None:
    """End a pause, named as it was pressed; what was held is looked at anew before it leaves."""
    by = officer_or_login(officer)

    async def work(world: "World") -> None:
        from dondoc.portal.brake_words import resumed_words
        from tasks.brakes import resume as let_go

        done = await let_go(world, campaign, channel, officer=by, as_of=world.database.now())
        click.echo(f"{by} cho gửi tiếp: {resumed_words(done)}")

    in_world(work)


@click.command()
@click.option("--release", "kind", type=click.Choice(["volume", "clock", "restored"]), default=None,
              help="Let leave what this guard held, because you have looked at it.")  # fmt: skip
@OFFICER
@FORMAT
@answers
def guard(kind: str | None, officer: str | None, form: str) -> None:
    """Show what stands still and why: stops of the guard and pauses; --release lets it go."""
    by = officer_or_login(officer) if kind else ""

    async def work(world: "World") -> None:
        from dondoc.portal.brake_words import held_lines, resumed_words, stop_words
        from tasks.brakes import release_guard, standing_still

        if kind is not None:
            done = await release_guard(world, kind, officer=by, as_of=world.database.now())
            click.echo(f"{by} cho gửi tiếp ({stop_words(kind)}): {resumed_words(done)}")
            return
        stops, pauses = await standing_still(world)
        if form == "json":
            print_json({"stopped": [asdict(stop) for stop in stops], "paused": [asdict(each) for each in pauses]})
            return
        click.echo("\n".join(held_lines(stops, pauses)) or "không có gì bị giữ lại")

    in_world(work)


@click.command()
@click.argument("campaign", required=False, type=KEY)
@click.option("--days", type=_DAYS, default=30, show_default=True, help="How many days ahead.")
@FORMAT
@answers
def forecast(campaign: str | None, days: int, form: str) -> None:
    """Say how many notices the ladders will write, by day and channel, for the units that still owe."""

    async def work(world: "World") -> None:
        from dondoc.store import campaigns as store
        from dondoc.store.volume import forecast as ahead

        now = world.database.now()
        owner = await store.campaign(world.database, campaign) if campaign else None
        rows = await ahead(world.database, owner.id if owner else None, now, now + timedelta(days=days))
        if form == "json":
            print_json([asdict(row) for row in rows])
            return
        print_table(
            f"Dự báo {days} ngày từ {shown(now)}: thông báo cho các đơn vị chưa ghi nhận báo cáo",
            ["ngày", "phong trào", "kênh", "thông báo", "bước nhắc"],
            ([row.day, row.campaign, row.channel, row.notices, row.steps] for row in rows),
        )

    in_world(work)


@click.command("reconcile-journal")
@click.option("--confirm", is_flag=True, help="Take over what was sent, then let mail leave again.")
@OFFICER
@FORMAT
@answers
def reconcile_journal(confirm: bool, officer: str | None, form: str) -> None:
    """After a restore: show what was sent since the backup; --confirm writes it into the ledger, so it goes once."""
    by = officer_or_login(officer) if confirm else ""

    async def work(world: "World") -> None:
        from tasks.replay_journal import compare_journal, take_over_journal

        gap = await compare_journal(world)
        done = await take_over_journal(world, officer=by, as_of=world.database.now()) if confirm else None
        if form == "json":
            print_json({"gap": asdict(gap), "done": asdict(done) if done else None})
            return
        click.echo(
            f"nhật ký có {gap.lines} thư kể từ mốc cơ sở dữ liệu đã biết; {gap.messages} thư cơ sở dữ liệu không biết, "
            f"{gap.notices} thông báo chưa ghi là đã gửi (từ {shown(gap.first_at)} đến {shown(gap.last_at)})"
        )
        if gap.damaged:
            click.echo(f"{gap.damaged} dòng nhật ký hỏng, không đọc được: các thư này có thể được gửi lần thứ hai")
        if done is None:
            click.echo("để ghi vào sổ và cho gửi tiếp: dondoc reconcile-journal --confirm")
            return
        click.echo(
            f"{by} xác nhận: ghi nhớ {done.remembered} thông báo đã gửi, {done.settled} thông báo ghi vào sổ ngay; "
            f"{'đã cho gửi tiếp' if done.released else 'không có gì đang bị dừng'}"
        )

    in_world(work)


@click.command()
@click.argument("campaign", required=False, type=KEY)
@FORMAT
@answers
def calls(campaign: str | None, form: str) -> None:
    """List whom the desk must telephone: units that owe something and cannot be written to; never their heads."""

    async def work(world: "World") -> None:
        from dondoc import clock
        from dondoc.portal import words
        from dondoc.store import campaigns as store
        from dondoc.store.calls import call_list

        owner = await store.campaign(world.database, campaign) if campaign else None
        now = world.database.now()
        rows = await call_list(world.database, owner.id if owner else None, clock.local_day(now))
        if form == "json":
            print_json([asdict(row) for row in rows])
            return
        print_table(
            f"Danh sách gọi điện, đến {shown(now)}: chưa ghi nhận báo cáo và không gửi thư được",
            ["mã", "cơ quan, đơn vị", "nhiệm vụ", "hạn cuối", "cần báo", "gọi cho", "lần báo gần nhất"],
            (
                [row.unit_code, row.unit_name, words.task(row.title, row.period), shown_due(row.due_on),
                 words.rung(row.rung), "; ".join(f"{n} ({what}) {phone}" for n, what, phone in row.contacts) or None,
                 f"{words.rung(row.last_told)}, {shown(row.last_told_at)}" if row.last_told else None]
                for row in rows
            ),
        )  # fmt: skip

    in_world(work)


@click.command()
@click.option("--reset", type=ROLE, default=None, metavar="NAME", help="Send through it again: it has been mended.")
@OFFICER
@FORMAT
@answers
def relays(reset: str | None, officer: str | None, form: str) -> None:
    """Show the relays and gateways, and which of them refused too many at once; --reset lets one send again."""
    by = officer_or_login(officer) if reset else ""

    async def work(world: "World") -> None:
        from dondoc.store.relays import relay_states
        from tasks.brakes import reset_relay

        if reset is not None:
            await reset_relay(world, reset, officer=by, as_of=world.database.now())
            click.echo(f"{by} cho gửi tiếp qua {reset}")
            return
        async with world.database.read() as connection:
            rows = await relay_states(connection)
        if form == "json":
            print_json([asdict(row) for row in rows])
            return
        print_table(
            "Máy chủ chuyển thư, cổng tin nhắn từng từ chối thư",
            ["tên", "từ chối trong 100 lần gần nhất", "ngừng từ", "lý do"],
            ([row.relay, row.refused, row.tripped_at, row.reason] for row in rows),
        )

    in_world(work)


@click.command()
@click.option("--lift", type=NAME, default=None, metavar="ADDRESS", help="Write to this address again: it is mended.")
@OFFICER
@FORMAT
@answers
def suppressions(lift: str | None, officer: str | None, form: str) -> None:
    """List the addresses that refuse mail for good; --lift lets one be written to again."""
    by = officer_or_login(officer) if lift else ""

    async def work(world: "World") -> None:
        from dondoc.store.relays import suppressions as refused
        from tasks.brakes import lift_suppression

        if lift is not None:
            await lift_suppression(world, lift, officer=by, as_of=world.database.now())
            click.echo(f"{by} cho gửi lại tới {lift}")
            return
        rows = await refused(world.database)
        if form == "json":
            print_json([asdict(row) for row in rows])
            return
        print_table(
            "Địa chỉ từ chối nhận thư",
            ["địa chỉ", "cơ quan, đơn vị", "từ", "câu trả lời"],
            ([row.address, "; ".join(row.units) or None, row.since, row.reason] for row in rows),
        )

    in_world(work)


commands = (pause, resume, guard, forecast, reconcile_journal, calls, relays, suppressions)
