"""The story of a round: open what begins, settle what has fallen due, send what may leave."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from dondoc import clock
from dondoc.prefect_face.face import PrefectFace
from flows.ad_hoc_report import ad_hoc_report
from flows.annual_report import annual_report
from flows.dispatch import dispatch
from flows.final_review import final_review
from flows.launch import launch
from flows.mid_term_review import mid_term_review
from tasks.brakes import guard_volume, standing_still, stops_before_round
from tasks.calendars import refresh_calendars
from tasks.open_duties import open_duties
from tasks.settle_steps import by_stage, find_due_steps
from tasks.show_runs import show_round
from tasks.stages import RoundReport, StageReport, StageWork, works_of
from tasks.supplements import remind_of_supplements
from tasks.take_up import take_up_again
from tasks.world import World

log = logging.getLogger(__name__)

STAGES: dict[str, Callable[[World, StageWork], Awaitable[StageReport]]] = {
    "launch": launch,
    "annual-report": annual_report,
    "mid-term-review": mid_term_review,
    "final-review": final_review,
    "ad-hoc-report": ad_hoc_report,
}


async def round_(world: World, as_of: datetime) -> RoundReport:
    """Do everything the campaigns owe by `as_of`; running it twice does nothing twice."""
    if stops := await stops_before_round(world, as_of):
        return RoundReport(as_of, stops=tuple(stops))
    queued = await queue(world, as_of)
    await remind_of_supplements(world, as_of)
    await take_up_again(world, as_of)
    await guard_volume(world, as_of)
    sent = await dispatch(world, as_of)
    stops, pauses = await standing_still(world)
    return RoundReport(
        as_of, queued.opened, queued.transferred, queued.joined, queued.stages, sent.outcomes, queued.failed,
        tuple(stops), tuple(pauses),
    )  # fmt: skip


async def shown_round(world: World, face: PrefectFace, as_of: datetime) -> RoundReport:
    """Do a round and show it to the operators; showing comes after the work and never stops it."""
    began = clock.now()
    report = await round_(world, as_of)
    if not report.quiet:
        log.info("round done", extra={"stages": len(report.stages), "failed": len(report.failed), **report.outcomes})
    await show_round(world, face, report, began, clock.now())
    return report


async def queue(world: World, as_of: datetime) -> RoundReport:
    """Do the half of a round that decides and writes the ledger; nothing leaves yet."""
    await refresh_calendars(world)
    opened = await open_duties(world, as_of)
    due = await find_due_steps(world, as_of)
    stages: list[StageReport] = []
    failed: list[str] = []
    for work in works_of(by_stage(due), as_of):
        try:
            stages.append(await STAGES[work.stage](world, work))
        except Exception as error:  # one broken stage must not keep the others from their units
            log.exception("stage failed", extra={"campaign": work.campaign, "duty": work.duty, "rung": work.rung})
            failed.append(f"{work.campaign} · {work.duty} {work.period} · {work.rung}: {type(error).__name__}: {error}")
    settled = tuple(stage for stage in stages if stage.settled)
    return RoundReport(as_of, opened.opened, opened.transferred, opened.joined, settled, failed=tuple(failed))
