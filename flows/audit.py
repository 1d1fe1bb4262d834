"""The story of the audit: look through the ledger, tell the world outside that we live, keep what was found."""

import logging
from datetime import datetime

from dondoc import clock
from dondoc.prefect_face.face import PrefectFace
from tasks.audit import AuditReport, keep_findings, look_through
from tasks.heartbeat import send_heartbeat
from tasks.remind_reviewers import remind_reviewers
from tasks.show_audit import show_audit
from tasks.world import World

log = logging.getLogger(__name__)


async def audit(world: World, as_of: datetime) -> AuditReport:
    """Find what nobody would notice otherwise; its daily sign of life leaves the system, so that silence is noticed.

    Offices whose reports wait too long for a reviewer hear of it on this occasion.
    """
    found = await look_through(world, as_of)
    unsent = await send_heartbeat(world, found, as_of)
    await remind_reviewers(world, as_of)
    return await keep_findings(world, [*found, *unsent], as_of)


async def shown_audit(world: World, face: PrefectFace, as_of: datetime) -> AuditReport:
    """Do an audit and show it to the operators: a failed run where something is wrong."""
    began = clock.now()
    report = await audit(world, as_of)
    log.info("audit done", extra={"findings": len(report.findings), "new": report.new, "cleared": report.cleared})
    await show_audit(face, report, began, clock.now())
    return report
