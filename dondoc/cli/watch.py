"""Commands that look after the system itself: audit, health."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dondoc.cli.edge import FORMAT, answers, in_world, settings
from dondoc.cli.output import print_json, print_table, shown

if TYPE_CHECKING:
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


commands = (audit,)
