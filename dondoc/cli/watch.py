"""Commands that look after the system itself: audit, its trail, health."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dondoc.cli.edge import FORMAT, OFFICER, answers, in_world, logged, officer_or_login, settings
from dondoc.cli.inputs import DOCUMENT_WORDS
from dondoc.cli.output import print_json, print_table, shown

if TYPE_CHECKING:
    from deadlines.health import Check
    from deadlines.trail import Entry
    from tasks.audit import AuditReport
    from tasks.trail import Verified
    from tasks.world import World


@click.group(invoke_without_command=True)
@FORMAT
@click.pass_context
@answers
def audit(ctx: click.Context, form: str) -> None:
    """Look through the ledger for what nobody would notice; exit code 1 when something is wrong.

    The alarm of 'dondoc up' does the same every morning; where only 'dondoc round' runs, let cron run it once a day.
    'dondoc audit verify' looks through the trail of what officers did.
    """
    if ctx.invoked_subcommand is not None:
        return

    async def work(world: "World") -> "AuditReport":
        from flows.audit import shown_audit
        from tasks.show_runs import face_of

        return await shown_audit(world, face_of(world, settings()), world.database.now())

    with logged("audit"):
        report: AuditReport = in_world(work)
    if form == "json":
        print_json(asdict(report))
    else:
        _print_findings(report)
    if report.findings:
        sys.exit(1)


def _print_findings(report: "AuditReport") -> None:
    from dondoc.messages.findings import title, told, way_out

    if not report.findings:
        click.echo(f"{shown(report.as_of)}: không có gì bất thường")
        return
    print_table(
        f"Kiểm tra lúc {shown(report.as_of)}: {len(report.findings)} điểm cần xem, {report.new} điểm mới",
        ("Việc", "Ở đâu", "Số liệu", "Từ", "Cần làm"),
        [
            (title(row.kind), row.subject, told(row.detail), row.first_seen, way_out(row.kind))
            for row in report.findings
        ],
    )


_BROKEN = {
    "changed": "nội dung đã bị sửa", "removed": "đã bị xóa", "swapped": "đã bị đổi chỗ",
    "restored": "đã mất: cơ sở dữ liệu là bản cũ được đặt lại",
    "rewritten": "không phải dòng đã ghi nhớ: bản cũ được đặt lại rồi ghi tiếp, hoặc nhật ký bị viết lại",
}  # fmt: skip


@audit.command()
@FORMAT
@answers
def verify(form: str) -> None:
    """Find rows of the trail that were changed, removed, swapped or put back; exit code 1 when there are any.

    Every act of an officer is a row, chained to the one before; how far the trail has come is also remembered in
    DONDOC_HOME/journal, outside the database.
    """

    async def work(world: "World") -> "Verified":
        from tasks.trail import verify as look

        return await look(world)

    done: Verified = in_world(work)
    if form == "json":
        print_json(asdict(done))
    else:
        _print_verified(done)
    if done.broken:
        sys.exit(1)


def _print_verified(done: "Verified") -> None:
    if done.head is None and done.rows:
        click.echo("Trên máy này chưa ghi nhớ điểm cuối của nhật ký: không biết được bản cũ có bị đặt lại không.")
    if not done.broken:
        click.echo(f"Nhật ký nguyên vẹn: {done.rows} dòng.")
        return
    for each in done.broken:
        rows = f"Dòng {each.serial}"
        if each.how == "swapped":
            rows += f" và {each.other}"
        elif each.other not in (None, each.serial):
            rows += f" đến {each.other}"
        click.echo(f"{rows}: {_BROKEN[each.how]}")
    if any(each.how in ("restored", "rewritten") for each in done.broken):
        click.echo('Nếu bản sao lưu được đặt lại có chủ ý: dondoc audit accept --reason "…"')


@audit.command()
@click.option("--reason", type=DOCUMENT_WORDS, required=True, help="Why the trail is shorter; kept in it.")
@OFFICER
@answers
def accept(reason: str, officer: str | None) -> None:
    """Go on from the trail as it is, after a backup was put back on purpose; what was remembered is written into it."""
    by = officer_or_login(officer)

    async def work(world: "World") -> None:
        from tasks.trail import accept as go_on

        head = await go_on(world, officer=by, reason=reason, as_of=world.database.now())
        click.echo(f"{by} xác nhận; nhật ký tiếp tục từ dòng {head.serial}.")

    in_world(work)


@audit.command()
@click.option("--most", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many rows.")
@FORMAT
@answers
def trail(most: int, form: str) -> None:
    """List what officers did, the newest first: who, when, and what exactly."""

    async def work(world: "World") -> "list[Entry]":
        from tasks.trail import newest

        return await newest(world, most)

    rows: list[Entry] = in_world(work)
    if form == "json":
        print_json([asdict(row) | {"what": json.loads(row.what)} for row in rows])
    else:
        print_table("Nhật ký", ("Số", "Lúc", "Ai", "Việc", "Nội dung"),
                    [(row.serial, row.at, row.who, row.act, row.what) for row in rows])  # fmt: skip


_CHECKS = {
    "database": "cơ sở dữ liệu, phiên bản", "clock-lag": "bước đến hạn chờ xử lý (giây)",
    "queue-age": "thư sẵn sàng chờ gửi (giây)", "claims-lapsed": "thư bị tiến trình gửi bỏ dở",
    "last-round": "vòng quét gần nhất (giây trước)", "last-audit": "kiểm tra hằng ngày gần nhất (giây trước)",
    "findings": "điểm kiểm tra chưa ổn", "held-by-guard": "chốt an toàn đang dừng gửi",
    "held-by-pause": "đang tạm dừng gửi", "held-by-relay": "máy chủ chuyển thư bị ngắt",
    "disk": "dung lượng trống (byte)",
}  # fmt: skip
_STATES = {"well": "tốt", "degraded": "cần xem", "down": "KHÔNG HOẠT ĐỘNG"}


@click.command()
@FORMAT
@answers
def health(form: str) -> None:
    """Say whether the system is well, for people and monitors: exit code 0 well, 1 to be looked at, 2 down."""
    from deadlines.health import EXIT_CODES, overall

    async def work(world: "World") -> "list[Check]":
        from tasks.health import health as look

        return await look(world, settings().home)

    checks: list[Check] = in_world(work)  # a database that cannot be opened ends with one line and exit code 2
    state = overall(checks)
    if form == "json":
        print_json({"state": state, "checks": [asdict(check) for check in checks]})
    else:
        print_table(
            f"Tình trạng: {_STATES[state]}", ("Mục", "Tình trạng", "Số liệu"),
            [(_CHECKS[check.name], _STATES[check.state], check.value) for check in checks],
        )  # fmt: skip
    sys.exit(EXIT_CODES[state])


commands = (audit, health)
