"""The story of one stage of a campaign."""

from tasks.settle_steps import settle_steps
from tasks.stages import StageReport, StageWork, who_has_reported
from tasks.world import World


async def mid_term_review(world: World, work: StageWork) -> StageReport:
    """Prepare the mid-term review once it is confirmed: ask for what must precede it."""
    settled = await settle_steps(world, list(work.decisions), work.as_of)
    missing, done = await who_has_reported(world, work)
    return StageReport(work, tuple(settled), missing, done)
