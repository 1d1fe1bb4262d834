"""Commands that look after the system itself: audit, health."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dondoc.cli.edge import FORMAT, answers, in_world, logged, settings
from dondoc.cli.output import print_json, print_table, shown

if TYPE_CHECKING:
    from deadlines.health import Check
    from tasks.audit import AuditReport
    from tasks.world import World


@click.command()
@FORMAT
@answers
def audit(form: str) -> None:
    """Look through the ledger for what nobody would notice; exit code 1 when something is wrong.

    The alarm of 'dondoc up' does the same every morning; where only 'dondoc round' runs, let cron run it once a day.
    """

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
