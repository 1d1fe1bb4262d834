"""Show what was done in Prefect: one card per stage with its tables; plain counts, no person's address."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from config.plan import Plan
from config.settings import Settings
from deadlines.duties import expand_duties
from dondoc.prefect_face import cards, tables
from dondoc.prefect_face.cards import RunCard
from dondoc.prefect_face.face import PrefectFace
from dondoc.prefect_face.server import auth_string
from dondoc.store.brakes import Stop
from dondoc.store.briefs import step_of_brief
from dondoc.store.campaigns import campaigns
from dondoc.store.engine import Database
from dondoc.store.runs import missed_runs, prune_runs, put_run, run_card, run_posted
from tasks.stages import RoundReport, StageReport
from tasks.world import World

_KEPT = 500  # cards Prefect has; a brief waiting for its release is found again among them


class DatabaseShelf:
    """The shelf of unshown runs, kept in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, card: RunCard) -> None:
        """Lay a card down; the same key a second time changes nothing."""
        await put_run(self._database, card.key, card.to_json())

    async def missed(self, limit: int) -> list[RunCard]:
        """Return the oldest cards that Prefect does not have yet."""
        return [RunCard.from_json(card) for card in await missed_runs(self._database, limit)]

    async def posted(self, key: str, prefect_id: str) -> None:
        """Note that Prefect has the card."""
        await run_posted(self._database, key, prefect_id)


def face_of(world: World, settings: Settings) -> PrefectFace:
    """Return the adapter to the Prefect server the settings name, or the one `dondoc up` starts."""
    url = settings.prefect_api_url or f"http://127.0.0.1:{settings.prefect_port}/api"
    auth = settings.prefect_auth.get_secret_value() if settings.prefect_auth else None
    if auth is None and (settings.home / "prefect-auth").exists():
        auth = auth_string(settings.home)
    return PrefectFace(url, auth, DatabaseShelf(world.database))


async def show_round(world: World, face: PrefectFace, report: RoundReport, began: datetime, ended: datetime) -> None:
    """Show every stage of a round, and its dispatch, as runs of their own.

    A quiet round is no run; it shows what earlier rounds could not.
    """
    for stop in report.stops:
        await face.show(_stop_card(stop, began, ended))
    if report.quiet:
        await face.show_missed()
        return
    plans = {row.key: world.plan_of(row) for row in await campaigns(world.database)}
    for stage in report.stages:
        await face.show(_stage_card(world, stage, plans[stage.work.campaign], began, ended))
    if report.outcomes:
        await face.show(_dispatch_card(report, began, ended))
    for number, failure in enumerate(report.failed):
        await face.show(
            RunCard(
                key=f"failure/{report.as_of.isoformat()}/{number}", flow="round", name="vòng quét có lỗi",
                tags=("stage:round",), started_at=began, ended_at=ended, state="failed", message=failure,
            )
        )  # fmt: skip
    await face.show_missed()
    await prune_runs(world.database, keep=_KEPT)


_STOPPED = {
    "volume": ("dừng gửi: số thư vượt xa dự báo", "Xem lại rồi chạy: dondoc guard --release volume"),
    "clock": ("dừng gửi: đồng hồ máy chủ nhảy vọt", "Chỉnh đồng hồ rồi chạy: dondoc guard --release clock"),
    "restored": ("dừng gửi: cơ sở dữ liệu cũ hơn nhật ký", "Đối chiếu nhật ký: dondoc reconcile-journal"),
}


def _stop_card(stop: Stop, began: datetime, ended: datetime) -> RunCard:
    """Return the failed run that shows why nothing leaves; one for each stop, however many rounds meet it."""
    name, way_out = _STOPPED[stop.kind]
    numbers = f" ({stop.found} thư, dự báo {stop.forecast})" if stop.forecast is not None else ""
    return RunCard(
        key=f"stop/{stop.kind}/{stop.stopped_at.astimezone(UTC).isoformat()}", flow="round", name=name,
        tags=("stage:round",), started_at=began, ended_at=ended, state="failed", message=f"{name}{numbers}. {way_out}",
    )  # fmt: skip


