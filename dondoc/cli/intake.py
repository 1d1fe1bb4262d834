"""The command that compares the incoming-document register with the ledger: by hand, or from the register's export."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.errors import Refused
from dondoc.cli.edge import OFFICER, answers, in_world, officer_or_login
from dondoc.cli.inputs import CODE, KEY
from dondoc.cli.output import shown

if TYPE_CHECKING:
    from tasks.read_intake import Reading, ReadLine
    from tasks.world import World

_WORDS = {"sure": "chắc chắn", "probable": "có thể", "unmatched": "chưa khớp"}


@click.command("reconcile-intake")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--confirm", is_flag=True, help="Confirm that the registers have been compared with the ledger.")
@click.option("--map", "columns", default="", metavar='"CỘT=FIELD,…"',
              help="Which column of FILE is which, where its name does not tell; kept for the office.")  # fmt: skip
@click.option("--office", type=KEY, default=None, help="Whose register it is, where there are several offices.")
@click.option("--with-probable", is_flag=True, help="With --confirm FILE: record the probable lines too.")
@click.option("--undo", type=CODE, default=None, metavar="BATCH", help="Take a confirmed batch back as a whole.")
@click.option("--batches", is_flag=True, help="List the batches taken over.")
@OFFICER
@answers
def reconcile_intake(
    file: Path | None, confirm: bool, columns: str, office: str | None, with_probable: bool, undo: str | None,
    batches: bool, officer: str | None,
) -> None:  # fmt: skip
    """Compare the incoming registers with the ledger; only when confirmed may overdue notices leave.

    FILE is the export of a register, CSV or XLSX: its lines are matched with the awaited reports and shown. Nothing is
    written without --confirm; then the sure lines are recorded as one batch, which --undo takes back as a whole.
    """
    if undo is not None and (file is not None or confirm):
        raise Refused("reconcile-intake: --undo goes alone, without FILE and --confirm")
    by = officer_or_login(officer) if confirm or undo else ""

    async def work(world: "World") -> None:
        if undo is not None:
            await _undo(world, undo, by)
        elif batches:
            await _list(world)
        elif file is not None:
            await _take_over(world, file, columns, office, by if confirm else None, with_probable)
        else:
            await _by_hand(world, by if confirm else None, office)

    in_world(work)


async def _by_hand(world: "World", by: str | None, office: str | None) -> None:
    from dondoc.portal import words
    from dondoc.store.status import waiting_steps
    from tasks.make_ruling import confirm_reconciliation

    for step in await waiting_steps(world.database):
        click.echo(
            f"chờ đối chiếu: {step.key} · {step.duty} {step.period} · {words.rung(step.rung)} "
            f"(từ {shown(step.fire_at)})"
        )
    if by is None:
        click.echo("so sánh sổ văn bản đến với danh sách, rồi chạy: dondoc reconcile-intake --confirm")
        return
    offices = await confirm_reconciliation(world, officer=by, as_of=world.database.now(), office=office)
    if not offices:
        raise Refused("reconcile-intake: no campaign is loaded yet, there is nothing to confirm; run 'dondoc up'")
    click.echo(f"{by} đã xác nhận đối chiếu sổ văn bản đến: {', '.join(offices)}")


async def _take_over(
    world: "World", file: Path, columns: str, office: str | None, by: str | None, probable: bool
) -> None:
    from dondoc.registry.register import parse_columns
    from tasks.confirm_intake import confirm_reading
    from tasks.read_intake import office_of, read_intake

    now = world.database.now()
    reading = await read_intake(world, await office_of(world, office), file, as_of=now, said=parse_columns(columns))
    _show(reading)
    if by is None:
        click.echo("chưa ghi gì; xem lại rồi chạy lại với --confirm để ghi nhận các dòng chắc chắn")
        return
    done = await confirm_reading(world, reading, by=by, as_of=now, probable=probable)
    click.echo(
        f"{done.code}: {by} ghi nhận {done.taken} văn bản, {done.known} đã có từ trước, để lại {done.left} dòng; "
        f"đã xác nhận đối chiếu sổ văn bản đến của {reading.office}"
    )
    click.echo(f"thu lại cả đợt: dondoc reconcile-intake --undo {done.code}")


def _show(reading: "Reading") -> None:
    from dondoc.registry.register import VIETNAMESE

    said = ", ".join(f"{name} → {VIETNAMESE[field]} ({field})" for name, field in reading.columns.items())
    click.echo(f"các cột: {said}")
    for line in reading.lines:
        click.echo(_words(reading, line))
    known = sum(each.match.recorded for each in reading.lines)
    click.echo(
        f"{len(reading.lines)} dòng: {reading.count('sure')} chắc chắn, {reading.count('probable')} có thể, "
        f"{reading.count('unmatched')} chưa khớp, {known} đã ghi nhận trước đây"
    )


def _words(reading: "Reading", line: "ReadLine") -> str:
    entry, match = line.entry, line.match
    owed = reading.owed.get(match.assignment_id or 0)
    what = f" → {owed.campaign} · {owed.duty} {owed.period} · {owed.unit.name}" if owed else ""
    return f"dòng {entry.line} [{_WORDS[match.certainty]}] {entry.number}, {entry.issuer}{what}: {match.reason}"


async def _undo(world: "World", code: str, by: str) -> None:
    from tasks.undo_intake import undo_batch

    done = await undo_batch(world, code, by=by, as_of=world.database.now())
    click.echo(
        f"{done.code}: {by} thu lại {done.voided} văn bản, {done.reopened} báo cáo trở lại chưa ghi nhận; "
        f"đối chiếu của đợt này không còn hiệu lực; {done.told} xác nhận tiếp nhận đã gửi trước đó"
    )


async def _list(world: "World") -> None:
    from dondoc.store.campaigns import offices
    from dondoc.store.intake_batches import batches

    rows = await batches(world.database, [row.id for row in await offices(world.database)])
    for row in rows:
        when = shown(row.confirmed_at or row.read_at)
        click.echo(f"{row.code}: {row.state}, {row.taken}/{row.lines} dòng, {row.file_name}, {when}")
    if not rows:
        click.echo("chưa có đợt nào")


commands = (reconcile_intake,)
