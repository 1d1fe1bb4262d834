"""Commands of the desk: record a report, release a brief."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.errors import Refused
from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, officer_or_login, settings
from dondoc.cli.inputs import CODE, DOCUMENT_WORDS, KEY, MOMENT, NAME, NAMES, PERIOD, ROLE, UNIT
from dondoc.cli.output import UNDATED, print_json, shown

if TYPE_CHECKING:
    from config.plan import Count
    from tasks.receipts import Receipt, Served
    from tasks.world import World


@click.command()
@click.argument("campaign", type=KEY)
@click.argument("duty", type=KEY)
@click.argument("period", type=PERIOD)
@click.argument("unit", type=UNIT)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--received-at", type=MOMENT, default=None, help="When it reached the office; default: now.")
@click.option("--receiver", type=ROLE, default=None, metavar="ROLE",
              help="Which receiver got it, e.g. council-secretariat.")  # fmt: skip
@click.option("--document", type=DOCUMENT_WORDS, default=None, metavar='"SỐ; NGÀY; NGƯỜI KÝ"',
              help="The official document, if it is one.")  # fmt: skip
@click.option("--names", type=NAMES, default=None, metavar='"A; B"',
              help="Whom it registers (pilots): the whole list, which replaces the one before.")  # fmt: skip
@click.option("--form", "filled", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=None,
              help="The filled form of 'dondoc form' (.xlsx or .docx): its text and figures are read.")  # fmt: skip
@click.option("--name", "more_names", type=NAME, multiple=True, help="One name of that list; may be repeated.")
@click.option("--secret", is_flag=True, help="It came by the route for secret documents: nothing of it is kept here.")
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
    names: str | None,
    more_names: tuple[str, ...],
    filled: Path | None,
    secret: bool,
    officer: str | None,
    form: str,
) -> None:
    """Record that UNIT's report under DUTY for PERIOD has reached the office; its reminders stop."""
    by = officer_or_login(officer)
    listed = [*filter(None, (name.strip() for name in (names or "").split(";"))), *more_names]

    async def work(world: "World") -> None:
        from dondoc.store.reported import NOTHING_REPORTED
        from tasks.fill_in import read_filled
        from tasks.receipts import keep_files, parse_document
        from tasks.record_submission import check_submission, record_submission

        now = world.database.now()
        official = parse_document(document) if document else None
        if secret and (filled is not None or files):
            raise Refused("--secret: what comes by the secret route leaves no file here; leave the files out")
        said, kept = NOTHING_REPORTED, files
        if filled is not None:
            said, kept = await read_filled(world, campaign, duty, period, unit, filled, now), (filled, *files)
        # Look before anything is kept: a report that is refused leaves no file behind either.
        await check_submission(
            world, campaign, duty, period, unit, as_of=now, received_at=received_at, receiver=receiver,
            document=official, names=listed, secret=secret,
        )  # fmt: skip
        receipt = await record_submission(
            world, campaign, duty, period, unit, as_of=now, received_at=received_at, receiver=receiver,
            document=official, files=keep_files(kept, settings().home / "files"), names=listed, by=by, reported=said,
            secret=secret,
        )  # fmt: skip
        _print_json(receipt) if form == "json" else _print_words(receipt)

    in_world(work)


def _print_json(receipt: "Receipt") -> None:
    print_json(
        {"code": receipt.code, "unit": receipt.unit.code, "duty": receipt.duty, "period": receipt.period,
         "fact": receipt.fact, "version": receipt.version, "received_at": receipt.received_at,
         "modality": receipt.modality, "judged": receipt.judged, "days_late": receipt.days_late,
         "acknowledged": receipt.acknowledged, "names": list(receipt.names), "standing": receipt.standing,
         "served": [asdict(each) for each in receipt.served]}
    )  # fmt: skip


