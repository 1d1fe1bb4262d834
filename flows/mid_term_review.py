"""The story of a mid-term review: held only when confirmed, prepared before."""

from tasks.stages import StageReport, StageWork, settle_stage
from tasks.world import World


async def mid_term_review(world: World, work: StageWork) -> StageReport:
    """Prepare the mid-term review once it is confirmed: ask for what must precede it."""
    return await settle_stage(world, work)
