"""Show an audit in Prefect: a run a day, failed where something is wrong, with a table of what was found."""

from datetime import UTC, datetime

from dondoc.messages.findings import title, told, way_out
from dondoc.prefect_face.cards import Row, RunCard, TableArtifact
from dondoc.prefect_face.face import PrefectFace
from tasks.audit import AuditReport

_SHOWN = 200


async def show_audit(face: PrefectFace, report: AuditReport, began: datetime, ended: datetime) -> None:
    """Show one audit as a run of its own."""
    await face.show(_card(report, began, ended))


def _card(report: AuditReport, began: datetime, ended: datetime) -> RunCard:
    count = len(report.findings)
    rows: tuple[Row, ...] = tuple(
        {
            "việc": title(row.kind), "ở đâu": row.subject, "số liệu": told(row.detail),
            "từ": f"{row.first_seen.astimezone(UTC):%Y-%m-%d}", "cần làm": way_out(row.kind),
        }
        for row in report.findings[:_SHOWN]
    )  # fmt: skip
    table = TableArtifact("audit", "Những điểm kiểm tra hằng ngày thấy chưa ổn.", rows)
    return RunCard(
        key=f"audit/{report.as_of.astimezone(UTC).isoformat()}",
        flow="audit",
        name=f"kiểm tra hằng ngày · {count} điểm" if count else "kiểm tra hằng ngày · không có gì bất thường",
        tags=("stage:audit", f"year:{report.as_of.year}"),
        started_at=began,
        ended_at=ended,
        state="failed" if count else "completed",
        message=f"{count} điểm cần xem; {report.new} điểm mới, {report.cleared} điểm đã hết.",
        artifacts=(table,) if rows else (),
    )