def _print_words(receipt: "Receipt") -> None:
    if receipt.modality != "mandated":
        verdict = "không xét thời hạn"  # who is asked or invited is never late
    elif receipt.judged is None:
        verdict = UNDATED
    else:
        verdict = f"sau thời hạn {receipt.days_late} ngày" if receipt.judged == "late" else "trong thời hạn"
    kind = "văn bản chính thức" if receipt.fact == "document" else "dữ liệu"
    again = f", lần thứ {receipt.version}" if receipt.version > 1 else ""
    letter = "xác nhận tiếp nhận đang chờ gửi" if receipt.acknowledged else "chưa có địa chỉ để gửi xác nhận tiếp nhận"
    click.echo(f"{receipt.code}: đã ghi nhận {kind} của {receipt.unit.office_name}{again}, {verdict}")
    click.echo(f"nhận lúc {shown(receipt.received_at)}; {letter}")
    if receipt.count is not None:
        click.echo(_named(receipt, receipt.count))
    for each in receipt.served:
        click.echo(_served(each))


_NOT_SERVED = {"no-plain-period": "chưa rõ kỳ nào", "owes-nothing": "đơn vị không có nhiệm vụ này"}


def _served(each: "Served") -> str:
    """Return what a report did for another campaign that it serves by ruling."""
    about = f"{each.campaign} · {each.duty}{f' {each.period}' if each.period else ''}"
    if each.reason is not None:
        return f"không ghi cho {about}: {_NOT_SERVED[each.reason]}"
    verdict = {"on-time": "trong thời hạn", "late": f"sau thời hạn {each.days_late} ngày"}.get(
        each.judged or "", UNDATED
    )
    return (
        f"đồng thời ghi cho {about} ({each.code}): {verdict if each.modality == 'mandated' else 'không xét thời hạn'}"
    )


def _named(receipt: "Receipt", count: "Count") -> str:
    """Return whom a report registers, and what the plan says where that is fewer or more."""
    from dondoc.portal.coverage_words import numbers

    listed = f"đăng ký {len(receipt.names)}: {'; '.join(receipt.names)}" if receipt.names else "chưa nêu tên nào"
    return listed if receipt.standing == "has" else f"{listed} (kế hoạch nêu {numbers(count)})"


@click.command()
@click.argument("brief", required=False, type=CODE)
@click.option("--document", type=DOCUMENT_WORDS, default=None, metavar='"SỐ; NGÀY; NGƯỜI KÝ"',
              help="The document that carries it.")  # fmt: skip
@OFFICER
@answers
def release(brief: str | None, document: str | None, officer: str | None) -> None:
    """Release BRIEF by the document that carries it; without BRIEF, list what lies on the desk."""
    if brief is not None and document is None:
        raise Refused('release: name the document that carries it: --document "số; ngày; người ký"')
    by = officer_or_login(officer) if brief is not None else ""

    async def work(world: "World") -> None:
        from tasks.lay_briefs import release_brief
        from tasks.show_runs import face_of, show_release

        if brief is None or document is None:
            await _list_briefs(world)
            return
        code = brief.upper()
        done = await release_brief(world, code, document=document, by=by, as_of=world.database.now())
        click.echo(
            f"{done.code}: {by} phát hành theo văn bản {document}; còn {done.units} đơn vị, "
            f"rút {done.withdrawn} đơn vị đã gửi báo cáo; {done.messages} thư báo văn bản tới hộp thư cơ quan"
        )
        await show_release(world, face_of(world, settings()), code, document)

    in_world(work)


async def _list_briefs(world: "World") -> None:
    from dondoc.portal import words
    from dondoc.store.briefs import briefs_on_desk

    rows = await briefs_on_desk(world.database)
    for row in rows:
        click.echo(
            f"{row.code}: {words.rung(row.rung)}, {row.parameters['not_recorded']} đơn vị, trình {shown(row.laid_at)}"
        )
    if not rows:
        click.echo("trên bàn không có phiếu nào")


commands = (submit, release)
