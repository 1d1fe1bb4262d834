"""Commands of the desk: record a report, confirm a reconciliation, release a brief, rule, go live."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.errors import Refused
from dondoc.cli.edge import (
    DAY,
    FORMAT,
    MOMENT,
    OFFICER,
    answers,
    in_world,
    officer_or_login,
    print_json,
    settings,
    shown,
)

if TYPE_CHECKING:
    from tasks.world import World

DOCUMENT = click.option("--document", default=None, metavar='"SỐ, NGÀY"', help="The document this rests on.")


@click.command()
@click.argument("campaign")
@click.argument("duty")
@click.argument("period")
@click.argument("unit")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--received-at", type=MOMENT, default=None, help="When it reached the office; default: now.")
@click.option("--receiver", default=None, metavar="ROLE", help="Which receiver got it, e.g. council-secretariat.")
@click.option("--document", default=None, metavar='"SỐ; NGÀY; NGƯỜI KÝ"', help="The official document, if it is one.")
@OFFICER
@FORMAT
@answers
def submit(
    campaign: str,
    duty: str,
    period: str,
    unit: str,
    files: tuple[Path, ...],
    received_at: datetime | None,
    receiver: str | None,
    document: str | None,
    officer: str | None,
    form: str,
) -> None:
    """Record that UNIT's report under DUTY for PERIOD has reached the office; its reminders stop."""

    async def work(world: "World") -> None:
        from tasks.record_submission import keep_file, parse_document, record_submission

        store = settings().home / "files"
        kept = tuple(keep_file(path, store) for path in files)
        receipt = await record_submission(
            world, campaign, duty, period, unit, as_of=world.database.now(), received_at=received_at,
            receiver=receiver, document=parse_document(document) if document else None, files=kept,
            by=officer_or_login(officer),
        )  # fmt: skip
        if form == "json":
            print_json(
                {"code": receipt.code, "unit": receipt.unit.code, "duty": duty, "period": period,
                 "fact": receipt.fact, "version": receipt.version, "received_at": receipt.received_at,
                 "judged": receipt.judged, "days_late": receipt.days_late, "acknowledged": receipt.acknowledged}
            )  # fmt: skip
            return
        verdict = {"on-time": "trong thời hạn", "late": f"sau thời hạn {receipt.days_late} ngày"}.get(
            receipt.judged or "", "chưa ấn định thời hạn"
        )
        kind = "văn bản chính thức" if receipt.fact == "document" else "dữ liệu"
        click.echo(f"{receipt.code}: đã ghi nhận {kind} của {receipt.unit.office_name}, {verdict}")
        click.echo(
            f"nhận lúc {shown(receipt.received_at)}; "
            + (
                "xác nhận tiếp nhận đang chờ gửi"
                if receipt.acknowledged
                else "chưa có địa chỉ để gửi xác nhận tiếp nhận"
            )
        )

    in_world(work)


@click.command("reconcile-intake")
@click.option("--confirm", is_flag=True, help="Confirm that the registers have been compared with the ledger.")
@OFFICER
@answers
def reconcile_intake(confirm: bool, officer: str | None) -> None:
    """Confirm that the incoming registers have been compared; only then may overdue notices leave."""

    async def work(world: "World") -> None:
        from dondoc.store.status import waiting_steps
        from tasks.make_ruling import confirm_reconciliation

        waiting = await waiting_steps(world.database)
        for step in waiting:
            click.echo(
                f"chờ đối chiếu: {step.key} · {step.duty} {step.period} · {step.rung} (từ {shown(step.fire_at)})"
            )
        if not confirm:
            click.echo("so sánh sổ văn bản đến với danh sách, rồi chạy: dondoc reconcile-intake --confirm")
            return
        by = officer_or_login(officer)
        offices = await confirm_reconciliation(world, officer=by, as_of=world.database.now())
        click.echo(f"{by} đã xác nhận đối chiếu sổ văn bản đến: {', '.join(offices) or 'chưa có cơ quan nào'}")

    in_world(work)


@click.command()
@click.argument("brief", required=False)
@click.option("--document", default=None, metavar='"SỐ; NGÀY; NGƯỜI KÝ"', help="The document that carries it.")
@OFFICER
@answers
def release(brief: str | None, document: str | None, officer: str | None) -> None:
    """Release BRIEF by the document that carries it; without BRIEF, list what lies on the desk."""

    async def work(world: "World") -> None:
        from dondoc.store.briefs import briefs_on_desk
        from tasks.lay_briefs import release_brief
        from tasks.show_runs import face_of, show_release

        if brief is None:
            rows = await briefs_on_desk(world.database)
            for row in rows:
                click.echo(
                    f"{row.code}: {row.rung}, {row.parameters['not_recorded']} đơn vị, trình {shown(row.laid_at)}"
                )
            if not rows:
                click.echo("trên bàn không có phiếu nào")
            return
        if not document:
            raise Refused('release: name the document that carries it: --document "số; ngày; người ký"')
        by = officer_or_login(officer)
        done = await release_brief(world, brief, document=document, by=by, as_of=world.database.now())
        await show_release(world, face_of(world, settings()), brief, document)
        click.echo(
            f"{done.code}: {by} phát hành theo văn bản {document}; còn {done.units} đơn vị, "
            f"rút {done.withdrawn} đơn vị đã gửi báo cáo; {done.messages} thư báo văn bản tới hộp thư cơ quan"
        )

    in_world(work)


@click.command("go-live")
@click.argument("campaign")
@click.option("--since", type=DAY, required=True, help="Steps before this day never fire.")
@DOCUMENT
@OFFICER
@answers
def go_live(campaign: str, since: date, document: str | None, officer: str | None) -> None:
    """Take CAMPAIGN from rehearsal to live: from now on mail reaches its units."""

    async def work(world: "World") -> None:
        from tasks.make_ruling import go_live as ruled

        by, now = officer_or_login(officer), world.database.now()
        done = await ruled(world, campaign, since, officer=by, document=document, as_of=now)
        click.echo(f"quyết định số {done.ruling_id}: {done.summary}")

    in_world(work)


@click.group()
def rule() -> None:
    """Record a ruling of a named officer."""


@rule.command("set-date")
@click.argument("campaign")
@click.argument("duty")
@click.argument("period")
@click.argument("due_on", type=DAY)
@DOCUMENT
@OFFICER
@answers
def set_date(campaign: str, duty: str, period: str, due_on: date, document: str | None, officer: str | None) -> None:
    """Give a duty its date. A duty on request takes the day of the request as PERIOD."""

    async def work(world: "World") -> None:
        from tasks.make_ruling import set_date as ruled

        done = await ruled(
            world, campaign, duty, period, due_on, officer=officer_or_login(officer), document=document,
            as_of=world.database.now(),
        )  # fmt: skip
        click.echo(f"quyết định số {done.ruling_id}: {done.summary}")

    in_world(work)


@rule.command()
@click.argument("campaign")
@click.argument("duty")
@click.argument("period", default="once")
@DOCUMENT
@OFFICER
@answers
def confirm(campaign: str, duty: str, period: str, document: str | None, officer: str | None) -> None:
    """Confirm that a duty left to circumstances will be held."""

    async def work(world: "World") -> None:
        from tasks.make_ruling import confirm as ruled

        done = await ruled(
            world, campaign, duty, period, officer=officer_or_login(officer), document=document,
            as_of=world.database.now(),
        )  # fmt: skip
        click.echo(f"quyết định số {done.ruling_id}: {done.summary}")

    in_world(work)


commands = (submit, reconcile_intake, release, go_live, rule)
