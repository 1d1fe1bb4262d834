"""The story of one stage of a campaign."""

from tasks.settle_steps import settle_steps
from tasks.stages import StageReport, StageWork, who_has_reported
from tasks.world import World


async def launch(world: World, work: StageWork) -> StageReport:
    """Remind who has not yet issued a plan, launched, registered or named pilots, and see who has."""
    settled = await settle_steps(world, list(work.decisions), work.as_of)
    missing, done = await who_has_reported(world, work)
    return StageReport(work, tuple(settled), missing, done)