async def show_release(world: World, face: PrefectFace, code: str, document: str) -> None:
    """Show that a brief is no longer waiting: its run ends as completed, naming the document."""
    known = await step_of_brief(world.database, code)
    stored = await run_card(world.database, _key(*known)) if known else None
    if stored is not None:
        card = RunCard.from_json(stored)
        message = f"Phiếu {code} đã phát hành theo văn bản {document}. {card.message}"
        await face.show(replace(card, state="completed", message=message))


def _key(campaign: str, duty: str, period: str, rung: str, at: datetime) -> str:
    return f"{campaign}/{duty}/{period}/{rung}/{at.astimezone(UTC).isoformat()}"


def _stage_card(world: World, report: StageReport, plan: Plan, began: datetime, ended: datetime) -> RunCard:
    work = report.work
    year = work.period[:4] if work.period[:4].isdigit() else str(work.decisions[0].step.due_on.year)
    outcome: Counter[str] = Counter()
    for each in report.settled:
        outcome["đã xếp hàng gửi"] += each.queued
        outcome["đã trình lên bàn"] += each.laid
        outcome[f"không gửi ({each.decision.reason or 'đã nộp hoặc không có địa chỉ'})"] += each.skipped
    artifacts: list[cards.Artifact] = [
        *tables.who_is_missing(
            f"{work.campaign}-{work.duty}-{work.period}",
            work.title,
            (
                tables.MissingUnit(u.unit_name, u.unit_kind, u.modality, u.due_on, u.last_notice_at)
                for u in report.missing
            ),
            report.not_recorded,
        ),
        tables.what_went_out(
            f"{work.campaign}-{work.duty}-{work.period}-{work.rung}",
            (tables.SentCount(work.rung, work.duty, what, count) for what, count in outcome.items() if count),
        ),
        _calendar(world, plan),
    ]
    if world.board_url:
        artifacts.append(
            cards.LinkArtifact(
                tables.artifact_key(work.campaign, "board"), "Bảng theo dõi",
                f"{world.board_url}/board/{work.campaign}",
                "Mở bảng theo dõi",
            )
        )  # fmt: skip
    return RunCard(
        key=_key(work.campaign, work.duty, work.period, work.rung, work.as_of),
        flow=work.stage,
        name=f"{work.campaign} · {work.duty} {work.period} · {work.rung}",
        tags=(f"campaign:{work.campaign}", f"stage:{work.stage}", f"year:{year}"),
        started_at=began,
        ended_at=ended,
        state="waiting" if report.laid else "completed",
        message=_message(report),
        artifacts=tuple(artifacts),
    )


def _message(report: StageReport) -> str:
    parts = [f"Xếp hàng gửi {report.queued} thông báo"]
    if report.laid:
        parts.append(f"trình {report.laid} phiếu, chờ cán bộ duyệt phát hành")
    parts.append(f"đã ghi nhận {report.done}, chưa ghi nhận {sum(report.not_recorded.values())}")
    return "; ".join(parts) + "."


def _dispatch_card(report: RoundReport, began: datetime, ended: datetime) -> RunCard:
    broken = report.outcomes.get("failed", 0)
    return RunCard(
        key=f"dispatch/{report.as_of.isoformat()}",
        flow="dispatch",
        name=f"gửi thư · {sum(report.outcomes.values())} thư",
        tags=("stage:dispatch", f"year:{report.as_of.year}"),
        started_at=began,
        ended_at=ended,
        state="failed" if broken else "completed",
        message=", ".join(f"{tables.OUTCOME_WORDS.get(k, k)} {v}" for k, v in sorted(report.outcomes.items())) + ".",
        artifacts=(
            tables.what_went_out(
                "dispatch", (tables.SentCount("thư", "dispatch", k, v) for k, v in sorted(report.outcomes.items()))
            ),
        ),
    )


def _calendar(world: World, plan: Plan) -> cards.MarkdownArtifact:
    return tables.campaign_calendar(
        plan.key,
        plan.name,
        (
            tables.CalendarLine(
                d.title, d.period, d.clause, d.due_on, d.target_on, d.bound_on, d.confirmed, d.roll_note or ""
            )
            for d in expand_duties(plan, world.calendar)
        ),
    )
