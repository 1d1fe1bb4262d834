"""The story of a final review: prepared by the standing agency, preceded by final reports."""

from tasks.stages import StageReport, StageWork, settle_stage
from tasks.world import World


async def final_review(world: World, work: StageWork) -> StageReport:
    """Prepare the final review and ask for what must precede it."""
    return await settle_stage(world, work)
