"""The story of one stage of a campaign."""

from tasks.settle_steps import settle_steps
from tasks.stages import StageReport, StageWork, who_has_reported
from tasks.world import World


async def ad_hoc_report(world: World, work: StageWork) -> StageReport:
    """Ask for a report requested on a certain day, by the date its request gives."""
    settled = await settle_steps(world, list(work.decisions), work.as_of)
    missing, done = await who_has_reported(world, work)
    return StageReport(work, tuple(settled), missing, done)
